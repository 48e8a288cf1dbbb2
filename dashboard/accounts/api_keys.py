"""API keys: for programs of partners, with a part of their owner's rights."""

import json
import secrets
import string
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import Connection, delete, func, insert, select

from dashboard.accounts import key_rules, key_use, notices
from dashboard.accounts.guards import Action, require, require_standing
from dashboard.accounts.key_use import BEGINS, PREFIX
from dashboard.accounts.models import api_keys, users
from dashboard.accounts.pending import hashed
from dashboard.accounts.rights import require_fresh
from dashboard.accounts.store import AnyRow, Store, done_by
from dashboard.accounts.terms import AccountError, Actor, ApiKey, NewApiKey, NotFoundError, Origin, SignedIn
from dashboard.audit import Kind

MOST = 20  # keys of one user
_LETTERS = string.ascii_lowercase + string.digits
_NONE = "There is no such key."


class ApiKeys:
    """Keys that are sent with every request."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @property
    def longest_days(self) -> int:
        """How long a key may be good; 0: there are none here, and those that were made do not work."""
        return self._store.settings.api.key_days

    def make(self, new: NewApiKey, by: Actor) -> tuple[ApiKey, str]:
        """A key of ``by``, and its secret, which is shown this once.

        Raises:
            AccountError: a name, a life, a network or a scope that is refused.
            NotFreshError: the sign-in is not fresh.
        """
        require_fresh(by)
        asked = key_rules.checked(new, by, self.longest_days)
        prefix = BEGINS + "".join(secrets.choice(_LETTERS) for _ in range(PREFIX - len(BEGINS)))
        secret, now = f"{prefix}_{secrets.token_urlsafe(32)}", self._store.clock()
        row = {
            "user_id": by.user_id,
            "name": asked.name,
            "prefix": prefix,
            "key_hash": hashed(secret),
            "scopes": json.dumps(sorted(asked.scopes)),
            "networks": json.dumps(asked.networks),
            "created_at": now,
            "expires_at": now + timedelta(days=asked.days),
        }
        with self._store.writing() as connection:
            require_standing(self._store, connection, by)  # and nobody makes two at the same moment
            self._require_room(connection, by.user_id)
            connection.execute(insert(api_keys).values(**row))
            key = _key(connection.execute(select(api_keys).where(api_keys.c.prefix == prefix)).one())
            self._tell(connection, key, by)
        return key, secret

    def load(
        self, secret: str, origin: Origin, told: Callable[[str, str], int | None] = lambda *_: 0
    ) -> SignedIn | None:
        """Whose key it is, with the rights of this moment; None where it is not good (any more), or not from there.

        ``told`` is asked with key and reason before the refusal of a genuine key is audited: how many of the same were
        left out before, or None to leave this one out, too.
        """
        return key_use.load(self._store, secret, origin, told)

    def list(self, user_id: int) -> list[ApiKey]:
        """The keys of a user, newest first."""
        theirs = select(api_keys).where(api_keys.c.user_id == user_id)
        with self._store.reading() as connection:
            rows = connection.execute(theirs.order_by(api_keys.c.created_at.desc(), api_keys.c.id.desc()))
            return [_key(row) for row in rows]

    def revoke(self, user_id: int, key_id: int, by: Actor) -> None:
        """Remove a key, one's own or somebody else's; AccountError where ``by`` may not, or there is none."""
        with self._store.writing() as connection:
            owner = require(self._store, connection, Action.REVOKE_KEYS, user_id, by)
            mine = (api_keys.c.id == key_id, api_keys.c.user_id == user_id)
            row = connection.execute(select(api_keys).where(*mine)).one_or_none()
            if row is None or connection.execute(delete(api_keys).where(*mine)).rowcount != 1:
                raise NotFoundError(_NONE)
            detail = {"key": row.name, "prefix": row.prefix}
            self._store.record(connection, done_by(by, Kind.API_KEY_REVOKED, owner.username, detail))

    def _require_room(self, connection: Connection, user_id: int) -> None:
        count = select(func.count()).select_from(api_keys).where(api_keys.c.user_id == user_id)
        if connection.execute(count).scalar_one() >= MOST:
            raise AccountError(f"You have {MOST} keys, which is the most. Revoke one that is not used any more.")

    def _tell(self, connection: Connection, key: ApiKey, by: Actor) -> None:
        owner = connection.execute(select(users).where(users.c.id == by.user_id)).one()
        notices.key_made(self._store, connection, owner, key, by.origin)
        detail = {"key": key.name, "prefix": key.prefix, "permissions": ", ".join(sorted(key.scopes))}
        until = {"expires": f"{key.expires_at:%Y-%m-%d}"}
        self._store.record(connection, done_by(by, Kind.API_KEY_MADE, by.username, {**detail, **until}))


def _key(row: AnyRow) -> ApiKey:
    networks = tuple(json.loads(row.networks))
    times = (row.created_at, row.expires_at, row.last_used_at)
    scopes = key_rules.known(json.loads(row.scopes))
    return ApiKey(row.id, row.user_id, row.name, row.prefix, scopes, networks, *times, row.last_used_ip)
