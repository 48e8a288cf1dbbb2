"""The sessions of one user: listed, and ended one by one or together."""

import re

from sqlalchemy import Connection, delete, select

from dashboard.accounts import session_rules
from dashboard.accounts.guards import Action, require
from dashboard.accounts.models import own_roles, sessions, users
from dashboard.accounts.sessions import SHORT, drop_all, drop_others
from dashboard.accounts.store import AnyRow, Store, done_by
from dashboard.accounts.terms import Actor, NotFoundError, OpenSession, SessionKind
from dashboard.audit import Kind

_SHORT_HASH = re.compile(f"[0-9a-f]{{{SHORT}}}")


def list_open(store: Store, user_id: int) -> list[OpenSession]:
    """The sessions of a user that are in force, latest use first."""
    found = (
        select(sessions, users.c.role, users.c.active, own_roles.c.name.label("role_name"))
        .add_columns(own_roles.c.permissions, own_roles.c.row_scope)
        .join(users, users.c.id == sessions.c.user_id)
        .outerjoin(own_roles, own_roles.c.role_key == users.c.role)
        .where(sessions.c.user_id == user_id, session_rules.in_force(store))
        .order_by(sessions.c.seen_at.desc(), sessions.c.token_hash)
    )
    now = store.clock()
    with store.reading() as connection:
        rows = list(connection.execute(found))
    return [_open(store, row) for row in rows if not session_rules.why_over(store, row, now)]


def end_one(store: Store, user_id: int, session: str, by: Actor) -> None:
    """End the session of that short hash, if it is one of this user's; it may have ended already.

    Raises:
        AccountError: no such user, or one whose sessions ``by`` may not end.
    """
    with store.writing() as connection:
        username = _may_end(store, connection, user_id, by)
        if not _SHORT_HASH.fullmatch(session):
            return
        theirs = (sessions.c.user_id == user_id, sessions.c.token_hash.startswith(session))
        if connection.execute(delete(sessions).where(*theirs)).rowcount:
            store.record(connection, done_by(by, Kind.SESSION_ENDED, username, {"sessions": 1, "which": session}))


def end_others(store: Store, by: Actor) -> int:
    """End every session of ``by`` but the one they are using; how many.

    Raises:
        AccountError: ``by`` is no user.
    """
    with store.writing() as connection:
        username = _may_end(store, connection, by.user_id, by)
        ended = drop_others(connection, by.user_id, by.session)
        if ended:
            store.record(connection, done_by(by, Kind.SESSION_ENDED, username, {"sessions": ended}))
    return ended


def end_all(store: Store, user_id: int, by: Actor) -> int:
    """End every session of a user; how many there were.

    Raises:
        AccountError: no such user, or one whose sessions ``by`` may not end.
    """
    with store.writing() as connection:
        username = _may_end(store, connection, user_id, by)
        ended = drop_all(connection, user_id)
        store.record(connection, done_by(by, Kind.SESSION_ENDED, username, {"sessions": ended}))
    return ended


def _may_end(store: Store, connection: Connection, user_id: int, by: Actor) -> str:
    """The name of the user whose sessions they are: ``by``, or somebody whose sessions ``by`` may end."""
    if by.user_id != user_id:
        return str(require(store, connection, Action.END_SESSIONS, user_id, by).username)
    username = connection.execute(select(users.c.username).where(users.c.id == user_id)).scalar_one_or_none()
    if username is None:
        raise NotFoundError("There is no such user.")
    return str(username)


def _open(store: Store, row: AnyRow) -> OpenSession:
    remembered = session_rules.is_remembered(store, row, session_rules.role_in(store, row))
    times, kind = (row.created_at, row.seen_at), SessionKind(row.kind)
    methods = tuple(row.amr.split())
    return OpenSession(row.token_hash[:SHORT], *times, row.ip, row.agent, methods, remembered=remembered, kind=kind)
