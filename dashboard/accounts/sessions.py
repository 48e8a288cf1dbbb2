"""Sessions: rows of our own, so that ending them is one statement and rights are read anew at every request."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, not_, select, update

from dashboard import audit
from dashboard.accounts import factor_policy, session_rules
from dashboard.accounts.models import own_roles, sessions, users
from dashboard.accounts.pending import hashed
from dashboard.accounts.slots import not_locked_for_good
from dashboard.accounts.store import AnyRow, Store, done_by
from dashboard.accounts.terms import AccountError, Actor, Method, Origin, SessionKind, SignedIn
from dashboard.audit import Kind

SHORT = 12

# Part of every request: one statement, compiled once.
LOAD = (
    select(
        sessions.c.token_hash,
        sessions.c.user_id,
        sessions.c.created_at,
        sessions.c.seen_at,
        sessions.c.authenticated_at,
        sessions.c.absolute_expires_at,
        sessions.c.amr,
        sessions.c.remembered,
        sessions.c.resumed,
        sessions.c.kind,
        *session_rules.OF_USER,
    )
    .join(users, users.c.id == sessions.c.user_id)
    .outerjoin(own_roles, own_roles.c.role_key == users.c.role)
    .where(sessions.c.token_hash == bindparam("presented"))
)


def start(store: Store, user_id: int, origin: Origin, replacing: str | None) -> str:
    """A new session for a user who has just proved who they are by password; the token for the cookie.

    ``replacing`` is the token the browser had before; its session ends.

    Raises:
        AccountError: the user was disabled meanwhile.
    """
    with store.writing() as connection:
        token = add(store, connection, user_id, origin, (Method.PASSWORD,), replacing=hashed(replacing or ""))
        username = connection.execute(select(users.c.username).where(users.c.id == user_id)).scalar_one()
        actor = Actor(user_id, username, origin, short(token))
        store.record(connection, done_by(actor, Kind.SIGN_IN, username))
    return token


def add(
    store: Store,
    connection: Connection,
    user_id: int,
    origin: Origin,
    methods: Iterable[Method],
    *,
    replacing: str = "",
    remembered: bool = False,
    version: int | None = None,
    kind: SessionKind = SessionKind.WEB,
) -> str:
    """A new session in the caller's transaction; its token, 256 random bits.

    ``replacing`` is the hash of the token that the browser had; ``version`` that of the user who proved who they are.

    Raises:
        AccountError: the user was disabled or changed meanwhile.
    """
    token, now = secrets.token_urlsafe(32), store.clock()
    # First of all, so that disabling the user at this moment waits for us, and then finds the new session.
    usable = [users.c.id == user_id, users.c.active.is_(True), users.c.verified_at.is_not(None), not_locked_for_good()]
    if version is not None:
        usable.append(users.c.version == version)
    if connection.execute(update(users).where(*usable).values(last_sign_in_at=now)).rowcount != 1:
        raise AccountError("This account cannot be used.")
    sweep(store, connection)
    _remove(connection, replacing)
    ends = now + session_rules.lasts(store, kind, remembered=remembered)
    row = {"user_id": user_id, "amr": " ".join(methods), "remembered": remembered, **_new_row(token, origin, now)}
    connection.execute(insert(sessions).values(absolute_expires_at=ends, kind=kind, **row))
    return token


def renew(store: Store, connection: Connection, token_hash: str, methods: Iterable[Method]) -> tuple[str, AnyRow]:
    """A new token for the session of ``token_hash``, whose user proved once more who they are, and the row that it had.

    The old token is dead; when the session ends in any case does not change.

    Raises:
        AccountError: the session is over.
    """
    row, now, token = live(store, connection, token_hash), store.clock(), secrets.token_urlsafe(32)
    proved = {"authenticated_at": now, "seen_at": now, "resumed": False, "amr": " ".join(methods)}
    same = update(sessions).where(sessions.c.token_hash == token_hash).values(token_hash=hashed(token), **proved)
    if row is None or connection.execute(same).rowcount != 1:
        raise AccountError("Your session has ended. Sign in again.")
    return token, row


def holder(store: Store, connection: Connection, token: str) -> AnyRow | None:
    """The row of a session in force, with ``user_id`` and ``token_hash``; None for any other."""
    return live(store, connection, hashed(token))


def live(store: Store, connection: Connection, token_hash: str) -> AnyRow | None:
    """The row of the session of that hash, whatever its kind, while it is in force."""
    row = connection.execute(LOAD, {"presented": token_hash}).one_or_none()
    return None if row is None or session_rules.why_over(store, row, store.clock()) else row


def load(store: Store, token: str, *, touch: bool) -> SignedIn | None:
    """Who holds the cookie's ``token``; None where the session is over, the user disabled or the role gone.

    ``touch`` says that the request is something a person did: it keeps the session alive.
    """
    with store.reading() as connection:
        row = connection.execute(LOAD, {"presented": hashed(token)}).one_or_none()
    return None if row is None or row.kind != SessionKind.WEB else signed_in(store, row, touch=touch)


def signed_in(store: Store, row: AnyRow, *, touch: bool) -> SignedIn | None:
    """The same for what :data:`LOAD` found, of whatever kind the session is."""
    now = store.clock()
    over, role = session_rules.why_over(store, row, now), session_rules.role_in(store, row)
    if over or role is None:
        _expire(store, row, over)
        return None
    seen = _touch(store, row, now) if touch else row.seen_at
    has_factor = row.has_totp or row.passkeys or row.mail_codes
    return SignedIn(
        viewer=role.viewer(row.user_id, row.username),
        name=f"{row.first_name} {row.last_name}".strip() or row.username,
        session=row.token_hash[:SHORT],
        idle_seconds_left=int((session_rules.idle_limit(store, row, role) - (now - seen)).total_seconds()),
        absolute_seconds_left=int((session_rules.ends_at(store, row, role) - now).total_seconds()),
        authenticated_at=row.authenticated_at,
        role_name=role.name,
        fresh=session_rules.is_fresh(store, row, now),
        remembered=session_rules.is_remembered(store, row, role),
        factor_due=None if has_factor else factor_policy.due(store, role),
    )


def end(store: Store, token: str, actor: Actor | None) -> None:
    """End the session of ``token``, by its own user unless ``actor`` is named. Nothing to end is no error."""
    end_hashed(store, hashed(token), actor)


def end_hashed(store: Store, token_hash: str, actor: Actor | None) -> None:
    """The same for the hash of the token."""
    with store.writing() as connection:
        row = connection.execute(LOAD, {"presented": token_hash}).one_or_none()
        if row is None or not _remove(connection, row.token_hash):
            return
        by = actor or Actor(row.user_id, row.username, session=row.token_hash[:SHORT])
        kind = Kind.SIGN_OUT if by.user_id == row.user_id else Kind.SESSION_ENDED
        store.record(connection, done_by(by, kind, row.username))


def short(token: str) -> str:
    """The short hash that names the session of ``token`` in lists and in the audit log."""
    return hashed(token)[:SHORT]


def drop_all(connection: Connection, user_id: int) -> int:
    """Delete every session of a user in the caller's transaction; how many there were."""
    return connection.execute(delete(sessions).where(sessions.c.user_id == user_id)).rowcount


