"""The link that verifies an address: once, for its account alone, and signed in only where that was wanted."""

from collections.abc import Callable

import pytest
from accounts_kit import GOOD, HERE, OPERATOR, OTHER, HandClock, add_user, at_once, events
from factor_kit import count, mails
from mailed_kit import SITE, THERE, change, found, kinds, refused, register, statements, token, verified

from dashboard.accounts import AccountError, Accounts, Step
from dashboard.accounts.models import pending, sessions
from dashboard.settings import Settings, load_settings

DEAD = "no longer valid"


@pytest.fixture
def at_once_in(settings: Settings, clock: HandClock) -> Accounts:
    """An installation that signs people in when they verify."""
    return Accounts(load_settings(var=settings.var, registration={"sign_in_after_verification": True}), clock=clock)


def test_verified_user_signs_in_and_is_welcome(accounts: Accounts) -> None:
    register(accounts)
    link = token(accounts, "verify")
    assert accounts.registration.verifying(link) == found(accounts, "ann")
    assert accounts.registration.verify(link, HERE, password=GOOD) == Step(username="ann")
    assert found(accounts, "ann").verified
    assert accounts.authenticate("ann", GOOD, HERE) is not None
    welcome = mails(accounts)[-1]
    assert (welcome.kind, welcome.recipient, welcome.words["role"]) == ("welcome", "ann@example.com", "")
    assert welcome.words["link"] == f"{SITE}/sign-in"


@pytest.mark.promise("ASVS 6.5.1", "token race")
@pytest.mark.parametrize("is_mine", [True, False])
def test_of_fifty_parallel_verifications_one_succeeds(accounts: Accounts, is_mine: bool) -> None:
    mine = register(accounts, role="sales_manager")
    link, browser = token(accounts, "verify"), mine if is_mine else ""
    answers = at_once(50, lambda number: accounts.registration.verify(link, HERE, browser, GOOD))
    assert sum(isinstance(answer, Step) for answer in answers) == 1
    # Elsewhere the password is compared as often as there are attempts, and not more.
    said = DEAD if is_mine else ""
    assert sum(isinstance(answer, AccountError) and said in str(answer) for answer in answers) == 49
    assert found(accounts, "ann").locked_until is None
    assert kinds(accounts).count("welcome") == 1
    assert [(event["kind"], event["outcome"]) for event in events(accounts)].count(("mail_verified", "ok")) == 1
    assert accounts.verify_audit().ok


def test_looking_does_not_use_it_and_using_does(accounts: Accounts) -> None:
    register(accounts)
    link = token(accounts, "verify")
    assert [accounts.registration.verifying(link) for _ in range(3)] == [found(accounts, "ann")] * 3
    accounts.registration.verify(link, HERE, password=GOOD)
    assert accounts.registration.verifying(link) is None
    assert DEAD in refused(accounts.registration.verify, link, HERE)


def test_link_lasts_as_long_as_the_setting_says(accounts: Accounts, clock: HandClock) -> None:
    register(accounts)
    link = token(accounts, "verify")
    clock.move(hours=23, minutes=59, seconds=59)
    assert accounts.registration.verifying(link) is not None
    clock.move(seconds=1)
    assert DEAD in refused(accounts.registration.verify, link, HERE)
    assert not found(accounts, "ann").verified


def test_disabled_account_is_not_verified(accounts: Accounts) -> None:
    register(accounts)
    accounts.disable_user(found(accounts, "ann").id, OPERATOR)
    assert DEAD in refused(accounts.registration.verify, token(accounts, "verify"), HERE)


@pytest.mark.parametrize("link", ["", "x", "1.2.3.4", "\0", "é", "y" * 100_000])
def test_nonsense_is_no_link(accounts: Accounts, link: str) -> None:
    register(accounts)
    assert accounts.registration.verifying(link) is None
    assert DEAD in refused(accounts.registration.verify, link, HERE)


