"""Known browsers: strangers cannot lock a person out of theirs, and it is no way around the brakes."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from accounts_kit import GOOD, HERE, OPERATOR, OTHER, HandClock, add_user, at_once, events
from factor_kit import Person, count, mails, person
from sqlalchemy import select

from dashboard.accounts import AccountError, Accounts, Method, Step, sign_in
from dashboard.accounts.models import devices


@pytest.fixture
def cookie(accounts: Accounts) -> str:
    """The cookie of the browser that petra always uses."""
    add_user(accounts, "petra", password=GOOD)
    step = begin(accounts)
    assert step is not None
    return step.device


def begin(accounts: Accounts, device: str = "", password: str = GOOD, username: str = "petra") -> Step | None:
    return accounts.sign_ins.begin(username, password, HERE, device=device)


def lock(accounts: Accounts) -> None:
    for _ in range(5):
        assert begin(accounts, password="a stranger's guess") is None
    assert begin(accounts) is None


@pytest.mark.promise("ASVS 6.1.1", "a stranger locks nobody out")
def test_a_lock_by_strangers_does_not_keep_a_known_browser_out(accounts: Accounts, cookie: str) -> None:
    lock(accounts)
    step = begin(accounts, cookie)
    assert step is not None
    assert step.session
    assert begin(accounts) is None, "the lock stays for everybody else"
    assert begin(accounts, "x" * 43) is None


def test_only_the_hash_of_the_cookie_is_kept(accounts: Accounts, cookie: str) -> None:
    with accounts.engine.connect() as connection:
        (row,) = connection.execute(select(devices)).all()
    assert cookie not in str(row)
    assert len(row.token_hash) == 64
    assert begin(accounts, row.token_hash) is not None
    assert count(accounts, devices) == 2, "a hash is no cookie"


@pytest.mark.promise("ASVS 6.3.1")
def test_of_forty_guesses_from_a_known_browser_ten_are_compared(
    accounts: Accounts, cookie: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five on the browser, which is forgotten then, and five on the account, which is locked then."""
    compared = []
    monkeypatch.setattr(sign_in, "matches", lambda _, known: bool(compared.append(known is not None)))
    assert at_once(40, lambda number: begin(accounts, cookie, f"wrong {number}")) == [None] * 40
    assert compared.count(True) == 10
    assert count(accounts, devices) == 0
    assert len(mails(accounts, "locked")) == 1
    monkeypatch.undo()
    assert begin(accounts, cookie) is None


def test_guesses_from_a_known_browser_do_not_lock_the_account(accounts: Accounts, cookie: str) -> None:
    for _ in range(4):
        assert begin(accounts, cookie, "wrong") is None
    user = accounts.find("petra")
    assert user is not None
    assert user.locked_until is None
    assert begin(accounts) is not None
    assert begin(accounts, cookie) is not None
    for _ in range(4):
        assert begin(accounts, cookie, "wrong") is None
    assert begin(accounts, cookie) is not None, "success forgets"


@pytest.mark.promise("lock by an administrator")
def test_a_known_browser_does_not_pass_an_administrators_lock(accounts: Accounts, cookie: str) -> None:
    user = accounts.find("petra")
    assert user is not None
    accounts.administration.lock(user.id, OPERATOR)
    assert begin(accounts, cookie) is None
    accounts.unlock_user(user.id, OPERATOR)
    accounts.disable_user(user.id, OPERATOR)
    assert begin(accounts, cookie) is None
    assert [e["detail"] for e in events(accounts) if e["outcome"] == "failed"] == [
        '{"reason":"locked"}',
        '{"reason":"disabled"}',
    ]


def test_the_cookie_of_somebody_else_helps_nobody(accounts: Accounts, cookie: str) -> None:
    add_user(accounts, "sam", password=GOOD)
    for _ in range(5):
        assert begin(accounts, cookie, "wrong", "sam") is None
    assert begin(accounts, cookie, username="sam") is None
    step = begin(accounts, cookie)
    assert step is not None
    assert step.device == "", "and takes no harm"


def test_a_browser_is_forgotten_when_it_was_not_used_for_long(
    accounts: Accounts, cookie: str, clock: HandClock
) -> None:
    clock.move(days=89)
    assert accounts.sign_ins.knows("petra", cookie)
    step = begin(accounts, cookie)
    assert step is not None
    assert step.device == ""
    clock.move(days=90)
    assert not accounts.sign_ins.knows("petra", cookie)
    accounts.sweep()
    assert count(accounts, devices) == 0


