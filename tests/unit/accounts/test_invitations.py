"""Invitations: one password, once."""

import string

import pytest
from accounts_kit import GOOD, HERE, OPERATOR, OTHER, HandClock, add_user, at_once, events
from factor_kit import mails
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from dashboard.accounts import AccountError, Accounts, User, standing
from dashboard.accounts.models import users
from dashboard.settings import load_settings

DEAD = "no longer valid"
ALPHABET = f"{string.ascii_letters}{string.digits}-_."


@pytest.fixture
def user(accounts: Accounts) -> User:
    return add_user(accounts, "petra", "procurement_manager")


def test_invited_user_sets_a_password_and_signs_in(accounts: Accounts, user: User) -> None:
    token = accounts.invite(user.id, OPERATOR)
    assert accounts.invited(token) == user
    redeemed = accounts.redeem(token, GOOD, HERE)
    assert redeemed.has_password
    assert accounts.authenticate("petra", GOOD, HERE) == redeemed


@pytest.mark.promise("ASVS 6.5.1", "token race")
def test_of_fifty_parallel_redemptions_one_succeeds(accounts: Accounts, user: User) -> None:
    token = accounts.invite(user.id, OPERATOR)
    outcomes = at_once(50, lambda number: (number, accounts.redeem(token, f"{GOOD} {number}", HERE)))
    won = [outcome[0] for outcome in outcomes if isinstance(outcome, tuple)]
    assert len(won) == 1
    assert all(DEAD in str(outcome) for outcome in outcomes if isinstance(outcome, AccountError))
    assert sum(isinstance(outcome, AccountError) for outcome in outcomes) == 49
    assert [event["kind"] for event in events(accounts)].count("password_set") == 1
    assert accounts.authenticate("petra", f"{GOOD} {won[0]}", HERE) is not None


def test_used_link_is_dead(accounts: Accounts, user: User) -> None:
    token = accounts.invite(user.id, OPERATOR)
    accounts.redeem(token, GOOD, HERE)
    assert accounts.invited(token) is None
    with pytest.raises(AccountError, match=DEAD):
        accounts.redeem(token, OTHER, HERE)
    assert accounts.authenticate("petra", GOOD, HERE) is not None


def test_looking_at_a_link_does_not_use_it(accounts: Accounts, user: User) -> None:
    token = accounts.invite(user.id, OPERATOR)
    before = len(events(accounts))
    assert [accounts.invited(token) for _ in range(3)] == [user] * 3
    assert len(events(accounts)) == before
    accounts.redeem(token, GOOD, HERE)


def test_refused_password_does_not_use_the_link(accounts: Accounts, user: User) -> None:
    token = accounts.invite(user.id, OPERATOR)
    for password in ("short", "petra-procurement-manager"):
        with pytest.raises(AccountError) as caught:
            accounts.redeem(token, password, HERE)
        assert DEAD not in str(caught.value)
    accounts.redeem(token, GOOD, HERE)


def test_link_lasts_as_long_as_the_setting_says(accounts: Accounts, user: User, clock: HandClock) -> None:
    token = accounts.invite(user.id, OPERATOR)
    clock.move(hours=47, minutes=59, seconds=59)
    assert accounts.invited(token) is not None
    clock.move(seconds=1)
    assert accounts.invited(token) is None
    with pytest.raises(AccountError, match=DEAD):
        accounts.redeem(token, GOOD, HERE)


def test_newer_link_kills_the_older(accounts: Accounts, user: User) -> None:
    older, newer = accounts.invite(user.id, OPERATOR), accounts.invite(user.id, OPERATOR)
    assert accounts.invited(older) is None
    assert accounts.invited(newer) == user


def test_disabling_kills_links_and_enabling_does_not_revive_them(accounts: Accounts, user: User) -> None:
    token = accounts.invite(user.id, OPERATOR)
    accounts.disable_user(user.id, OPERATOR)
    assert accounts.invited(token) is None
    with pytest.raises(AccountError, match="is disabled"):
        accounts.invite(user.id, OPERATOR)
    accounts.enable_user(user.id, OPERATOR)
    assert accounts.invited(token) is None


