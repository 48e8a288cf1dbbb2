"""The second step of a sign-in by app or recovery code: one use each, rationed, bound to its own sign-in."""

from collections.abc import Callable

import pytest
from accounts_kit import GOOD, HERE, OPERATOR, HandClock, at_once, events
from factor_kit import Person, count, mails, methods_of, person
from sqlalchemy import update

from dashboard.accounts import AccountError, Accounts, Method, Step, proofs, totp
from dashboard.accounts.models import pending, sessions, users

NOT_CODES = ["", "-12345", "１２３４５６", "\0", "\udc80", "1" * 1_000_000]


@pytest.fixture
def petra(accounts: Accounts, clock: HandClock) -> Person:
    return person(accounts, clock).with_totp()


def second(person_: Person, step: Step, code: str, method: Method = Method.TOTP) -> Step:
    return person_.accounts.sign_ins.second(step.pending, method, code, HERE)


def refused(work: Callable[[], object]) -> str:
    with pytest.raises(AccountError) as error:
        work()
    return str(error.value)


def checks(accounts: Accounts) -> list[tuple[str, str]]:
    return [(e["outcome"], e["detail"]) for e in events(accounts) if e["kind"] == "second_factor_checked"]


@pytest.mark.promise("ASVS 6.3.3")
def test_the_code_starts_the_session(petra: Person) -> None:
    done = second(petra, petra.begin(), petra.code)
    assert (done.pending, done.methods, done.username) == ("", (), "petra")
    signed_in = petra.accounts.load_session(done.session, touch=True)
    assert signed_in is not None
    assert signed_in.viewer.user_id == petra.user.id
    assert methods_of(petra.accounts, done.session) == ("pwd", "totp")


@pytest.mark.parametrize("seconds", [-30, 0, 30])
@pytest.mark.promise("ASVS 6.5.5")
def test_a_code_counts_one_step_before_and_after_its_time(petra: Person, seconds: int) -> None:
    step, code = petra.begin(), petra.code
    petra.clock.move(seconds=seconds)
    assert second(petra, step, f" {code[:3]} {code[3:]} ").session


@pytest.mark.parametrize("seconds", [-60, 60])
@pytest.mark.promise("ASVS 6.5.5")
def test_and_no_longer(petra: Person, seconds: int) -> None:
    step, code = petra.begin(), petra.code
    petra.clock.move(seconds=seconds)
    assert refused(lambda: second(petra, step, code)) == proofs.WRONG


@pytest.mark.promise("ASVS 6.5.1")
def test_a_code_works_once(petra: Person) -> None:
    first, other = petra.begin(), petra.begin()
    assert second(petra, first, petra.code).session
    assert refused(lambda: second(petra, other, petra.code)) == proofs.WRONG
    petra.clock.move(seconds=30)
    assert second(petra, other, petra.code).session


@pytest.mark.promise("ASVS 6.5.1")
def test_an_older_code_does_not_work_after_a_newer_one(petra: Person) -> None:
    older = petra.code
    petra.clock.move(seconds=30)
    second(petra, petra.begin(), petra.code)
    other = petra.begin()
    assert refused(lambda: second(petra, other, older)) == proofs.WRONG


@pytest.mark.promise("ASVS 6.5.1", "token race")
def test_of_twenty_threads_with_one_code_one_gets_in(petra: Person) -> None:
    steps, code = [petra.begin() for _ in range(20)], petra.code
    # Otherwise nineteen wrong answers would lock the account, which is another promise.
    before = count(petra.accounts, sessions)
    done = at_once(20, lambda number: second(petra, steps[number], code))
    assert sum(isinstance(one, Step) for one in done) == 1
    assert {str(one) for one in done if not isinstance(one, Step)} <= {proofs.WRONG, proofs.LOCKED}
    assert count(petra.accounts, sessions) == before + 1