@pytest.mark.promise("a role named at registration grants nothing")
def test_administrators_hear_of_a_request_when_the_address_is_verified(accounts: Accounts) -> None:
    for name, role in (("root", "admin"), ("gone", "admin"), ("quiet", "admin"), ("sam", "sales_manager")):
        add_user(accounts, name, role, GOOD)
    accounts.disable_user(found(accounts, "gone").id, OPERATOR)
    change(accounts, found(accounts, "quiet"), verified_at=None)
    register(accounts, role="sales_manager")
    assert kinds(accounts) == ["verify"]
    assert accounts.requests.open() == ([], 0)
    accounts.registration.verify(token(accounts, "verify"), HERE, password=GOOD)
    asked = mails(accounts, "role_requested")
    assert [mail.recipient for mail in asked] == ["root@example.com"]
    assert asked[0].words == {
        "name": "Ann Lee",
        "username": "ann",
        "role": "Sales Manager",
        "link": f"{SITE}/users",
    }
    assert mails(accounts, "welcome")[0].words["role"] == "Sales Manager"
    requests, total = accounts.requests.open()
    assert (total, requests[0].username, requests[0].role) == (1, "ann", "sales_manager")


def test_session_starts_at_once_only_where_the_settings_and_the_browser_agree(at_once_in: Accounts) -> None:
    browser = register(at_once_in)
    step = at_once_in.registration.verify(token(at_once_in, "verify"), HERE, browser)
    signed_in = at_once_in.load_session(step.session, touch=True)
    assert signed_in is not None
    assert signed_in.viewer.username == "ann"
    at_once_in.close()


@pytest.mark.parametrize(
    "browser", [lambda mine: "", lambda mine: mine + "x", lambda mine: mine[:-1], lambda mine: "y" * 5000]
)
def test_other_browsers_are_not_signed_in(at_once_in: Accounts, browser: Callable[[str], str]) -> None:
    mine = register(at_once_in)
    step = at_once_in.registration.verify(token(at_once_in, "verify"), THERE, browser(mine), GOOD)
    assert step == Step(username="ann")
    assert count(at_once_in, sessions) == 0
    at_once_in.close()


def test_mark_of_one_registration_is_no_good_for_another(at_once_in: Accounts) -> None:
    stranger = register(at_once_in, "mallory")
    register(at_once_in, "ann")
    assert at_once_in.registration.verify(token(at_once_in, "verify"), THERE, stranger, GOOD).session == ""
    at_once_in.close()


def test_without_the_setting_nobody_is_signed_in(accounts: Accounts) -> None:
    browser = register(accounts)
    assert accounts.registration.verify(token(accounts, "verify"), HERE, browser).session == ""
    assert count(accounts, sessions) == 0


def test_mark_is_used_up(at_once_in: Accounts) -> None:
    browser = register(at_once_in)
    at_once_in.registration.verify(token(at_once_in, "verify"), HERE, browser)
    assert count(at_once_in, pending) == 0
    at_once_in.close()


@pytest.mark.promise("ASVS 6.3.4")
def test_demanded_second_factor_is_not_skipped(settings: Settings, clock: HandClock) -> None:
    strict = load_settings(
        var=settings.var,
        registration={"sign_in_after_verification": True},
        second_factor={"grace_until": "", "required_for": ["admin", "no_role"]},
    )
    accounts = Accounts(strict, clock=clock)
    browser = register(accounts)
    step = accounts.registration.verify(token(accounts, "verify"), HERE, browser)
    assert (step.session, step.enrol) == ("", True)
    accounts.close()


def test_link_is_sent_again(accounts: Accounts) -> None:
    register(accounts)
    accounts.registration.send_again(" ANN@example.com ", HERE)
    assert kinds(accounts) == ["verify", "verify"]
    accounts.registration.verify(token(accounts, "verify"), HERE, password=GOOD)


def test_who_is_verified_already_is_told_so(accounts: Accounts) -> None:
    verified(accounts)
    accounts.registration.send_again("ann@example.com", HERE)
    assert kinds(accounts)[-1] == "already_registered"


@pytest.mark.parametrize("typed", ["nobody@example.com", "no address", "", "\0", "\udc80@x", "x" * 100_000])
def test_nobody_is_mailed_where_nobody_waits(accounts: Accounts, typed: str) -> None:
    register(accounts)
    accounts.registration.send_again(typed, HERE)
    assert kinds(accounts) == ["verify"]


