"""Whether an account may be used: disable, enable, unlock; and the guards that keep the site administrable."""

from typing import Any

from sqlalchemy import Connection, and_, or_, select, update

from dashboard.access import ADMIN
from dashboard.accounts.models import users
from dashboard.accounts.rights import require_may_manage
from dashboard.accounts.sessions import drop_all
from dashboard.accounts.store import AnyRow, Store, done_by
from dashboard.accounts.terms import AccountError, Actor, User
from dashboard.accounts.users import read
from dashboard.audit import Kind


def disable(store: Store, user_id: int, by: Actor) -> User:
    """Close an account: its sessions and invitations end in the same transaction.

    Raises:
        AccountError: no such user, one whom ``by`` may not manage, the original Admin, or the last Admin who could
            still sign in.
    """
    with store.writing() as connection:
        target = _guarded(store, connection, user_id, by)
        if target.active:
            _change(connection, user_id, active=False, version=users.c.version + 1)
            ended = drop_all(connection, user_id)
            store.record(connection, done_by(by, Kind.USER_DISABLED, target.username, {"sessions": ended}))
        return read(store, connection, user_id)


def enable(store: Store, user_id: int, by: Actor) -> User:
    """Open an account again. Sessions and invitations from before stay dead.

    Raises:
        AccountError: no such user, or one whom ``by`` may not manage.
    """
    with store.writing() as connection:
        user = read(store, connection, user_id)
        require_may_manage(store, connection, by, user.role)
        if not user.active:
            _change(connection, user_id, active=True, version=users.c.version + 1)
            store.record(connection, done_by(by, Kind.USER_ENABLED, user.username))
        return read(store, connection, user_id)


def unlock(store: Store, user_id: int, by: Actor) -> User:
    """Forget wrong passwords and the lock they led to.

    Raises:
        AccountError: no such user, or one whom ``by`` may not manage.
    """
    with store.writing() as connection:
        user = read(store, connection, user_id)
        require_may_manage(store, connection, by, user.role)
        _change(connection, user_id, failed_attempts=0, lock_count=0, locked_until=None)
        store.record(connection, done_by(by, Kind.USER_UNLOCKED, user.username))
        return read(store, connection, user_id)


def _guarded(store: Store, connection: Connection, user_id: int, by: Actor) -> AnyRow:
    people = _locked_rows(connection, user_id)
    target = next((row for row in people if row.id == user_id), None)
    if target is None:
        raise AccountError("There is no such user.")
    require_may_manage(store, connection, by, target.role)
    if target.is_original_admin:
        raise AccountError("The original Admin cannot be disabled.")
    if target.role == ADMIN and not any(row.id != user_id and row.password_hash for row in people):
        raise AccountError("The last Admin cannot be disabled.")
    return target


def _locked_rows(connection: Connection, user_id: int) -> list[AnyRow]:
    """The user and every active Admin, locked until the commit: two Admins cannot disable each other at once."""
    admins = and_(users.c.role == ADMIN, users.c.active.is_(True))
    rows = select(users).where(or_(users.c.id == user_id, admins)).order_by(users.c.id).with_for_update()
    return list(connection.execute(rows.with_hint(users, "WITH (UPDLOCK, HOLDLOCK)", "mssql")))


def _change(connection: Connection, user_id: int, **values: Any) -> None:
    connection.execute(update(users).where(users.c.id == user_id).values(**values))
