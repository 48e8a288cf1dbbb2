"""Keys that sign access tokens: kept sealed in the accounts database, so that every host has the same."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, insert, select, update

from dashboard.accounts.models import signing_keys
from dashboard.accounts.store import AnyRow, Store

LEEWAY = timedelta(minutes=1)


@dataclass(frozen=True)
class SigningKey:
    """A key and the name that tokens give it."""

    kid: str
    secret: bytes


def current(store: Store) -> SigningKey:
    """The key that signs now; the first one is made where there is none."""
    with store.reading() as connection:
        row = connection.execute(_newest()).first()
    return rotate(store) if row is None else _opened(store, row)


def known(store: Store, kid: str) -> SigningKey | None:
    """The key of that name, if what it signed may still be good."""
    oldest = store.clock() - timedelta(minutes=store.settings.api.token_minutes) - LEEWAY
    with store.reading() as connection:
        row = connection.execute(select(signing_keys).where(signing_keys.c.kid == kid)).one_or_none()
    if row is None or (row.retired_at is not None and row.retired_at < oldest):
        return None
    return _opened(store, row)


def rotate(store: Store) -> SigningKey:
    """Sign with a new key from now on; what the ones before have signed stays good for its time."""
    key, now = SigningKey(secrets.token_hex(8), secrets.token_bytes(32)), store.clock()
    with store.writing() as connection:
        old = signing_keys.c.retired_at.is_(None)
        connection.execute(update(signing_keys).where(old).values(retired_at=now))
        sealed = store.vault.seal(key.secret.hex())
        connection.execute(insert(signing_keys).values(kid=key.kid, secret=sealed, created_at=now))
    return key


def _newest() -> Select[Any]:
    return select(signing_keys).where(signing_keys.c.retired_at.is_(None)).order_by(signing_keys.c.created_at.desc())


def _opened(store: Store, row: AnyRow) -> SigningKey:
    return SigningKey(row.kid, bytes.fromhex(store.vault.open(row.secret)))
