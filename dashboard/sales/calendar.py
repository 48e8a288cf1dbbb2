"""Months, windows and like-for-like comparison (domain.md section 1). Dates are business dates."""

from calendar import month_abbr, month_name, monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache

MONTHS_A_YEAR = 12
# A page asks for the same few months thousands of times.
MONTHS_KEPT = 1024


@dataclass(frozen=True, order=True)
class Window:
    """Consecutive business days, half-open: ``start`` is in, ``stop`` is not."""

    start: date
    stop: date

    @property
    def days(self) -> int:
        """How many days; 0 if empty."""
        return max(0, (self.stop - self.start).days)

    @property
    def last(self) -> date:
        """The last day inside."""
        return self.stop - timedelta(days=1)

    @property
    def words(self) -> str:
        """For people: "November 2026", "1-20 November 2026" or "1 December 2025 - 20 November 2026" with en dashes."""
        start, last = self.start, self.last
        if is_whole_months(self):
            first_name, last_name = f"{start:%B %Y}", f"{last:%B %Y}"
            return first_name if first_name == last_name else f"{first_name} – {last_name}"
        if (start.year, start.month) == (last.year, last.month):
            return f"{start.day}–{last.day} {last:%B %Y}" if start != last else f"{start.day} {last:%B %Y}"
        return f"{start.day} {start:%B %Y} – {last.day} {last:%B %Y}"

    @property
    def short(self) -> str:
        """The same with short names of months, for where space is dear."""
        words = self.words
        for number in {self.start.month, self.last.month}:
            words = words.replace(month_name[number], month_abbr[number])
        return words


class Against(StrEnum):
    """What a window is compared with."""

    PREVIOUS = "previous"
    YEAR_BEFORE = "year_before"


@dataclass(frozen=True)
class Comparison:
    """Two like-for-like windows; ``current`` may be shorter than what the user chose."""

    current: Window
    base: Window


@lru_cache(MONTHS_KEPT)
def month_number(key: str) -> int:
    """``YYYY-MM`` as a running number, so that months can be added; ValueError if it is no month."""
    year, dash, month = key.partition("-")
    digits = key.isascii() and year.isdigit() and month.isdigit()
    if not (dash and len(year) == 4 and len(month) == 2 and digits):  # noqa: PLR2004
        raise ValueError(f"{key!r} is no month; write it as 2026-11")
    number = int(month)
    if not (1 <= number <= MONTHS_A_YEAR and int(year) >= 1):
        raise ValueError(f"{key!r} is no month; write it as 2026-11")
    return int(year) * MONTHS_A_YEAR + number - 1


@lru_cache(MONTHS_KEPT)
def month_key(number: int) -> str:
    """The inverse of :func:`month_number`."""
    return f"{number // MONTHS_A_YEAR:04d}-{number % MONTHS_A_YEAR + 1:02d}"


def month_of(day: date) -> str:
    """The month key of a business date."""
    return f"{day.year:04d}-{day.month:02d}"


def shift(key: str, months: int) -> str:
    """The month ``months`` later."""
    return month_key(month_number(key) + months)


@lru_cache(MONTHS_KEPT)
def first_day(key: str) -> date:
    """The first day of a month."""
    number = month_number(key)
    return date(number // MONTHS_A_YEAR, number % MONTHS_A_YEAR + 1, 1)


def days_in(key: str) -> int:
    """How many days a month has."""
    day = first_day(key)
    return monthrange(day.year, day.month)[1]


@lru_cache(MONTHS_KEPT)
def month_window(first: str, last: str) -> Window:
    """All days of the months ``first`` to ``last``, both included."""
    return Window(first_day(first), first_day(shift(last, 1)))


def is_whole_months(window: Window) -> bool:
    """Whether the window starts with a month and ends with one."""
    return window.start.day == 1 and window.stop.day == 1


def is_unfinished(key: str, complete_to: date) -> bool:
    """Whether the month's last day is after the complete-to date."""
    return month_window(key, key).last > complete_to


def like_for_like(first: str, last: str, complete_to: date, against: Against) -> Comparison | None:
    """The windows to compare the months ``first`` to ``last`` with the same number of months before, or a year before.

    In an unfinished last month days ``1..min(day(C), days_in(p))`` count on both sides, ``p`` being the month that the
    last one is compared with. None where that month has no finished day yet.
    """
    back = MONTHS_A_YEAR if against is Against.YEAR_BEFORE else month_number(last) - month_number(first) + 1
    base_first, base_last = shift(first, -back), shift(last, -back)
    current, base = month_window(first, last), month_window(base_first, base_last)
    if not is_unfinished(last, complete_to):
        return Comparison(current, base)
    if complete_to < first_day(last):
        return None
    days = min(complete_to.day, days_in(base_last))
    return Comparison(
        Window(current.start, first_day(last) + timedelta(days=days)),
        Window(base.start, first_day(base_last) + timedelta(days=days)),
    )
