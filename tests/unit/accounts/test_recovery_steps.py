"""Recovery, second half: the second factor is never skipped, and the new password ends everything else."""

import pytest
from accounts_kit import GOOD, HERE, OPERATOR, OTHER, HandClock, at_once, events
from factor_kit import ELSEWHERE, Person, count, mails, person
from mailed_kit import THERE, change, kinds, refused, row, token
from soft_authenticator import SoftAuthenticator

from dashboard.accounts import AccountError, Accounts, Method, Step, recovering
from dashboard.accounts.models import devices, pending, recovery_codes
from dashboard.settings import Settings
from dashboard.settings.sections import SecondFactor

OVER, MISSING = "Ask for a new link", "One step is missing"
SHORT = "zebra-41"


@pytest.fixture
def petra(accounts: Accounts, clock: HandClock) -> Person:
    return person(accounts, clock)


def begun(accounts: Accounts, username: str = "petra") -> Step:
    """A recovery behind its link; these users have no date of birth."""
    accounts.recovery.ask(username, HERE)
    return accounts.recovery.check(token(accounts, "recovery"), None, HERE)


def test_new_password_counts_and_everything_else_ends(accounts: Accounts, petra: Person) -> None:
    known = petra.begin().device
    for _ in range(5):
        accounts.authenticate("petra", "wrong", THERE)
    step = begun(accounts)
    user = accounts.recovery.finish(step.pending, OTHER, ELSEWHERE)
    assert (user.id, user.locked_until, user.open_sessions) == (petra.user.id, None, 0)
    assert accounts.load_session(petra.session, touch=True) is None
    assert accounts.authenticate("petra", GOOD, HERE) is None
    assert accounts.authenticate("petra", OTHER, HERE) is not None
    assert (bool(known), count(accounts, devices), count(accounts, pending)) == (True, 0, 0)
    mail = mails(accounts)[-1]
    assert (mail.kind, mail.recipient, mail.words["ip"]) == ("password_changed", "petra@example.com", ELSEWHERE.ip)
    assert [event["kind"] for event in events(accounts)].count("recovery_done") == 1


@pytest.mark.promise("ASVS 6.4.3", "ASVS 6.3.4")
def test_recovery_does_not_skip_the_authenticator_app(accounts: Accounts, petra: Person) -> None:
    petra.with_totp()
    step = begun(accounts)
    assert step.methods == (Method.TOTP, Method.RECOVERY_CODE)
    assert MISSING in refused(accounts.recovery.finish, step.pending, OTHER, HERE)
    assert accounts.authenticate("petra", GOOD, HERE) is not None
    done = accounts.recovery.second(step.pending, Method.TOTP, petra.code, HERE)
    assert (done.methods, done.session) == ((), "")
    accounts.recovery.finish(step.pending, OTHER, HERE)
    assert accounts.factors.of(petra.user.id).totp
    begin = accounts.sign_ins.begin("petra", OTHER, HERE)
    assert begin is not None
    assert (begin.session, Method.TOTP in begin.methods) == ("", True)


@pytest.mark.promise("ASVS 6.4.3")
def test_an_app_that_the_settings_switched_off_is_not_skipped_for_codes_by_mail(
    accounts: Accounts, petra: Person, settings: Settings, clock: HandClock
) -> None:
    petra.with_totp()
    accounts.factors.set_mail(on=True, by=petra.actor)
    later = Accounts(settings.model_copy(update={"second_factor": SecondFactor(methods=["mail"])}), clock=clock)
    step = begun(later)
    assert Method.TOTP in step.methods
    assert MISSING in refused(later.recovery.finish, step.pending, OTHER, HERE)
    later.close()


@pytest.mark.promise("ASVS 6.4.3")
def test_recovery_does_not_skip_a_passkey(accounts: Accounts, petra: Person) -> None:
    authenticator = SoftAuthenticator()
    petra.with_passkey(authenticator)
    step = begun(accounts)
    assert Method.PASSKEY in step.methods
    assert MISSING in refused(accounts.recovery.finish, step.pending, OTHER, HERE)
    answer = authenticator.get(accounts.sign_ins.passkey_options(step.pending))
    accounts.recovery.second(step.pending, Method.PASSKEY, answer, HERE)
    assert accounts.recovery.finish(step.pending, OTHER, HERE).factors == (Method.PASSKEY,)


