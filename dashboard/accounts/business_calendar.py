"""The holidays of the business: rows that administrators keep, and what the gate reads of them."""

import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date

from sqlalchemy import Connection, delete, func, insert, select

from dashboard.access import Permission
from dashboard.accounts.models import holidays
from dashboard.accounts.rights import require_right
from dashboard.accounts.store import Store, done_by
from dashboard.accounts.terms import AccountError, Actor
from dashboard.accounts.users import line_up
from dashboard.audit import Kind
from dashboard.sales.holidays import Holiday, Holidays

READ_AGAIN = 30.0  # seconds
MOST, MOST_LINES, LONGEST_NAME = 2000, 500, 80
MOST_REASONS = 10
FIRST_YEAR, LAST_YEAR = 1990, 2100
CLOSED = "(closed)"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DATE_LENGTH = len("2026-12-25")


class BusinessCalendar:
    """Reading and changing holidays; every change is audited in its own transaction."""

    def __init__(self, store: Store, ticks: Callable[[], float] = time.monotonic) -> None:
        """``ticks`` gives seconds that never go back."""
        self._store, self._ticks = store, ticks
        self._kept: tuple[float, Holidays] | None = None

    def current(self) -> Holidays:
        """All of them as they were at most 30 seconds ago: one SELECT, for all requests of that time."""
        kept = self._kept
        if kept is not None and self._ticks() - kept[0] < READ_AGAIN:
            return kept[1]
        return self.read()

    def read(self) -> Holidays:
        """All of them, read now."""
        now = self._ticks()
        with self._store.reading() as connection:
            found = _all(connection)
        # The same object while nothing changed, so that its version is taken once.
        if self._kept is not None and self._kept[1] == found:
            found = self._kept[1]
        self._kept = (now, found)
        return found

    def add(self, day: date, name: str, by: Actor, *, closed: bool) -> Holiday:
        """Enter one day.

        Raises:
            AccountError: the day or the name is refused, or there is a holiday on that day.
        """
        require_right(by, Permission.SOURCES_MANAGE)
        holiday = Holiday(day, name.strip(), closed)
        _refuse(_objections(holiday))
        with self._store.writing() as connection:
            known = _known(connection, day)
            if known is not None:
                raise AccountError(f"{day} is entered already, as {known.name}. Remove it first to change it.")
            self._insert(connection, [holiday], by)
            self._store.record(connection, done_by(by, Kind.HOLIDAY_ADDED, _words(holiday)))
        self.read()
        return holiday

    def remove(self, day: date, by: Actor) -> None:
        """Take one day off; AccountError where there is none."""
        require_right(by, Permission.SOURCES_MANAGE)
        with self._store.writing() as connection:
            known = _known(connection, day)
            if known is None:
                raise AccountError(f"There is no holiday on {day} any more.")
            connection.execute(delete(holidays).where(holidays.c.day == day))
            self._store.record(connection, done_by(by, Kind.HOLIDAY_REMOVED, _words(known)))
        self.read()

    def paste(self, text: str, by: Actor) -> int:
        """Enter a list, a line ``2026-12-25 Christmas Day`` each, ``(closed)`` at its end where nobody opened.

        A day that is entered already becomes what the list says. Either every line counts or none.

        Returns:
            How many days were added or changed.

        Raises:
            AccountError: with the number of each line that is refused.
        """
        require_right(by, Permission.SOURCES_MANAGE)
        wanted = _read_lines(text)
        with self._store.writing() as connection:
            line_up(connection)
            new = sorted(set(wanted) - set(_all(connection).days))
            connection.execute(delete(holidays).where(holidays.c.day.in_([one.day for one in new])))
            if new:
                self._insert(connection, new, by)
                told = {"holidays": f"{len(new)} days from {new[0].day} to {new[-1].day}"}
                self._store.record(connection, done_by(by, Kind.HOLIDAYS_IMPORTED, "holidays", told))
        self.read()
        return len(new)

    def _insert(self, connection: Connection, new: Sequence[Holiday], by: Actor) -> None:
        count = connection.execute(select(func.count()).select_from(holidays)).scalar_one()
        if count + len(new) > MOST:
            raise AccountError(f"There may be {MOST} holidays at most. Remove those of years long past.")
        shared = {"created_by": by.username, "created_at": self._store.clock()}
        connection.execute(insert(holidays), [{**vars(one), **shared} for one in new])


def _known(connection: Connection, day: date) -> Holiday | None:
    """The holiday of that day; nobody else changes any until the commit."""
    line_up(connection)
    row = connection.execute(select(holidays).where(holidays.c.day == day)).one_or_none()
    return None if row is None else Holiday(row.day, row.name, row.closed)


def _all(connection: Connection) -> Holidays:
    rows = connection.execute(select(holidays.c.day, holidays.c.name, holidays.c.closed))
    return Holidays.of(Holiday(row.day, row.name, row.closed) for row in rows)


def _words(holiday: Holiday) -> str:
    return f"{holiday.day} {holiday.name}{f' {CLOSED}' if holiday.closed else ''}"


def _read_lines(text: str) -> list[Holiday]:
    """The holidays of a pasted text; AccountError with one reason a line."""
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if not 1 <= len(lines) <= MOST_LINES:
        raise AccountError(f"Paste 1 to {MOST_LINES} lines, each like 2026-12-25 Christmas Day.")
    found: dict[date, Holiday] = {}
    reasons = []
    for number, line in lines:
        try:
            holiday = _read_line(line)
            if holiday.day in found:
                raise ValueError(f"{holiday.day} stands in the list twice")
            found[holiday.day] = holiday
        except ValueError as error:
            reasons.append(f"Line {number}: {error}.")
    _refuse(_first_few(reasons))
    return list(found.values())


def _read_line(line: str) -> Holiday:
    day, name = line[:_DATE_LENGTH], line[_DATE_LENGTH:]
    if not (_DAY.fullmatch(day) and name[:1].isspace()):
        raise ValueError("write the day, a space and the name, like 2026-12-25 Christmas Day")
    name, closed = name.strip(), False
    if name.lower().endswith(CLOSED):
        name, closed = name[: -len(CLOSED)].strip(), True
    try:
        holiday = Holiday(date.fromisoformat(day), name, closed)
    except ValueError:
        raise ValueError(f"there is no day {day}") from None
    for reason in _objections(holiday):
        raise ValueError(reason[:1].lower() + reason[1:].rstrip("."))
    return holiday


def _objections(holiday: Holiday) -> Iterator[str]:
    if not FIRST_YEAR <= holiday.day.year <= LAST_YEAR:
        yield f"The year must be from {FIRST_YEAR} to {LAST_YEAR}."
    if not (0 < len(holiday.name) <= LONGEST_NAME and holiday.name.isprintable()):
        yield f"The name has 1 to {LONGEST_NAME} characters, all of them visible."


def _first_few(reasons: list[str]) -> list[str]:
    more = len(reasons) - MOST_REASONS
    return [*reasons[:MOST_REASONS], f"And {more} more."] if more > 0 else reasons


def _refuse(reasons: Iterable[str]) -> None:
    told = tuple(reasons)
    if told:
        raise AccountError(*told)