def drop_others(connection: Connection, user_id: int, kept: str) -> int:
    """Delete every session of a user but the one of the short hash ``kept``; how many there were."""
    others = (sessions.c.user_id == user_id, not_(sessions.c.token_hash.startswith(kept, autoescape=True)))
    return connection.execute(delete(sessions).where(*others) if kept else delete(sessions).where(others[0])).rowcount


def add_method(connection: Connection, user_id: int, session: str, method: Method) -> None:
    """The user has proved ``method`` too, in the session of that short hash."""
    if not session:
        return
    theirs = (sessions.c.user_id == user_id, sessions.c.token_hash.startswith(session, autoescape=True))
    for row in connection.execute(select(sessions.c.token_hash, sessions.c.amr).where(*theirs)).all():
        amr = " ".join(dict.fromkeys([*row.amr.split(), method.value]))
        connection.execute(update(sessions).where(sessions.c.token_hash == row.token_hash).values(amr=amr))


def sweep(store: Store, connection: Connection) -> int:
    """Delete what browsers that never came back left behind; a sign-in is rare enough for that. How many there were."""
    return connection.execute(delete(sessions).where(not_(session_rules.in_force(store)))).rowcount


def _new_row(token: str, origin: Origin, now: datetime) -> dict[str, Any]:
    return {
        "token_hash": hashed(token),
        "created_at": now,
        "seen_at": now,
        "authenticated_at": now,
        "ip": origin.ip[:64],
        "agent": origin.agent[:255],
        "resumed": False,
    }


def _expire(store: Store, row: AnyRow, reason: str) -> None:
    with store.writing() as connection:
        if _remove(connection, row.token_hash):
            session = row.token_hash[:SHORT]
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
        resumed = session_rules.is_resumed(store, row, now)
        connection.execute(update(sessions).where(*newer).values(seen_at=now, resumed=resumed))
    return now