@pytest.mark.promise("ASVS 6.5.1", "pending sign-in replayed")
def test_a_finished_step_is_over(petra: Person) -> None:
    step = petra.begin()
    second(petra, step, petra.code)
    petra.clock.move(seconds=30)
    assert petra.accounts.sign_ins.offered(step.pending) is None
    assert refused(lambda: second(petra, step, petra.code)) == proofs.OVER
    assert refused(lambda: petra.accounts.sign_ins.passkey_options(step.pending)) == proofs.OVER
    assert refused(lambda: petra.accounts.sign_ins.send_code(step.pending, HERE)) == proofs.OVER
    assert refused(lambda: petra.accounts.sign_ins.enrol_totp(step.pending)) == proofs.OVER


def test_a_step_lasts_as_long_as_the_settings_say(petra: Person) -> None:
    step = petra.begin()
    petra.clock.move(minutes=10)
    assert petra.accounts.sign_ins.offered(step.pending) is None
    assert refused(lambda: second(petra, step, petra.code)) == proofs.OVER


@pytest.mark.promise("ASVS 6.3.1", "ASVS 6.6.3")
def test_of_forty_parallel_wrong_codes_five_are_compared_and_one_lock_is_set(
    petra: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    step, wrong, compared = petra.begin(), petra.wrong_code, []
    real = totp.step_of
    monkeypatch.setattr(totp, "step_of", lambda *args: compared.append(1) or real(*args))
    answers = at_once(40, lambda _: second(petra, step, wrong))
    assert len(compared) == 5
    assert {str(answer) for answer in answers} <= {proofs.WRONG, proofs.OVER, proofs.LOCKED}
    assert [outcome for outcome, _ in checks(petra.accounts)].count("locked") == 1
    assert len(mails(petra.accounts, "locked")) == 1
    assert petra.accounts.user(petra.user.id).locked_until is not None
    assert refused(lambda: second(petra, step, petra.code)) == proofs.OVER


@pytest.mark.promise("ASVS 6.3.1", "ASVS 6.3.4")
def test_wrong_codes_of_several_sign_ins_lock_the_account_together(petra: Person) -> None:
    steps = [petra.begin() for _ in range(6)]
    for step in steps[:5]:
        assert refused(lambda: second(petra, step, petra.wrong_code)) == proofs.WRONG  # noqa: B023 - called at once
    assert refused(lambda: second(petra, steps[5], petra.code)) == proofs.LOCKED
    assert petra.accounts.sign_ins.offered(steps[5].pending) is None
    assert petra.accounts.sign_ins.begin("petra", GOOD, HERE) is None
    petra.clock.move(minutes=15)
    assert second(petra, petra.begin(), petra.code).session


def test_a_right_code_in_the_last_slot_is_in_time(petra: Person) -> None:
    step = petra.begin()
    for _ in range(4):
        assert refused(lambda: second(petra, step, petra.wrong_code)) == proofs.WRONG
    assert second(petra, step, petra.code).session
    assert petra.accounts.user(petra.user.id).locked_until is None


@pytest.mark.parametrize("code", NOT_CODES, ids=range(len(NOT_CODES)))
@pytest.mark.parametrize("method", [Method.TOTP, Method.MAIL, Method.PASSKEY, Method.RECOVERY_CODE])
def test_hostile_answers_are_wrong_answers(petra: Person, method: Method, code: str) -> None:
    step = petra.with_mail().begin()
    assert refused(lambda: second(petra, step, code, method)) in {proofs.WRONG, proofs.NOT_ASKED}
    assert second(petra, step, petra.code).session


@pytest.mark.parametrize("method", [Method.PASSWORD, Method.LINK, Method.MAIL, Method.PASSKEY])
def test_what_is_not_set_up_is_not_taken(petra: Person, method: Method) -> None:
    step = petra.begin()
    assert refused(lambda: second(petra, step, GOOD, method)) == proofs.NOT_ASKED


@pytest.mark.promise("ASVS 7.4.2")
@pytest.mark.parametrize(
    "change",
    [
        lambda petra: petra.accounts.disable_user(petra.user.id, OPERATOR),
        lambda petra: (
            petra.accounts.disable_user(petra.user.id, OPERATOR),
            petra.accounts.enable_user(petra.user.id, OPERATOR),
        ),
        lambda petra: petra.accounts.administration.lock(petra.user.id, OPERATOR),
        lambda petra: petra.accounts.redeem(
            petra.accounts.invite(petra.user.id, OPERATOR), "eleven quiet rivers in june", HERE
        ),
        lambda petra: petra.accounts.factors.reset(petra.user.id, OPERATOR),
    ],
    ids=["disabled", "enabled again", "locked", "new password", "factors reset"],
)
def test_a_step_dies_with_the_state_of_the_account(petra: Person, change: Callable[[Person], object]) -> None:
    step = petra.begin()
    change(petra)
    assert petra.accounts.sign_ins.offered(step.pending) is None
    assert refused(lambda: second(petra, step, petra.code)) == proofs.OVER


@pytest.mark.promise("ASVS 6.4.4", "ASVS 6.5.1")
def test_a_recovery_code_works_once_and_is_told(petra: Person) -> None:
    code = petra.codes[3]
    done = second(petra, petra.begin(), f" {code.lower().replace('-', ' ')} ", Method.RECOVERY_CODE)
    assert methods_of(petra.accounts, done.session) == ("pwd", "recovery")
    assert done.session
    assert petra.accounts.factors.of(petra.user.id).codes_left == 9
    mail = mails(petra.accounts, "factor_changed")[-1]
    assert mail.words["what"] == "A recovery code was used. Unused codes left: 9."
    other = petra.begin()
    assert refused(lambda: second(petra, other, code, Method.RECOVERY_CODE)) == proofs.WRONG


@pytest.mark.promise("ASVS 6.5.1")
def test_of_twenty_threads_with_one_recovery_code_one_gets_in(petra: Person) -> None:
    steps, code = [petra.begin() for _ in range(20)], petra.codes[0]
    done = at_once(20, lambda number: second(petra, steps[number], code, Method.RECOVERY_CODE))
    assert sum(isinstance(one, Step) for one in done) == 1
    assert petra.accounts.factors.of(petra.user.id).codes_left == 9


def test_a_recovery_code_of_somebody_else_is_wrong(petra: Person) -> None:
    sam = person(petra.accounts, petra.clock, "sam").with_totp()
    step = petra.begin()
    assert refused(lambda: second(petra, step, sam.codes[0], Method.RECOVERY_CODE)) == proofs.WRONG


def test_without_codes_left_none_is_asked_for(petra: Person) -> None:
    for code in petra.codes:
        step = petra.begin()
        assert Method.RECOVERY_CODE in step.methods
        second(petra, step, code, Method.RECOVERY_CODE)
    assert petra.begin().methods == (Method.TOTP,)


@pytest.mark.promise("ASVS 16.3.1")
def test_wrong_answers_are_in_the_audit_log_without_what_was_typed(petra: Person) -> None:
    step = petra.begin()
    refused(lambda: second(petra, step, petra.wrong_code))
    refused(lambda: second(petra, step, "ABCDEF-GHIJKL-MNOPQR-STUVWX", Method.RECOVERY_CODE))
    refused(lambda: second(petra, step, "12345678", Method.MAIL))
    assert checks(petra.accounts) == [
        ("failed", '{"method":"totp","reason":"wrong code"}'),
        ("failed", '{"method":"recovery","reason":"wrong code"}'),
        ("failed", '{"method":"mail","reason":"not asked for"}'),
    ]


def test_a_step_of_a_role_that_is_gone_starts_a_session_that_is_nobodys(petra: Person) -> None:
    step = petra.begin()
    with petra.accounts.engine.begin() as connection:
        connection.execute(update(users).values(role="gone"))
    done = second(petra, step, petra.code)
    assert petra.accounts.load_session(done.session, touch=True) is None


def test_what_was_begun_and_left_is_swept(petra: Person) -> None:
    petra.begin()
    petra.clock.move(minutes=10)
    petra.accounts.sweep()
    assert count(petra.accounts, pending) == 0
