"""What may be done to an account, and by whom: one table, which the actions ask and which buttons are offered by."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Select, and_, or_, select

from dashboard.access import ADMIN, Permission, Roles
from dashboard.accounts.models import passkeys, users
from dashboard.accounts.rights import beyond, lacks, no_link
from dashboard.accounts.store import AnyRow, Store
from dashboard.accounts.terms import LOCKED_FOR_GOOD, AccountError, Actor, NotFoundError


class Action(StrEnum):
    """What somebody can do to another account; the values name them for pages."""

    EDIT = "edit"
    ROLE = "role"
    DELETE = "delete"
    DISABLE = "disable"
    ENABLE = "enable"
    LOCK = "lock"
    UNLOCK = "unlock"
    INVITE = "invite"
    END_SESSIONS = "end_sessions"
    REVOKE_KEYS = "revoke_keys"
    RESET_FACTORS = "reset_factors"
    DECIDE = "decide"

    @property
    def permission(self) -> Permission:
        """The right that it needs."""
        return Permission.SESSIONS_MANAGE if self is Action.END_SESSIONS else Permission.USERS_MANAGE


@dataclass(frozen=True)
class Case:
    """One wish to do something: to whom, by whom, and what has to be known to decide.

    Attributes:
        target: row of ``users``.
        able_admins: ids of the Admins who could sign in.
    """

    action: Action
    target: AnyRow
    able_admins: frozenset[int]
    roles: Roles
    by: Actor
    now: datetime


Guard = Callable[[Case], str]


def require(store: Store, connection: Connection, action: Action, user_id: int, by: Actor) -> AnyRow:
    """The row of the user, locked until the commit together with those of ``by`` and all Admins.

    Raises:
        AccountError: no such user, a guard forbids the action, or ``by`` has lost the right to it meanwhile.
    """
    people = locked_rows(connection, user_id, by.user_id)
    target = next((row for row in people if row.id == user_id), None)
    if target is None:
        raise NotFoundError("There is no such user.")
    case = Case(action, target, _able(connection, people), store.roles(connection), by, store.clock())
    refused = _overtaken(by, case.roles, people) or _refusal(case)
    if refused:
        raise AccountError(refused)
    return target


def require_standing(store: Store, connection: Connection, by: Actor) -> None:
    """Lock the row of ``by``, and raise AccountError if the rights it began with are gone: for acts on no account."""
    rows = select(users).where(users.c.id == by.user_id).with_for_update()
    people = list(connection.execute(rows.with_hint(users, "WITH (UPDLOCK, HOLDLOCK)", "mssql")))
    refused = _overtaken(by, store.roles(connection), people)
    if refused:
        raise AccountError(refused)


def allowed(store: Store, connection: Connection, user_id: int, by: Actor) -> frozenset[str]:
    """The actions that would be done now, and would change something; AccountError where there is no such user."""
    people = list(connection.execute(_people(user_id)))
    target = next((row for row in people if row.id == user_id), None)
    if target is None:
        raise NotFoundError("There is no such user.")
    able, roles, now = _able(connection, people), store.roles(connection), store.clock()
    cases = (Case(action, target, able, roles, by, now) for action in Action)
    return frozenset(
        case.action.value for case in cases if not _refusal(case) and is_due(case.action, target, case.now)
    )


def is_due(action: Action, target: AnyRow, now: datetime) -> bool:
    """Whether ``action`` would change anything: nobody is disabled twice."""
    due = _DUE.get(action)
    return due is None or due(target, now)


def locked_rows(connection: Connection, *user_ids: int) -> list[AnyRow]:
    """The users and every active Admin, locked until the commit: two Admins cannot disable each other at once."""
    rows = _people(*user_ids).with_for_update()
    return list(connection.execute(rows.with_hint(users, "WITH (UPDLOCK, HOLDLOCK)", "mssql")))


def _people(*user_ids: int) -> Select[Any]:
    admins = and_(users.c.role == ADMIN, users.c.active.is_(True))
    return select(users).where(or_(users.c.id.in_(user_ids), admins)).order_by(users.c.id)


def _able(connection: Connection, people: list[AnyRow]) -> frozenset[int]:
    """The Admins among ``people`` who could sign in."""
    admins = [row for row in people if row.role == ADMIN and row.active and row.verified_at and not _is_shut(row)]
    bare = [row.id for row in admins if not row.password_hash]
    keys = select(passkeys.c.user_id).where(passkeys.c.user_id.in_(bare)).distinct()
    holders = set(connection.execute(keys).scalars()) if bare else set()
    return frozenset(row.id for row in admins if row.password_hash or row.id in holders)


def _is_shut(row: AnyRow) -> bool:
    return row.locked_until is not None and row.locked_until >= LOCKED_FOR_GOOD


def _is_locked(row: AnyRow, now: datetime) -> bool:
    return row.locked_until is not None and row.locked_until > now


def _overtaken(by: Actor, roles: Roles, people: list[AnyRow]) -> str:
    """The rights of ``by`` are those of the beginning of the request, which may have waited here for the rows."""
    if by.permissions is None:
        return ""
    actor = next((row for row in people if row.id == by.user_id), None)
    role = roles.get(actor.role) if actor is not None and actor.active else None
    if role is None or not by.permissions <= role.permissions:
        return "Your own account was changed at this moment, and no longer allows this."
    return ""


def _refusal(case: Case) -> str:
    """The first reason against it; empty where there is none."""
    reasons = (guard(case) for guard in (_right, _role, *_GUARDS[case.action]))
    return next((reason for reason in reasons if reason), "")


def _right(case: Case) -> str:
    own = case.action in {Action.END_SESSIONS, Action.REVOKE_KEYS} and case.by.user_id == case.target.id
    return "" if own else lacks(case.by, case.action.permission)


def _role(case: Case) -> str:
    """Nobody knows what a role that is gone grants once it is back: short of Admin's rights one may only shut out."""
    role = case.roles.get(case.target.role)
    if role is not None:
        return beyond(case.roles, case.by, role)
    urgent = case.action in _SHUTS_OUT or case.by.user_id == case.target.id
    whole = case.by.permissions is None or case.roles[ADMIN].permissions <= case.by.permissions
    return "" if urgent or whole else "The role of this user is gone: only an Admin may do this."