@pytest.mark.promise("ASVS 6.4.3")
def test_mailed_code_is_no_second_factor_here(accounts: Accounts, petra: Person) -> None:
    petra.with_totp().with_mail()
    step = begun(accounts)
    assert Method.MAIL not in step.methods
    refused(accounts.sign_ins.send_code, step.pending, HERE)
    refused(accounts.recovery.second, step.pending, Method.MAIL, "12345678", HERE)
    assert MISSING in refused(accounts.recovery.finish, step.pending, OTHER, HERE)
    assert "mail_code" not in kinds(accounts)


def test_with_mailed_codes_alone_the_password_is_next(accounts: Accounts, petra: Person) -> None:
    petra.with_mail()
    step = begun(accounts)
    assert step.methods == ()
    assert "at least 15" in refused(accounts.recovery.finish, step.pending, SHORT, HERE)
    assert accounts.recovery.finish(step.pending, OTHER, HERE).factors == (Method.MAIL,)


@pytest.mark.promise("ASVS 6.4.4")
def test_recovery_code_stands_in_for_a_lost_app(accounts: Accounts, petra: Person) -> None:
    petra.with_totp()
    step, code = begun(accounts), petra.codes[0]
    accounts.recovery.second(step.pending, Method.RECOVERY_CODE, code, HERE)
    accounts.recovery.finish(step.pending, OTHER, HERE)
    assert count(accounts, recovery_codes, recovery_codes.c.used_at.is_not(None)) == 1
    again = begun(accounts)
    refused(accounts.recovery.second, again.pending, Method.RECOVERY_CODE, code, HERE)


def test_factor_that_was_set_up_meanwhile_is_asked_for(accounts: Accounts, petra: Person) -> None:
    step = begun(accounts)
    petra.with_totp()
    said = refused(accounts.recovery.finish, step.pending, OTHER, HERE)
    assert MISSING in said or OVER in said
    assert accounts.authenticate("petra", GOOD, HERE) is not None


@pytest.mark.promise("ASVS 6.5.1")
def test_code_of_the_app_works_once(accounts: Accounts, petra: Person) -> None:
    petra.with_totp()
    first, second = begun(accounts), begun(accounts)
    code = petra.code
    accounts.recovery.second(first.pending, Method.TOTP, code, HERE)
    refused(accounts.recovery.second, second.pending, Method.TOTP, code, HERE)


@pytest.mark.promise("ASVS 6.3.1", "wrong codes lock")
def test_five_wrong_codes_lock_the_account(accounts: Accounts, petra: Person) -> None:
    petra.with_totp()
    step = begun(accounts)
    answers = at_once(20, lambda number: accounts.recovery.second(step.pending, Method.TOTP, petra.wrong_code, HERE))
    assert {type(answer) for answer in answers} == {AccountError}
    assert accounts.user(petra.user.id).locked_until is not None
    refused(accounts.recovery.second, step.pending, Method.TOTP, petra.code, HERE)
    assert accounts.recovery.offered(step.pending) is None
    refused(accounts.recovery.finish, step.pending, OTHER, HERE)
    assert kinds(accounts).count("locked") == 1


@pytest.mark.promise("ASVS 6.5.1", "token race")
def test_of_fifty_who_finish_at_once_one_does(accounts: Accounts, petra: Person) -> None:
    steps = [begun(accounts).pending for _ in range(5)]
    answers = at_once(
        50, lambda number: (number, accounts.recovery.finish(steps[number % 5], f"{OTHER} {number}", HERE))
    )
    won = [answer[0] for answer in answers if isinstance(answer, tuple)]
    assert len(won) == 1
    assert sum(isinstance(answer, AccountError) for answer in answers) == 49
    assert accounts.authenticate("petra", f"{OTHER} {won[0]}", HERE) is not None
    assert kinds(accounts).count("password_changed") == 1
    assert accounts.verify_audit().ok


@pytest.mark.promise("ASVS 6.5.1", "pending rows cannot be replayed")
def test_row_and_link_are_used_up(accounts: Accounts, petra: Person) -> None:
    step, mine = begun(accounts), token(accounts, "recovery")
    accounts.recovery.finish(step.pending, OTHER, HERE)
    assert accounts.recovery.offered(step.pending) is None
    assert OVER in refused(accounts.recovery.finish, step.pending, GOOD, HERE)
    assert accounts.recovery.opened(mine) is None
    refused(accounts.recovery.check, mine, None, HERE)


