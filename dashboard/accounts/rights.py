"""Whom an actor may manage: nobody gets an account into their hands that can do more than they can."""

from sqlalchemy import Connection

from dashboard.access import ADMIN, DIMENSIONS, Permission, Role, Roles
from dashboard.accounts.store import Store
from dashboard.accounts.terms import AccountError, Actor, NotFreshError

_FIGURES = frozenset({Permission.MEASURE_UNITS, Permission.MEASURE_REVENUE, Permission.MEASURE_STOCK})
_NO_LINK = "Only the original Admin can make a link for this account; otherwise use the command line: users invite."


def require_fresh(by: Actor) -> None:
    """Raise :class:`NotFreshError` where ``by`` must prove once more who they are."""
    if not by.fresh:
        raise NotFreshError


def require_may_manage(store: Store, connection: Connection, by: Actor, role: str) -> None:
    """Let the command line, Admins, and actors whose own rights include those of ``role`` manage its users.

    Raises:
        AccountError: the role has a permission, or sees rows, that the actor's has not.
    """
    if by.permissions is None:
        return
    roles = store.roles(connection)
    known = roles.get(role)
    refused = "" if known is None else beyond(roles, by, known)
    if refused:
        raise AccountError(refused)


def require_right(by: Actor, permission: Permission) -> None:
    """Raise AccountError where ``by`` does not hold ``permission``; the command line holds all."""
    refused = lacks(by, permission)
    if refused:
        raise AccountError(refused)


def beyond(roles: Roles, by: Actor, role: Role) -> str:
    """Why ``by`` may not hand out, take or define ``role``; empty where they may, as all who hold Admin's rights."""
    if by.permissions is None or roles[ADMIN].permissions <= by.permissions:
        return ""
    if role.permissions <= by.permissions and _within_scope(role, by):
        return ""
    return f"Your role does not allow this: the role {role.name} has rights that yours has not."


def no_link(by: Actor, target_id: int, *, is_original_admin: bool) -> str:
    """Why ``by`` may not have a link that opens this account; empty where that is not in the way."""
    others = by.permissions is not None and by.user_id != target_id
    return _NO_LINK if is_original_admin and others else ""


def lacks(by: Actor, permission: Permission) -> str:
    """Why ``by`` may not do what needs ``permission``; empty where they hold it."""
    if by.permissions is None or permission in by.permissions:
        return ""
    return f"Your role does not allow this: it needs the right to {permission.meaning}."


def _within_scope(role: Role, by: Actor) -> bool:
    """Whether ``role`` sees no rows that ``by`` does not; rows matter only to those who see figures."""
    if not role.permissions & _FIGURES:
        return True
    for mine, theirs in ((by.scope.allowed(name), role.scope.allowed(name)) for name in DIMENSIONS):
        if mine is not None and (theirs is None or not theirs <= mine):
            return False
    return True
