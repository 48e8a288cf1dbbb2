"""Second factors on the account page: every change needs a fresh sign-in, ends the other sessions and is told."""

import hashlib
from collections.abc import Callable
from dataclasses import replace

import pyotp
import pytest
from accounts_kit import GOOD, HERE, OPERATOR, HandClock, add_user, at_once, events
from factor_kit import Person, actor_of, count, mails, methods_of, person
from hypothesis import given
from hypothesis import strategies as st
from soft_authenticator import SoftAuthenticator
from sqlalchemy import select, update

from dashboard.accounts import AccountError, Accounts, Actor, Factors, Method, NotFreshError, Origin, totp
from dashboard.accounts.models import devices, pending, recovery_codes, sessions, users
from dashboard.settings import Settings, load_settings

Change = Callable[[Person], object]


@pytest.fixture
def petra(accounts: Accounts, clock: HandClock) -> Person:
    return person(accounts, clock)


def add_passkey(petra: Person) -> None:
    petra.with_passkey(SoftAuthenticator())


def remove_passkey(petra: Person) -> None:
    key = petra.accounts.factors.of(petra.user.id).passkeys[0]
    petra.accounts.factors.remove_passkey(key.id, petra.actor)


CHANGES: dict[str, tuple[list[Change], Change, str]] = {
    "app": ([], Person.with_totp, "An authenticator app was set up."),
    "passkey": ([], add_passkey, "A passkey was added."),
    "mail": ([], Person.with_mail, "Codes by mail were switched on."),
    "no app": (
        [Person.with_totp],
        lambda petra: petra.accounts.factors.remove_totp(petra.actor),
        "The authenticator app was removed.",
    ),
    "no passkey": ([add_passkey], remove_passkey, "A passkey was removed."),
    "no mail": (
        [Person.with_mail],
        lambda petra: petra.accounts.factors.set_mail(False, petra.actor),
        "Codes by mail were switched off.",
    ),
    "codes": (
        [Person.with_mail],
        lambda petra: petra.accounts.factors.new_codes(petra.actor),
        "New recovery codes were made.",
    ),
}


def test_at_first_there_is_none(petra: Person) -> None:
    assert petra.accounts.factors.of(petra.user.id) == Factors(False, False, (), 0, required=False)
    assert petra.accounts.factors.methods == (Method.TOTP, Method.PASSKEY, Method.MAIL)
    for number in (0, -1, 4711, 2**63):
        with pytest.raises(AccountError, match="no such user"):
            petra.accounts.factors.of(number)


@pytest.mark.promise("ASVS 6.3.7", "ASVS 7.4.3")
@pytest.mark.parametrize("name", CHANGES)
def test_a_change_ends_the_other_sessions_and_is_told(petra: Person, name: str) -> None:
    before, change, what = CHANGES[name]
    for work in before:
        work(petra)
    others = [petra.accounts.start_session(petra.user.id, HERE) for _ in range(2)]
    sam = add_user(petra.accounts, "sam")
    kept = petra.accounts.start_session(sam.id, HERE)
    told = len(mails(petra.accounts))
    change(petra)
    assert [petra.accounts.load_session(token, touch=True) for token in others] == [None, None]
    assert petra.accounts.load_session(kept, touch=True) is not None
    assert petra.accounts.load_session(petra.session, touch=True) is not None
    (mail,) = mails(petra.accounts)[told:]
    assert (mail.kind.value, mail.recipient, mail.words["what"]) == ("factor_changed", "petra@example.com", what)
    assert mail.words["ip"] == HERE.ip
    event = events(petra.accounts)[-1]
    assert event["kind"] in {"factor_added", "factor_removed", "recovery_codes_made"}
    assert (event["actor"], event["target"], event["session_hash"]) == ("petra", "petra", petra.actor.session)


@pytest.mark.promise("ASVS 7.5.1")
@pytest.mark.parametrize("name", CHANGES)
def test_a_change_needs_a_fresh_sign_in(petra: Person, name: str) -> None:
    before, change, _ = CHANGES[name]
    for work in before:
        work(petra)
    seen = petra.accounts.factors.of(petra.user.id)
    for _ in range(4):
        petra.clock.move(minutes=5)
        assert petra.accounts.load_session(petra.session, touch=True) is not None
    with pytest.raises(NotFreshError):
        change(petra)
    assert petra.accounts.factors.of(petra.user.id) == seen


