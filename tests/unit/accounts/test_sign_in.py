"""Sign-in by password: rationed guesses, and one answer for every failure."""

from typing import Any

import pytest
from accounts_kit import GOOD, HERE, OPERATOR, OTHER, HandClock, add_user, at_once, events
from sqlalchemy import event

from dashboard.accounts import Accounts, sign_in
from dashboard.accounts.database import open_engine
from dashboard.settings import Settings, load_settings


class Comparisons:
    """The real comparison, with a note of each one and of the connections that were in use meanwhile."""

    def __init__(self, accounts: Accounts) -> None:
        self.accounts = accounts
        self.with_hash = 0
        self.without_hash = 0
        self.connections_held = 0
        self._real = sign_in.matches

    def __call__(self, password: str, password_hash: str | None) -> bool:
        self.with_hash += password_hash is not None
        self.without_hash += password_hash is None
        self.connections_held += self.accounts.engine.pool.checkedout()
        return self._real(password, password_hash)


@pytest.fixture
def comparisons(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> Comparisons:
    counter = Comparisons(accounts)
    monkeypatch.setattr(sign_in, "matches", counter)
    return counter


def guess(accounts: Accounts, times: int, username: str = "petra") -> None:
    for _ in range(times):
        assert accounts.authenticate(username, "a wrong guess", HERE) is None


def sign_in_events(accounts: Accounts) -> list[tuple[str, str, Any]]:
    return [(e["outcome"], e["target"], e["detail"]) for e in events(accounts) if e["kind"] == "sign_in"]


@pytest.mark.parametrize("typed", ["petra", "PETRA", " Petra ", "ｐetra"])
def test_right_password_with_any_form_of_the_name(accounts: Accounts, typed: str) -> None:
    user = add_user(accounts, "petra", password=GOOD)
    assert accounts.authenticate(typed, GOOD, HERE) == user


@pytest.mark.promise("ASVS 6.3.1")
def test_sixth_guess_fails_with_the_right_password(accounts: Accounts, clock: HandClock) -> None:
    add_user(accounts, "petra", password=GOOD)
    guess(accounts, 5)
    assert accounts.authenticate("petra", GOOD, HERE) is None
    clock.move(minutes=14, seconds=59)
    assert accounts.authenticate("petra", GOOD, HERE) is None
    clock.move(seconds=1)
    assert accounts.authenticate("petra", GOOD, HERE) is not None


def test_fifth_try_with_the_right_password_is_in_time(accounts: Accounts) -> None:
    add_user(accounts, "petra", password=GOOD)
    guess(accounts, 4)
    user = accounts.authenticate("petra", GOOD, HERE)
    assert user is not None
    assert user.locked_until is None


def test_success_forgets_the_failures(accounts: Accounts) -> None:
    add_user(accounts, "petra", password=GOOD)
    for _ in range(3):
        guess(accounts, 4)
        assert accounts.authenticate("petra", GOOD, HERE) is not None


def test_each_further_lock_lasts_twice_as_long_but_a_day_at_most(settings: Settings, clock: HandClock) -> None:
    accounts = Accounts(load_settings(var=settings.var, sign_in={"attempts_before_lock": 1}), clock=clock)
    user = add_user(accounts, "petra", password=GOOD)
    lasted = []
    for _ in range(9):
        guess(accounts, 1)
        until = accounts.user(user.id).locked_until
        assert until is not None
        lasted.append((until - clock.now).total_seconds() / 60)
        clock.now = until
    assert lasted == [15, 30, 60, 120, 240, 480, 960, 1440, 1440]
    accounts.close()


def test_after_a_lock_five_new_guesses_are_possible_and_success_makes_the_next_lock_short(
    accounts: Accounts, clock: HandClock, comparisons: Comparisons
) -> None:
    user = add_user(accounts, "petra", password=GOOD)
    guess(accounts, 7)
    clock.move(minutes=15)
    guess(accounts, 7)
    assert comparisons.with_hash == 10
    clock.move(minutes=30)
    assert accounts.authenticate("petra", GOOD, HERE) is not None
    guess(accounts, 5)
    until = accounts.user(user.id).locked_until
    assert until is not None
    assert (until - clock.now).total_seconds() == 15 * 60


@pytest.mark.promise("ASVS 6.3.1")
def test_of_forty_parallel_guesses_exactly_five_are_compared(accounts: Accounts, comparisons: Comparisons) -> None:
    add_user(accounts, "petra", password=GOOD)
    answers = at_once(40, lambda number: accounts.authenticate("petra", f"wrong guess {number}", HERE))
    assert answers == [None] * 40
    assert (comparisons.with_hash, comparisons.without_hash) == (5, 35)
    assert accounts.authenticate("petra", GOOD, HERE) is None
    outcomes = [outcome for outcome, _, _ in sign_in_events(accounts)]
    assert (outcomes.count("locked"), outcomes.count("failed")) == (1, 40)


def test_number_of_guesses_is_a_setting(settings: Settings, clock: HandClock) -> None:
    strict = load_settings(var=settings.var, sign_in={"attempts_before_lock": 1, "lock_minutes": 2})
    accounts = Accounts(strict, clock=clock)
    user = add_user(accounts, "petra", password=GOOD)
    guess(accounts, 1)
    until = accounts.user(user.id).locked_until
    assert until is not None
    assert (until - clock.now).total_seconds() == 120
    accounts.close()


@pytest.mark.promise("ASVS 6.3.8")
def test_every_failure_has_one_answer_and_the_same_work(accounts: Accounts, comparisons: Comparisons) -> None:
    add_user(accounts, "wrong", password=GOOD)
    disabled = add_user(accounts, "disabled", password=GOOD)
    accounts.disable_user(disabled.id, OPERATOR)
    add_user(accounts, "invited")
    add_user(accounts, "locked", password=GOOD)
    guess(accounts, 5, "locked")
    done = comparisons.with_hash + comparisons.without_hash
    cases = {
        "wrong": ("wrong", "not this one at all"),
        "disabled": ("disabled", GOOD),
        "no password": ("invited", GOOD),
        "locked": ("locked", GOOD),
        "unknown": ("nobody", GOOD),
        "empty": ("", ""),
        "long": ("x" * 100_000, "y" * 100_000),
        "NUL": ("wro\0ng", "\0"),
        "surrogate": ("\udc80", "\udc80"),
    }
    for number, (username, password) in enumerate(cases.values(), start=1):
        assert accounts.authenticate(username, password, HERE) is None
        assert comparisons.with_hash + comparisons.without_hash == done + number
    assert len(sign_in_events(accounts)) == 5 + len(cases)


def test_statements_are_the_same_for_known_and_unknown_names(accounts: Accounts) -> None:
    add_user(accounts, "petra", password=GOOD)
    ran: list[str] = []
    event.listen(accounts.engine, "before_cursor_execute", lambda *args: ran.append(args[2]))
    guess(accounts, 1, "petra")
    known = list(ran)
    ran.clear()
    guess(accounts, 1, "nobody")
    assert ran == known
    assert len(known) > 4


def test_no_connection_is_held_while_hashing(accounts: Accounts, comparisons: Comparisons) -> None:
    add_user(accounts, "petra", password=GOOD)
    guess(accounts, 2)
    guess(accounts, 1, "nobody")
    assert accounts.authenticate("petra", GOOD, HERE) is not None
    assert comparisons.connections_held == 0


def test_right_password_does_not_count_when_the_account_is_disabled_meanwhile(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = add_user(accounts, "petra", password=GOOD)
    real = sign_in.matches

    def slow(password: str, password_hash: str | None) -> bool:
        accounts.disable_user(user.id, OPERATOR)
        return real(password, password_hash)

    monkeypatch.setattr(sign_in, "matches", slow)
    assert accounts.authenticate("petra", GOOD, HERE) is None
    assert sign_in_events(accounts) == [("failed", "petra", '{"reason":"changed meanwhile"}')]


def test_old_password_does_not_count_when_a_new_one_is_set_meanwhile(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = add_user(accounts, "petra", password=GOOD)
    token = accounts.invite(user.id, OPERATOR)
    real = sign_in.matches

    def slow(password: str, password_hash: str | None) -> bool:
        accounts.redeem(token, OTHER, HERE)
        return real(password, password_hash)

    monkeypatch.setattr(sign_in, "matches", slow)
    assert accounts.authenticate("petra", GOOD, HERE) is None
    monkeypatch.setattr(sign_in, "matches", real)
    assert accounts.authenticate("petra", OTHER, HERE) is not None


def test_unlocking_lets_the_user_in_at_once(accounts: Accounts) -> None:
    user = add_user(accounts, "petra", password=GOOD)
    guess(accounts, 5)
    assert accounts.unlock_user(user.id, OPERATOR).locked_until is None
    assert accounts.authenticate("petra", GOOD, HERE) is not None


@pytest.mark.promise("ASVS 16.3.1")
def test_failures_are_in_the_audit_log_with_their_reason(accounts: Accounts) -> None:
    add_user(accounts, "petra", password=GOOD)
    add_user(accounts, "invited")
    guess(accounts, 6)
    guess(accounts, 1, "invited")
    guess(accounts, 1, "My Secret Password 1!")
    wrong, locked = '{"reason":"wrong password"}', '{"reason":"locked"}'
    assert sign_in_events(accounts) == [
        *[("failed", "petra", wrong)] * 4,
        ("locked", "petra", wrong),
        ("failed", "petra", locked),
        ("failed", "invited", '{"reason":"no password yet"}'),
        ("failed", "", '{"reason":"unknown user"}'),
    ]
    assert {event["ip"] for event in events(accounts) if event["kind"] == "sign_in"} == {HERE.ip}


def test_pool_of_one_connection_is_enough_for_many_threads(settings: Settings, clock: HandClock) -> None:
    one = load_settings(var=settings.var, server={"threads": 1})
    assert open_engine(one).pool.size() == 1  # type: ignore[attr-defined]
    accounts = Accounts(one, clock=clock)
    add_user(accounts, "petra", password=GOOD)
    answers = at_once(20, lambda number: accounts.authenticate("petra" if number % 2 else "nobody", "wrong", HERE))
    assert answers == [None] * 20
    assert accounts.verify_audit().ok
    accounts.close()
