"""Setting a second factor up in the middle of a sign-in that policy does not let pass without one."""

from sqlalchemy import Connection

from dashboard import audit
from dashboard.accounts import brakes, devices, passkeys, pending, proofs, sessions, setting_up, stepping, totp
from dashboard.accounts.models import users
from dashboard.accounts.pending import Pending
from dashboard.accounts.proofs import Answer
from dashboard.accounts.slots import Slot
from dashboard.accounts.stepping import SIGN_IN, Way
from dashboard.accounts.store import AnyRow, Store
from dashboard.accounts.terms import AccountError, Actor, Method, Step, TotpOffer
from dashboard.audit import Kind


def offer_totp(store: Store, token: str) -> TotpOffer:
    """Begin with an authenticator app; asked again, the secret is the same.

    Raises:
        AccountError: the step is over, or asks for nothing to be set up.
    """
    with store.writing() as connection:
        step, user = _held(store, connection, token, Method.TOTP)
        if "totp" not in step.data:
            step.data.update(setting_up.new_totp(store))
            pending.update(connection, step.token_hash, step.data)
        secret = setting_up.secret_of(store, step)
    return TotpOffer(secret, totp.address(store, user.username, secret), token)


def passkey_options(store: Store, token: str) -> str:
    """JSON of the WebAuthn creation options; raises as :func:`offer_totp`."""
    with store.writing() as connection:
        step, user = _held(store, connection, token, Method.PASSKEY)
        challenge = passkeys.new_challenge()
        options = passkeys.creation_options(store, connection, user, challenge)
        pending.update(connection, step.token_hash, {**step.data, "challenge": challenge})
    return options


def finish(store: Store, token: str, answer: Answer) -> tuple[Step, list[str]]:
    """Keep the factor that ``answer`` proves, and start the session; with the recovery codes, which are shown once.

    Raises:
        AccountError: wrong, too late, locked, or the row is gone.
    """
    with store.writing() as connection:
        step, user = _held(store, connection, token, answer.method)
        slot = _slot(store, connection, step, user, answer.method)
        if not slot or pending.take_attempt(store, connection, token, SIGN_IN, setting_up.MOST) is None:
            raise AccountError(proofs.OVER if slot else proofs.LOCKED)
        if setting_up.keep(store, connection, step, user, answer, name=""):
            return _start(store, connection, step, user, slot, answer)
        _note_wrong(store, connection, user, slot, answer)
    raise AccountError(setting_up.WRONG)


def _slot(store: Store, connection: Connection, step: Pending, user: AnyRow, method: Method) -> Slot:
    """A mailed code can be guessed by who has the password only; what the screen shows need not be guessed."""
    if method is Method.MAIL:
        return brakes.take(store, connection, users.c.id == user.id, step.data.get("device", ""))
    return Slot(user, taken=not proofs.is_barred(store, step, user), last=False)


def _start(
    store: Store, connection: Connection, step: Pending, user: AnyRow, slot: Slot, answer: Answer
) -> tuple[Step, list[str]]:
    if answer.method is Method.MAIL:
        brakes.give_back(connection, slot)
    pending.drop_all(connection, user.id)
    sessions.drop_all(connection, user.id)
    devices.forget_all(connection, user.id, but=step.data.get("device", ""))
    codes = setting_up.announce(store, connection, user, Actor(user.id, user.username, answer.origin), answer.method)
    way = Way.from_data(step.data).and_by(answer.method)
    return stepping.proceed(store, connection, user, way, answer.origin), codes


def _note_wrong(store: Store, connection: Connection, user: AnyRow, slot: Slot, answer: Answer) -> None:
    if answer.method is Method.MAIL:
        brakes.wrong(store, connection, slot, answer.origin)
    detail = {"reason": "wrong while setting up", "method": answer.method.value}
    outcome = "locked" if slot.last else "failed"
    event = audit.Event(Kind.SECOND_FACTOR_CHECKED, None, "", outcome, user.username, answer.origin.ip, detail=detail)
    store.record(connection, event)


def _held(store: Store, connection: Connection, token: str, method: Method) -> tuple[Pending, AnyRow]:
    """The step, locked until the commit, and its user."""
    setting_up.require_offered(store, method)
    _, user = proofs.of(store, connection, token, (SIGN_IN,))
    step = pending.hold(store, connection, token, SIGN_IN)
    if user is None or step is None or not step.data.get("enrol") or step.attempts >= setting_up.MOST:
        raise AccountError(proofs.OVER)
    setting_up.require_first(store, user, method)
    return step, user