@pytest.mark.promise("ASVS 6.3.8")
def test_asking_again_does_as_much_for_unknown_addresses(accounts: Accounts) -> None:
    verified(accounts, "bob")
    register(accounts)
    ran = []
    for address in ("ann@example.com", "bob@example.com", "nobody@example.com"):
        with statements(accounts) as done:
            accounts.registration.send_again(address, HERE)
        ran.append([text.split()[0] for text in done if "DELETE FROM outbox" not in text])
        assert sum("INSERT INTO outbox" in text for text in done) == 1
    assert ran[0] == ran[1] == ran[2]


@pytest.mark.promise("ASVS 6.5.1")
@pytest.mark.promise("a stranger's registration is not opened by whoever holds the mailbox")
def test_a_strangers_password_is_not_confirmed_by_the_holder_of_the_mailbox(accounts: Accounts) -> None:
    mine = register(accounts, "victoria")
    register(accounts, "victoria", password=OTHER)
    link = token(accounts, "verify")
    for browser, typed in ((mine, GOOD), (mine, ""), ("", GOOD)):
        assert accounts.registration.needs_password(link, browser)
        assert "If you did not register yourself" in refused(accounts.registration.verify, link, HERE, browser, typed)
    assert not found(accounts, "victoria").verified
    assert accounts.sign_ins.begin("victoria", OTHER, THERE) is None
    mine = register(accounts, "victoria")
    assert not accounts.registration.needs_password(token(accounts, "verify"), mine)
    accounts.registration.verify(token(accounts, "verify"), HERE, mine)
    assert accounts.authenticate("victoria", GOOD, HERE) is not None


@pytest.mark.promise("ASVS 6.3.1")
def test_passwords_are_not_guessed_by_the_link(accounts: Accounts, clock: HandClock) -> None:
    register(accounts)
    link = token(accounts, "verify")
    said = [refused(accounts.registration.verify, link, THERE, "", OTHER) for _ in range(5)]
    assert ["too many" in text for text in said] == [False] * 4 + [True]
    assert "too many" in refused(accounts.registration.verify, link, THERE, "", GOOD)
    failed = [event["outcome"] for event in events(accounts) if event["kind"] == "mail_verified"]
    assert failed == ["failed"] * 4 + ["locked", "failed"]
    assert kinds(accounts) == ["verify"]
    clock.move(minutes=16)
    accounts.registration.verify(link, HERE, "", GOOD)
    assert found(accounts, "ann").verified


def test_whoever_is_locked_out_registers_anew(accounts: Accounts) -> None:
    register(accounts, password=OTHER)
    for _ in range(5):
        refused(accounts.registration.verify, token(accounts, "verify"), HERE, "", GOOD)
    register(accounts)
    accounts.registration.verify(token(accounts, "verify"), HERE, "", GOOD)
    assert accounts.authenticate("ann", GOOD, HERE) is not None


@pytest.mark.parametrize("mode", ["invited", "off"])
def test_links_end_with_registration(accounts: Accounts, settings: Settings, clock: HandClock, mode: str) -> None:
    browser = register(accounts)
    link = token(accounts, "verify")
    closed = Accounts(load_settings(var=settings.var, registration={"mode": mode}), clock=clock)
    assert closed.registration.verifying(link) is None
    assert "Ask an administrator" in refused(closed.registration.verify, link, HERE, browser, GOOD)
    assert not found(closed, "ann").verified
    closed.close()


@pytest.mark.promise("ASVS 6.3.8", "enumeration by time")
@pytest.mark.parametrize("ask", ["again", "recover"])
def test_the_disk_is_written_to_whether_or_not_somebody_gets_a_mail(accounts: Accounts, ask: str) -> None:
    """A commit that changes nothing takes a fifth of the time: it told strangers which addresses are known."""
    register(accounts)
    looks = {"sqlite": "PRAGMA data_version", "postgresql": "SELECT pg_snapshot_xmax(pg_current_snapshot())::text"}
    changes = looks[accounts.engine.dialect.name]
    do = accounts.registration.send_again if ask == "again" else accounts.recovery.ask
    with accounts._store.reader.connect() as looking:
        for address, mailed in (("ann@example.com", 1), ("nobody@example.com", ask == "recover"), ("nobody", 0)):
            before, told = looking.exec_driver_sql(changes).scalar_one(), len(mails(accounts))
            do(address, HERE)
            assert looking.exec_driver_sql(changes).scalar_one() != before, address
            assert len(mails(accounts)) - told == mailed
