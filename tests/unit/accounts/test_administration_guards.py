"""What is offered is what is done: every action against every kind of user, tried by every kind of actor."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from accounts_kit import HERE, OPERATOR, add_user
from sqlalchemy import delete, func, insert, select, update

from dashboard.access import NO_ROLE, Permission
from dashboard.accounts import AccountError, Accounts, Actor, Profile, User
from dashboard.accounts.guards import Action
from dashboard.accounts.models import api_keys, users
from dashboard.audit.models import audit_events
from dashboard.settings import load_settings

OWN_ROLES = {
    "help_desk": {"name": "Help desk", "permissions": ["users:manage", "sessions:manage"]},
    "lead": {"name": "Lead", "permissions": ["users:manage", "measure:units"], "scope": {"region": ["North", "West"]}},
    "north": {"name": "North", "permissions": ["measure:units"], "scope": {"region": ["North"]}},
    "south": {"name": "South", "permissions": ["measure:units"], "scope": {"region": ["North", "South"]}},
    "keeper": {"name": "Keeper", "permissions": ["sessions:manage"]},
    "root": {"name": "Root", "permissions": [p.value for p in Permission]},
}
ACTORS = ("original", "admin", "root", "help_desk", "lead", "keeper", "sales_manager", "command line")
# name: role
TARGETS = {"original": "admin", "admin": "admin", "sales_manager": "sales_manager", "roleless": NO_ROLE}
TARGETS |= {role: role for role in OWN_ROLES} | {"gone": "gone"}  # a role that was removed
STATES = ("open", "disabled", "locked")


@dataclass
class House:
    """An installation with a user of every kind."""

    accounts: Accounts

    def user(self, name: str) -> User:
        """The user of that name, made (again) where there is none."""
        role = TARGETS[name] if TARGETS[name] in {*OWN_ROLES, "admin"} else "sales_manager"
        return self.accounts.find(name) or add_user(self.accounts, name, role)

    def actor(self, name: str) -> Actor:
        """The user of that name as they act."""
        if name == "command line":
            return OPERATOR
        user = self.user(name)
        role = self.accounts.roles[user.role]
        return Actor(user.id, user.username, HERE, "0123456789ab", role.permissions, role.scope)

    def put(self, name: str, state: str) -> User:
        """The user ``name``, as new, in ``state``."""
        user = self.user(name)
        until = datetime.now(UTC) + timedelta(minutes=15) if state == "locked" else None
        values = {
            "role": TARGETS[name],
            "active": state != "disabled",
            "locked_until": until,
            "password_hash": "a hash",
        }
        with self.accounts.engine.begin() as connection:
            connection.execute(update(users).where(users.c.id == user.id).values(**values))
        return self.accounts.user(user.id)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    var = tmp_path_factory.mktemp("house") / "var"
    made = Accounts(load_settings(var=var, roles=OWN_ROLES))
    house = House(made)
    for name in TARGETS:
        house.put(name, "open")
    yield house
    made.close()


def edit(accounts: Accounts, user: User, by: Actor) -> object:
    another = Profile("Another" if user.first_name != "Another" else "Other", "Name")
    return accounts.administration.edit(user.id, another, user.email, by)


def change_role(accounts: Accounts, user: User, by: Actor) -> object:
    """Take every right away; who has none gets the actor's own role, which is never beyond their rights."""
    own = accounts.find(by.username)
    role = NO_ROLE if user.role != NO_ROLE else (own.role if own else "keeper")
    return accounts.administration.change_role(user.id, role, by)


def decide(accounts: Accounts, user: User, by: Actor) -> object:
    asked = accounts.requests.ask("keeper" if user.role != "keeper" else "north", actor_of(accounts, user))
    try:
        return accounts.requests.refuse(asked.id, "Not now.", by)
    finally:
        accounts.requests.withdraw(actor_of(accounts, user))


def actor_of(accounts: Accounts, user: User) -> Actor:
    return Actor(user.id, user.username, HERE)


def invite(accounts: Accounts, user: User, by: Actor) -> object:
    return accounts.invite(user.id, by)