@pytest.mark.promise("ASVS 7.5.1")
def test_what_was_begun_while_fresh_is_finished_only_while_fresh(petra: Person) -> None:
    factors, by = petra.accounts.factors, petra.actor
    offer = factors.offer_totp(by)
    code = pyotp.TOTP(offer.secret).at(petra.clock.now)
    with pytest.raises(NotFreshError):
        factors.confirm_totp(offer.pending, code, replace(by, fresh=False))
    with pytest.raises(NotFreshError):
        factors.confirm_passkey(offer.pending, "{}", "", replace(by, fresh=False))


@pytest.mark.promise("ASVS 7.4.3")
def test_a_change_ends_sign_ins_that_were_begun(petra: Person) -> None:
    petra.with_totp()
    step = petra.begin()
    petra.with_mail()
    assert petra.accounts.sign_ins.offered(step.pending) is None


@pytest.mark.promise("ASVS 6.5.3")
def test_the_secret_has_160_bits_and_is_sealed(petra: Person) -> None:
    offer = petra.accounts.factors.offer_totp(petra.actor)
    assert len(offer.secret) == 32
    petra.accounts.factors.confirm_totp(offer.pending, pyotp.TOTP(offer.secret).at(petra.clock.now), petra.actor)
    with petra.accounts.engine.connect() as connection:
        kept = connection.execute(select(users.c.totp_secret)).scalar_one()
        assert offer.secret not in kept
        assert petra.accounts.vault.open(kept) == offer.secret
        assert offer.secret not in str(connection.execute(select(pending)).all())
    assert offer.secret not in str(events(petra.accounts))


def test_an_offer_is_good_for_its_own_session_only(petra: Person) -> None:
    factors = petra.accounts.factors
    offer = factors.offer_totp(petra.actor)
    code = pyotp.TOTP(offer.secret).at(petra.clock.now)
    sam = person(petra.accounts, petra.clock, "sam")
    other = actor_of(petra.accounts, petra.accounts.start_session(petra.user.id, HERE))
    for by in (sam.actor, other):
        with pytest.raises(AccountError, match="Begin anew"):
            factors.confirm_totp(offer.pending, code, by)
    with pytest.raises(AccountError, match="Begin anew"):
        factors.confirm_passkey(offer.pending, "{}", "", petra.actor)
    assert len(factors.confirm_totp(offer.pending, code, petra.actor)) == 10
    with pytest.raises(AccountError, match="Begin anew"):
        factors.confirm_totp(offer.pending, code, petra.actor)
    assert not factors.of(sam.user.id).totp


def test_of_twenty_threads_one_sets_the_app_up(petra: Person) -> None:
    offer, by = petra.accounts.factors.offer_totp(petra.actor), petra.actor
    code = pyotp.TOTP(offer.secret).at(petra.clock.now)
    done = at_once(20, lambda _: petra.accounts.factors.confirm_totp(offer.pending, code, by))
    assert sum(isinstance(one, list) for one in done) == 1
    assert petra.accounts.factors.of(petra.user.id).codes_left == 10


def test_a_wrong_first_code_sets_nothing_up_and_five_end_it(petra: Person) -> None:
    offer, by = petra.accounts.factors.offer_totp(petra.actor), petra.actor
    for _ in range(5):
        with pytest.raises(AccountError, match="code is not right"):
            petra.accounts.factors.confirm_totp(offer.pending, "not one", by)
    code = pyotp.TOTP(offer.secret).at(petra.clock.now)
    with pytest.raises(AccountError, match="Begin anew"):
        petra.accounts.factors.confirm_totp(offer.pending, code, by)
    assert not petra.accounts.factors.of(petra.user.id).totp


def test_a_new_app_takes_the_place_of_the_old_one(petra: Person) -> None:
    old = petra.with_totp().app
    new = petra.with_totp().app
    assert old is not None
    assert new is not None
    step = petra.begin()
    with pytest.raises(AccountError, match="not right"):
        petra.accounts.sign_ins.second(step.pending, Method.TOTP, old.at(petra.clock.now), HERE)
    assert petra.accounts.sign_ins.second(step.pending, Method.TOTP, new.at(petra.clock.now), HERE).session


def test_the_first_code_is_used_by_setting_up(petra: Person) -> None:
    offer = petra.accounts.factors.offer_totp(petra.actor)
    code = pyotp.TOTP(offer.secret).at(petra.clock.now)
    petra.accounts.factors.confirm_totp(offer.pending, code, petra.actor)
    step = petra.begin()
    with pytest.raises(AccountError, match="not right"):
        petra.accounts.sign_ins.second(step.pending, Method.TOTP, code, HERE)


