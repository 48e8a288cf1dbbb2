"""Policy does not let somebody pass without a second factor: it is set up in the middle of the sign-in."""

from collections.abc import Iterator

import pyotp
import pytest
from accounts_kit import GOOD, HERE, OPERATOR, HandClock, add_user, at_once, events
from factor_kit import count, mails, methods_of
from soft_authenticator import SoftAuthenticator

from dashboard.accounts import AccountError, Accounts, Method, Step, User, proofs, setting_up
from dashboard.accounts.models import pending, sessions, users
from dashboard.settings import Settings, load_settings


@pytest.fixture
def strict(settings: Settings, clock: HandClock) -> Iterator[Accounts]:
    """Admins need a second factor today."""
    made = Accounts(load_settings(var=settings.var, second_factor={"grace_until": ""}), clock=clock)
    yield made
    made.close()


@pytest.fixture
def ada(strict: Accounts) -> User:
    return add_user(strict, "ada", "admin", GOOD)


def begin(accounts: Accounts, username: str = "ada") -> Step:
    step = accounts.sign_ins.begin(username, GOOD, HERE)
    assert step is not None
    return step


@pytest.mark.promise("ASVS 6.3.3")
def test_an_admin_without_a_second_factor_gets_no_session(strict: Accounts, ada: User) -> None:
    step = begin(strict)
    assert (step.session, step.methods, step.enrol) == ("", (), True)
    assert step.ways == (Method.TOTP, Method.PASSKEY, Method.MAIL)
    assert strict.sign_ins.offered(step.pending) == step
    assert count(strict, sessions) == 0
    for method in Method:
        with pytest.raises(AccountError):
            strict.sign_ins.second(step.pending, method, "", HERE)
    with pytest.raises(AccountError, match="another way"):
        strict.sign_ins.passkey_options(step.pending)


@pytest.mark.promise("ASVS 6.3.3", "ASVS 6.3.7")
def test_the_app_is_set_up_and_the_session_starts(strict: Accounts, ada: User, clock: HandClock) -> None:
    step = begin(strict)
    offer = strict.sign_ins.enrol_totp(step.pending)
    assert strict.sign_ins.enrol_totp(step.pending) == offer, "a page that is loaded again shows the same"
    assert pyotp.parse_uri(offer.uri).provisioning_uri() == offer.uri
    assert offer.uri.startswith("otpauth://totp/Salesgate:ada?")
    app = pyotp.TOTP(offer.secret)
    done, codes = strict.sign_ins.enrol(step.pending, Method.TOTP, app.at(clock.now), HERE)
    assert len(set(codes)) == 10
    assert strict.load_session(done.session, touch=True) is not None
    assert methods_of(strict, done.session) == ("pwd", "totp")
    assert mails(strict, "factor_changed")[-1].words["what"] == "An authenticator app was set up."
    assert [e["kind"] for e in events(strict)][-2:] == ["factor_added", "sign_in"]
    again = begin(strict)
    assert again.methods == (Method.TOTP, Method.RECOVERY_CODE)
    with pytest.raises(AccountError, match="not right"):
        strict.sign_ins.second(again.pending, Method.TOTP, app.at(clock.now), HERE)


def test_a_passkey_does_as_well(strict: Accounts, ada: User) -> None:
    step, authenticator = begin(strict), SoftAuthenticator()
    made = authenticator.create(strict.sign_ins.enrol_passkey_options(step.pending))
    done, codes = strict.sign_ins.enrol(step.pending, Method.PASSKEY, made, HERE)
    assert done.session
    assert len(codes) == 10
    assert [key.name for key in strict.factors.of(ada.id).passkeys] == ["Passkey"]


def test_and_a_mailed_code(strict: Accounts, ada: User) -> None:
    step = begin(strict)
    strict.sign_ins.send_code(step.pending, HERE)
    code = mails(strict, "mail_code")[-1].words["code"]
    done, _ = strict.sign_ins.enrol(step.pending, Method.MAIL, code, HERE)
    assert done.session
    assert strict.factors.of(ada.id).mail


@pytest.mark.promise("ASVS 6.5.1", "pending sign-in replayed")
def test_of_twenty_threads_one_sets_it_up(strict: Accounts, ada: User, clock: HandClock) -> None:
    step = begin(strict)
    code = pyotp.TOTP(strict.sign_ins.enrol_totp(step.pending).secret).at(clock.now)
    done = at_once(20, lambda _: strict.sign_ins.enrol(step.pending, Method.TOTP, code, HERE))
    assert sum(isinstance(one, tuple) for one in done) == 1
    assert {str(one) for one in done if not isinstance(one, tuple)} == {proofs.OVER}
    assert (count(strict, sessions), count(strict, pending)) == (1, 0)


