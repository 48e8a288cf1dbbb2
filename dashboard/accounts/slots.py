"""Attempt slots on the user's row: guesses are rationed by one atomic UPDATE before anything is compared.

The last slot of a series sets the lock already; the right answer takes it off again. So however many guesses arrive
together, and even if this process dies now, no more than the limit are ever compared.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Case, ColumnElement, Connection, and_, case, literal, null, or_, select, update

from dashboard.accounts.models import users
from dashboard.accounts.store import AnyRow, Store
from dashboard.accounts.terms import LOCKED_FOR_GOOD, Origin
from dashboard.audit.columns import Instant

# Locks grow up to this, so that a stranger who guesses on purpose cannot close an account for weeks.
_LONGEST_LOCK = timedelta(hours=24)
_DOUBLINGS = 12
_CLEAN = {"failed_attempts": 0, "lock_count": 0, "locked_until": None}


@dataclass(frozen=True)
class Slot:
    """What :func:`take` answers; true where the guess may be compared.

    Attributes:
        row: of the user, after the slot was taken; None where there is no such user.
        taken: whether the guess may be compared.
        last: whether this was the last slot of the series, so that the account is locked now.
        device: hash of the known browser that it was counted on instead of the account; empty for none.
    """

    row: AnyRow | None
    taken: bool
    last: bool
    device: str = ""

    def __bool__(self) -> bool:
        return self.taken


def take(store: Store, connection: Connection, who: int | ColumnElement[bool], *also: ColumnElement[bool]) -> Slot:
    """Take an attempt slot of the user of that id (or condition) where ``also`` holds and no lock is in force.

    After a wrong answer call :func:`wrong`, after the right one :func:`give_back` or :func:`clear`.
    """
    now = store.clock()
    whose = users.c.id == who if isinstance(who, int) else who
    unlocked = or_(users.c.locked_until.is_(None), users.c.locked_until <= now)
    # A lock that has run out is still on the row: its guesses are spent, so counting begins anew.
    used = case((users.c.locked_until.is_not(None), 0), else_=users.c.failed_attempts)
    full = used + 1 >= store.settings.sign_in.attempts_before_lock
    slot = (
        update(users)
        .where(and_(whose, *also), unlocked)
        .values(
            failed_attempts=used + 1,
            lock_count=case((full, users.c.lock_count + 1), else_=users.c.lock_count),
            locked_until=case((full, _end_of_lock(store, now)), else_=null()),
        )
    )
    taken = connection.execute(slot).rowcount == 1
    row = connection.execute(select(users).where(whose)).one_or_none()
    return Slot(row, taken, taken and row is not None and row.locked_until is not None)


def wrong(store: Store, connection: Connection, slot: Slot, origin: Origin) -> None:
    """The answer was wrong: whose last slot it was gets a mail that says so, with a link to unlock the account."""
    from dashboard.accounts import unlocking  # noqa: PLC0415 - which asks this module about locks

    if slot.last and slot.row is not None:
        unlocking.offer(store, connection, slot.row, origin)


def give_back(connection: Connection, slot: Slot) -> None:
    """The answer was right, but more is asked: what was guessed before still counts, this slot does not."""
    if slot.row is None:
        return
    values: dict[str, Any] = {
        "failed_attempts": case((users.c.failed_attempts > 0, users.c.failed_attempts - 1), else_=0)
    }
    if slot.last:
        # The lock that this slot set is taken off; one that an administrator set meanwhile stays.
        ours = users.c.locked_until == slot.row.locked_until
        values["lock_count"] = case((ours, users.c.lock_count - 1), else_=users.c.lock_count)
        values["locked_until"] = case((ours, null()), else_=users.c.locked_until)
    connection.execute(update(users).where(users.c.id == slot.row.id).values(**values))


def clear(connection: Connection, user_id: int) -> None:
    """Forget wrong answers and the lock they led to; an administrator's lock stays."""
    connection.execute(update(users).where(users.c.id == user_id, not_locked_for_good()).values(**_CLEAN))


def clear_unless_locked(store: Store, connection: Connection, user_id: int) -> None:
    """Somebody signed in: forget wrong answers. A lock in force stays, for the guesses behind it were not theirs."""
    free = or_(users.c.locked_until.is_(None), users.c.locked_until <= store.clock())
    connection.execute(update(users).where(users.c.id == user_id, free).values(**_CLEAN))


def hold(connection: Connection, user_id: int) -> AnyRow | None:
    """The row of a user, locked until the commit; None where there is none. Rows of ``pending`` are locked after it."""
    if connection.execute(update(users).where(users.c.id == user_id).values(version=users.c.version)).rowcount != 1:
        return None
    return connection.execute(select(users).where(users.c.id == user_id)).one()


def not_locked_for_good() -> ColumnElement[bool]:
    """The condition that no administrator has locked the account."""
    return or_(users.c.locked_until.is_(None), users.c.locked_until < LOCKED_FOR_GOOD)


def is_locked(store: Store, row: AnyRow) -> bool:
    """Whether a lock is in force, whoever set it."""
    return row.locked_until is not None and row.locked_until > store.clock()


def is_locked_for_good(row: AnyRow) -> bool:
    """Whether an administrator has locked the account."""
    return row.locked_until is not None and row.locked_until >= LOCKED_FOR_GOOD


def _end_of_lock(store: Store, now: datetime) -> Case[Any]:
    first = timedelta(minutes=store.settings.sign_in.lock_minutes)
    longest = max(first, _LONGEST_LOCK)
    ends = {count: literal(now + min(first * 2**count, longest), Instant()) for count in range(_DOUBLINGS)}
    return case(ends, value=users.c.lock_count, else_=literal(now + longest, Instant()))
