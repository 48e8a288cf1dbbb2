"""Proving once more who one is: what it takes, what it gives, and when it is asked for."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from accounts_kit import GOOD, HERE, OPERATOR, HandClock, add_user, at_once, events
from factor_kit import Person, count, mails, methods_of, person
from soft_authenticator import SoftAuthenticator
from sqlalchemy import update

from dashboard.accounts import AccountError, Accounts, Method, SignedIn, Step, proofs
from dashboard.accounts.models import sessions, users
from dashboard.settings import Settings, load_settings


@pytest.fixture
def petra(accounts: Accounts, clock: HandClock) -> Person:
    return person(accounts, clock)


def again(petra: Person, password: str = GOOD, session: str = "") -> Step:
    return petra.accounts.sign_ins.reauthenticate_begin(session or petra.session, password, HERE)


def loaded(accounts: Accounts, session: str, *, touch: bool = True) -> SignedIn:
    signed_in = accounts.load_session(session, touch=touch)
    assert signed_in is not None
    return signed_in


def stale(petra: Person) -> None:
    """They go on working until the proof is no longer fresh."""
    for _ in range(3):
        petra.clock.move(minutes=5)
        loaded(petra.accounts, petra.session)
    assert not loaded(petra.accounts, petra.session).fresh


def refused(work: Callable[[], object]) -> str:
    with pytest.raises(AccountError) as error:
        work()
    return str(error.value)


@pytest.mark.promise("ASVS 7.5.1")
def test_a_proof_is_fresh_for_fifteen_minutes_however_busy_one_is(petra: Person) -> None:
    for _ in range(3):
        assert loaded(petra.accounts, petra.session).fresh
        petra.clock.move(minutes=4, seconds=59)
    petra.clock.move(seconds=3)
    assert not loaded(petra.accounts, petra.session).fresh


@pytest.mark.promise("ASVS 7.2.4", "ASVS 7.5.1")
def test_the_password_makes_it_fresh_with_a_new_token(petra: Person) -> None:
    stale(petra)
    before = loaded(petra.accounts, petra.session)
    petra.clock.move(minutes=1)
    step = again(petra)
    assert step.session not in {"", petra.session}
    assert petra.accounts.load_session(petra.session, touch=True) is None
    after = loaded(petra.accounts, step.session)
    assert after.fresh
    assert after.authenticated_at == petra.clock.now
    assert after.session != before.session
    assert after.absolute_seconds_left == before.absolute_seconds_left - 60, "it lasts no longer"
    assert count(petra.accounts, sessions) == 1
    last = events(petra.accounts)[-1]
    assert (last["kind"], last["outcome"], last["session_hash"]) == ("reauthenticated", "ok", after.session)


@pytest.mark.promise("ASVS 6.3.4", "ASVS 7.5.1")
def test_who_has_a_second_factor_is_asked_for_it(petra: Person) -> None:
    stale(petra)
    petra.session = again(petra).session
    petra.with_totp()
    stale(petra)
    step = again(petra)
    assert (step.session, step.methods) == ("", (Method.TOTP, Method.RECOVERY_CODE))
    assert petra.accounts.sign_ins.offered(step.pending) == step
    assert not loaded(petra.accounts, petra.session).fresh
    with pytest.raises(AccountError, match="not right"):
        petra.accounts.sign_ins.second(step.pending, Method.TOTP, petra.wrong_code, HERE)
    done = petra.accounts.sign_ins.second(step.pending, Method.TOTP, petra.code, HERE)
    assert loaded(petra.accounts, done.session).fresh
    assert petra.accounts.load_session(petra.session, touch=True) is None
    assert methods_of(petra.accounts, done.session) == ("pwd", "totp")


@pytest.mark.promise("ASVS 6.5.1", "pending sign-in replayed")
def test_a_finished_confirmation_is_over(petra: Person) -> None:
    petra.with_totp()
    step, code = again(petra), petra.code
    done = at_once(20, lambda _: petra.accounts.sign_ins.second(step.pending, Method.TOTP, code, HERE))
    assert sum(isinstance(one, Step) for one in done) == 1
    assert petra.accounts.sign_ins.offered(step.pending) is None
    assert count(petra.accounts, sessions) == 1


def test_mailed_codes_confirm_too(petra: Person) -> None:
    petra.with_mail()
    step = again(petra)
    petra.accounts.sign_ins.send_code(step.pending, HERE)
    code = mails(petra.accounts, "mail_code")[-1].words["code"]
    assert petra.accounts.sign_ins.second(step.pending, Method.MAIL, code, HERE).session


def test_a_passkey_alone_confirms(petra: Person) -> None:
    key = SoftAuthenticator()
    petra.with_totp().with_passkey(key)
    stale(petra)
    step = again(petra, "")
    assert step.methods == (Method.PASSKEY,)
    offered = petra.accounts.sign_ins.offered(step.pending)
    assert offered == step
    for method in (Method.TOTP, Method.RECOVERY_CODE):
        answer = {Method.TOTP: petra.code, Method.RECOVERY_CODE: petra.codes[0]}[method]
        with pytest.raises(AccountError, match="another way"):
            petra.accounts.sign_ins.second(step.pending, method, answer, HERE)
    answer = key.get(petra.accounts.sign_ins.passkey_options(step.pending))
    done = petra.accounts.sign_ins.second(step.pending, Method.PASSKEY, answer, HERE)
    assert loaded(petra.accounts, done.session).fresh
    assert methods_of(petra.accounts, done.session) == ("passkey",)


def test_without_a_passkey_the_password_is_asked_for(petra: Person) -> None:
    petra.with_totp()
    assert refused(lambda: again(petra, "")) == "Enter your password."


@pytest.mark.promise("ASVS 6.3.1", "ASVS 6.3.4")
def test_wrong_passwords_count_towards_the_lock(petra: Person) -> None:
    answers = at_once(12, lambda _: again(petra, "wrong"))
    assert {str(answer) for answer in answers} == {"The password is not right, or the account is locked for a while."}
    failed = [e for e in events(petra.accounts) if e["kind"] == "reauthenticated"]
    assert [e["outcome"] for e in failed].count("locked") == 1
    assert {e["session_hash"] for e in failed} == {petra.actor.session}
    assert len(mails(petra.accounts, "locked")) == 1
    refused(lambda: again(petra))
    assert petra.accounts.sign_ins.begin("petra", GOOD, HERE) is None
    assert loaded(petra.accounts, petra.session), "the session itself goes on"


@pytest.mark.promise("a stranger locks nobody out")
def test_in_a_known_browser_a_lock_by_strangers_is_not_in_the_way(petra: Person) -> None:
    step = petra.begin()
    for _ in range(5):
        petra.accounts.sign_ins.begin("petra", "wrong", HERE)
    refused(lambda: again(petra, session=step.session))
    sign_ins = petra.accounts.sign_ins
    assert sign_ins.reauthenticate_begin(step.session, GOOD, HERE, device=step.device).session


@pytest.mark.promise("ASVS 7.4.1", "ASVS 7.4.2")
@pytest.mark.parametrize("how", ["no session", "signed out", "disabled", "idle", "locked"])
def test_a_session_that_is_over_is_not_revived(petra: Person, how: str) -> None:
    petra.with_totp()
    step = again(petra)
    session = "x" * 43 if how == "no session" else petra.session
    if how == "signed out":
        petra.accounts.end_session(petra.session)
    elif how == "disabled":
        petra.accounts.disable_user(petra.user.id, OPERATOR)
        petra.accounts.enable_user(petra.user.id, OPERATOR)
    elif how == "idle":
        petra.clock.move(minutes=8)
        step = again(petra)
        petra.clock.move(minutes=1)
    elif how == "locked":
        petra.accounts.administration.lock(petra.user.id, OPERATOR)
    before = count(petra.accounts, sessions)
    assert refused(lambda: again(petra, session=session))
    if how != "no session":
        assert refused(lambda: petra.accounts.sign_ins.second(step.pending, Method.TOTP, petra.code, HERE)) in {
            proofs.OVER,
            "Your session has ended. Sign in again.",
        }
    assert count(petra.accounts, sessions) == before


def test_the_session_of_somebody_else_cannot_be_renewed(petra: Person) -> None:
    """The password is compared with that of the session's own user."""
    add_user(petra.accounts, "sam", password="eleven quiet rivers in june")
    assert refused(lambda: again(petra, "eleven quiet rivers in june"))


