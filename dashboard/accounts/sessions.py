"""Sessions: rows of our own, so that ending them is one statement and rights are read anew at every request."""

import hashlib
import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, or_, select, update

from dashboard import audit
from dashboard.access import Role
from dashboard.accounts.models import own_roles, sessions, users
from dashboard.accounts.own_roles import role_of
from dashboard.accounts.rights import require_may_manage
from dashboard.accounts.store import AnyRow, Store, done_by
from dashboard.accounts.terms import AccountError, Actor, OpenSession, Origin, SignedIn
from dashboard.audit import Kind

_SHORT = 12

# Part of every request: one statement, compiled once.
_LOAD = (
    select(
        sessions.c.token_hash,
        sessions.c.user_id,
        sessions.c.seen_at,
        sessions.c.authenticated_at,
        sessions.c.absolute_expires_at,
        users.c.username,
        users.c.first_name,
        users.c.last_name,
        users.c.role,
        users.c.active,
        sessions.c.remembered,
        sessions.c.resumed,
        own_roles.c.name.label("role_name"),
        own_roles.c.permissions,
        own_roles.c.row_scope,
    )
    .join(users, users.c.id == sessions.c.user_id)
    .outerjoin(own_roles, own_roles.c.role_key == users.c.role)
    .where(sessions.c.token_hash == bindparam("presented"))
)


def start(store: Store, user_id: int, origin: Origin, replacing: str | None) -> str:
    """A new session for a user who has just proved who they are; the token for the cookie, 256 random bits.

    ``replacing`` is the token the browser had before; its session ends.

    Raises:
        AccountError: the user was disabled meanwhile.
    """
    token = secrets.token_urlsafe(32)
    now = store.clock()
    with store.writing() as connection:
        # First of all, so that disabling the user at this moment waits for us, and then finds the new session.
        welcome = update(users).where(users.c.id == user_id, users.c.active.is_(True)).values(last_sign_in_at=now)
        if connection.execute(welcome).rowcount != 1:
            raise AccountError("This account cannot be used.")
        _sweep(store, connection, now, replacing)
        connection.execute(insert(sessions).values(**_new_row(store, token, user_id, origin, now)))
        username = connection.execute(select(users.c.username).where(users.c.id == user_id)).scalar_one()
        actor = Actor(user_id, username, origin, _hash(token)[:_SHORT])
        store.record(connection, done_by(actor, Kind.SIGN_IN, username))
    return token


def load(store: Store, token: str, *, touch: bool) -> SignedIn | None:
    """Who holds ``token``; None where the session is over, the user disabled or the role gone.

    ``touch`` says that the request is something a person did: it keeps the session alive.
    """
    with store.reading() as connection:
        row = connection.execute(_LOAD, {"presented": _hash(token)}).one_or_none()
    if row is None:
        return None
    now = store.clock()
    over = _why_over(store, row, now)
    if over:
        _expire(store, row, over)
        return None
    seen = _touch(store, row, now) if touch else row.seen_at
    role = _role(store, row)
    return SignedIn(
        viewer=role.viewer(row.user_id, row.username),
        name=f"{row.first_name} {row.last_name}".strip() or row.username,
        session=row.token_hash[:_SHORT],
        idle_seconds_left=int((store.idle - (now - seen)).total_seconds()),
        absolute_seconds_left=int((row.absolute_expires_at - now).total_seconds()),
        authenticated_at=row.authenticated_at,
        role_name=role.name,
    )


def end(store: Store, token: str, actor: Actor | None) -> None:
    """End the session of ``token``, by its own user unless ``actor`` is named. Nothing to end is no error."""
    with store.writing() as connection:
        row = connection.execute(_LOAD, {"presented": _hash(token)}).one_or_none()
        if row is None or not _remove(connection, row.token_hash):
            return
        by = actor or Actor(row.user_id, row.username, session=row.token_hash[:_SHORT])
        kind = Kind.SIGN_OUT if by.user_id == row.user_id else Kind.SESSION_ENDED
        store.record(connection, done_by(by, kind, row.username))