def _self(case: Case) -> str:
    if case.by.user_id != case.target.id:
        return ""
    if case.action in _OWN_PAGE:
        return "This is your own account: change it on your account page."
    return f"This is your own account: somebody else has to {_VERBS[case.action]}."


def _original(case: Case) -> str:
    return f"The original Admin cannot be {_DONE[case.action]}." if case.target.is_original_admin else ""


def _original_by_others(case: Case) -> str:
    """The original Admin can always get in: nobody who can sign in takes that over."""
    stranger = case.by.permissions is not None and case.by.user_id != case.target.id
    if not (case.target.is_original_admin and stranger):
        return ""
    return f"The original Admin cannot be {_DONE[case.action]} by others."


def _last(case: Case) -> str:
    if case.target.role != ADMIN or case.able_admins - {case.target.id}:
        return ""
    return f"The last Admin cannot be {_DONE[case.action]}."


def _active(case: Case) -> str:
    return "" if case.target.active else "This user is disabled. Enable the account first."


def _link(case: Case) -> str:
    return no_link(case.by, case.target.id, is_original_admin=case.target.is_original_admin)


_SHUTS_OUT = frozenset({Action.DISABLE, Action.LOCK, Action.REVOKE_KEYS})
_OWN_PAGE = frozenset({Action.EDIT, Action.INVITE, Action.RESET_FACTORS})
_VERBS = {
    Action.ROLE: "change your role",
    Action.DELETE: "delete it",
    Action.DISABLE: "disable it",
    Action.ENABLE: "enable it",
    Action.LOCK: "lock it",
    Action.UNLOCK: "take the lock off",
    Action.DECIDE: "decide your request",
}
_DONE = {
    Action.EDIT: "edited",
    Action.ROLE: "given another role",
    Action.DELETE: "deleted",
    Action.DISABLE: "disabled",
    Action.LOCK: "locked",
    Action.RESET_FACTORS: "freed of second factors",
    Action.DECIDE: "given another role",
}
# Besides the right itself and the role of the target, which every action asks for.
_GUARDS: Mapping[Action, tuple[Guard, ...]] = {
    Action.EDIT: (_self, _original_by_others),
    Action.ROLE: (_self, _original, _last),
    Action.DELETE: (_self, _original, _last),
    Action.DISABLE: (_original, _self, _last),
    Action.ENABLE: (_self,),
    Action.LOCK: (_self, _original, _last),
    Action.UNLOCK: (_self,),
    Action.INVITE: (_self, _link, _active),
    Action.END_SESSIONS: (),
    Action.REVOKE_KEYS: (),
    Action.RESET_FACTORS: (_self, _original_by_others),
    Action.DECIDE: (_self, _original),
}
_DUE: Mapping[Action, Callable[[AnyRow, datetime], bool]] = {
    Action.DISABLE: lambda row, _now: bool(row.active),
    Action.ENABLE: lambda row, _now: not row.active,
    Action.LOCK: lambda row, _now: not _is_shut(row),
    Action.UNLOCK: _is_locked,
}
