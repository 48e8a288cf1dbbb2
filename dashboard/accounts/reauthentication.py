"""Proving once more who one is, in the middle of a session: it gets a new token and is fresh again, not longer."""

from sqlalchemy import Connection

from dashboard.accounts import devices, factor_policy, federation_rows, sessions, sign_in, slots, stepping
from dashboard.accounts.federation_terms import Assertion, Begun
from dashboard.accounts.models import users
from dashboard.accounts.sign_in import Guess
from dashboard.accounts.stepping import Way
from dashboard.accounts.store import AnyRow, Store, done_by
from dashboard.accounts.terms import AccountError, Actor, Method, Origin, Step
from dashboard.audit import Kind

_OVER = "Your session has ended. Sign in again."
_WRONG = "The password is not right, or the account is locked for a while."


def begin(store: Store, token: str, password: str, origin: Origin, device: str) -> Step:
    """Check the password; without one, go on with a passkey, which is proof enough by itself.

    Raises:
        AccountError: the session is over, the password wrong, the account locked, or there is no passkey to go on with.
    """
    with store.reading() as connection:
        held = sessions.holder(store, connection, token)
    if held is None:
        raise AccountError(_OVER)
    if not password:
        return _by_passkey(store, held)
    whose = users.c.id == held.user_id
    guess = Guess(whose, password, origin, device, Kind.REAUTHENTICATED, held.token_hash[: sessions.SHORT])
    known = sign_in.check(store, guess)
    if known is None:
        raise AccountError(_WRONG)
    return _after_password(store, known, held, origin, device)


def by_provider(store: Store, begun: Begun, told: Assertion, token: str, origin: Origin) -> Step:
    """See :meth:`dashboard.accounts.federation.Federation.confirm`."""
    with store.writing() as connection:
        held = sessions.holder(store, connection, token)
        if held is None or (begun.user_id, begun.session) != (held.user_id, held.token_hash[: sessions.SHORT]):
            raise AccountError(_OVER)
        user = _user(connection, held)
        known = federation_rows.find(connection, store.settings.oidc[begun.provider].issuer, told.subject)
        if known is None or known.user_id != user.id:
            by = federation_rows.label(store, begun.provider)
            raise AccountError(f"You are somebody else at {by} than here. Sign out there, and try again.")
        way = Way((Method.SSO, Method.SSO_FACTOR) if told.factor else (Method.SSO,))
        asked = factor_policy.asked(store, connection, user)
        if asked and not factor_policy.is_proved(way.methods):
            return _wait(store, connection, user, held, way, asked)
        return renew(store, connection, user, held.token_hash, way, origin)


def renew(store: Store, connection: Connection, user: AnyRow, session: str, way: Way, origin: Origin) -> Step:
    """Everything was proved: a new token for the session of that hash."""
    token, held = sessions.renew(store, connection, session, way.methods)
    slots.clear_unless_locked(store, connection, user.id)
    actor = Actor(user.id, user.username, origin, sessions.short(token))
    detail = {"methods": " ".join(way.methods), "before": held.token_hash[: sessions.SHORT]}
    store.record(connection, done_by(actor, Kind.REAUTHENTICATED, user.username, detail))
    return Step(session=token, username=user.username, remembered=held.remembered)


def _by_passkey(store: Store, held: AnyRow) -> Step:
    with store.writing() as connection:
        user = _user(connection, held)
        if Method.PASSKEY not in factor_policy.asked(store, connection, user):
            raise AccountError("Enter your password.")
        return _wait(store, connection, user, held, Way(()), (Method.PASSKEY,))


def _after_password(store: Store, known: AnyRow, held: AnyRow, origin: Origin, device: str) -> Step:
    with store.writing() as connection:
        user = _user(connection, held)
        if user.version != known.version:
            raise AccountError(_WRONG)
        way = Way((Method.PASSWORD,), device=devices.find(store, connection, device, user.id))
        asked = factor_policy.asked(store, connection, user)
        if asked:
            return _wait(store, connection, user, held, way, asked)
        return renew(store, connection, user, held.token_hash, way, origin)


def _wait(
    store: Store, connection: Connection, user: AnyRow, held: AnyRow, way: Way, asked: tuple[Method, ...]
) -> Step:
    token = stepping.wait(store, connection, user, way, held.token_hash, asked)
    return Step(token, asked, username=user.username, remembered=held.remembered)


def _user(connection: Connection, held: AnyRow) -> AnyRow:
    user = slots.hold(connection, held.user_id)
    if user is None or not stepping.is_usable(user):
        raise AccountError(_OVER)
    return user
