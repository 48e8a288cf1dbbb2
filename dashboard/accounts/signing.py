"""Keys that sign access tokens: kept sealed in the accounts database, so that every host has the same."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, bindparam, delete, exists, insert, or_, select, update

from dashboard.accounts.models import signing_keys
from dashboard.accounts.store import Store, done_by
from dashboard.accounts.terms import Actor
from dashboard.accounts.users import line_up
from dashboard.audit import Kind
from dashboard.audit.columns import Instant

LEEWAY = timedelta(minutes=1)  # by which the clocks of hosts may differ

_BYTES = 32
_KID = re.compile(r"[0-9a-f]{16}")
_MOST_OPENED = 8
_IN_USE = select(signing_keys).where(signing_keys.c.retired_at.is_(None))


@dataclass(frozen=True)
class SigningKey:
    """A key and the name that tokens give it."""

    kid: str
    secret: bytes


@dataclass(frozen=True)
class KeyState:
    """What may be known of a key. ``retired_at``: it signs nothing since; None for the one in use."""

    kid: str
    created_at: datetime
    retired_at: datetime | None


def is_good() -> ColumnElement[bool]:
    """The condition that the key ``:kid`` is there, and in use or not retired before ``:oldest``.

    It stands in the statement that looks for a token's session: a key that was taken away counts nowhere from that
    moment on, and asking costs no statement of its own.
    """
    kept = or_(signing_keys.c.retired_at.is_(None), signing_keys.c.retired_at >= bindparam("oldest", type_=Instant()))
    return exists(select(signing_keys.c.kid).where(signing_keys.c.kid == bindparam("kid"), kept))


class SigningKeys:
    """The keys of this installation. Opened ones stay in memory; whether they are good is asked each time."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._opened: dict[str, SigningKey] = {}

    @property
    def oldest(self) -> datetime:
        """What was retired before this has signed nothing that is good any more."""
        store = self._store
        return store.clock() - timedelta(minutes=store.settings.api.token_minutes) - LEEWAY

    def current(self) -> SigningKey:
        """The key that signs now; the first one is made where there is none. Not to be called in a transaction."""
        with self._store.reading() as connection:
            row = connection.execute(_IN_USE).first()
        return self._first() if row is None else self._open(row.kid, row.secret)

    def find(self, kid: str) -> SigningKey | None:
        """The key of that name, good or not: :func:`is_good` says which. Costs a SELECT the first time only."""
        known = self._opened.get(kid)
        if known is not None or not _KID.fullmatch(kid):
            return known
        with self._store.reading() as connection:
            row = connection.execute(select(signing_keys).where(signing_keys.c.kid == kid)).one_or_none()
        return None if row is None else self._open(row.kid, row.secret)

    def rotate(self, by: Actor, *, at_once: bool = False) -> KeyState:
        """Sign with a new key from now on; what the ones before have signed stays good for its time.

        Args:
            at_once: for a key that others may know: it stays good for nothing, from the next request on, on every
                host. Sign-ins go on: their refresh tokens are not signed.
        """
        store = self._store
        retire = update(signing_keys).where(signing_keys.c.retired_at.is_(None)).values(retired_at=store.clock())
        with store.writing() as connection:
            line_up(connection)
            connection.execute(delete(signing_keys) if at_once else retire)
            key = self._add(connection)
            store.record(connection, done_by(by, Kind.SIGNING_KEY_CHANGED, key.kid, {"at_once": at_once}))
        return next(state for state in self.states() if state.kid == key.kid)

    def states(self) -> list[KeyState]:
        """The keys, the newest first."""
        rows = select(signing_keys).order_by(signing_keys.c.created_at.desc())
        with self._store.reading() as connection:
            return [KeyState(row.kid, row.created_at, row.retired_at) for row in connection.execute(rows)]

    def sweep(self, connection: Connection) -> int:
        """Drop keys that nothing needs any more; how many there were."""
        gone = connection.execute(delete(signing_keys).where(signing_keys.c.retired_at < self.oldest))
        return gone.rowcount

    def _first(self) -> SigningKey:
        """The first key: of processes that begin together, one makes it."""
        with self._store.writing() as connection:
            line_up(connection)
            row = connection.execute(_IN_USE).first()
            return self._add(connection) if row is None else self._open(row.kid, row.secret)

    def _add(self, connection: Connection) -> SigningKey:
        key = SigningKey(secrets.token_hex(8), secrets.token_bytes(_BYTES))
        sealed, now = self._store.vault.seal(key.secret.hex()), self._store.clock()
        connection.execute(insert(signing_keys).values(kid=key.kid, secret=sealed, created_at=now))
        return key

    def _open(self, kid: str, sealed: str) -> SigningKey:
        if kid not in self._opened:
            if len(self._opened) >= _MOST_OPENED:
                self._opened.clear()
            self._opened[kid] = SigningKey(kid, bytes.fromhex(self._store.vault.open(sealed)))
        return self._opened[kid]