def test_a_password_that_changed_meanwhile_does_not_count(petra: Person) -> None:
    petra.with_totp()
    step = again(petra)
    with petra.accounts.engine.begin() as connection:
        connection.execute(update(users).values(version=users.c.version + 1))
    assert refused(lambda: petra.accounts.sign_ins.second(step.pending, Method.TOTP, petra.code, HERE)) == proofs.OVER


@pytest.mark.promise("remembered sessions")
def test_a_remembered_session_outlives_the_idle_limit_but_is_not_fresh_then(petra: Person) -> None:
    step = petra.begin(remember=True)
    assert step.remembered
    signed_in = loaded(petra.accounts, step.session)
    assert (signed_in.remembered, signed_in.fresh) == (True, True)
    assert signed_in.idle_seconds_left == signed_in.absolute_seconds_left == 14 * 24 * 3600
    petra.clock.move(minutes=10)
    assert not loaded(petra.accounts, step.session, touch=False).fresh
    signed_in = loaded(petra.accounts, step.session)
    assert (signed_in.remembered, signed_in.fresh) == (True, False)
    petra.clock.move(seconds=31)
    assert not loaded(petra.accounts, step.session).fresh, "and stays so, though it is used now"
    renewed = again(petra, session=step.session)
    assert renewed.remembered
    signed_in = loaded(petra.accounts, renewed.session)
    assert (signed_in.fresh, signed_in.remembered) == (True, True)
    petra.clock.move(days=14)
    assert petra.accounts.load_session(renewed.session, touch=True) is None