def revoke(accounts: Accounts, user: User, by: Actor) -> None:
    row = {"name": "shop", "key_hash": "0" * 64, "scopes": "[]", "networks": "[]"}
    now = datetime(2026, 11, 20, tzinfo=UTC)
    with accounts.engine.begin() as connection:
        connection.execute(delete(api_keys))
        connection.execute(
            insert(api_keys).values(user_id=user.id, prefix="sgk_12345678", created_at=now, expires_at=now, **row)
        )
    accounts.keys.revoke(user.id, accounts.keys.list(user.id)[0].id, by)


DOING: dict[Action, Callable[[Accounts, User, Actor], object]] = {
    Action.EDIT: edit,
    Action.ROLE: change_role,
    Action.DELETE: lambda accounts, user, by: accounts.administration.delete(user.id, user.username, by),
    Action.DISABLE: lambda accounts, user, by: accounts.disable_user(user.id, by),
    Action.ENABLE: lambda accounts, user, by: accounts.enable_user(user.id, by),
    Action.LOCK: lambda accounts, user, by: accounts.administration.lock(user.id, by),
    Action.UNLOCK: lambda accounts, user, by: accounts.unlock_user(user.id, by),
    Action.INVITE: invite,
    Action.END_SESSIONS: lambda accounts, user, by: accounts.end_sessions(user.id, by),
    Action.REVOKE_KEYS: revoke,
    Action.RESET_FACTORS: lambda accounts, user, by: accounts.factors.reset(user.id, by),
    Action.DECIDE: decide,
}


def is_done(accounts: Accounts, work: Callable[[], Any], by: Actor) -> bool:
    """Whether ``work`` was done; what changes nothing leaves no event of ``by``."""
    theirs = select(func.count()).select_from(audit_events).where(audit_events.c.actor == by.username)
    with accounts.engine.connect() as connection:
        before = connection.execute(theirs).scalar_one()
    try:
        work()
    except AccountError:
        return False
    with accounts.engine.connect() as connection:
        return bool(connection.execute(theirs).scalar_one() > before)


@pytest.mark.promise("ASVS 8.2.1")
@pytest.mark.promise("ASVS 8.1.1")
@pytest.mark.parametrize("action", DOING, ids=str)
@pytest.mark.parametrize("who", ACTORS)
def test_what_is_offered_is_what_is_done(house: House, who: str, action: Action) -> None:
    by = house.actor(who)
    for name in TARGETS:
        for state in STATES if action in {Action.ENABLE, Action.UNLOCK, Action.INVITE} else STATES[:1]:
            user = house.put(name, state)
            offered = action.value in house.accounts.administration.may(user.id, by)
            assert is_done(house.accounts, partial(DOING[action], house.accounts, user, by), by) == offered, (
                name,
                state,
            )
    for name in TARGETS:
        house.put(name, "open")


@pytest.mark.promise("ASVS 8.2.1")
def test_table_of_who_may_do_what(house: House) -> None:
    def may(who: str, name: str) -> set[str]:
        return set(house.accounts.administration.may(house.put(name, "open").id, house.actor(who)))

    everything = {action.value for action in Action} - {"enable", "unlock"}
    assert may("admin", "sales_manager") == may("command line", "sales_manager") == everything
    assert may("original", "admin") == may("root", "admin") == everything
    assert may("admin", "original") == {"end_sessions", "revoke_keys"}
    assert may("original", "original") == may("admin", "admin") == {"end_sessions", "revoke_keys"}
    assert may("command line", "original") == {"edit", "invite", "end_sessions", "reset_factors", "revoke_keys"}
    assert may("help_desk", "admin") == may("help_desk", "sales_manager") == may("help_desk", "root") == set()
    assert may("help_desk", "keeper") == everything
    assert may("lead", "north") == everything - {"end_sessions"}
    assert may("lead", "south") == may("lead", "root") == set()
    assert may("keeper", "roleless") == {"end_sessions"}
    assert may("sales_manager", "roleless") == set()
    assert may("help_desk", "gone") == {"disable", "lock", "revoke_keys"}, (
        "nobody knows what the role grants when it is back"
    )
    assert may("admin", "gone") == may("root", "gone") == may("command line", "gone") == everything


@pytest.mark.parametrize("user_id", [0, -1, 4711, 2**31, "1", None, True])
def test_nothing_is_offered_for_nobody(house: House, user_id: Any) -> None:
    with pytest.raises(AccountError, match="no such user"):
        house.accounts.administration.may(user_id, OPERATOR)
