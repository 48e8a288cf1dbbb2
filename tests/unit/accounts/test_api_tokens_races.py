"""Tokens of the API where the database decides: on that of one host and on that of many."""

from typing import Any

import pytest
from accounts_kit import GOOD, HERE, OPERATOR, HandClock, add_user, at_once, events
from factor_kit import ELSEWHERE, count, mails
from token_kit import holder, refreshes, sign_in

from dashboard.accounts import AccountError, Accounts, SessionKind, Tokens
from dashboard.accounts.models import refresh_tokens


@pytest.mark.promise("ASVS 10.4.5", "refresh-token reuse")
def test_of_many_who_refresh_at_once_one_wins_and_nobody_keeps_anything(accounts: Accounts) -> None:
    tokens = sign_in(accounts)
    answers = at_once(20, lambda _: accounts.tokens.refresh(tokens.refresh, HERE))
    won = [answer for answer in answers if isinstance(answer, Tokens)]
    assert len(won) == 1
    assert {type(answer) for answer in answers} == {Tokens, AccountError}
    assert holder(accounts, won[0]) is None
    assert refreshes(accounts, won[0]) is None
    assert holder(accounts, tokens) is None
    assert len(mails(accounts, "token_reused")) == 1
    assert [one["kind"] for one in events(accounts)].count("token_reused") == 1


def test_what_is_left_of_sign_ins_that_are_over_is_swept(accounts: Accounts) -> None:
    kept = sign_in(accounts, "other")
    over = accounts.tokens.refresh(sign_in(accounts).refresh, HERE)
    accounts.tokens.revoke(HERE, refresh=over.refresh)
    assert count(accounts, refresh_tokens) == 3
    accounts.sweep()
    assert count(accounts, refresh_tokens) == 1
    assert refreshes(accounts, kept) is not None


def test_a_program_at_a_new_address_is_told_of_once(accounts: Accounts, clock: HandClock) -> None:
    add_user(accounts, "petra", password=GOOD)

    def from_(where: Any, kind: SessionKind = SessionKind.API) -> int:
        assert accounts.sign_ins.begin("petra", GOOD, where, kind=kind)
        return len(mails(accounts, "new_program"))

    assert from_(HERE, SessionKind.WEB) == 0
    assert from_(HERE) == 1  # known to browsers only
    assert from_(HERE) == 1
    assert from_(ELSEWHERE) == 2
    clock.move(days=400)
    assert [from_(HERE), from_(ELSEWHERE)] == [2, 2]
    add_user(accounts, "other", password=GOOD)
    assert accounts.sign_ins.begin("other", GOOD, HERE, kind=SessionKind.API)  # the first sign-in of an account
    assert len(mails(accounts, "new_program")) == 2


def test_hosts_that_start_together_agree(accounts: Accounts) -> None:
    keys = at_once(8, lambda _: accounts.tokens.keys.current())
    assert {accounts.tokens.keys.find(key.kid) for key in keys} == set(keys)
    assert len([one for one in accounts.tokens.keys.states() if one.retired_at is None]) == 1


@pytest.mark.promise("disabling kills tokens")
def test_whoever_refreshes_while_the_user_is_disabled_keeps_nothing(accounts: Accounts) -> None:
    families = [sign_in(accounts) for _ in range(6)]
    user = accounts.find("petra")
    assert user is not None

    def work(number: int) -> Tokens:
        if number == 0:
            accounts.disable_user(user.id, OPERATOR)
        return accounts.tokens.refresh(families[number - 1].refresh, HERE)

    answers = at_once(7, work)
    made = [answer for answer in answers if isinstance(answer, Tokens)]
    assert [holder(accounts, tokens) for tokens in (*families, *made)] == [None] * (6 + len(made))
    assert [refreshes(accounts, tokens) for tokens in (*families, *made)] == [None] * (6 + len(made))


@pytest.mark.promise("key rotation")
def test_a_key_that_is_taken_away_is_gone_at_the_next_request(accounts: Accounts) -> None:
    tokens = sign_in(accounts)
    accounts.tokens.keys.rotate(OPERATOR)
    assert holder(accounts, tokens) is not None
    accounts.tokens.keys.rotate(OPERATOR, at_once=True)
    assert holder(accounts, tokens) is None