@pytest.mark.promise("ASVS 7.3.2", "remembered sessions")
def test_a_remembered_session_ends_after_fourteen_days_however_busy_one_is(petra: Person) -> None:
    step = petra.begin(remember=True)
    for _ in range(13):
        petra.clock.move(days=1)
        loaded(petra.accounts, step.session)
    petra.clock.move(hours=23, minutes=59)
    loaded(petra.accounts, step.session)
    petra.accounts.sign_ins.begin("petra", GOOD, HERE)
    loaded(petra.accounts, step.session)
    petra.clock.move(minutes=1)
    assert petra.accounts.load_session(step.session, touch=True) is None


@pytest.mark.promise("remembered sessions")
def test_who_manages_the_site_is_never_remembered(petra: Person, clock: HandClock) -> None:
    person(petra.accounts, clock, "ada", "admin")
    step = petra.accounts.sign_ins.begin("ada", GOOD, HERE, remember=True)
    assert step is not None
    assert not step.remembered
    assert loaded(petra.accounts, step.session).idle_seconds_left == 600


@pytest.mark.promise("ASVS 8.3.2", "remembered sessions")
@pytest.mark.parametrize("pause", [timedelta(minutes=10), timedelta(hours=12)])
def test_a_remembered_session_of_somebody_promoted_has_the_normal_limits(petra: Person, pause: timedelta) -> None:
    step, other = petra.begin(remember=True), petra.begin(remember=True)
    with petra.accounts.engine.begin() as connection:
        connection.execute(update(users).values(role="admin"))
    signed_in = loaded(petra.accounts, step.session)
    assert (signed_in.remembered, signed_in.idle_seconds_left, signed_in.absolute_seconds_left) == (False, 600, 43200)
    petra.clock.now += pause
    assert petra.accounts.load_session(step.session, touch=True) is None
    assert petra.accounts.open_sessions(petra.user.id) == []
    assert petra.accounts.load_session(other.session, touch=False) is None


def test_nobody_is_remembered_where_the_settings_say_so(settings: Settings, clock: HandClock) -> None:
    accounts = Accounts(load_settings(var=settings.var, session={"remember_days": 0}), clock=clock)
    petra = person(accounts, clock)
    step = petra.begin(remember=True)
    assert not step.remembered
    clock.move(minutes=10)
    assert accounts.load_session(step.session, touch=True) is None
    accounts.close()


def test_remembering_survives_the_second_step(petra: Person) -> None:
    petra.with_totp()
    step = petra.begin(remember=True)
    assert step.remembered
    done = petra.accounts.sign_ins.second(step.pending, Method.TOTP, petra.code, HERE)
    assert done.remembered
    assert loaded(petra.accounts, done.session).remembered
    assert [one.remembered for one in petra.accounts.open_sessions(petra.user.id)] == [True, False]


def test_a_sign_in_of_others_does_not_sweep_remembered_sessions(petra: Person) -> None:
    step = petra.begin(remember=True)
    petra.clock.move(days=3)
    add_user(petra.accounts, "sam", password=GOOD)
    petra.accounts.sign_ins.begin("sam", GOOD, HERE)
    assert loaded(petra.accounts, step.session).remembered
    assert petra.accounts.user(petra.user.id).open_sessions == 1
