"""The first step of a sign-in: what it starts, what it ends, and what it tells strangers."""

import threading
from typing import Any

import pytest
from accounts_kit import GOOD, HERE, OPERATOR, HandClock, add_user, at_once, events
from factor_kit import ELSEWHERE, count, mails, methods_of, person
from sqlalchemy import event, update

from dashboard.accounts import Accounts, Method, Step, sign_in
from dashboard.accounts.models import devices, pending, sessions, users
from dashboard.settings import Settings, load_settings


def begin(accounts: Accounts, username: str = "petra", password: str = GOOD, **told: Any) -> Step | None:
    return accounts.sign_ins.begin(username, password, HERE, **told)


def outcomes(accounts: Accounts) -> list[tuple[str, str]]:
    return [(e["outcome"], e["detail"]) for e in events(accounts) if e["kind"] == "sign_in"]


def test_without_a_second_factor_the_session_starts_at_once(accounts: Accounts) -> None:
    user = add_user(accounts, "petra", password=GOOD)
    step = begin(accounts, " PETRA ")
    assert step is not None
    assert (step.pending, step.methods, step.enrol, step.username) == ("", (), False, "petra")
    signed_in = accounts.load_session(step.session, touch=True)
    assert signed_in is not None
    assert signed_in.viewer.user_id == user.id
    assert methods_of(accounts, step.session) == ("pwd",)
    assert count(accounts, pending) == 0


@pytest.mark.promise("ASVS 6.3.4")
def test_with_a_second_factor_there_is_no_session_yet(accounts: Accounts, clock: HandClock) -> None:
    petra = person(accounts, clock).with_totp()
    before = count(accounts, sessions)
    step = petra.begin()
    assert (step.session, step.device, step.enrol) == ("", "", False)
    assert step.methods == (Method.TOTP, Method.RECOVERY_CODE)
    assert count(accounts, sessions) == before
    assert accounts.load_session(step.pending, touch=True) is None
    assert accounts.sign_ins.offered(step.pending) == step


