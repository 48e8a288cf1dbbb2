"""Recovery, first half: who gets a link, and the date of birth behind it."""

from datetime import date
from typing import Any

import pytest
from accounts_kit import GOOD, HERE, OPERATOR, HandClock, add_user, at_once, events
from factor_kit import count, mails
from hypothesis import given
from hypothesis import strategies as st
from mailed_kit import (
    BORN,
    SITE,
    THERE,
    WRONG,
    change,
    kinds,
    member,
    refused,
    register,
    row,
    statements,
    token,
)

from dashboard.accounts import AccountError, Accounts, Step, User, birth_dates, standing
from dashboard.accounts.models import pending
from dashboard.settings import Settings, load_settings

DEAD, WRONG_DATE, LOCKED = "no longer valid", "not the date of birth", "is locked for a while"


@pytest.fixture
def petra(accounts: Accounts) -> User:
    return member(accounts)


def link(accounts: Accounts, name: str = "petra") -> str:
    accounts.recovery.ask(name, HERE)
    return token(accounts, "recovery")


def checks(accounts: Accounts) -> list[tuple[str, str, str]]:
    return [(e["outcome"], e["target"], e["detail"]) for e in events(accounts) if e["kind"] == "recovery_checked"]


@pytest.mark.parametrize("typed", ["petra", " PETRA ", "petra@example.com", "Petra@Example.com "])
def test_name_and_address_get_a_link(accounts: Accounts, petra: User, typed: str) -> None:
    accounts.recovery.ask(typed, HERE)
    (mail,) = mails(accounts)
    assert (mail.kind, mail.recipient, mail.words["minutes"]) == ("recovery", "petra@example.com", "60")
    assert mail.words["link"].startswith(f"{SITE}/recover/")


def test_every_account_of_an_address_gets_one_but_five_at_most(accounts: Accounts) -> None:
    for number in range(7):
        change(accounts, member(accounts, f"user{number}"), email="all@example.com", email_key="all@example.com")
    accounts.recovery.ask("all@example.com", HERE)
    assert [mail.words["username"] for mail in mails(accounts)] == [f"user{number}" for number in range(5)]


def test_unknown_address_is_told_so_and_an_unknown_name_nobody(accounts: Accounts, petra: User) -> None:
    accounts.recovery.ask("nobody@example.com", HERE)
    assert [(mail.kind, mail.recipient) for mail in mails(accounts)] == [("recovery_unknown", "nobody@example.com")]
    accounts.recovery.ask("nobody", HERE)
    assert len(mails(accounts)) == 1


def test_unverified_account_gets_its_first_link_again(accounts: Accounts) -> None:
    register(accounts)
    accounts.recovery.ask("ann", HERE)
    assert kinds(accounts) == ["verify", "verify"]


@pytest.mark.parametrize("typed", ["petra", "petra@example.com"])
def test_closed_accounts_get_nothing(accounts: Accounts, petra: User, typed: str) -> None:
    accounts.disable_user(petra.id, OPERATOR)
    accounts.recovery.ask(typed, HERE)
    assert mails(accounts) == []


@pytest.mark.promise("ASVS 6.3.8", "recovery tells nobody who exists")
def test_asking_does_the_same_for_everybody(accounts: Accounts, petra: User) -> None:
    register(accounts, "unverified")
    accounts.disable_user(member(accounts, "disabled").id, OPERATOR)
    ran = []
    for typed in ("petra", "unverified", "disabled", "nobody", "nobody@example.com", "petra@example.com", "", "\0"):
        with statements(accounts) as done:
            accounts.recovery.ask(typed, HERE)
        assert sum("INSERT INTO outbox" in text for text in done) == 1
        assert sum("audit_events" in text for text in done) == 1
        # Where nobody is mailed, the row is taken away at once.
        ran.append([text.split()[0] for text in done if "DELETE FROM outbox" not in text])
    assert ran == [ran[0]] * 8


@pytest.mark.parametrize("typed", ["\0", "\udc80", "x" * 100_000, "a@b\0", "\udc80@example.com", "' OR 1=1 --"])
def test_nonsense_finds_nobody(accounts: Accounts, petra: User, typed: str) -> None:
    accounts.recovery.ask(typed, HERE)
    assert mails(accounts) == []


def test_what_was_typed_for_nobody_is_not_logged(accounts: Accounts, petra: User) -> None:
    accounts.recovery.ask("My Secret Password 1!", HERE)
    accounts.recovery.ask("petra", HERE)
    said = [(e["outcome"], e["target"], e["ip"]) for e in events(accounts) if e["kind"] == "recovery_asked"]
    assert said == [("failed", "", HERE.ip), ("ok", "petra", HERE.ip)]


@pytest.mark.promise("masked hint only behind a valid link")
def test_hint_is_shown_behind_a_valid_link_only(accounts: Accounts, petra: User, clock: HandClock) -> None:
    opened = accounts.recovery.opened(link(accounts))
    assert opened is not None
    assert (opened.username, opened.hint) == ("petra", "••.••.•••4")
    for nonsense in ("", "x", "1.2.3.4", "\0", "x" * 100_000, link(accounts)[:-1]):
        assert accounts.recovery.opened(nonsense) is None
    clock.move(minutes=60)
    assert accounts.recovery.opened(token(accounts, "recovery")) is None


@given(st.dates())
def test_hint_has_one_digit(born: date) -> None:
    hint = birth_dates.masked(born)
    assert [char for char in hint if char.isdigit()] == [str(born)[3]]


