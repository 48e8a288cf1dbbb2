"""Whether an account may be used: disable, enable, lock, unlock."""

from typing import Any

from sqlalchemy import Connection, update

from dashboard.accounts.devices import forget_all
from dashboard.accounts.guards import Action, is_due, require
from dashboard.accounts.models import users
from dashboard.accounts.rights import require_fresh
from dashboard.accounts.sessions import drop_all
from dashboard.accounts.store import Store, done_by
from dashboard.accounts.terms import LOCKED_FOR_GOOD, Actor, User
from dashboard.accounts.users import read
from dashboard.audit import Kind


def disable(store: Store, user_id: int, by: Actor) -> User:
    """Close an account: its sessions, invitations and known browsers end in the same transaction.

    Raises:
        AccountError: no such user, or a guard forbids it; see :mod:`dashboard.accounts.guards`.
    """
    with store.writing() as connection:
        target = require(store, connection, Action.DISABLE, user_id, by)
        if is_due(Action.DISABLE, target, store.clock()):
            _change(connection, user_id, active=False, version=users.c.version + 1)
            forget_all(connection, user_id)
            ended = drop_all(connection, user_id)
            store.record(connection, done_by(by, Kind.USER_DISABLED, target.username, {"sessions": ended}))
        return read(store, connection, user_id)


def enable(store: Store, user_id: int, by: Actor) -> User:
    """Open an account again. Sessions and invitations from before stay dead.

    Raises as :func:`disable`, and NotFreshError where the sign-in of ``by`` is not fresh.
    """
    require_fresh(by)
    with store.writing() as connection:
        target = require(store, connection, Action.ENABLE, user_id, by)
        if is_due(Action.ENABLE, target, store.clock()):
            _change(connection, user_id, active=True, version=users.c.version + 1)
            store.record(connection, done_by(by, Kind.USER_ENABLED, target.username))
        return read(store, connection, user_id)


def lock(store: Store, user_id: int, by: Actor) -> User:
    """Lock an account until somebody unlocks it: passkeys, known devices and mailed links do not get in either.

    Sessions go on. Raises as :func:`disable`.
    """
    with store.writing() as connection:
        target = require(store, connection, Action.LOCK, user_id, by)
        if is_due(Action.LOCK, target, store.clock()):
            _change(connection, user_id, locked_until=LOCKED_FOR_GOOD, version=users.c.version + 1)
            store.record(connection, done_by(by, Kind.USER_LOCKED, target.username))
        return read(store, connection, user_id)


def unlock(store: Store, user_id: int, by: Actor) -> User:
    """Take a lock off, whoever it came from, and forget the wrong passwords. Raises as :func:`disable`."""
    with store.writing() as connection:
        target = require(store, connection, Action.UNLOCK, user_id, by)
        if is_due(Action.UNLOCK, target, store.clock()):
            _change(connection, user_id, failed_attempts=0, lock_count=0, locked_until=None)
            store.record(connection, done_by(by, Kind.USER_UNLOCKED, target.username))
        return read(store, connection, user_id)


def _change(connection: Connection, user_id: int, **values: Any) -> None:
    connection.execute(update(users).where(users.c.id == user_id).values(**values))