def test_changed_email_kills_the_link(accounts: Accounts, user: User) -> None:
    token = accounts.invite(user.id, OPERATOR)
    with accounts.engine.begin() as connection:
        connection.execute(update(users).values(email="other@example.com"))
    assert accounts.invited(token) is None


@pytest.mark.promise("ASVS 7.4.3")
def test_new_password_ends_sessions_and_the_lock(accounts: Accounts) -> None:
    user = add_user(accounts, "sam", password=GOOD)
    session = accounts.start_session(user.id, HERE)
    for _ in range(5):
        accounts.authenticate("sam", "wrong", HERE)
    accounts.redeem(accounts.invite(user.id, OPERATOR), OTHER, HERE)
    assert accounts.load_session(session, touch=True) is None
    assert accounts.authenticate("sam", GOOD, HERE) is None
    assert accounts.authenticate("sam", OTHER, HERE) is not None


def test_link_of_another_installation_is_nothing(accounts: Accounts, user: User, clock: HandClock, tmp_path) -> None:  # type: ignore[no-untyped-def]
    elsewhere = Accounts(load_settings(var=tmp_path / "elsewhere", accounts={"url": ""}), clock=clock)
    twin = add_user(elsewhere, "petra", "procurement_manager")
    assert twin.id == user.id
    assert accounts.invited(elsewhere.invite(twin.id, OPERATOR)) is None
    elsewhere.close()


@pytest.mark.parametrize("token", ["", ".", "...", "1.2.3.4", "1.99999999999.abc", "\0", "é", "\udc80", "x" * 100_000])
def test_nonsense_is_no_link(accounts: Accounts, user: User, token: str) -> None:
    accounts.invite(user.id, OPERATOR)
    assert accounts.invited(token) is None
    with pytest.raises(AccountError, match=DEAD):
        accounts.redeem(token, GOOD, HERE)


@given(st.integers(0, 500), st.integers(1, len(ALPHABET) - 1))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_changed_link_is_refused(accounts: Accounts, place: int, shift: int) -> None:
    known = accounts.find("petra") or add_user(accounts, "petra")
    token = accounts.invite(known.id, OPERATOR)
    # Not the last digit: of its six bits, two belong to nothing.
    place %= len(token) - 1
    other = ALPHABET[(ALPHABET.index(token[place]) + shift) % len(ALPHABET)]
    assert accounts.invited(token[:place] + other + token[place + 1 :]) is None
    assert accounts.invited(token) is not None


def test_token_and_password_are_not_in_the_audit_log(accounts: Accounts, user: User) -> None:
    token = accounts.invite(user.id, OPERATOR)
    accounts.redeem(token, GOOD, HERE)
    written = repr(events(accounts))
    assert GOOD not in written
    assert not [part for part in token.split(".")[2:] if part in written]
    assert [event["kind"] for event in events(accounts)] == ["user_created", "user_invited", "password_set"]


def test_link_is_mailed_too(accounts: Accounts, user: User) -> None:
    token = accounts.invite(user.id, OPERATOR)
    (mail,) = mails(accounts)
    assert (mail.kind, mail.recipient) == ("invitation", "petra@example.com")
    assert mail.words == {
        "name": "petra",
        "username": "petra",
        "link": f"http://localhost:8050/invitation/{token}",
        "hours": "48",
        "by": "An administrator",
    }


@pytest.mark.promise("ASVS 6.3.7")
def test_link_to_a_new_password_is_mailed_and_its_use_is_told(accounts: Accounts) -> None:
    user = add_user(accounts, "sam", password=GOOD)
    accounts.redeem(accounts.invite(user.id, OPERATOR), OTHER, HERE)
    assert [mail.kind for mail in mails(accounts)] == ["recovery", "password_changed"]


def test_lock_of_an_administrator_outlives_a_new_password(accounts: Accounts, user: User) -> None:
    standing.lock(accounts._store, user.id, OPERATOR)
    accounts.redeem(accounts.invite(user.id, OPERATOR), GOOD, HERE)
    assert accounts.user(user.id).locked_by_administrator
    assert accounts.authenticate("petra", GOOD, HERE) is None