@pytest.mark.promise("ASVS 6.3.1", "two hundred parallel guesses")
def test_of_two_hundred_parallel_wrong_passwords_five_are_compared_and_one_lock_is_set(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_user(accounts, "petra", password=GOOD)
    compared, turn = [], threading.Lock()

    def matches(_: str, password_hash: str | None) -> bool:
        with turn:
            compared.append(password_hash is not None)
        return False

    # The hash itself is not what is tested, and two hundred of them take long.
    monkeypatch.setattr(sign_in, "matches", matches)
    assert at_once(200, lambda number: begin(accounts, password=f"wrong guess {number}")) == [None] * 200
    assert (compared.count(True), compared.count(False)) == (5, 195)
    assert [outcome for outcome, _ in outcomes(accounts)].count("locked") == 1
    assert [mail.recipient for mail in mails(accounts, "locked")] == ["petra@example.com"]
    assert accounts.verify_audit().ok
    monkeypatch.undo()
    assert begin(accounts) is None


@pytest.mark.promise("forty sign-ins at once")
def test_forty_sign_ins_at_once_all_succeed(accounts: Accounts) -> None:
    for number in range(8):
        add_user(accounts, f"user{number}", password=GOOD)
    steps = at_once(40, lambda number: begin(accounts, f"user{number % 8}"))
    assert all(isinstance(step, Step) and step.session for step in steps), steps
    assert len({step.session for step in steps}) == 40


def test_wrong_guesses_before_the_second_factor_are_not_forgotten(accounts: Accounts, clock: HandClock) -> None:
    """Otherwise whoever has the password could try codes for ever, between two right passwords."""
    petra = person(accounts, clock).with_totp()
    for _ in range(4):
        assert begin(accounts, password="wrong") is None
    petra.begin()
    assert begin(accounts, password="wrong") is None
    assert begin(accounts) is None
    assert accounts.user(petra.user.id).locked_until is not None


def test_a_right_password_in_the_last_slot_is_no_lock(accounts: Accounts, clock: HandClock) -> None:
    petra = person(accounts, clock).with_totp()
    for _ in range(4):
        assert begin(accounts, password="wrong") is None
    for _ in range(10):
        petra.begin()
    assert accounts.user(petra.user.id).locked_until is None
    assert mails(accounts, "locked") == []


def test_a_finished_sign_in_forgets_the_failures(accounts: Accounts, clock: HandClock) -> None:
    petra = person(accounts, clock).with_totp()
    for _ in range(3):
        for _ in range(4):
            assert begin(accounts, password="wrong") is None
        accounts.sign_ins.second(petra.begin().pending, Method.TOTP, petra.code, HERE)
        clock.move(seconds=60)


@pytest.mark.promise("ASVS 6.3.8")
def test_an_address_that_is_not_verified_answers_like_a_wrong_password(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = add_user(accounts, "petra", password=GOOD)
    with accounts.engine.begin() as connection:
        connection.execute(update(users).values(verified_at=None))
    ran: list[str] = []
    event.listen(accounts.engine, "before_cursor_execute", lambda *args: ran.append(args[2]))
    assert begin(accounts) is None
    unverified = list(ran)
    ran.clear()
    assert begin(accounts, "nobody") is None
    assert ran == unverified
    assert outcomes(accounts) == [
        ("failed", '{"reason":"mail not verified"}'),
        ("failed", '{"reason":"unknown user"}'),
    ]
    assert accounts.user(user.id).locked_until is None


@pytest.mark.promise("ASVS 6.3.8")
def test_statements_are_alike_with_a_cookie_of_some_browser_too(accounts: Accounts) -> None:
    add_user(accounts, "petra", password=GOOD)
    ran: list[str] = []
    event.listen(accounts.engine, "before_cursor_execute", lambda *args: ran.append(args[2]))
    assert begin(accounts, password="wrong", device="made up") is None
    known = list(ran)
    ran.clear()
    assert begin(accounts, "nobody", password="wrong", device="made up") is None
    assert ran == known


@pytest.mark.parametrize(
    ("username", "password", "device", "replacing"),
    [
        ("\0", "\0", "\0", "\0"),
        ("\udc80", "\udc80", "\udc80", "\udc80"),
        ("x" * 1_000_000, "y" * 1_000_000, "z" * 1_000_000, "w" * 1_000_000),
        ("petra", "", "", ""),
        ("petra' --", "' OR 1=1 --", "' OR 1=1 --", "' OR 1=1 --"),
    ],
)
def test_hostile_texts_are_a_wrong_password(
    accounts: Accounts, username: str, password: str, device: str, replacing: str
) -> None:
    add_user(accounts, "petra", password=GOOD)
    assert begin(accounts, username, password, device=device, replacing=replacing) is None
    step = begin(accounts, device=device, replacing=replacing)
    assert step is not None
    assert step.session


@pytest.mark.promise("ASVS 7.2.4", "session fixation")
def test_the_session_that_the_browser_had_dies_when_the_new_one_starts(accounts: Accounts, clock: HandClock) -> None:
    add_user(accounts, "sam", password=GOOD)
    planted = begin(accounts, "sam")
    assert planted is not None
    petra = person(accounts, clock).with_totp()
    step = petra.begin(replacing=planted.session)
    assert accounts.load_session(planted.session, touch=True) is not None
    done = accounts.sign_ins.second(step.pending, Method.TOTP, petra.code, HERE)
    assert accounts.load_session(planted.session, touch=True) is None
    signed_in = accounts.load_session(done.session, touch=True)
    assert signed_in is not None
    assert signed_in.viewer.username == "petra"


def test_disabled_while_the_password_was_compared(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    user = add_user(accounts, "petra", password=GOOD)
    real = sign_in.matches

    def slow(password: str, password_hash: str | None) -> bool:
        accounts.disable_user(user.id, OPERATOR)
        return real(password, password_hash)

    monkeypatch.setattr(sign_in, "matches", slow)
    assert begin(accounts) is None
    assert count(accounts, sessions) == 0


def test_a_browser_gets_its_cookie_once_and_a_mail_tells_of_new_ones(accounts: Accounts) -> None:
    add_user(accounts, "petra", password=GOOD)
    first = begin(accounts)
    assert first is not None
    assert len(first.device) == 43
    assert mails(accounts) == []
    again = begin(accounts, device=first.device)
    assert again is not None
    assert again.device == ""
    assert mails(accounts) == []
    other = accounts.sign_ins.begin("petra", GOOD, ELSEWHERE)
    assert other is not None
    assert other.device not in {"", first.device}
    (mail,) = mails(accounts)
    assert (mail.kind.value, mail.recipient) == ("new_device", "petra@example.com")
    assert dict(mail.words) == {
        "name": "petra",
        "username": "petra",
        "agent": "Unknown browser",
        "ip": ELSEWHERE.ip,
        "at": "2026-11-20 12:00 UTC",
    }
    assert count(accounts, devices) == 2


def test_no_browser_is_known_where_the_settings_say_so(settings: Settings, clock: HandClock) -> None:
    accounts = Accounts(load_settings(var=settings.var, sign_in={"device_days": 0}), clock=clock)
    add_user(accounts, "petra", password=GOOD)
    for _ in range(2):
        step = begin(accounts)
        assert step is not None
        assert step.device == ""
    assert (count(accounts, devices), mails(accounts)) == (0, [])
    accounts.close()
