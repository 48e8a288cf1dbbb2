"""Keys that sign access tokens: sealed, shared by all hosts, and exchanged gently or at once."""

from collections.abc import Iterator

import pytest
from accounts_kit import OPERATOR, HandClock, events
from mailed_kit import statements
from sqlalchemy import select
from token_kit import header_of, holder, refreshes, sign_in

from dashboard.accounts import Accounts
from dashboard.accounts.models import signing_keys
from dashboard.settings import Settings


@pytest.fixture
def elsewhere(accounts: Accounts, settings: Settings, clock: HandClock) -> Iterator[Accounts]:
    """Another process over the same database."""
    made = Accounts(settings, clock=clock)
    yield made
    made.close()


def test_every_host_reads_what_another_signed(accounts: Accounts, elsewhere: Accounts) -> None:
    assert holder(elsewhere, sign_in(accounts)) is not None
    assert holder(accounts, sign_in(elsewhere)) is not None
    assert len(accounts.tokens.keys.states()) == 1


def test_secrets_are_sealed(accounts: Accounts) -> None:
    key = accounts.tokens.keys.current()
    assert len(key.secret) == 32
    with accounts.engine.connect() as connection:
        (row,) = connection.execute(select(signing_keys)).all()
    assert key.secret.hex() not in str(row)
    assert accounts.vault.open(row.secret) == key.secret.hex()


@pytest.mark.promise("ASVS 9.1.3", "key rotation")
def test_after_an_exchange_old_tokens_stay_good_for_their_time(
    accounts: Accounts, elsewhere: Accounts, clock: HandClock
) -> None:
    before = sign_in(accounts)
    assert holder(elsewhere, before) is not None
    state = accounts.tokens.keys.rotate(OPERATOR)
    after = sign_in(elsewhere)
    assert header_of(after.access)["kid"] == state.kid != header_of(before.access)["kid"]
    clock.move(minutes=14)
    assert holder(elsewhere, before) is not None
    clock.move(minutes=3)
    accounts.sweep()
    assert [one.kid for one in accounts.tokens.keys.states()] == [state.kid]
    renewed = refreshes(accounts, before)
    assert renewed is not None
    assert holder(elsewhere, renewed) is not None


@pytest.mark.promise("ASVS 9.1.3", "key rotation")
def test_a_key_that_others_know_is_good_for_nothing_at_the_next_request_everywhere(
    accounts: Accounts, elsewhere: Accounts
) -> None:
    before = sign_in(accounts)
    assert holder(elsewhere, before) is not None  # which knows the key by now
    accounts.tokens.keys.rotate(OPERATOR, at_once=True)
    assert holder(elsewhere, before) is None
    assert holder(accounts, before) is None
    renewed = refreshes(elsewhere, before)  # a sign-in goes on
    assert renewed is not None
    assert holder(accounts, renewed) is not None


def test_an_exchange_is_audited_without_the_secret(accounts: Accounts) -> None:
    state = accounts.tokens.keys.rotate(OPERATOR, at_once=True)
    (event,) = [one for one in events(accounts) if one["kind"] == "signing_key_changed"]
    assert (event["actor"], event["target"], event["detail"]) == ("command line", state.kid, '{"at_once":true}')


def test_names_of_keys_that_are_none_cost_no_statement(accounts: Accounts) -> None:
    with statements(accounts) as ran:
        for kid in ("", "x", "../secret", "A" * 16, "0" * 17, "ä" * 16, "\0" * 16):
            assert accounts.tokens.keys.find(kid) is None
    assert ran == []


def test_few_keys_stay_in_memory(accounts: Accounts) -> None:
    keys = accounts.tokens.keys
    kids = [keys.rotate(OPERATOR).kid for _ in range(20)]
    assert all(keys.find(kid) for kid in kids)
    assert len(keys._opened) <= 8
