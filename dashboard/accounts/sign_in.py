"""Checking a password. Guesses are rationed by one atomic UPDATE before anything is compared."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, update

from dashboard import audit
from dashboard.accounts import brakes, devices, slots
from dashboard.accounts import users as people
from dashboard.accounts.models import users
from dashboard.accounts.names import lookup_key
from dashboard.accounts.passwords import hash_password, is_outdated, matches
from dashboard.accounts.slots import Slot
from dashboard.accounts.store import AnyRow, Store
from dashboard.accounts.terms import Origin, User
from dashboard.audit import Kind


@dataclass(frozen=True)
class Guess:
    """A password that somebody typed.

    Attributes:
        whose: condition that names the user.
        device: cookie of the browser; empty for none.
        kind: what is written to the audit log where it is wrong.
        session: short hash of the session in which it was typed; empty for none.
    """

    whose: ColumnElement[bool]
    password: str
    origin: Origin
    device: str = ""
    kind: Kind = Kind.SIGN_IN
    session: str = ""


def named(username: str) -> ColumnElement[bool]:
    """The condition of the user of that name, in any case of letters."""
    return users.c.username_key == lookup_key(username)


def authenticate(store: Store, username: str, password: str, origin: Origin) -> User | None:
    """The user, if the password is right and may be tried; None for every kind of failure, after the same work.

    Wrong, unknown, disabled, locked, not verified and without a password differ in the audit log only.
    """
    row = check(store, Guess(named(username), password, origin))
    if row is None:
        return None
    with store.writing() as connection:
        slots.clear_unless_locked(store, connection, row.id)
        return people.read(store, connection, row.id)


def check(store: Store, guess: Guess) -> AnyRow | None:
    """The row of the user whose password it is; None for every kind of failure, after the same work.

    The guesses before this one are not forgotten yet: more may be asked.
    """
    slot = _take_slot(store, guess)
    row = slot.row
    # No database connection is held here: hashing takes time, and connections are few.
    right = matches(guess.password, row.password_hash if row is not None and slot else None)
    if row is None or not slot or not right:
        _record_failure(store, guess, slot, _reason(slot))
        return None
    better = hash_password(guess.password) if is_outdated(row.password_hash) else row.password_hash
    if not _accept(store, slot, row, better):
        _record_failure(store, guess, Slot(row, taken=False, last=False), "changed meanwhile")
        return None
    return row


def _take_slot(store: Store, guess: Guess) -> Slot:
    usable = (users.c.active.is_(True), users.c.verified_at.is_not(None), users.c.password_hash.is_not(None))
    with store.writing() as connection:
        return brakes.take(store, connection, guess.whose, devices.hash_of(guess.device), *usable)


def _record_failure(store: Store, guess: Guess, slot: Slot, reason: str) -> None:
    # What was typed for an unknown user stays out of the log: it is sometimes a password.
    target = slot.row.username if slot.row is not None else ""
    outcome = "locked" if slot.last else "failed"
    ip, session = guess.origin.ip, guess.session
    event = audit.Event(guess.kind, None, "", outcome, target, ip, session, {"reason": reason})
    with store.writing() as connection:
        if slot:
            brakes.wrong(store, connection, slot, guess.origin)
        store.record(connection, event)


def _reason(slot: Slot) -> str:
    row = slot.row
    if row is None:
        return "unknown user"
    if slot:
        return "wrong password"
    if not row.active:
        return "disabled"
    if row.verified_at is None:
        return "mail not verified"
    return "no password yet" if row.password_hash is None else "locked"


def _accept(store: Store, slot: Slot, row: AnyRow, password_hash: str) -> bool:
    """Keep the better hash; False where the account was changed while the password was compared."""
    unchanged = and_(users.c.id == row.id, users.c.version == row.version, users.c.active.is_(True))
    with store.writing() as connection:
        same = connection.execute(update(users).where(unchanged).values(password_hash=password_hash)).rowcount == 1
        if same:
            brakes.give_back(connection, slot)
    return same