def test_five_wrong_answers_end_it(strict: Accounts, ada: User) -> None:
    step = begin(strict)
    strict.sign_ins.enrol_totp(step.pending)
    answers = at_once(12, lambda _: strict.sign_ins.enrol(step.pending, Method.TOTP, "not a code", HERE))
    assert [str(answer) for answer in answers].count(setting_up.WRONG) == 5
    assert strict.sign_ins.offered(step.pending) is None
    assert strict.user(ada.id).locked_until is None, "nothing was guessed"


def test_guessing_the_mailed_code_locks_the_account(strict: Accounts, ada: User) -> None:
    step = begin(strict)
    strict.sign_ins.send_code(step.pending, HERE)
    at_once(12, lambda _: strict.sign_ins.enrol(step.pending, Method.MAIL, "not a code", HERE))
    assert strict.user(ada.id).locked_until is not None
    assert len(mails(strict, "locked")) == 1


def test_a_sign_in_that_waits_for_a_factor_sets_none_up(strict: Accounts, ada: User, clock: HandClock) -> None:
    """Whoever has only the password must not add a factor of their own beside the one that is there."""
    early, late = begin(strict), begin(strict)
    secret = strict.sign_ins.enrol_totp(early.pending).secret
    strict.sign_ins.enrol(early.pending, Method.TOTP, pyotp.TOTP(secret).at(clock.now), HERE)
    with pytest.raises(AccountError, match="Begin anew"):
        strict.sign_ins.enrol_totp(late.pending)
    step = begin(strict)
    for work in (strict.sign_ins.enrol_totp, strict.sign_ins.enrol_passkey_options):
        with pytest.raises(AccountError, match="Begin anew"):
            work(step.pending)
    with pytest.raises(AccountError, match="Begin anew"):
        strict.sign_ins.enrol(step.pending, Method.TOTP, "123456", HERE)


def test_only_what_the_settings_offer_is_set_up(settings: Settings, clock: HandClock) -> None:
    rules = {"grace_until": "", "methods": ["totp"]}
    accounts = Accounts(load_settings(var=settings.var, second_factor=rules), clock=clock)
    add_user(accounts, "ada", "admin", GOOD)
    step = begin(accounts)
    assert accounts.factors.methods == (Method.TOTP,)
    with pytest.raises(AccountError, match="not offered here"):
        accounts.sign_ins.enrol_passkey_options(step.pending)
    with pytest.raises(AccountError, match="another way"):
        accounts.sign_ins.send_code(step.pending, HERE)
    accounts.close()


def test_a_short_password_alone_asks_for_a_factor_too(strict: Accounts) -> None:
    """It was chosen beside a second factor, which an administrator has taken off since."""
    add_user(strict, "sam", password=GOOD)
    assert begin(strict, "sam").session
    with strict.engine.begin() as connection:
        connection.execute(users.update().values(password_is_long=False))
    step = begin(strict, "sam")
    assert (step.enrol, step.session) == (True, "")


@pytest.mark.promise("ASVS 6.2.1")
def test_a_short_password_never_stands_beside_mailed_codes_only(strict: Accounts, clock: HandClock) -> None:
    user = add_user(strict, "sam", password=GOOD)
    with strict.engine.begin() as connection:
        connection.execute(users.update().values(password_is_long=False))
    step = begin(strict, "sam")
    assert step.ways == (Method.TOTP, Method.PASSKEY)
    assert strict.sign_ins.offered(step.pending) == step
    with pytest.raises(AccountError, match="another way"):
        strict.sign_ins.send_code(step.pending, HERE)
    with pytest.raises(AccountError, match="too short for codes by mail"):
        strict.sign_ins.enrol(step.pending, Method.MAIL, "12345678", HERE)
    assert not mails(strict, "mail_code")
    assert not strict.factors.of(user.id).mail
    code = pyotp.TOTP(strict.sign_ins.enrol_totp(step.pending).secret).at(clock.now)
    assert strict.sign_ins.enrol(step.pending, Method.TOTP, code, HERE)[0].session


@pytest.mark.promise("ASVS 6.4.4")
def test_after_a_reset_by_an_administrator_a_new_factor_is_set_up(
    strict: Accounts, ada: User, clock: HandClock
) -> None:
    step = begin(strict)
    code = pyotp.TOTP(strict.sign_ins.enrol_totp(step.pending).secret).at(clock.now)
    done, codes = strict.sign_ins.enrol(step.pending, Method.TOTP, code, HERE)
    strict.factors.reset(ada.id, OPERATOR)
    assert strict.load_session(done.session, touch=True) is None
    assert begin(strict).enrol
    assert strict.factors.of(ada.id).codes_left == 0
    assert codes