def test_rows_of_other_purposes_are_no_recovery(accounts: Accounts, petra: Person) -> None:
    petra.with_totp()
    waiting = petra.begin()
    assert accounts.recovery.offered(waiting.pending) is None
    assert OVER in refused(accounts.recovery.finish, waiting.pending, OTHER, HERE)
    step = begun(accounts)
    assert accounts.sign_ins.offered(step.pending) is None
    refused(accounts.sign_ins.second, step.pending, Method.TOTP, petra.code, HERE)


def test_row_lasts_as_long_as_the_setting_says(accounts: Accounts, petra: Person, clock: HandClock) -> None:
    step = begun(accounts)
    clock.move(minutes=59, seconds=59)
    assert accounts.recovery.offered(step.pending) is not None
    clock.move(seconds=1)
    assert accounts.recovery.offered(step.pending) is None
    assert OVER in refused(accounts.recovery.finish, step.pending, OTHER, HERE)


@pytest.mark.parametrize("changed", [{"version": 9}, {"active": False}, {"verified_at": None}])
def test_change_of_the_account_ends_it(accounts: Accounts, petra: Person, changed: dict[str, object]) -> None:
    step = begun(accounts)
    change(accounts, petra.user, **changed)
    assert accounts.recovery.offered(step.pending) is None
    assert OVER in refused(accounts.recovery.finish, step.pending, OTHER, HERE)


@pytest.mark.promise("ASVS 7.4.2")
def test_disabling_and_enabling_does_not_revive_it(accounts: Accounts, petra: Person) -> None:
    step = begun(accounts)
    accounts.disable_user(petra.user.id, OPERATOR)
    accounts.enable_user(petra.user.id, OPERATOR)
    assert OVER in refused(accounts.recovery.finish, step.pending, OTHER, HERE)


@pytest.mark.parametrize("nonsense", ["", "x", "\0", "\udc80", "y" * 100_000])
def test_nonsense_is_no_row(accounts: Accounts, petra: Person, nonsense: str) -> None:
    begun(accounts)
    assert accounts.recovery.offered(nonsense) is None
    assert OVER in refused(accounts.recovery.finish, nonsense, OTHER, HERE)
    refused(accounts.recovery.second, nonsense, Method.TOTP, "000000", HERE)


@pytest.mark.promise("ASVS 6.2.1")
def test_short_password_is_accepted_beside_a_second_factor_only(accounts: Accounts, petra: Person) -> None:
    step = begun(accounts)
    assert "at least 15" in refused(accounts.recovery.finish, step.pending, SHORT, HERE)
    accounts.recovery.finish(step.pending, OTHER, HERE)
    petra.session = accounts.start_session(petra.user.id, HERE)
    petra.with_totp()
    step = begun(accounts)
    accounts.recovery.second(step.pending, Method.TOTP, petra.code, HERE)
    assert "at least 8" in refused(accounts.recovery.finish, step.pending, SHORT[:7], HERE)
    accounts.recovery.finish(step.pending, SHORT, HERE)
    assert not row(accounts, petra.user).password_is_long


@pytest.mark.promise("ASVS 6.2.1")
def test_short_password_is_refused_where_the_app_goes_meanwhile(
    accounts: Accounts, petra: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    petra.with_totp()
    step = begun(accounts)
    accounts.recovery.second(step.pending, Method.TOTP, petra.code, HERE)
    hashing = recovering.hash_password

    def slow(password: str) -> str:
        accounts.factors.remove_totp(petra.actor)
        return hashing(password)

    monkeypatch.setattr(recovering, "hash_password", slow)
    assert OVER in refused(accounts.recovery.finish, step.pending, SHORT, HERE)
    assert accounts.authenticate("petra", GOOD, HERE) is not None


def test_refused_password_does_not_use_the_row(accounts: Accounts, petra: Person) -> None:
    step = begun(accounts)
    for password in ("short", "petra-petra-petra-1", "abcabcabcabcabcabc"):
        refused(accounts.recovery.finish, step.pending, password, HERE)
    accounts.recovery.finish(step.pending, OTHER, HERE)


def test_no_connection_is_held_while_hashing(
    accounts: Accounts, petra: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, real = [], recovering.hash_password

    def noted(password: str) -> str:
        held.append(accounts.engine.pool.checkedout())  # type: ignore[attr-defined]
        return real(password)

    monkeypatch.setattr(recovering, "hash_password", noted)
    accounts.recovery.finish(begun(accounts).pending, OTHER, HERE)
    assert held == [0]
