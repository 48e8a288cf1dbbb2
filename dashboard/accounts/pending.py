"""What somebody has begun and not finished: one row each, known to the browser only by a random token.

Nothing about a step is believed that does not stand here. Attempts are counted, and rows are used up, by single atomic
statements: of any number of requests that arrive together, exactly as many as may are served.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection, delete, insert, select

from dashboard.accounts.models import pending
from dashboard.accounts.store import Store

_LONGEST = 100


@dataclass(frozen=True)
class Pending:
    """One row.

    Attributes:
        token_hash: sha256 of the token, in hexadecimal digits; names the row.
        user_id: None where it is not known yet whose step it is.
        user_version: ``version`` of the user when the step began; 0 without a user.
        session_hash: of the session that the step belongs to; empty for none.
        data: what is known so far; values of JSON.
        attempts: how many answers were taken.
    """

    token_hash: str
    purpose: str
    user_id: int | None
    user_version: int
    session_hash: str
    data: dict[str, Any]
    attempts: int
    expires_at: datetime


def hashed(token: str) -> str:
    """What is kept of a token: a random one of 256 bits needs no salt and no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def create(
    store: Store,
    connection: Connection,
    purpose: str,
    *,
    user_id: int | None,
    version: int,
    data: dict[str, Any],
    lasts: timedelta,
    session_hash: str | None = None,
) -> str:
    """Begin a step in the caller's transaction; its token, 256 random bits."""
    token, now = secrets.token_urlsafe(32), store.clock()
    row = {
        "token_hash": hashed(token),
        "purpose": purpose,
        "user_id": user_id,
        "user_version": version,
        "session_hash": session_hash or None,
        "data": json.dumps(data),
        "attempts": 0,
        "created_at": now,
        "expires_at": now + lasts,
    }
    connection.execute(insert(pending).values(**row))
    return token


def read(store: Store, connection: Connection, token: str, *purposes: str) -> Pending | None:
    """The step of ``token``; None where it is over, unknown, or for none of ``purposes``."""
    if not 0 < len(token) <= _LONGEST:
        return None
    row = connection.execute(select(pending).where(*_usable(store, token, purposes))).one_or_none()
    if row is None:
        return None
    return Pending(
        row.token_hash,
        row.purpose,
        row.user_id,
        row.user_version,
        row.session_hash or "",
        json.loads(row.data),
        row.attempts,
        row.expires_at,
    )


def hold(store: Store, connection: Connection, token: str, *purposes: str) -> Pending | None:
    """As :func:`read`, with the row locked until the commit: what is written next rests on what was read."""
    same = sa.update(pending).where(*_usable(store, token, purposes)).values(attempts=pending.c.attempts)
    return read(store, connection, token, *purposes) if connection.execute(same).rowcount == 1 else None


def take_attempt(
    store: Store, connection: Connection, token: str, purpose: str | tuple[str, ...], most: int
) -> Pending | None:
    """Take one of ``most`` attempts before anything is compared; None where none is left, or as :func:`read`.

    The row stays locked until the commit.
    """
    purposes = (purpose,) if isinstance(purpose, str) else purpose
    left = (*_usable(store, token, purposes), pending.c.attempts < most)
    taken = sa.update(pending).where(*left).values(attempts=pending.c.attempts + 1)
    return read(store, connection, token, *purposes) if connection.execute(taken).rowcount == 1 else None


def update(connection: Connection, token_hash: str, data: dict[str, Any]) -> None:
    """Replace what is known."""
    connection.execute(sa.update(pending).where(pending.c.token_hash == token_hash).values(data=json.dumps(data)))


def drop(connection: Connection, token_hash: str) -> bool:
    """Use the row up: True for exactly one caller."""
    return connection.execute(delete(pending).where(pending.c.token_hash == token_hash)).rowcount == 1


def drop_all(connection: Connection, user_id: int) -> int:
    """Drop every step of a user; how many there were."""
    return connection.execute(delete(pending).where(pending.c.user_id == user_id)).rowcount


def sweep(store: Store, connection: Connection) -> int:
    """Drop what is over; how many there were."""
    return connection.execute(delete(pending).where(pending.c.expires_at <= store.clock())).rowcount


def _usable(store: Store, token: str, purposes: tuple[str, ...]) -> tuple[ColumnElement[bool], ...]:
    return (
        pending.c.token_hash == hashed(token),
        pending.c.purpose.in_(purposes),
        pending.c.expires_at > store.clock(),
    )