@pytest.mark.parametrize("token", ["", "x", "\0", "\udc80", "x" * 1_000_000])
def test_what_is_no_cookie_knows_nobody(accounts: Accounts, cookie: str, token: str) -> None:
    assert accounts.sign_ins.knows("PETRA", cookie)
    assert not accounts.sign_ins.knows("petra", token)
    assert not accounts.sign_ins.knows("sam", cookie)
    assert not accounts.sign_ins.knows(token, cookie)


@pytest.mark.promise("a stranger locks nobody out")
def test_the_second_step_in_a_known_browser_passes_the_lock_too(accounts: Accounts, clock: HandClock) -> None:
    petra = person(accounts, clock).with_totp()
    cookie = accounts.sign_ins.second(petra.begin().pending, Method.TOTP, petra.code, HERE).device
    clock.move(seconds=60)
    stranger = petra.begin()
    mine = petra.begin(device=cookie)
    lock(accounts)
    assert accounts.sign_ins.offered(stranger.pending) is None
    with pytest.raises(AccountError, match="locked for a while"):
        accounts.sign_ins.second(stranger.pending, Method.TOTP, petra.code, HERE)
    assert accounts.sign_ins.offered(mine.pending) == mine
    assert accounts.sign_ins.second(mine.pending, Method.TOTP, petra.code, HERE).session


def test_wrong_codes_in_a_known_browser_forget_it_and_lock_nobody(accounts: Accounts, clock: HandClock) -> None:
    petra = person(accounts, clock).with_totp()
    cookie = accounts.sign_ins.second(petra.begin().pending, Method.TOTP, petra.code, HERE).device
    step = petra.begin(device=cookie)
    for _ in range(5):
        with pytest.raises(AccountError, match="not right"):
            accounts.sign_ins.second(step.pending, Method.TOTP, petra.wrong_code, HERE)
    assert not accounts.sign_ins.knows("petra", cookie)
    assert accounts.user(petra.user.id).locked_until is None


def redeemed(petra: Person) -> object:
    return petra.accounts.redeem(petra.accounts.invite(petra.user.id, OPERATOR), OTHER, HERE)


FORGET: dict[str, Callable[[Person], object]] = {
    "password changed": lambda petra: petra.accounts.profiles.change_password(GOOD, OTHER, petra.actor),
    "password set by a link": redeemed,
    "disabled": lambda petra: petra.accounts.disable_user(petra.user.id, OPERATOR),
    "app added": lambda petra: petra.with_totp(),
    "mailed codes added": lambda petra: petra.with_mail(),
}


@pytest.mark.promise("ASVS 6.3.1")
@pytest.mark.parametrize("how", FORGET)
def test_known_browsers_are_forgotten_when_the_account_is_secured(
    accounts: Accounts, clock: HandClock, how: str
) -> None:
    petra = person(accounts, clock)
    sam = person(accounts, clock, "sam")
    theirs, other = petra.begin().device, sam.begin().device
    FORGET[how](petra)
    assert not accounts.sign_ins.knows("petra", theirs)
    assert accounts.sign_ins.knows("sam", other)


def test_the_browser_in_use_stays_known(accounts: Accounts, clock: HandClock) -> None:
    petra = person(accounts, clock)
    mine, other = petra.begin().device, petra.begin().device
    accounts.profiles.change_password(GOOD, OTHER, replace(petra.actor, device=mine))
    assert accounts.sign_ins.knows("petra", mine)
    assert not accounts.sign_ins.knows("petra", other)


@pytest.mark.promise("ASVS 6.3.1")
def test_the_ten_newest_browsers_are_known(accounts: Accounts, clock: HandClock) -> None:
    """Each has guesses of its own, so nobody hoards them."""
    petra, sam = person(accounts, clock), person(accounts, clock, "sam")
    other = sam.begin().device
    cookies = []
    for _ in range(13):
        clock.move(seconds=1)
        cookies.append(petra.begin().device)
    known = [accounts.sign_ins.knows("petra", cookie) for cookie in cookies]
    assert known == [False] * 3 + [True] * 10
    assert accounts.sign_ins.knows("sam", other)
