"""Locks that wrong answers caused: the mail about it, and the link in it that takes the lock off."""

from math import ceil

from sqlalchemy import Connection, null, update

from dashboard.accounts import links, slots
from dashboard.accounts import users as people
from dashboard.accounts.models import users
from dashboard.accounts.store import AnyRow, Store, done_by
from dashboard.accounts.terms import AccountError, Actor, Origin, User
from dashboard.accounts.tokens import Purpose
from dashboard.audit import Event, Kind
from dashboard.mail import MailKind

# Each link gives as many guesses again: whoever holds the mailbox must not go on for ever. A sign-in begins anew.
_MOST_LOCKS = 3

_DEAD = "This link is no longer valid: the lock it was for is gone. Sign in, or choose a new password."


def offer(store: Store, connection: Connection, row: AnyRow, origin: Origin) -> None:
    """Tell the owner of an account that was locked just now, and mail a link that takes the lock off.

    Call it once for each lock, in the transaction that has set it; ``row`` is the row of ``users`` with the lock on it.
    After three locks in a row there is no further link: time, a known browser, a passkey or an administrator help then.
    """
    if not row.active or row.verified_at is None or not _may_be_taken_off(store, row):
        return
    lasts = row.locked_until - store.clock()
    words = {
        "link": links.make(store, Purpose.UNLOCK, row, lasts),
        "minutes": str(ceil(lasts.total_seconds() / 60)),
        "ip": origin.ip,
    }
    links.mail(store, connection, MailKind.LOCKED, row, **words)
    store.record(connection, Event(Kind.UNLOCK_OFFERED, None, "", "ok", row.username, origin.ip))


def unlocking(store: Store, token: str) -> User | None:
    """Whose link it is; None where it is not valid any more."""
    with store.reading() as connection:
        row = _row(store, connection, token)
        return None if row is None else people.read(store, connection, row.id)


def unlock(store: Store, token: str, origin: Origin) -> User:
    """Take the lock off, once. How often the account was locked is kept: the next lock lasts longer.

    Raises:
        AccountError: the link is not valid any more.
    """
    with store.writing() as connection:
        row = _row(store, connection, token)
        if row is None:
            raise AccountError(_DEAD)
        same = (users.c.id == row.id, users.c.version == row.version, users.c.locked_until == row.locked_until)
        open_again = update(users).where(*same).values(failed_attempts=0, locked_until=null())
        if connection.execute(open_again).rowcount != 1:
            raise AccountError(_DEAD)
        by = Actor(row.id, row.username, origin)
        store.record(connection, done_by(by, Kind.USER_UNLOCKED, row.username, {"by": "mailed link"}))
        return people.read(store, connection, row.id)


def _row(store: Store, connection: Connection, token: str) -> AnyRow | None:
    found = links.find(store, connection, Purpose.UNLOCK, token)
    return found[0] if found and _may_be_taken_off(store, found[0]) else None


def _may_be_taken_off(store: Store, row: AnyRow) -> bool:
    return slots.is_locked(store, row) and not slots.is_locked_for_good(row) and row.lock_count <= _MOST_LOCKS
