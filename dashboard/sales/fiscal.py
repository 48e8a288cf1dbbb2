"""Fiscal periods: calendar months, or weeks grouped 4-4-5 or 4-5-4 so that like days are compared (domain.md 1).

A year of weeks ends on the weekday nearest to the last day before its first month: with February and Saturday that is
the calendar of the National Retail Federation, whose years 2012, 2017 and 2023 have a 53rd week. A year is named by the
calendar year in which it begins.
"""

from calendar import month_abbr
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from dashboard.sales.calendar import MONTHS_A_YEAR, Window, month_key, month_number, month_of, month_window

WEEKS_A_YEAR = 52
HALF_A_WEEK = 3


class Kind(StrEnum):
    """How a fiscal year is cut."""

    MONTHS = "months"
    WEEKS_445 = "4-4-5"
    WEEKS_454 = "4-5-4"

    @property
    def weeks(self) -> tuple[int, ...]:
        """Weeks of the twelve periods of a year of 52; empty for months."""
        return tuple(map(int, self.value.split("-"))) * 4 if self is not Kind.MONTHS else ()


@dataclass(frozen=True)
class FiscalCalendar:
    """The rule of this installation.

    Attributes:
        first_month: 1 to 12; the year begins with it, or near its first day.
        last_weekday: 0 for Monday to 6 for Sunday; the last day of every week.
        least_weeks: full weeks of sales below which weekdays are given no weight.
    """

    kind: Kind = Kind.MONTHS
    first_month: int = 2
    last_weekday: int = 5
    least_weeks: int = 8


@dataclass(frozen=True)
class Period:
    """One of the twelve periods of a fiscal year; ``number`` is 1 to 12."""

    year: int
    number: int
    name: str
    window: Window

    @property
    def weeks(self) -> int:
        """How many full weeks it has."""
        return self.window.days // 7


@dataclass(frozen=True)
class Base:
    """What a period is compared with: the days, and in words which period of the year before they are."""

    window: Window
    words: str


def year_start(calendar: FiscalCalendar, year: int) -> date:
    """The first day of a fiscal year."""
    first = date(year, calendar.first_month, 1)
    if calendar.kind is Kind.MONTHS:
        return first
    last = first - timedelta(days=1)
    # The weekday nearest to that day: at most three days before it or after it, so there is never a tie.
    return last + timedelta(days=(calendar.last_weekday - last.weekday() + HALF_A_WEEK) % 7 - HALF_A_WEEK + 1)


def weeks_in(calendar: FiscalCalendar, year: int) -> int:
    """52 or 53."""
    return (year_start(calendar, year + 1) - year_start(calendar, year)).days // 7


def periods(calendar: FiscalCalendar, year: int) -> tuple[Period, ...]:
    """The twelve periods of a fiscal year, one after the other; a 53rd week belongs to the last."""
    if calendar.kind is Kind.MONTHS:
        first = year * MONTHS_A_YEAR + calendar.first_month - 1
        windows = [month_window(month_key(first + i), month_key(first + i)) for i in range(MONTHS_A_YEAR)]
    else:
        windows = _cut(calendar, year_start(calendar, year), year_start(calendar, year + 1))
    return _named(calendar, year, windows)


def restated(calendar: FiscalCalendar, year: int) -> tuple[Period, ...]:
    """The periods that the next year is compared with: a year of 53 weeks is pushed back a week, its week 1 dropped."""
    if calendar.kind is Kind.MONTHS or weeks_in(calendar, year) == WEEKS_A_YEAR:
        return periods(calendar, year)
    start, stop = year_start(calendar, year) + timedelta(weeks=1), year_start(calendar, year + 1)
    return _named(calendar, year, _cut(calendar, start, stop))


def periods_within(calendar: FiscalCalendar, window: Window) -> tuple[Period, ...]:
    """The periods that begin inside ``window``, in order."""
    years = range(window.start.year - 1, window.last.year + 2)
    found = (period for year in years for period in periods(calendar, year))
    return tuple(period for period in found if window.start <= period.window.start < window.stop)


def base_of(calendar: FiscalCalendar, period: Period, days: int) -> Base:
    """What the first ``days`` days of ``period`` are compared with: as many days of the same period a year before.

    With weeks that is always 52 weeks earlier, so that like weekdays meet. After a year of 53 weeks these are the days
    of :func:`restated`; and the 53rd week itself meets week 1 of its own year, for the year before has none.
    """
    if calendar.kind is Kind.MONTHS:
        key = month_key(month_number(month_of(period.window.start)) - MONTHS_A_YEAR)
        whole = month_window(key, key)
        stop = whole.stop if days == period.window.days else whole.start + timedelta(days=min(days, whole.days))
        return Base(Window(whole.start, stop), f"{period.name} {_year(period.year - 1)}")
    start = period.window.start - timedelta(weeks=WEEKS_A_YEAR)
    words = f"{period.name} {_year(period.year - 1)}"
    if weeks_in(calendar, period.year - 1) > WEEKS_A_YEAR:
        words += " restated (its week 1 left out)"
    elif days > restated(calendar, period.year - 1)[period.number - 1].window.days:
        words += f" and week 1 of {_year(period.year)}"
    return Base(Window(start, start + timedelta(days=days)), words)


def label(period: Period) -> str:
    """``Feb FY2026``."""
    return f"{period.name} {_year(period.year)}"


def _year(year: int) -> str:
    return f"FY{year}"


def _cut(calendar: FiscalCalendar, start: date, stop: date) -> list[Window]:
    windows = []
    for weeks in calendar.kind.weeks:
        windows.append(Window(start, start + timedelta(weeks=weeks)))
        start = windows[-1].stop
    windows[-1] = Window(windows[-1].start, stop)
    return windows


def _named(calendar: FiscalCalendar, year: int, windows: list[Window]) -> tuple[Period, ...]:
    names = [month_abbr[(calendar.first_month - 1 + i) % MONTHS_A_YEAR + 1] for i in range(MONTHS_A_YEAR)]
    return tuple(Period(year, i + 1, name, window) for i, (name, window) in enumerate(zip(names, windows, strict=True)))
