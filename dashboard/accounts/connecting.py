"""Connecting an account with a provider, and undoing it. Such an account has one way in: no password of its own."""

from sqlalchemy import Connection, delete, select, update

from dashboard.accounts import devices, factor_policy, federation_rows, notices, pending, sessions, slots, stepping
from dashboard.accounts.federation_terms import Assertion, Begun
from dashboard.accounts.guards import Action, require
from dashboard.accounts.models import identities, users
from dashboard.accounts.rights import require_fresh
from dashboard.accounts.store import AnyRow, Store, done_by
from dashboard.accounts.terms import AccountError, Actor, Method
from dashboard.accounts.users import line_up
from dashboard.audit import Kind

_ORIGINAL = "The original Admin signs in with a password, so that there is a way in when the provider is not there."
_OTHER = "This was begun in another session. Begin anew on your account page."
_ONLY = "This is your only way in. Add a passkey first, or ask an administrator to disconnect it."


def require_may_connect(store: Store, by: Actor) -> None:
    """Raise NotFreshError or AccountError where ``by`` cannot connect a provider."""
    require_fresh(by)
    with store.reading() as connection:
        row = connection.execute(select(users).where(users.c.id == by.user_id)).one_or_none()
    _require_usable(row)


def connect(store: Store, begun: Begun, told: Assertion, by: Actor) -> None:
    """See :meth:`dashboard.accounts.federation.Federation.connect`."""
    require_fresh(by)
    if (begun.user_id, begun.session) != (by.user_id, by.session):
        raise AccountError(_OTHER)
    issuer, label = store.settings.oidc[begun.provider].issuer, federation_rows.label(store, begun.provider)
    with store.writing() as connection:
        user = _require_usable(slots.hold(connection, by.user_id))
        line_up(connection)
        if federation_rows.find(connection, issuer, told.subject) is not None:
            raise AccountError(f"This account of {label} is connected already.")
        if any(mine.provider == begun.provider for mine in federation_rows.of(store, connection, user.id)):
            raise AccountError(f"Your account is connected with another one of {label}. Disconnect that first.")
        federation_rows.add(store, connection, user.id, issuer, told.subject)
        none = {"password_hash": None, "password_is_long": True}
        connection.execute(update(users).where(users.c.id == user.id).values(**none))
        what = f"Sign-in with {label} was connected. It takes the place of the password, which does not work any more."
        _changed(store, connection, user, by, what, session=by.session)
        store.record(connection, done_by(by, Kind.IDENTITY_CONNECTED, user.username, {"by": label}))


def disconnect(store: Store, identity_id: int, by: Actor) -> None:
    """See :meth:`dashboard.accounts.federation.Federation.disconnect`."""
    require_fresh(by)
    with store.writing() as connection:
        user = slots.hold(connection, by.user_id)
        mine = federation_rows.of(store, connection, by.user_id)
        gone = next((one for one in mine if one.id == identity_id), None)
        if user is None or gone is None:
            raise AccountError("This is not connected with your account (any more).")
        # A passkey that is switched off, or that stands behind one, is no way in by itself.
        by_passkey = Method.PASSKEY in factor_policy.asked(store, connection, user)
        if len(mine) == 1 and not by_passkey and user.password_hash is None:
            raise AccountError(_ONLY)
        connection.execute(delete(identities).where(identities.c.id == gone.id))
        _changed(store, connection, user, by, f"Sign-in with {gone.label} was disconnected.", session=by.session)
        store.record(connection, done_by(by, Kind.IDENTITY_DISCONNECTED, user.username, {"by": gone.label}))


def release(store: Store, user_id: int, by: Actor) -> int:
    """See :meth:`dashboard.accounts.federation.Federation.release`."""
    require_fresh(by)
    with store.writing() as connection:
        user = require(store, connection, Action.RESET_FACTORS, user_id, by)
        labels = federation_rows.labels(store, connection, user_id)
        count = connection.execute(delete(identities).where(identities.c.user_id == user_id)).rowcount
        if count:
            _changed(store, connection, user, by, "An administrator disconnected your account from its provider.")
            store.record(connection, done_by(by, Kind.IDENTITY_DISCONNECTED, user.username, {"by": labels}))
    return count


def _changed(store: Store, connection: Connection, user: AnyRow, by: Actor, what: str, session: str = "") -> None:
    """Links, begun steps and other devices end; the owner gets a notice. ``session`` is the one that stays."""
    connection.execute(update(users).where(users.c.id == user.id).values(version=users.c.version + 1))
    pending.drop_all(connection, user.id)
    devices.forget_all(connection, user.id, but=devices.hash_of(by.device) if session else "")
    sessions.drop_others(connection, user.id, session)
    notices.factor_changed(store, connection, user, what, by.origin)


def _require_usable(user: AnyRow | None) -> AnyRow:
    if user is None or not stepping.is_usable(user):
        raise AccountError(stepping.CLOSED)
    if user.is_original_admin:
        raise AccountError(_ORIGINAL)
    return user