@pytest.mark.promise("ASVS 6.5.2")
def test_recovery_codes_are_ten_of_120_bits_kept_hashed_and_shown_once(petra: Person) -> None:
    codes = petra.with_totp().codes
    assert len(set(codes)) == 10
    assert all(len(code.replace("-", "")) * 5 == 120 for code in codes)
    with petra.accounts.engine.connect() as connection:
        kept = set(connection.execute(select(recovery_codes.c.code_hash)).scalars())
    assert kept == {hashlib.sha256(code.replace("-", "").encode()).hexdigest() for code in codes}
    assert petra.accounts.factors.set_mail(True, petra.actor) == []
    new = petra.accounts.factors.new_codes(petra.actor)
    assert not set(new) & set(codes)
    step = petra.begin()
    with pytest.raises(AccountError, match="not right"):
        petra.accounts.sign_ins.second(step.pending, Method.RECOVERY_CODE, codes[0], HERE)
    assert petra.accounts.sign_ins.second(step.pending, Method.RECOVERY_CODE, new[0], HERE).session


def test_recovery_codes_stand_in_for_something(petra: Person) -> None:
    with pytest.raises(AccountError, match="Set one up first"):
        petra.accounts.factors.new_codes(petra.actor)
    petra.with_totp()
    petra.accounts.factors.remove_totp(petra.actor)
    assert petra.accounts.factors.of(petra.user.id).codes_left == 0
    assert len(petra.with_mail().codes) == 10


@pytest.mark.promise("ASVS 6.3.3")
def test_the_last_factor_stays_where_policy_needs_one(settings: Settings, clock: HandClock) -> None:
    rules = {"grace_until": "2026-11-20", "required_for": ["admin"]}
    accounts = Accounts(load_settings(var=settings.var, second_factor=rules), clock=clock)
    clock.move(hours=11, minutes=55)
    ada = person(accounts, clock, "ada", "admin").with_totp().with_mail()
    clock.move(minutes=5)
    assert accounts.load_session(ada.session, touch=True) is not None
    accounts.factors.remove_totp(ada.actor)
    with pytest.raises(AccountError, match="your account needs one"):
        accounts.factors.set_mail(False, ada.actor)
    held = accounts.factors.of(ada.user.id)
    assert (held.mail, held.required, held.codes_left) == (True, True, 10)
    accounts.close()


def test_two_removals_at_once_leave_one_factor_where_one_is_needed(settings: Settings, clock: HandClock) -> None:
    rules = {"grace_until": "2026-11-20"}
    accounts = Accounts(load_settings(var=settings.var, second_factor=rules), clock=clock)
    clock.move(hours=11, minutes=55)
    ada = person(accounts, clock, "ada", "admin").with_totp().with_mail()
    clock.move(minutes=5)
    accounts.load_session(ada.session, touch=True)
    by = ada.actor
    work = [lambda: accounts.factors.remove_totp(by), lambda: accounts.factors.set_mail(False, by)]
    done = at_once(2, lambda number: work[number]())
    assert sum(isinstance(one, AccountError) for one in done) == 1
    held = accounts.factors.of(ada.user.id)
    assert held.totp != held.mail
    accounts.close()


@pytest.mark.promise("ASVS 6.2.1")
def test_the_last_factor_stays_where_the_password_is_short(petra: Person) -> None:
    petra.with_totp()
    with petra.accounts.engine.begin() as connection:
        connection.execute(update(users).values(password_is_long=False))
    with pytest.raises(AccountError, match="too short"):
        petra.accounts.factors.remove_totp(petra.actor)
    assert petra.accounts.factors.of(petra.user.id).totp


@pytest.mark.promise("ASVS 6.2.1")
def test_codes_by_mail_are_not_enough_beside_a_short_password(petra: Person) -> None:
    petra.with_totp()
    with petra.accounts.engine.begin() as connection:
        connection.execute(update(users).values(password_is_long=False, mail_codes=True))
    with pytest.raises(AccountError, match="too short"):
        petra.accounts.factors.remove_totp(petra.actor)
    petra.accounts.factors.set_mail(on=False, by=petra.actor)
    assert petra.accounts.factors.of(petra.user.id).totp


