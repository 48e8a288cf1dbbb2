"""The second step of a sign-in or a re-authentication: what it waits for, the means to answer, and the answer."""

from sqlalchemy import Connection

from dashboard.accounts import mailed_codes, passkeys, pending, proofs, reauthentication, stepping
from dashboard.accounts.factor_policy import can_be_set_up
from dashboard.accounts.pending import Pending
from dashboard.accounts.proofs import Answer
from dashboard.accounts.stepping import REAUTHENTICATION, RECOVERY, SIGN_IN, Way
from dashboard.accounts.store import AnyRow, Store
from dashboard.accounts.terms import AccountError, Method, SessionKind, Step

_HERE = (SIGN_IN, REAUTHENTICATION)


def offered(store: Store, token: str, kind: SessionKind) -> Step | None:
    """What a step to a session of that ``kind`` waits for; None where it is over."""
    with store.writing() as connection:
        step, user = proofs.of(store, connection, token, _HERE)
        if step is None or user is None or step.attempts >= proofs.MOST or stepping.kind_of(step.data) != kind:
            return None
        remembered, enrol = bool(step.data.get("remember")), bool(step.data.get("enrol"))
        methods = tuple(
            method
            for method in proofs.asked(store, connection, step, user)
            if not proofs.is_barred(store, step, user, passkey=method is Method.PASSKEY)
        )
        if not methods and not (enrol and not proofs.is_barred(store, step, user)):
            return None
        ways = can_be_set_up(store.settings, user) if enrol else ()
        return Step(token, methods, enrol=enrol, username=user.username, remembered=remembered, ways=ways)


def send_code(store: Store, token: str, kind: SessionKind) -> None:
    """Mail a code for this very step.

    Raises:
        AccountError: the step is over or locked, mailed codes are not set up, or too many were sent.
    """
    with store.writing() as connection:
        step, user = _held(store, connection, token, _HERE)
        if stepping.kind_of(step.data) != kind:
            raise AccountError(proofs.OVER)
        enrolling = step.data.get("enrol") and Method.MAIL in can_be_set_up(store.settings, user)
        if not enrolling and Method.MAIL not in proofs.asked(store, connection, step, user):
            raise AccountError(proofs.NOT_ASKED)
        if proofs.is_barred(store, step, user):
            raise AccountError(proofs.LOCKED)
        mailed_codes.send(store, connection, step, user)


def passkey_options(store: Store, token: str) -> str:
    """JSON of the WebAuthn request options; what they ask can be answered once.

    Raises:
        AccountError: the step is over, or asks for no passkey.
    """
    with store.writing() as connection:
        step, user = _held(store, connection, token, (*_HERE, RECOVERY))
        if Method.PASSKEY not in proofs.asked(store, connection, step, user):
            raise AccountError(proofs.NOT_ASKED)
        challenge = passkeys.new_challenge()
        options = passkeys.request_options(store, connection, user.id, challenge)
        pending.update(connection, step.token_hash, {**step.data, "challenge": challenge})
    return options


def answer(store: Store, token: str, given: Answer, kind: SessionKind) -> Step:
    """Check the second factor, and start (or renew) the session, which must be of that ``kind``.

    Raises:
        AccountError: wrong, used, too late, locked, of another kind, or the row is gone.
    """
    with store.writing() as connection:
        begun = pending.read(store, connection, token, *_HERE)
        if begun is not None and stepping.kind_of(begun.data) != kind:
            raise AccountError(proofs.OVER)
        proof = proofs.check_in(store, connection, token, _HERE, given)
        if proof.step is not None and proof.user is not None:
            return _finish(store, connection, proof.step, proof.user, given)
    raise AccountError(proof.problem)


def _finish(store: Store, connection: Connection, step: Pending, user: AnyRow, given: Answer) -> Step:
    if not pending.drop(connection, step.token_hash):
        raise AccountError(proofs.OVER)
    way = Way.from_data(step.data).and_by(given.method)
    if step.purpose == REAUTHENTICATION:
        return reauthentication.renew(store, connection, user, step.session_hash, way, given.origin)
    return stepping.proceed(store, connection, user, way, given.origin)


def _held(store: Store, connection: Connection, token: str, purposes: tuple[str, ...]) -> tuple[Pending, AnyRow]:
    """The step, locked until the commit, and its user; AccountError where it is over."""
    _, user = proofs.of(store, connection, token, purposes)
    step = pending.hold(store, connection, token, *purposes)
    if user is None or step is None or step.attempts >= proofs.MOST:
        raise AccountError(proofs.OVER)
    return step, user
