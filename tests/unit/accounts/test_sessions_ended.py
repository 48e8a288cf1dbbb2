"""Ending sessions one by one or all others, one's own or somebody else's; and that old cookies stay dead."""

import pytest
from accounts_kit import GOOD, HERE, OPERATOR, OTHER, HandClock, add_user, events
from factor_kit import ELSEWHERE, Person, actor_of, person
from sqlalchemy import update

from dashboard.access import Permission
from dashboard.accounts import AccountError, Accounts, Method
from dashboard.accounts.models import users
from dashboard.settings import Settings, load_settings

OWN_ROLES = {"auditor": {"name": "Auditor", "permissions": ["audit:read", "sessions:manage", "measure:units"]}}


@pytest.fixture
def petra(accounts: Accounts, clock: HandClock) -> Person:
    return person(accounts, clock)


def short(accounts: Accounts, session: str) -> str:
    return actor_of(accounts, session).session


@pytest.mark.promise("ASVS 7.5.2")
def test_one_of_ones_own_sessions_is_ended(petra: Person) -> None:
    accounts, old = petra.accounts, petra.accounts.start_session(petra.user.id, ELSEWHERE)
    which = short(accounts, old)
    accounts.end_one(petra.user.id, which, petra.actor)
    assert accounts.load_session(old, touch=True) is None
    assert accounts.load_session(petra.session, touch=True) is not None
    last = events(accounts)[-1]
    assert (last["kind"], last["actor"], last["target"]) == ("session_ended", "petra", "petra")
    before = len(events(accounts))
    accounts.end_one(petra.user.id, which, petra.actor)
    assert len(events(accounts)) == before, "ended already is no error and no event"


@pytest.mark.promise("ASVS 8.2.2")
def test_a_session_of_somebody_else_is_not_found_among_ones_own(petra: Person) -> None:
    sam = person(petra.accounts, petra.clock, "sam")
    petra.accounts.end_one(petra.user.id, sam.actor.session, petra.actor)
    assert petra.accounts.load_session(sam.session, touch=True) is not None
    with pytest.raises(AccountError, match="needs the right"):
        petra.accounts.end_one(sam.user.id, sam.actor.session, petra.actor)
    with pytest.raises(AccountError, match="needs the right"):
        petra.accounts.end_sessions(sam.user.id, petra.actor)
    with pytest.raises(AccountError, match="no such user"):
        petra.accounts.end_one(4711, sam.actor.session, OPERATOR)


@pytest.mark.parametrize("which", ["", "%", "_" * 12, "0" * 12, "0" * 64, "\0", "x" * 100_000, "' OR 1=1"])
def test_what_names_no_session_ends_none(petra: Person, which: str) -> None:
    petra.accounts.end_one(petra.user.id, which, petra.actor)
    assert petra.accounts.load_session(petra.session, touch=True) is not None


@pytest.mark.promise("ASVS 7.5.2")
def test_all_other_sessions_are_ended(petra: Person) -> None:
    others = [petra.accounts.start_session(petra.user.id, ELSEWHERE) for _ in range(3)]
    sam = person(petra.accounts, petra.clock, "sam")
    assert petra.accounts.end_others(petra.actor) == 3
    assert [petra.accounts.load_session(token, touch=True) for token in others] == [None] * 3
    assert petra.accounts.load_session(petra.session, touch=True) is not None
    assert petra.accounts.load_session(sam.session, touch=True) is not None
    assert petra.accounts.end_others(petra.actor) == 0
    assert [e["detail"] for e in events(petra.accounts) if e["kind"] == "session_ended"] == ['{"sessions":3}']
    with pytest.raises(AccountError, match="no such user"):
        petra.accounts.end_others(OPERATOR)


@pytest.mark.promise("ASVS 7.4.5")
def test_who_may_end_sessions_of_others(settings: Settings, clock: HandClock) -> None:
    accounts = Accounts(load_settings(var=settings.var, roles=OWN_ROLES), clock=clock)
    ada, owen = person(accounts, clock, "ada", "admin"), person(accounts, clock, "owen", "auditor")
    sam, uli = person(accounts, clock, "sam"), person(accounts, clock, "uli", "auditor")
    assert Permission.SESSIONS_MANAGE in (owen.actor.permissions or ())
    with pytest.raises(AccountError, match="rights that yours has not"):
        accounts.end_one(sam.user.id, sam.actor.session, owen.actor)
    accounts.end_one(uli.user.id, uli.actor.session, owen.actor)
    assert accounts.load_session(uli.session, touch=True) is None
    assert accounts.end_sessions(sam.user.id, ada.actor) == 1
    assert accounts.end_sessions(owen.user.id, owen.actor) == 1, "one's own, all of them"
    accounts.close()


@pytest.mark.promise("ASVS 7.4.2", "cookie replay")
def test_an_old_cookie_is_not_revived_by_anything(petra: Person) -> None:
    accounts, old = petra.accounts, petra.session
    accounts.disable_user(petra.user.id, OPERATOR)
    accounts.enable_user(petra.user.id, OPERATOR)
    assert accounts.load_session(old, touch=True) is None
    accounts.redeem(accounts.invite(petra.user.id, OPERATOR), OTHER, HERE)
    with accounts.engine.begin() as connection:
        connection.execute(update(users).values(role="procurement_manager"))
    new = accounts.sign_ins.begin("petra", OTHER, HERE, replacing=old)
    assert new is not None
    accounts.end_session(new.session)
    for token in (old, new.session):
        assert accounts.load_session(token, touch=True) is None


def test_the_list_says_how_one_signed_in(petra: Person) -> None:
    petra.with_totp()
    step = petra.begin(remember=True)
    done = petra.accounts.sign_ins.second(step.pending, Method.TOTP, petra.code, ELSEWHERE)
    listed = petra.accounts.open_sessions(petra.user.id)
    assert [(one.ip, one.methods, one.remembered) for one in listed] == [
        (ELSEWHERE.ip, ("pwd", "totp"), True),
        (HERE.ip, ("pwd", "totp"), False),
    ]
    assert listed[0].session == short(petra.accounts, done.session)


def test_disabled_users_have_no_open_sessions_in_the_list(petra: Person) -> None:
    add_user(petra.accounts, "sam", password=GOOD)
    with petra.accounts.engine.begin() as connection:
        connection.execute(update(users).values(active=False))
    assert petra.accounts.open_sessions(petra.user.id) == []
