"""The mailed link that takes a lock off."""

import pytest
from accounts_kit import GOOD, HERE, OPERATOR, HandClock, at_once, events
from factor_kit import mails
from mailed_kit import SITE, THERE, kinds, member, refused, row, token

from dashboard.accounts import AccountError, Accounts, User, standing

DEAD = "no longer valid"


@pytest.fixture
def petra(accounts: Accounts) -> User:
    return member(accounts)


def lock(accounts: Accounts) -> str:
    """A stranger locks the account; the token in the mail about it."""
    for _ in range(5):
        accounts.authenticate("petra", "wrong", THERE)
    return token(accounts, "locked")


@pytest.mark.promise("a stranger cannot lock a person out")
def test_link_takes_the_lock_off(accounts: Accounts, petra: User) -> None:
    mine = lock(accounts)
    assert accounts.authenticate("petra", GOOD, HERE) is None
    assert accounts.recovery.unlocking(mine) == accounts.user(petra.id)
    assert accounts.recovery.unlock(mine, HERE).locked_until is None
    assert accounts.authenticate("petra", GOOD, HERE) is not None
    said = [(e["kind"], e["actor"], e["outcome"]) for e in events(accounts)]
    assert ("unlock_offered", "", "ok") in said
    assert ("user_unlocked", "petra", "ok") in said


def test_mail_says_how_long_and_from_where(accounts: Accounts, petra: User) -> None:
    lock(accounts)
    (mail,) = mails(accounts)
    assert (mail.recipient, mail.words["minutes"], mail.words["ip"]) == ("petra@example.com", "15", THERE.ip)
    assert mail.words["link"].startswith(f"{SITE}/unlock/")


def test_one_mail_for_each_lock(accounts: Accounts, petra: User, clock: HandClock) -> None:
    at_once(30, lambda number: accounts.authenticate("petra", f"wrong {number}", THERE))
    assert kinds(accounts) == ["locked"]
    clock.move(minutes=15)
    lock(accounts)
    assert kinds(accounts) == ["locked", "locked"]


def test_next_lock_lasts_longer_although_this_one_was_taken_off(accounts: Accounts, petra: User) -> None:
    accounts.recovery.unlock(lock(accounts), HERE)
    lock(accounts)
    assert [mail.words["minutes"] for mail in mails(accounts)] == ["15", "30"]


@pytest.mark.promise("ASVS 6.5.1", "token race")
def test_of_fifty_parallel_uses_one_succeeds(accounts: Accounts, petra: User) -> None:
    mine = lock(accounts)
    answers = at_once(50, lambda number: accounts.recovery.unlock(mine, HERE))
    assert sum(isinstance(answer, User) for answer in answers) == 1
    assert sum(isinstance(answer, AccountError) and DEAD in str(answer) for answer in answers) == 49
    assert [event["kind"] for event in events(accounts)].count("user_unlocked") == 1


def test_link_dies_with_its_lock(accounts: Accounts, petra: User, clock: HandClock) -> None:
    first = lock(accounts)
    clock.move(minutes=15)
    assert accounts.recovery.unlocking(first) is None
    second = lock(accounts)
    assert DEAD in refused(accounts.recovery.unlock, first, HERE)
    accounts.unlock_user(petra.id, OPERATOR)
    assert DEAD in refused(accounts.recovery.unlock, second, HERE)


def test_lock_of_an_administrator_is_not_taken_off(accounts: Accounts, petra: User) -> None:
    mine = lock(accounts)
    standing.lock(accounts._store, petra.id, OPERATOR)
    assert accounts.recovery.unlocking(mine) is None
    assert DEAD in refused(accounts.recovery.unlock, mine, HERE)
    assert accounts.user(petra.id).locked_by_administrator


def test_disabled_account_is_not_unlocked(accounts: Accounts, petra: User) -> None:
    mine = lock(accounts)
    accounts.disable_user(petra.id, OPERATOR)
    assert DEAD in refused(accounts.recovery.unlock, mine, HERE)


def test_sessions_and_password_stay(accounts: Accounts, petra: User) -> None:
    session = accounts.start_session(petra.id, HERE)
    before = row(accounts, petra)
    accounts.recovery.unlock(lock(accounts), HERE)
    assert accounts.load_session(session, touch=True) is not None
    assert row(accounts, petra).password_hash == before.password_hash


@pytest.mark.parametrize("nonsense", ["", "x", "1.2.3.4", "\0", "é", "y" * 100_000])
def test_nonsense_is_no_link(accounts: Accounts, petra: User, nonsense: str) -> None:
    lock(accounts)
    assert accounts.recovery.unlocking(nonsense) is None
    assert DEAD in refused(accounts.recovery.unlock, nonsense, HERE)


@pytest.mark.promise("one-time links")
def test_links_of_other_kinds_unlock_nothing_and_the_other_way_round(accounts: Accounts, petra: User) -> None:
    invitation = accounts.invite(petra.id, OPERATOR)
    mine = lock(accounts)
    accounts.recovery.ask("petra", HERE)
    recovery = token(accounts, "recovery")
    for other in (invitation, recovery):
        assert accounts.recovery.unlocking(other) is None
    assert (accounts.recovery.opened(mine), accounts.registration.verifying(mine)) == (None, None)
    assert (accounts.invited(mine), accounts.profiles.changing_mail(mine)) == (None, None)


@pytest.mark.promise("ASVS 6.3.1")
def test_whoever_holds_the_mailbox_cannot_go_on_guessing(accounts: Accounts, petra: User) -> None:
    for _ in range(3):
        accounts.recovery.unlock(lock(accounts), HERE)
    with pytest.raises(AccountError, match=DEAD):
        accounts.recovery.unlock(lock(accounts), HERE)
    assert kinds(accounts) == ["locked"] * 3
    assert accounts.user(petra.id).locked_until is not None