@pytest.mark.promise("ASVS 8.2.2")
def test_passkeys_of_others_cannot_be_removed(petra: Person) -> None:
    sam = person(petra.accounts, petra.clock, "sam").with_passkey(SoftAuthenticator())
    key = petra.accounts.factors.of(sam.user.id).passkeys[0]
    for number in (key.id, 0, -1, 4711, 2**63):
        with pytest.raises(AccountError, match="no such"):
            petra.accounts.factors.remove_passkey(number, petra.actor)
    assert petra.accounts.factors.of(sam.user.id).passkeys == (key,)


def test_who_is_nobody_changes_nothing(accounts: Accounts) -> None:
    ghost = Actor(4711, "ghost", session="0" * 12)
    works: list[Callable[[], object]] = [
        lambda: accounts.factors.offer_totp(ghost),
        lambda: accounts.factors.offer_passkey(ghost),
        lambda: accounts.factors.set_mail(True, OPERATOR),
        lambda: accounts.factors.new_codes(ghost),
        lambda: accounts.factors.remove_totp(ghost),
    ]
    for work in works:
        with pytest.raises(AccountError, match="no such user"):
            work()


@pytest.mark.promise("ASVS 6.4.4", "ASVS 7.4.2")
def test_a_reset_takes_everything_off(petra: Person) -> None:
    petra.with_totp().with_mail().with_passkey(SoftAuthenticator())
    browser = petra.accounts.sign_ins.second(petra.begin().pending, Method.TOTP, petra.code, HERE)
    step = petra.begin()
    petra.accounts.factors.reset(petra.user.id, Actor(0, "command line", Origin("192.0.2.99")))
    assert petra.accounts.factors.of(petra.user.id) == Factors(False, False, (), 0, required=False)
    assert petra.accounts.load_session(browser.session, touch=True) is None
    assert petra.accounts.sign_ins.offered(step.pending) is None
    assert not petra.accounts.sign_ins.knows("petra", browser.device)
    assert (count(petra.accounts, sessions), count(petra.accounts, devices)) == (0, 0)
    assert mails(petra.accounts)[-1].words["what"] == "An administrator removed all your second factors."
    last = events(petra.accounts)[-1]
    assert (last["kind"], last["target"]) == ("factors_reset", "petra")
    assert last["detail"] == '{"methods":"totp passkey mail","sessions":2}'


@pytest.mark.promise("ASVS 8.2.1")
def test_who_may_reset_whom(accounts: Accounts, clock: HandClock) -> None:
    original = person(accounts, clock, "original", "admin")
    ada, sam = person(accounts, clock, "ada", "admin"), person(accounts, clock, "sam").with_totp()
    with pytest.raises(AccountError, match="needs the right"):
        accounts.factors.reset(ada.user.id, sam.actor)
    with pytest.raises(AccountError, match="by others"):
        accounts.factors.reset(original.user.id, ada.actor)
    with pytest.raises(AccountError, match="your own account"):
        accounts.factors.reset(ada.user.id, ada.actor)
    with pytest.raises(NotFreshError):
        accounts.factors.reset(sam.user.id, replace(ada.actor, fresh=False))
    assert accounts.factors.of(sam.user.id).totp
    accounts.factors.reset(sam.user.id, ada.actor)
    assert not accounts.factors.of(sam.user.id).totp


@given(step=st.integers(1, 2**31), offset=st.integers(-5, 5), second=st.integers(0, 29))
def test_a_code_counts_at_its_time_and_one_step_each_way(step: int, offset: int, second: int) -> None:
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    clock = HandClock()
    clock.now = clock.now.fromtimestamp((step + offset) * 30 + second + 300, clock.now.tzinfo)
    code = pyotp.TOTP(secret).generate_otp(step + 10)
    found = totp.step_of(secret, code, clock.now)
    if abs(offset) <= 1:
        assert found == step + 10 or pyotp.TOTP(secret).generate_otp(found or 0) == code
    else:
        assert found is None or pyotp.TOTP(secret).generate_otp(found) == code


def test_the_password_alone_is_not_enough_any_more(petra: Person) -> None:
    petra.with_totp()
    assert petra.accounts.sign_ins.begin("petra", GOOD, HERE) is not None
    assert petra.begin().session == ""


@pytest.mark.promise("ASVS 6.3.3")
def test_switching_mailed_codes_on_proves_nothing(petra: Person) -> None:
    petra.with_mail()
    assert methods_of(petra.accounts, petra.session) == ("pwd",)
    petra.with_totp()
    assert methods_of(petra.accounts, petra.session) == ("pwd", "totp")
