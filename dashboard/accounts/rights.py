"""Whom an actor may manage: nobody gets an account into their hands that can do more than they can."""

from sqlalchemy import Connection

from dashboard.access import ADMIN, DIMENSIONS, Permission, Role
from dashboard.accounts.store import Store
from dashboard.accounts.terms import AccountError, Actor, NotFreshError, User

_FIGURES = frozenset({Permission.MEASURE_UNITS, Permission.MEASURE_REVENUE, Permission.MEASURE_STOCK})


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
    if role not in roles or roles[ADMIN].permissions <= by.permissions:
        return
    wanted = roles[role]
    if not (wanted.permissions <= by.permissions and _within_scope(wanted, by)):
        raise AccountError(f"Your role does not allow this: the role {wanted.name} has rights that yours has not.")


def require_may_invite(store: Store, connection: Connection, by: Actor, target: User) -> None:
    """As above; and the original Admin, who can always get in, gets a link from nobody else but the command line.

    Raises:
        AccountError: the actor may not.
    """
    require_may_manage(store, connection, by, target.role)
    if target.is_original_admin and by.permissions is not None and by.user_id != target.id:
        raise AccountError(
            "Only the original Admin can make a link for this account; otherwise use the command line: users invite."
        )


def _within_scope(role: Role, by: Actor) -> bool:
    """Whether ``role`` sees no rows that ``by`` does not; rows matter only to those who see figures."""
    if not role.permissions & _FIGURES:
        return True
    for mine, theirs in ((by.scope.allowed(name), role.scope.allowed(name)) for name in DIMENSIONS):
        if mine is not None and (theirs is None or not theirs <= mine):
            return False
    return True
