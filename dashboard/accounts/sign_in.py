"""Sign-in by password. Guesses are rationed by one atomic UPDATE before anything is compared."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Case, and_, case, literal, null, or_, select, update

from dashboard import audit
from dashboard.accounts import users as people
from dashboard.accounts.models import users
from dashboard.accounts.names import lookup_key
from dashboard.accounts.passwords import hash_password, is_outdated, matches
from dashboard.accounts.store import AnyRow, Store
from dashboard.accounts.terms import Origin, User
from dashboard.audit import Kind
from dashboard.audit.columns import Instant

# Locks grow up to this, so that a stranger who guesses on purpose cannot close an account for weeks.
_LONGEST_LOCK = timedelta(hours=24)
_DOUBLINGS = 12


def authenticate(store: Store, username: str, password: str, origin: Origin) -> User | None:
    """The user, if the password is right and may be tried; None for every kind of failure, after the same work.

    Wrong, unknown, disabled, locked and without a password differ in the audit log only.
    """
    row, slot = _take_slot(store, username)
    # No database connection is held here: hashing takes time, and connections are few.
    right = matches(password, row.password_hash if row is not None and slot else None)
    if row is None or not slot or not right:
        _record_failure(store, row, origin, _reason(row, compared=slot), locked=slot)
        return None
    better = hash_password(password) if is_outdated(row.password_hash) else row.password_hash
    user = _accept(store, row, better)
    if user is None:
        _record_failure(store, row, origin, "changed meanwhile", locked=False)
    return user


def _take_slot(store: Store, username: str) -> tuple[AnyRow | None, bool]:
    """The row of the user, if any, and whether this guess may be compared.

    The last slot of a series sets the lock already; the right password takes it off again. So however many guesses
    arrive together, and even if this process dies now, no more than the limit are ever compared.
    """
    now = store.clock()
    key = lookup_key(username)
    unlocked = or_(users.c.locked_until.is_(None), users.c.locked_until <= now)
    usable = and_(users.c.active.is_(True), users.c.password_hash.is_not(None))
    # A lock that has run out is still on the row: its guesses are spent, so counting begins anew.
    used = case((users.c.locked_until.is_not(None), 0), else_=users.c.failed_attempts)
    full = used + 1 >= store.settings.sign_in.attempts_before_lock
    slot = (
        update(users)
        .where(users.c.username_key == key, usable, unlocked)
        .values(
            failed_attempts=used + 1,
            lock_count=case((full, users.c.lock_count + 1), else_=users.c.lock_count),
            locked_until=case((full, _end_of_lock(store, now)), else_=null()),
        )
    )
    with store.writing() as connection:
        taken = connection.execute(slot).rowcount == 1
        row = connection.execute(select(users).where(users.c.username_key == key)).one_or_none()
    return row, taken


def _end_of_lock(store: Store, now: datetime) -> Case[Any]:
    first = timedelta(minutes=store.settings.sign_in.lock_minutes)
    longest = max(first, _LONGEST_LOCK)
    ends = {count: literal(now + min(first * 2**count, longest), Instant()) for count in range(_DOUBLINGS)}
    return case(ends, value=users.c.lock_count, else_=literal(now + longest, Instant()))


def _record_failure(store: Store, row: AnyRow | None, origin: Origin, reason: str, *, locked: bool) -> None:
    outcome = "locked" if locked and row is not None and row.locked_until is not None else "failed"
    # What was typed for an unknown user stays out of the log: it is sometimes a password.
    target = row.username if row is not None else ""
    event = audit.Event(Kind.SIGN_IN, None, "", outcome, target, origin.ip, detail={"reason": reason})
    with store.writing() as connection:
        store.record(connection, event)


def _reason(row: AnyRow | None, *, compared: bool) -> str:
    if row is None:
        return "unknown user"
    if compared:
        return "wrong password"
    if not row.active:
        return "disabled"
    return "no password yet" if row.password_hash is None else "locked"


def _accept(store: Store, row: AnyRow, password_hash: str) -> User | None:
    """Forget the failures; None where the account was changed while the password was compared."""
    unchanged = (users.c.id == row.id, users.c.version == row.version, users.c.active.is_(True))
    clean = {"failed_attempts": 0, "lock_count": 0, "locked_until": None, "password_hash": password_hash}
    with store.writing() as connection:
        if connection.execute(update(users).where(*unchanged).values(**clean)).rowcount != 1:
            return None
        return people.read(store, connection, row.id)