def test_right_date_leads_on(accounts: Accounts, petra: User) -> None:
    step = accounts.recovery.check(link(accounts), BORN, HERE)
    assert (bool(step.pending), step.methods, step.session, step.username) == (True, (), "", "petra")
    assert accounts.recovery.offered(step.pending) == step
    assert checks(accounts) == [("ok", "petra", "{}")]
    assert row(accounts, petra).failed_attempts == 0


def test_missing_date_is_no_guess(accounts: Accounts, petra: User) -> None:
    assert "Enter your date" in refused(accounts.recovery.check, link(accounts), None, HERE)
    assert row(accounts, petra).failed_attempts == 0


def test_users_without_a_date_pass_with_the_link(accounts: Accounts) -> None:
    member(accounts, born=None)
    opened = accounts.recovery.opened(link(accounts))
    assert opened is not None
    assert opened.hint == ""
    assert accounts.recovery.check(token(accounts, "recovery"), None, HERE).pending


def test_setting_turns_the_question_off(settings: Settings, clock: HandClock) -> None:
    accounts = Accounts(load_settings(var=settings.var, recovery={"date_of_birth": False}), clock=clock)
    member(accounts)
    opened = accounts.recovery.opened(link(accounts))
    assert opened is not None
    assert opened.hint == ""
    assert accounts.recovery.check(token(accounts, "recovery"), WRONG, HERE).pending
    accounts.close()


@pytest.mark.promise("ASVS 6.3.1", "wrong dates of birth lock")
def test_five_wrong_dates_lock_the_account_and_kill_the_link(accounts: Accounts, petra: User) -> None:
    mine = link(accounts)
    for _ in range(4):
        assert WRONG_DATE in refused(accounts.recovery.check, mine, WRONG, THERE)
    assert LOCKED in refused(accounts.recovery.check, mine, WRONG, THERE)
    assert accounts.user(petra.id).locked_until is not None
    assert DEAD in refused(accounts.recovery.check, mine, BORN, THERE)
    assert accounts.authenticate("petra", GOOD, HERE) is None
    wrong = '{"reason":"wrong date of birth"}'
    assert checks(accounts) == [("failed", "petra", wrong)] * 4 + [("locked", "petra", wrong)]
    assert kinds(accounts) == ["recovery", "locked"]
    assert count(accounts, pending) == 0


@pytest.mark.promise("ASVS 6.3.1", "wrong dates of birth lock")
def test_of_forty_parallel_dates_exactly_five_are_compared(
    accounts: Accounts, petra: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, compared, real = link(accounts), [], birth_dates.are_equal

    def counted(one: date, other: date) -> bool:
        compared.append(other)
        return real(one, other)

    monkeypatch.setattr(birth_dates, "are_equal", counted)
    answers = at_once(40, lambda number: accounts.recovery.check(mine, date(1970, 1, 1 + number % 28), HERE))
    assert {type(answer) for answer in answers} == {AccountError}
    assert len(compared) == 5
    assert kinds(accounts).count("locked") == 1
    assert [outcome for outcome, _, _ in checks(accounts)].count("locked") == 1


def test_wrong_dates_and_wrong_passwords_count_together(accounts: Accounts, petra: User) -> None:
    mine = link(accounts)
    for _ in range(3):
        accounts.authenticate("petra", "wrong", HERE)
    refused(accounts.recovery.check, mine, WRONG, HERE)
    assert LOCKED in refused(accounts.recovery.check, mine, WRONG, HERE)


def test_locked_account_answers_no_date(accounts: Accounts, petra: User) -> None:
    mine = link(accounts)
    for _ in range(5):
        accounts.authenticate("petra", "wrong", THERE)
    assert LOCKED in refused(accounts.recovery.check, mine, BORN, HERE)
    assert checks(accounts) == [("failed", "petra", '{"reason":"locked"}')]


def test_right_date_does_not_forget_what_was_guessed_before(accounts: Accounts, petra: User) -> None:
    mine = link(accounts)
    refused(accounts.recovery.check, mine, WRONG, HERE)
    accounts.recovery.check(mine, BORN, HERE)
    assert row(accounts, petra).failed_attempts == 1


CHANGES: list[dict[str, Any]] = [
    {"version": 9},
    {"email": "other@example.com"},
    {"password_hash": None},
    {"verified_at": None},
    {"active": False},
]


@pytest.mark.parametrize("changed", CHANGES)
def test_change_of_the_account_kills_the_link(accounts: Accounts, petra: User, changed: dict[str, Any]) -> None:
    mine = link(accounts)
    change(accounts, petra, **changed)
    assert accounts.recovery.opened(mine) is None
    assert DEAD in refused(accounts.recovery.check, mine, BORN, HERE)


def test_lock_of_an_administrator_closes_this_way_too(accounts: Accounts, petra: User) -> None:
    mine = link(accounts)
    standing.lock(accounts._store, petra.id, OPERATOR)
    assert accounts.recovery.opened(mine) is None
    assert DEAD in refused(accounts.recovery.check, mine, BORN, HERE)
    accounts.recovery.ask("petra", HERE)
    assert kinds(accounts) == ["recovery"]


def test_invited_user_without_a_password_can_get_one(accounts: Accounts) -> None:
    add_user(accounts, "new")
    step = accounts.recovery.check(link(accounts, "new"), None, HERE)
    assert isinstance(step, Step)
    accounts.recovery.finish(step.pending, GOOD, HERE)
    assert accounts.authenticate("new", GOOD, HERE) is not None


def test_no_date_of_birth_is_in_the_audit_log(accounts: Accounts, petra: User) -> None:
    mine = link(accounts)
    refused(accounts.recovery.check, mine, WRONG, HERE)
    accounts.recovery.check(mine, BORN, HERE)
    written = repr(events(accounts))
    assert not [secret for secret in ("1984", "03-27", *mine.split(".")[2:]) if secret in written]
