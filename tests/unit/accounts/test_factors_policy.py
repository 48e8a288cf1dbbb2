"""Who needs a second factor and from when; and that no session passes by it."""

from datetime import date
from typing import Any

import pytest
from accounts_kit import GOOD, HERE, HandClock, add_user, events
from factor_kit import person
from soft_authenticator import SoftAuthenticator
from sqlalchemy import update

from dashboard.accounts import AccountError, Accounts, Method, Step
from dashboard.accounts.models import users
from dashboard.settings import Settings, load_settings

OWN_ROLES = {
    "help_desk": {"name": "Help desk", "permissions": ["users:manage"]},
    "role_maker": {"name": "Role maker", "permissions": ["roles:manage", "measure:units"]},
    "auditor": {"name": "Auditor", "permissions": ["audit:read", "sessions:manage"]},
}


def opened(settings: Settings, clock: HandClock, **second_factor: Any) -> Accounts:
    rules = {"grace_until": "", **second_factor}
    return Accounts(load_settings(var=settings.var, second_factor=rules, roles=OWN_ROLES), clock=clock)


def begin(accounts: Accounts, username: str) -> Step:
    step = accounts.sign_ins.begin(username, GOOD, HERE)
    assert step is not None
    return step


@pytest.mark.promise("ASVS 6.3.3")
@pytest.mark.parametrize(
    ("role", "demanded"),
    [
        ("admin", True),
        ("help_desk", True),
        ("role_maker", True),
        ("auditor", False),
        ("sales_manager", False),
        ("procurement_manager", True),
    ],
)
def test_who_needs_one(settings: Settings, clock: HandClock, role: str, demanded: bool) -> None:
    accounts = opened(settings, clock, required_for=["admin", "procurement_manager"])
    user = add_user(accounts, "petra", role, GOOD)
    step = begin(accounts, "petra")
    assert (step.enrol, bool(step.session)) == (demanded, not demanded)
    assert accounts.factors.of(user.id).required == demanded
    accounts.close()


@pytest.mark.promise("grace date")
def test_until_the_day_of_grace_is_over_the_sign_in_goes_on_and_says_so(settings: Settings, clock: HandClock) -> None:
    accounts = opened(settings, clock, grace_until="2026-11-21")
    ada, sam = person(accounts, clock, "ada", "admin"), person(accounts, clock, "sam")
    for one, due in ((ada, date(2026, 11, 22)), (sam, None)):
        signed_in = accounts.load_session(one.session, touch=True)
        assert signed_in is not None
        assert signed_in.factor_due == due
    clock.move(hours=35, minutes=59)
    step = begin(accounts, "ada")
    assert step.session
    clock.move(minutes=1)
    assert begin(accounts, "ada").enrol
    assert accounts.load_session(step.session, touch=True) is None, "nor does a session go on without one"
    assert events(accounts)[-1]["detail"] == '{"reason":"second factor needed"}'
    accounts.close()


@pytest.mark.parametrize("kind", ["totp", "passkey", "mail"])
def test_any_factor_is_enough(settings: Settings, clock: HandClock, kind: str) -> None:
    accounts = opened(settings, clock, grace_until="2026-11-20")
    ada = person(accounts, clock, "ada", "admin")
    {"totp": ada.with_totp, "mail": ada.with_mail, "passkey": lambda: ada.with_passkey(SoftAuthenticator())}[kind]()
    signed_in = accounts.load_session(ada.session, touch=False)
    assert signed_in is not None
    assert signed_in.factor_due is None
    clock.move(hours=12)
    step = begin(accounts, "ada")
    assert step.methods == (Method(kind), Method.RECOVERY_CODE)
    accounts.close()


def test_the_session_in_which_a_factor_is_set_up_goes_on(settings: Settings, clock: HandClock) -> None:
    accounts = opened(settings, clock, grace_until="2026-11-20")
    clock.move(hours=11, minutes=55)
    ada = person(accounts, clock, "ada", "admin").with_totp()
    clock.move(minutes=6)
    assert accounts.load_session(ada.session, touch=True) is not None
    accounts.close()


@pytest.mark.promise("ASVS 6.3.3", "ASVS 8.3.2")
def test_who_is_promoted_goes_on_only_with_a_second_factor(settings: Settings, clock: HandClock) -> None:
    accounts = opened(settings, clock)
    with_, without = person(accounts, clock, "petra").with_totp(), person(accounts, clock, "sam")
    with accounts.engine.begin() as connection:
        connection.execute(update(users).values(role="admin"))
    signed_in = accounts.load_session(with_.session, touch=True)
    assert signed_in is not None
    assert signed_in.viewer.role == "admin"
    assert accounts.load_session(without.session, touch=True) is None
    accounts.close()


@pytest.mark.promise("ASVS 6.3.3")
def test_who_has_a_factor_is_asked_for_it_whether_policy_demands_it_or_not(
    settings: Settings, clock: HandClock
) -> None:
    accounts = opened(settings, clock)
    assert person(accounts, clock, "sam").with_totp().begin().methods == (Method.TOTP, Method.RECOVERY_CODE)
    accounts.close()


def test_a_factor_that_was_switched_off_is_asked_for_only_where_there_is_no_other(
    settings: Settings, clock: HandClock
) -> None:
    before = opened(settings, clock)
    both = person(before, clock, "both").with_totp().with_mail()
    person(before, clock, "only").with_mail()
    before.close()
    accounts = opened(settings, clock, methods=["totp", "passkey"])
    assert begin(accounts, "both").methods == (Method.TOTP, Method.RECOVERY_CODE)
    assert begin(accounts, "only").methods == (Method.MAIL, Method.RECOVERY_CODE)
    step = begin(accounts, "both")
    with pytest.raises(AccountError, match="another way"):
        accounts.sign_ins.send_code(step.pending, HERE)
    with pytest.raises(AccountError, match="not offered here"):
        accounts.factors.set_mail(True, both.actor)
    accounts.close()


def test_a_grace_date_at_the_end_of_time_is_no_error(settings: Settings, clock: HandClock) -> None:
    accounts = opened(settings, clock, grace_until="9999-12-31")
    ada = person(accounts, clock, "ada", "admin")
    signed_in = accounts.load_session(ada.session, touch=True)
    assert signed_in is not None
    assert signed_in.factor_due == date.max
    accounts.close()
