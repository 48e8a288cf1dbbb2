"""Tokens of the API: a short-lived access token (JWT) that names a session, and refresh tokens that renew it.

A family of refresh tokens is a session of kind API: whatever ends the session ends them and its access tokens with it,
at the next request. A refresh token is good once. One that comes again was stolen, or its successor was, so the session
ends; that a program refreshes twice at the same moment cannot be told from it, so programs must not.
"""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from dashboard.accounts import access_tokens, notices, session_rules, sessions, slots
from dashboard.accounts.access_tokens import Claims, Reader
from dashboard.accounts.models import refresh_tokens, users
from dashboard.accounts.models import sessions as session_rows
from dashboard.accounts.pending import hashed
from dashboard.accounts.signing import SigningKey, SigningKeys, is_good
from dashboard.accounts.store import AnyRow, Store
from dashboard.accounts.terms import AccountError, Actor, Origin, SessionKind, SignedIn, Tokens
from dashboard.audit import Event, Kind

ENDED = "This sign-in has ended. Sign in again."

_LONGEST = 100  # characters of a refresh token; ours have 43
# Part of every request: one statement, compiled once.
_LOAD = sessions.LOAD.where(is_good())


class ApiTokens:
    """Sign-ins of programs.

    Attributes:
        keys: what signs access tokens.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.keys = SigningKeys(store)
        self._issuer = store.settings.public_url
        self._reader = Reader(self._issuer, self.keys.find)

    def issue(self, session_token: str) -> Tokens:
        """The first tokens of a session of kind API, as ``sign_ins`` started it.

        Raises:
            AccountError: the session is over.
        """
        key = self.keys.current()  # before the transaction, which holds the lock of the only writer
        with self._store.writing() as connection:
            row = self._held(connection, hashed(session_token))
            if row is None or row.kind != SessionKind.API:
                raise AccountError(ENDED)
            return self._tokens(connection, row, key)

    def load(self, access: str) -> SignedIn | None:
        """Who holds the access token; None where it, its key, its session or its user is not good (any more)."""
        row = self._row_of(access)
        return None if row is None else sessions.signed_in(self._store, row, touch=True)

    def refresh(self, refresh: str, origin: Origin) -> Tokens:
        """New tokens for a refresh token, which is used up.

        Raises:
            AccountError: it is not good any more; one that was used before ends the session.
        """
        key, now = self.keys.current(), self._store.clock()
        with self._store.writing() as connection:
            row = _find(connection, refresh)
            if row is not None:
                slots.hold(connection, row.user_id)  # first of all rows, as everywhere
            if row is not None and not _use(connection, row, now):
                self._end_reused(connection, row, origin)
            elif row is not None:
                session = sessions.live(self._store, connection, row.session_hash)
                if session is not None:
                    self._touch(connection, session, now)
                    return self._tokens(connection, session, key)
        raise AccountError(ENDED)

    def revoke(self, origin: Origin, *, refresh: str = "", access: str = "") -> None:
        """Sign out by any token of the sign-in; one that is not known (any more) ends nothing, and is no error."""
        row = self._session_of(refresh) if refresh else self._row_of(access)
        if row is not None:
            actor = Actor(row.user_id, row.username, origin, row.token_hash[: sessions.SHORT])
            sessions.end_hashed(self._store, row.token_hash, actor)

    def sweep(self, connection: Connection) -> int:
        """Drop refresh tokens whose session is over, and keys that nothing needs; how many tokens there were."""
        self.keys.sweep(connection)
        orphans = refresh_tokens.c.session_hash.not_in(select(session_rows.c.token_hash))
        return connection.execute(delete(refresh_tokens).where(orphans)).rowcount

    def _held(self, connection: Connection, token_hash: str) -> AnyRow | None:
        """The session in force of that hash, with the row of its user locked until the commit."""
        row = sessions.live(self._store, connection, token_hash)
        if row is None or slots.hold(connection, row.user_id) is None:
            return None
        return sessions.live(self._store, connection, token_hash)

    def _session_of(self, refresh: str) -> AnyRow | None:
        with self._store.reading() as connection:
            row = _find(connection, refresh)
            return None if row is None else sessions.live(self._store, connection, row.session_hash)

    def _row_of(self, access: str) -> AnyRow | None:
        """The row of the session that an access token stands for; it may be over."""
        store = self._store
        said = self._reader.read(access, store.clock())
        if said is None:
            return None
        asked = {"presented": said.session, "kid": said.kid, "oldest": self.keys.oldest}
        with store.reading() as connection:
            row = connection.execute(_LOAD, asked).one_or_none()
        return row if row is not None and (row.kind, row.user_id) == (SessionKind.API, said.user_id) else None

    def _tokens(self, connection: Connection, session: AnyRow, key: SigningKey) -> Tokens:
        now, refresh = self._store.clock(), secrets.token_urlsafe(32)
        values = {"token_hash": hashed(refresh), "session_hash": session.token_hash, "user_id": session.user_id}
        expires = session.absolute_expires_at
        connection.execute(insert(refresh_tokens).values(created_at=now, expires_at=expires, **values))
        lasts = timedelta(minutes=self._store.settings.api.token_minutes)
        claims = Claims(session.token_hash, session.user_id, key.kid)
        written = access_tokens.write(self._issuer, key, claims, session.role, now, lasts)
        return Tokens(written, refresh, int(lasts.total_seconds()))

    def _touch(self, connection: Connection, session: AnyRow, now: datetime) -> None:
        used = {"seen_at": now, "resumed": session_rules.is_resumed(self._store, session, now)}
        mine = session_rows.c.token_hash == session.token_hash
        connection.execute(update(session_rows).where(mine).values(**used))

    def _end_reused(self, connection: Connection, row: AnyRow, origin: Origin) -> None:
        """End the session, and tell its user, once: what was used before ends nothing that is over already."""
        mine = session_rows.c.token_hash == row.session_hash
        if connection.execute(delete(session_rows).where(mine)).rowcount != 1:
            return
        user = connection.execute(select(users).where(users.c.id == row.user_id)).one()
        notices.token_reused(self._store, connection, user, origin)
        session = row.session_hash[: sessions.SHORT]
        event = Event(Kind.TOKEN_REUSED, None, "", "denied", user.username, origin.ip, session, {"sessions": 1})
        self._store.record(connection, event)


def _find(connection: Connection, refresh: str) -> AnyRow | None:
    if not 0 < len(refresh) <= _LONGEST:
        return None
    mine = refresh_tokens.c.token_hash == hashed(refresh)
    return connection.execute(select(refresh_tokens).where(mine)).one_or_none()


def _use(connection: Connection, row: AnyRow, now: datetime) -> bool:
    """Use the token up: True for exactly one of any number of callers."""
    unused = (refresh_tokens.c.token_hash == row.token_hash, refresh_tokens.c.used_at.is_(None))
    return connection.execute(update(refresh_tokens).where(*unused).values(used_at=now)).rowcount == 1
