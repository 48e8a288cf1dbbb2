"""What the calendar did to a change: weekdays and closed days taken out, or fiscal periods of like days compared."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from dashboard.reports.answers import Change, ChangeKind
from dashboard.reports.changes import NOTHING_FINISHED, change, kind_of
from dashboard.reports.context import Context
from dashboard.reports.gate import Reports
from dashboard.reports.question import BadQuestionError, Question
from dashboard.sales.calendar import Against, Window, month_key, month_number, shift
from dashboard.sales.fiscal import Base, FiscalCalendar, Kind, Period, base_of, periods_within
from dashboard.sales.measures import MEASURES, Measure, Unit
from dashboard.sales.trading_days import (
    WEEK,
    Adjusted,
    Weights,
    adjusted,
    trading_index,
    weekday_weights,
    weeks_before,
)

MOST_MONTHS = 13
TRAILING_WEEKS = 52
TOO_FEW_WEEKS = "weekdays get a weight from {least} full weeks of sales on; full weeks here: {weeks}"
NO_WEIGHTS = "in the last {weeks} full weeks a weekday brought less than nothing, or nothing was sold at all"


@dataclass(frozen=True)
class Weekdays:
    """The weight of each weekday, or one sentence that says why there is none."""

    weights: Weights | None
    why: str = ""


@dataclass(frozen=True)
class MonthEffect:
    """One month against the same month of the year before.

    Attributes:
        change: the like-for-like change as it stands.
        adjusted: its two parts; None where it has no percentage, or weekdays no weight.
        current_index, base_index: average selling days of the two windows; None without weights.
        closed: how many days of both windows were closed.
    """

    month: str
    change: Change
    adjusted: Adjusted | None = None
    current_index: float | None = None
    base_index: float | None = None
    closed: int = 0


@dataclass(frozen=True)
class CalendarEffects:
    """The last months of a question, newest first; ``warnings`` are sentences on moving holidays."""

    measure: Measure
    months: tuple[MonthEffect, ...]
    weekdays: Weekdays
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class FiscalPeriod:
    """A measure in one fiscal period.

    Attributes:
        value: of all its days that have figures.
        counted: those days.
        complete: whether its last day is finished.
        chosen: whether it shares a day with the months asked for.
        change: of the finished days, against ``base``.
    """

    period: Period
    value: int
    counted: Window
    complete: bool
    chosen: bool
    change: Change
    base: Base


@dataclass(frozen=True)
class FiscalPeriods:
    """Every period that the daily figures reach, oldest first."""

    measure: Measure
    calendar: FiscalCalendar
    periods: tuple[FiscalPeriod, ...]


def weekdays(reports: Reports, measure_key: str, question: Question) -> Weekdays:
    """Weights of the weekdays in what the filters leave of the viewer's scope; of one product they would be chance.

    Raises:
        Forbidden, BadQuestionError: as the gate does.
    """
    measure, key = _measure(measure_key), ("weekdays", measure_key)
    whole = replace(_newest(reports, question), product=None)
    return reports.ask((measure.permission,), key, whole, lambda context: _weekdays(context, measure))


def calendar_effects(reports: Reports, measure_key: str, question: Question) -> CalendarEffects:
    """The change on the year before of the last months asked for, at most 13, with and without the calendar effect.

    Raises:
        Forbidden, BadQuestionError: as the gate does.
    """
    measure = _measure(measure_key)
    weights = weekdays(reports, measure_key, question)
    key = ("calendar_effects", measure_key)
    return reports.ask((measure.permission,), key, question, lambda context: _effects(context, measure, weights))


def fiscal_kind(reports: Reports) -> Kind:
    """How this installation cuts its fiscal years."""
    newest = reports.options().months[-1]
    return reports.ask((), "fiscal_kind", Question(newest, newest), lambda context: context.rules.calendar.kind)


def fiscal_periods(reports: Reports, measure_key: str, question: Question) -> FiscalPeriods:
    """The measure by fiscal period, each against the same weeks of the year before; see :mod:`dashboard.sales.fiscal`.

    Raises:
        Forbidden, BadQuestionError: as the gate does.
    """
    measure, key = _measure(measure_key), ("fiscal_periods", measure_key)
    days = reports.ask(
        (measure.permission,), ("days", measure_key), _newest(reports, question), lambda c: _Days.of(c, measure)
    )
    return reports.ask((measure.permission,), key, question, lambda context: _periods(context, measure, days))


def _newest(reports: Reports, question: Question) -> Question:
    """The question for what does not depend on its months."""
    newest = reports.options().months[-1]
    return replace(question, first=newest, last=newest)


def _measure(key: str) -> Measure:
    if key not in MEASURES:
        raise BadQuestionError(f"there is no measure {key!r}")
    return MEASURES[key]


def _weekdays(context: Context, measure: Measure) -> Weekdays:
    info, least = context.rollup.info, context.rules.calendar.least_weeks
    window = weeks_before(info.complete_to, _first_daily(context), TRAILING_WEEKS)
    weeks = window.days // WEEK
    if weeks < least:
        return Weekdays(None, TOO_FEW_WEEKS.format(least=least, weeks=weeks or "none"))
    weights = weekday_weights(context.view.by_day(measure, window), window, context.holidays)
    return Weekdays(weights, "" if weights else NO_WEIGHTS.format(weeks=weeks))


def _first_daily(context: Context) -> date:
    return max(context.rollup.first_daily, context.rollup.info.first_day)


def _effects(context: Context, measure: Measure, weights: Weekdays) -> CalendarEffects:
    last = month_number(context.question.last)
    first = max(month_number(context.question.first), last - MOST_MONTHS + 1)
    keys = [month_key(number) for number in range(last, first - 1, -1)]
    months = tuple(_effect(context, measure, key, weights.weights) for key in keys)
    compared = [key for one in months if one.adjusted for key in (one.month, shift(one.month, -12))]
    return CalendarEffects(measure, months, weights, context.holidays.missing(compared))


def _effect(context: Context, measure: Measure, month: str, weights: Weights | None) -> MonthEffect:
    found = change(context.view, measure, (month, month), Against.YEAR_BEFORE, context.rules.small_number)
    current, base = found.current_window, found.base_window
    if weights is None or current is None or base is None:
        return MonthEffect(month, found)
    now, before = (trading_index(weights, window, context.holidays) for window in (current, base))
    closed = sum(int(context.holidays.closed(window).sum()) for window in (current, base))
    parts = None
    if found.kind is ChangeKind.PERCENT and found.current is not None and found.base is not None:
        parts = adjusted(found.current, found.base, now, before)
    return MonthEffect(month, found, parts, now, before, closed)


def _periods(context: Context, measure: Measure, days: "_Days") -> FiscalPeriods:
    calendar = context.rules.calendar
    found = periods_within(calendar, days.window)
    return FiscalPeriods(measure, calendar, tuple(_period(context, measure, period, days) for period in found))


@dataclass(frozen=True, eq=False)
class _Days:
    """A measure up to each day of the daily figures; ``running`` is int64, one more than there are days."""

    window: Window
    running: NDArray[np.int64]

    @classmethod
    def of(cls, context: Context, measure: Measure) -> "_Days":
        info = context.rollup.info
        window = Window(_first_daily(context), max(info.last_day, info.complete_to) + timedelta(days=1))
        return cls(window, np.concatenate(([0], np.cumsum(context.view.by_day(measure, window)))))

    def total(self, window: Window) -> int:
        first, stop = ((day - self.window.start).days for day in (window.start, window.stop))
        return int(self.running[stop] - self.running[first])


def _period(context: Context, measure: Measure, period: Period, days: _Days) -> FiscalPeriod:
    whole, complete_to, asked = period.window, context.rollup.info.complete_to, context.window
    counted = Window(whole.start, min(whole.stop, days.window.stop))
    finished = Window(whole.start, min(whole.stop, complete_to + timedelta(days=1)))
    base = base_of(context.rules.calendar, period, finished.days)
    found = _change(days, finished, base.window, context.rules.small_number if measure.unit is Unit.UNITS else 0)
    chosen = whole.start < asked.stop and asked.start < whole.stop
    return FiscalPeriod(period, days.total(counted), counted, whole.last <= complete_to, chosen, found, base)


def _change(days: _Days, finished: Window, base: Window, small_number: int) -> Change:
    if not finished.days:
        return Change(ChangeKind.UNKNOWN, why=NOTHING_FINISHED)
    if base.start < days.window.start:
        start = days.window.start
        why = f"daily figures begin on {start.day} {start:%B %Y}"
        return Change(ChangeKind.UNKNOWN, current_window=finished, base_window=base, why=why)
    current, before = days.total(finished), days.total(base)
    return Change(kind_of(current, before, small_number), current, before, finished, base)
