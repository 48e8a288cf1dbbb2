"""Checking one second factor. Sign-in, recovery and re-authentication all ask here.

Attempts are counted twice before anything is compared: on the row of the step, which five wrong answers end, and on
the account (or the known browser), which five wrong answers lock. A passkey cannot be guessed, so it counts on the row
only, and a lock that strangers caused does not keep it out.
"""

from dataclasses import dataclass

from sqlalchemy import Connection

from dashboard import audit
from dashboard.accounts import (
    brakes,
    factor_policy,
    mailed_codes,
    notices,
    passkeys,
    pending,
    recovery_codes,
    slots,
    stepping,
    totp,
)
from dashboard.accounts.models import users
from dashboard.accounts.pending import Pending
from dashboard.accounts.slots import Slot
from dashboard.accounts.store import AnyRow, Store
from dashboard.accounts.terms import AccountError, Method, Origin
from dashboard.audit import Kind

MOST = 5

OVER = "This has taken too long, or was tried too often. Begin anew."
WRONG = "This is not right, or it was used already. Try again with a new code."
LOCKED = "This account is locked for a while after too many wrong answers."
NOT_ASKED = "This cannot be used here. Choose another way."


@dataclass(frozen=True)
class Answer:
    """What somebody gave as a second factor: a code, or the JSON of a WebAuthn response."""

    method: Method
    text: str
    origin: Origin


@dataclass(frozen=True)
class Proof:
    """What came of it.

    Attributes:
        problem: a sentence for people; empty where the answer was right.
        step: the row that it belongs to; None where that is over.
        user: row of ``users``; None likewise.
    """

    problem: str
    step: Pending | None = None
    user: AnyRow | None = None


def check(
    store: Store,
    token: str,
    purpose: str,
    method: Method,
    answer: str,
    origin: Origin,
    *,
    refused: tuple[Method, ...] = (),
) -> Pending:
    """Check an answer; the row of the step, which stays. ``refused`` are methods that do not count here.

    Raises:
        AccountError: wrong, used, locked, not asked for, or the row is gone.
    """
    with store.writing() as connection:
        proof = check_in(store, connection, token, (purpose,), Answer(method, answer, origin), refused)
    if proof.step is None or proof.problem:
        raise AccountError(proof.problem)
    return proof.step


def check_in(
    store: Store,
    connection: Connection,
    token: str,
    purposes: tuple[str, ...],
    answer: Answer,
    refused: tuple[Method, ...] = (),
) -> Proof:
    """The same in the caller's transaction, which must be committed whatever came of it: the attempt counts."""
    step, user = of(store, connection, token, purposes)
    if step is None or user is None or step.attempts >= MOST:
        return Proof(OVER)
    if answer.method not in asked(store, connection, step, user) or answer.method in refused:
        return _failed(store, connection, user, answer, NOT_ASKED, "not asked for")
    slot = _slot(store, connection, step, user, answer.method)
    if not slot:
        return _failed(store, connection, user, answer, LOCKED, "locked")
    step = pending.take_attempt(store, connection, token, purposes, MOST)
    if step is None:
        brakes.give_back(connection, slot)
        return Proof(OVER)
    reason = _compare(store, connection, step, user, answer)
    if reason:
        if answer.method is not Method.PASSKEY:
            brakes.wrong(store, connection, slot, answer.origin)
        return _failed(store, connection, user, answer, WRONG, reason, locked=slot.last)
    if answer.method is not Method.PASSKEY:
        brakes.give_back(connection, slot)
    return Proof("", step, user)


def of(
    store: Store, connection: Connection, token: str, purposes: tuple[str, ...]
) -> tuple[Pending | None, AnyRow | None]:
    """A step and the row of its user, locked; None where it is over or the account was changed or closed meanwhile."""
    step = pending.read(store, connection, token, *purposes)
    if step is None or step.user_id is None:
        return None, None
    user = slots.hold(connection, step.user_id)
    if user is None or user.version != step.user_version or not stepping.is_usable(user):
        return None, None
    return step, user


def asked(store: Store, connection: Connection, step: Pending, user: AnyRow) -> tuple[Method, ...]:
    """The second factors of which one is asked for in this step."""
    if step.data.get("enrol"):
        return ()
    theirs = factor_policy.asked(store, connection, user)
    only = step.data.get("only")
    return tuple(method for method in theirs if not only or method.value in only)


def is_barred(store: Store, step: Pending, user: AnyRow, *, passkey: bool = False) -> bool:
    """Whether a lock keeps this step from going on; a known browser and a passkey pass one that strangers caused."""
    strangers = step.data.get("device") or passkey
    return slots.is_locked(store, user) and (not strangers or slots.is_locked_for_good(user))


def _slot(store: Store, connection: Connection, step: Pending, user: AnyRow, method: Method) -> Slot:
    if method is Method.PASSKEY:
        return Slot(user, taken=True, last=False)
    return brakes.take(store, connection, users.c.id == user.id, step.data.get("device", ""))


def _compare(store: Store, connection: Connection, step: Pending, user: AnyRow, answer: Answer) -> str:
    """Why the answer is wrong, for the audit log; empty where it is right. What works once is used up by this."""
    if answer.method is Method.PASSKEY:
        return _compare_passkey(store, connection, step, user, answer.text)
    if answer.method is Method.TOTP:
        return "" if totp.use(store, connection, user, answer.text) else "wrong code"
    if answer.method is Method.MAIL:
        return "" if mailed_codes.is_right(store, step, answer.text) else "wrong code"
    if not recovery_codes.use(store, connection, user.id, answer.text):
        return "wrong code"
    left = factor_policy.codes_left(connection, user.id)
    notices.factor_changed(
        store, connection, user, f"A recovery code was used. Unused codes left: {left}.", answer.origin
    )
    return ""


def _compare_passkey(store: Store, connection: Connection, step: Pending, user: AnyRow, response: str) -> str:
    challenge = step.data.pop("challenge", "")
    # Used up by this answer, whatever it is worth.
    pending.update(connection, step.token_hash, step.data)
    if not challenge:
        return "no challenge"
    try:
        passkeys.use(store, connection, challenge, response, user.id)
    except passkeys.RefusedError as refused:
        return str(refused)
    return ""


def _failed(
    store: Store,
    connection: Connection,
    user: AnyRow,
    answer: Answer,
    problem: str,
    reason: str,
    *,
    locked: bool = False,
) -> Proof:
    detail = {"reason": reason, "method": answer.method.value}
    outcome = "locked" if locked else "failed"
    store.record(
        connection,
        audit.Event(Kind.SECOND_FACTOR_CHECKED, None, "", outcome, user.username, answer.origin.ip, detail=detail),
    )
    return Proof(problem)
