"""Browsers that are known: each has a random cookie since its last completed sign-in, kept here by its hash.

Guesses from a known browser are counted apart from those of strangers, so that nobody can lock a person out of the
browser they always use. After too many wrong answers the browser is a stranger like any other.
"""

import secrets
from datetime import timedelta

from sqlalchemy import ColumnElement, Connection, case, delete, insert, select, update

from dashboard.accounts.models import devices, users
from dashboard.accounts.names import lookup_key
from dashboard.accounts.pending import hashed
from dashboard.accounts.store import Store
from dashboard.accounts.terms import Origin

_LONGEST = 100
_MOST = 10  # browsers of one user


def hash_of(token: str) -> str:
    """What is kept of a browser's cookie; empty for what cannot be one."""
    return hashed(token) if 0 < len(token) <= _LONGEST else ""


def is_known(store: Store, username: str, token: str) -> bool:
    """Whether ``token`` is the cookie of a browser in which the user of that name has signed in."""
    theirs = select(users.c.id).where(users.c.username_key == lookup_key(username)).scalar_subquery()
    with store.reading() as connection:
        return find(store, connection, token, theirs) != ""


def find(store: Store, connection: Connection, token: str, user_id: int | ColumnElement[int]) -> str:
    """The hash of ``token``, where that browser is known for this user; else empty."""
    known = select(devices.c.token_hash).where(*_usable(store, hash_of(token), user_id))
    return connection.execute(known).scalar_one_or_none() or ""


def take(store: Store, connection: Connection, token_hash: str, user_id: int | ColumnElement[int]) -> bool:
    """Take an attempt slot of this browser; False where it is not known, or none is left."""
    slot = update(devices).where(*_usable(store, token_hash, user_id))
    return connection.execute(slot.values(failed_attempts=devices.c.failed_attempts + 1)).rowcount == 1


def give_back(connection: Connection, token_hash: str) -> None:
    """The answer was right, but more is asked."""
    left = case((devices.c.failed_attempts > 0, devices.c.failed_attempts - 1), else_=0)
    connection.execute(update(devices).where(devices.c.token_hash == token_hash).values(failed_attempts=left))


def wrong(store: Store, connection: Connection, token_hash: str) -> None:
    """The answer was wrong: a browser whose slots are spent is forgotten."""
    spent = devices.c.failed_attempts >= store.settings.sign_in.attempts_before_lock
    connection.execute(delete(devices).where(devices.c.token_hash == token_hash, spent))


def keep(store: Store, connection: Connection, user_id: int, origin: Origin, token_hash: str) -> str:
    """Know this browser from now on; a token for its cookie, or empty where it is known already or none is kept."""
    if store.settings.sign_in.device_days <= 0:
        return ""
    used = {"last_used_at": store.clock(), "failed_attempts": 0, "agent": origin.agent[:255]}
    again = update(devices).where(*_usable(store, token_hash, user_id)).values(**used)
    if token_hash and connection.execute(again).rowcount == 1:
        return ""
    token = secrets.token_urlsafe(32)
    row = {"token_hash": hashed(token), "user_id": user_id, "created_at": used["last_used_at"], **used}
    connection.execute(insert(devices).values(**row))
    _forget_oldest(connection, user_id, hashed(token))
    return token


def forget_all(connection: Connection, user_id: int, but: str = "") -> int:
    """Forget every browser of a user except the one whose cookie has the hash ``but``; how many there were."""
    theirs = (devices.c.user_id == user_id, devices.c.token_hash != but)
    return connection.execute(delete(devices).where(*theirs)).rowcount


def sweep(store: Store, connection: Connection) -> int:
    """Forget browsers that were not used for too long; how many there were."""
    return connection.execute(delete(devices).where(devices.c.last_used_at <= store.clock() - _lasts(store))).rowcount


def _forget_oldest(connection: Connection, user_id: int, newest: str) -> None:
    """Each known browser has guesses of its own: nobody hoards them."""
    others = select(devices.c.token_hash).where(devices.c.user_id == user_id, devices.c.token_hash != newest)
    latest = others.order_by(devices.c.last_used_at.desc(), devices.c.created_at.desc(), devices.c.token_hash)
    for token_hash in connection.execute(latest).scalars().all()[_MOST - 1 :]:
        connection.execute(delete(devices).where(devices.c.token_hash == token_hash))


def _usable(store: Store, token_hash: str, user_id: int | ColumnElement[int]) -> tuple[ColumnElement[bool], ...]:
    return (
        devices.c.token_hash == token_hash,
        devices.c.user_id == user_id,
        devices.c.last_used_at > store.clock() - _lasts(store),
        devices.c.failed_attempts < store.settings.sign_in.attempts_before_lock,
    )


def _lasts(store: Store) -> timedelta:
    return timedelta(days=store.settings.sign_in.device_days)
