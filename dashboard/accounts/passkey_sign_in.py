"""Signing in by passkey alone, without a user name: the passkey names its user, and verifies the person."""

from datetime import timedelta

from sqlalchemy import Connection

from dashboard import audit
from dashboard.accounts import factor_policy, passkeys, pending, slots, stepping
from dashboard.accounts.stepping import PASSKEY
from dashboard.accounts.store import AnyRow, Store
from dashboard.accounts.terms import Method, Origin, Step
from dashboard.audit import Kind


def begin(store: Store) -> tuple[str, str]:
    """Pending token, and JSON of the request options; AccountError where the site has no name."""
    challenge = passkeys.new_challenge()
    lasts = timedelta(minutes=store.settings.second_factor.code_minutes)
    with store.writing() as connection:
        options = passkeys.request_options(store, connection, None, challenge)
        data = {"challenge": challenge}
        return pending.create(store, connection, PASSKEY, user_id=None, version=0, data=data, lasts=lasts), options


def finish(
    store: Store, token: str, response: str, origin: Origin, *, remember: bool, replacing: str, device: str
) -> Step | None:
    """Check the answer, which uses the row up whatever it is worth; None for every kind of failure."""
    with store.writing() as connection:
        try:
            user = _user(store, connection, token, response)
            methods = (Method.PASSKEY,)
            way = stepping.way_of(
                store, connection, user, methods, remember=remember, replacing=replacing, device=device
            )
            return stepping.proceed(store, connection, user, way, origin)
        except passkeys.RefusedError as refused:
            detail = {"reason": str(refused), "methods": Method.PASSKEY.value}
            event = audit.Event(Kind.SIGN_IN, None, "", "failed", refused.username, origin.ip, detail=detail)
            store.record(connection, event)
    return None


def _user(store: Store, connection: Connection, token: str, response: str) -> AnyRow:
    step = pending.read(store, connection, token, PASSKEY)
    if step is None or not pending.drop(connection, step.token_hash):
        raise passkeys.RefusedError("no challenge")
    user = slots.hold(connection, passkeys.use(store, connection, step.data["challenge"], response, None))
    if user is None or not stepping.is_usable(user):
        raise passkeys.RefusedError("disabled, locked or not verified", user.username if user else "")
    if Method.PASSKEY not in factor_policy.asked(store, connection, user):
        raise passkeys.RefusedError("passkeys are switched off", user.username)
    return user