def end_all(store: Store, user_id: int, by: Actor) -> int:
    """End every session of a user; how many there were.

    Raises:
        AccountError: no such user, or one whom ``by`` may not manage.
    """
    with store.writing() as connection:
        user = connection.execute(select(users.c.username, users.c.role).where(users.c.id == user_id)).one_or_none()
        if user is None:
            raise AccountError("There is no such user.")
        require_may_manage(store, connection, by, user.role)
        ended = drop_all(connection, user_id)
        store.record(connection, done_by(by, Kind.SESSION_ENDED, user.username, {"sessions": ended}))
    return ended


def drop_all(connection: Connection, user_id: int) -> int:
    """Delete every session of a user in the caller's transaction; how many there were."""
    return connection.execute(delete(sessions).where(sessions.c.user_id == user_id)).rowcount


def list_open(store: Store, user_id: int) -> list[OpenSession]:
    """The sessions of a user that are in force, latest use first."""
    now = store.clock()
    found = (
        select(sessions)
        .where(sessions.c.user_id == user_id, sessions.c.seen_at > now - store.idle)
        .where(sessions.c.absolute_expires_at > now)
        .order_by(sessions.c.seen_at.desc(), sessions.c.token_hash)
    )
    with store.reading() as connection:
        return [
            OpenSession(row.token_hash[:_SHORT], row.created_at, row.seen_at, row.ip, row.agent)
            for row in connection.execute(found)
        ]


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _new_row(store: Store, token: str, user_id: int, origin: Origin, now: datetime) -> dict[str, Any]:
    return {
        "token_hash": _hash(token),
        "user_id": user_id,
        "created_at": now,
        "seen_at": now,
        "authenticated_at": now,
        "absolute_expires_at": now + store.absolute,
        "ip": origin.ip[:64],
        "agent": origin.agent[:255],
        "remembered": False,
        "resumed": False,
    }


def _sweep(store: Store, connection: Connection, now: datetime, replaced: str | None) -> None:
    # Browsers that never come back leave rows behind; a sign-in is rare enough to clear them.
    stale = [sessions.c.seen_at <= now - store.idle, sessions.c.absolute_expires_at <= now]
    if replaced is not None:
        stale.append(sessions.c.token_hash == _hash(replaced))
    connection.execute(delete(sessions).where(or_(*stale)))


def _why_over(store: Store, row: AnyRow, now: datetime) -> str:
    if now - row.seen_at >= store.idle:
        return "not used for too long"
    if now >= row.absolute_expires_at:
        return "signed in for too long"
    if not row.active:
        return "user disabled"
    return "" if row.role in store.base_roles or row.permissions is not None else "role removed"


def _role(store: Store, row: AnyRow) -> Role:
    if row.role in store.base_roles:
        return store.base_roles[row.role]
    return role_of(row.role, row.role_name, row.permissions, row.row_scope)


def _expire(store: Store, row: AnyRow, reason: str) -> None:
    with store.writing() as connection:
        if _remove(connection, row.token_hash):
            session = row.token_hash[:_SHORT]
            store.record(
                connection,
                audit.Event(
                    Kind.SESSION_EXPIRED, row.user_id, row.username, "ok", session=session, detail={"reason": reason}
                ),
            )


def _remove(connection: Connection, token_hash: str) -> bool:
    return connection.execute(delete(sessions).where(sessions.c.token_hash == token_hash)).rowcount == 1


def _touch(store: Store, row: AnyRow, now: datetime) -> datetime:
    if now - row.seen_at < store.touch_after:
        seen: datetime = row.seen_at
        return seen
    newer = sessions.c.token_hash == row.token_hash, sessions.c.seen_at < now
    with store.writing() as connection:
        connection.execute(update(sessions).where(*newer).values(seen_at=now))
    return now
