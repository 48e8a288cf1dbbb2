"""Tokens of the API: a short-lived access token (JWT) that names a session, and refresh tokens that renew it."""

import secrets
from datetime import timedelta
from typing import Any

import jwt
from sqlalchemy import Connection, delete, insert, select, update

from dashboard.accounts import sessions, signing
from dashboard.accounts.models import refresh_tokens
from dashboard.accounts.models import sessions as session_rows
from dashboard.accounts.pending import hashed
from dashboard.accounts.signing import SigningKey
from dashboard.accounts.store import Store
from dashboard.accounts.terms import AccountError, SessionKind, SignedIn, Tokens

ALGORITHM, TYPE, AUDIENCE = "HS256", "at+jwt", "salesgate-api"
ENDED = "This sign-in has ended. Sign in again."


class ApiTokens:
    """Sign-ins of programs."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def issue(self, session_token: str) -> Tokens:
        """The first tokens of a session of kind API, as ``sign_ins`` started it.

        Raises:
            AccountError: the session is over.
        """
        key = signing.current(self._store)
        with self._store.writing() as connection:
            return self._tokens(connection, hashed(session_token), key)

    def load(self, access: str) -> SignedIn | None:
        """Who holds the access token; None where it, its session or its user is not good (any more)."""
        claims = self._claims(access)
        if claims is None:
            return None
        return sessions.load_hashed(self._store, claims["sid"], SessionKind.API, touch=True)

    def refresh(self, refresh: str) -> Tokens:
        """New tokens for a refresh token, which is used up.

        Raises:
            AccountError: it is not good any more; one that was used before ends the session.
        """
        now = self._store.clock()
        key = signing.current(self._store)  # before the transaction: that holds the only writer's lock
        with self._store.writing() as connection:
            mine = refresh_tokens.c.token_hash == hashed(refresh)
            row = connection.execute(select(refresh_tokens).where(mine)).one_or_none()
            taken = update(refresh_tokens).where(mine, refresh_tokens.c.used_at.is_(None)).values(used_at=now)
            if row is not None and connection.execute(taken).rowcount == 1 and row.expires_at > now:
                return self._tokens(connection, row.session_hash, key)
            if row is not None:
                connection.execute(delete(session_rows).where(session_rows.c.token_hash == row.session_hash))
        raise AccountError(ENDED)

    def _tokens(self, connection: Connection, session_hash: str, key: SigningKey) -> Tokens:
        row = connection.execute(select(session_rows).where(session_rows.c.token_hash == session_hash)).one_or_none()
        if row is None or row.kind != SessionKind.API:
            raise AccountError(ENDED)
        now, refresh = self._store.clock(), secrets.token_urlsafe(32)
        values = {"token_hash": hashed(refresh), "session_hash": session_hash, "user_id": row.user_id}
        expires = row.absolute_expires_at
        connection.execute(insert(refresh_tokens).values(created_at=now, expires_at=expires, **values))
        lasts = timedelta(minutes=self._store.settings.api.token_minutes)
        return Tokens(self._access(row.user_id, session_hash, key, lasts), refresh, int(lasts.total_seconds()))

    def _access(self, user_id: int, session_hash: str, key: SigningKey, lasts: timedelta) -> str:
        now = self._store.clock()
        claims = {"iss": self._issuer, "aud": AUDIENCE, "sub": str(user_id), "sid": session_hash}
        times = {"iat": now, "nbf": now, "exp": now + lasts, "jti": secrets.token_hex(8)}
        return jwt.encode({**claims, **times}, key.secret, ALGORITHM, headers={"kid": key.kid, "typ": TYPE})

    def _claims(self, access: str) -> dict[str, Any] | None:
        try:
            header = jwt.get_unverified_header(access)
            key = signing.known(self._store, str(header.get("kid")))
            if key is None or header.get("typ") != TYPE:
                return None
            required = ["exp", "nbf", "iat", "iss", "aud", "sub", "sid"]
            return jwt.decode(
                access,
                key.secret,
                [ALGORITHM],
                audience=AUDIENCE,
                issuer=self._issuer,
                options={"require": required},
            )
        except jwt.InvalidTokenError:
            return None

    @property
    def _issuer(self) -> str:
        return self._store.settings.public_url
