"""Rows of identities: who somebody is at a provider, by issuer and subject; never by mail address."""

from sqlalchemy import Connection, insert, select, update

from dashboard.accounts.federation_terms import Identity
from dashboard.accounts.models import identities
from dashboard.accounts.store import AnyRow, Store
from dashboard.accounts.terms import AccountError


def label(store: Store, provider: str) -> str:
    """What people call the provider."""
    return store.settings.oidc[provider].label or provider


def find(connection: Connection, issuer: str, subject: str) -> AnyRow | None:
    """The identity that a provider names, if it is known."""
    named = (identities.c.issuer == issuer, identities.c.subject == subject)
    # Some databases compare without regard to case; to a provider those are two people.
    rows = connection.execute(select(identities).where(*named)).all()
    return next((row for row in rows if row.issuer == issuer and row.subject == subject), None)


def add(store: Store, connection: Connection, user_id: int, issuer: str, subject: str) -> None:
    """A new identity of a user."""
    row = {"user_id": user_id, "issuer": issuer, "subject": subject, "created_at": store.clock()}
    connection.execute(insert(identities).values(**row))


def used(store: Store, connection: Connection, identity_id: int) -> None:
    """Somebody signed in by it."""
    connection.execute(update(identities).where(identities.c.id == identity_id).values(last_used_at=store.clock()))


def of(store: Store, connection: Connection, user_id: int) -> tuple[Identity, ...]:
    """The identities of a user at providers that stand in the settings; others are no way in (any more)."""
    names = {provider.issuer: name for name, provider in store.settings.oidc.items()}
    rows = connection.execute(select(identities).where(identities.c.user_id == user_id).order_by(identities.c.id))
    return tuple(
        Identity(row.id, names[row.issuer], label(store, names[row.issuer]), row.created_at, row.last_used_at)
        for row in rows
        if row.issuer in names
    )


def labels(store: Store, connection: Connection, user_id: int) -> str:
    """How a user signs in who has no password for that reason, such as ``Example Corp``; empty for all others."""
    return " or ".join(identity.label for identity in of(store, connection, user_id))


def require_local(store: Store, connection: Connection, user_id: int) -> None:
    """Raise AccountError where the user signs in by a provider: such an account has no password here."""
    by = labels(store, connection, user_id)
    if by:
        raise AccountError(f"This account is signed in to with {by}, so it has no password here.")
