"""Two blocks of a board on what the calendar did: changes without its effect, and fiscal periods."""

from typing import Any

from dashboard.charts import Money
from dashboard.charts.fiscal_bars import FiscalBar, fiscal_bars
from dashboard.reports import Change, Headline, Question, Reports
from dashboard.reports.calendar_effects import (
    CalendarEffects,
    FiscalPeriod,
    FiscalPeriods,
    MonthEffect,
    calendar_effects,
    fiscal_kind,
    fiscal_periods,
)
from dashboard.sales.calendar import first_day
from dashboard.sales.fiscal import Kind, label
from dashboard.sales.measures import Measure
from dashboard.ui.how import how
from dashboard.ui.words import change_line, day

Content = dict[str, Any]

LAST_OF_ALL = -1000  # where a column is sorted, what has no figure: no change falls below -100
NOTHING = "–"
EFFECT = (
    "Calendar effect",
    "What more or fewer good selling days alone would have done: trading days now ÷ trading days a year before − 1.",
)
WITHOUT = (
    "Without the calendar",
    "(now ÷ its trading days) ÷ (year before ÷ its trading days) − 1. The two parts multiply to the change as it is.",
)
TRADING = (
    "Trading days",
    "The days of the month that were open, each by the weight of its weekday; an average day counts 1.",
)


def calendar_blocks(reports: Reports, question: Question, measure_key: str) -> dict[str, Content | None]:
    """``{"calendar": table, "fiscal": chart or None}``; the second only where the fiscal periods are no months.

    Raises:
        Forbidden, BadQuestionError: as the gate does.
    """
    status = reports.status()
    money = Money(status.currency, status.minor_digits)
    effects, weeks = calendar_effects(reports, measure_key, question), fiscal_kind(reports) is not Kind.MONTHS
    return {
        "calendar": _effects(reports, question, effects, money),
        "fiscal": _fiscal(reports, question, fiscal_periods(reports, measure_key, question), money) if weeks else None,
    }


def _effects(reports: Reports, question: Question, answer: CalendarEffects, money: Money) -> Content:
    columns = [
        {"label": "Month", "kind": "text"},
        {"label": "Change", "kind": "number"},
        {"label": "Compared", "kind": "long"},
        {"label": "Trading days", "kind": "number"},
        {"label": "Calendar effect", "kind": "number"},
        {"label": "Without the calendar", "kind": "number"},
    ]
    weights = answer.weekdays.weights
    note = " ".join([*answer.warnings, *([] if weights else [_no_weights(answer.weekdays.why)])])
    return {
        "title": f"{money.title(answer.measure)}: the change on the year before, with and without the calendar",
        "table": {"columns": columns, "rows": [_effect_row(one, answer.measure, money) for one in answer.months]},
        "note": note,
        "how": how(reports, question, TRADING, EFFECT, WITHOUT, ("Weekday weights", _weight_words(answer))),
    }


def _no_weights(why: str) -> str:
    return f"No change without the calendar can be given: {why}."


def _weight_words(answer: CalendarEffects) -> str:
    weights = answer.weekdays.weights
    if weights is None:
        return _no_weights(answer.weekdays.why)
    days = "1 holiday" if weights.left_out == 1 else f"{weights.left_out} holidays"
    window = f"{day(weights.window.start)} to {day(weights.window.last)}"
    name = answer.measure.name.lower()
    return f"{weights.words}. Of {name} in {window}, for these filters, {days} left out; one product has those of all."


def _effect_row(one: MonthEffect, measure: Measure, money: Money) -> list[Any]:
    line = _line(measure, one.change, money)
    parts = one.adjusted
    return [
        [one.month, f"{first_day(one.month):%B %Y}"],
        [LAST_OF_ALL if parts is None else parts.raw, line["figure"]],
        line["words"],
        _index_cell(one),
        _rate_cell(None if parts is None else parts.effect),
        _rate_cell(None if parts is None else parts.adjusted),
    ]


def _index_cell(one: MonthEffect) -> list[Any]:
    if one.current_index is None or one.base_index is None:
        return [LAST_OF_ALL, NOTHING]
    closed = f", {one.closed} closed" if one.closed else ""
    return [one.current_index, f"{one.current_index:.1f}, was {one.base_index:.1f}{closed}"]


def _rate_cell(rate: float | None) -> list[Any]:
    if rate is None:
        return [LAST_OF_ALL, NOTHING]
    percent = round(rate * 100, 1)
    return [rate, f"{percent:+.1f} %".replace("-", "−") if percent else "0.0 %"]


def _fiscal(reports: Reports, question: Question, answer: FiscalPeriods, money: Money) -> Content:
    title = f"{money.title(answer.measure)} by fiscal period ({answer.calendar.kind.value})"
    meaning = (
        "Fiscal periods",
        "Full weeks, each period against the same weeks of the year before: 52 weeks earlier, so that like weekdays "
        "meet. After a year of 53 weeks its week 1 is left out (restated). FY2026 begins in 2026.",
    )
    shared = {"title": title, "how": how(reports, question, meaning)}
    if not answer.periods:
        empty = "The daily figures do not reach a fiscal period yet."
        return {**shared, "figure": None, "table": None, "label": empty, "empty": empty, "note": ""}
    said = [f"{label(one.period)}: {money.text(one.value, answer.measure)}" for one in answer.periods]
    unfinished = [one.counted.short for one in answer.periods if not one.complete]
    return {
        **shared,
        "figure": fiscal_bars([_bar(one) for one in answer.periods], answer.measure, money),
        "table": _fiscal_table(answer, money),
        "label": f"{title}. {'; '.join(said)}",
        "note": f"Hatched: not finished yet ({', '.join(unfinished)})." if unfinished else "",
    }


def _bar(one: FiscalPeriod) -> FiscalBar:
    return FiscalBar(
        label(one.period), f"{label(one.period)}: {one.counted.short}", one.value, one.complete, one.chosen
    )


def _fiscal_table(answer: FiscalPeriods, money: Money) -> Content:
    columns = [
        {"label": "Period", "kind": "text"},
        {"label": "Days", "kind": "text"},
        {"label": "Weeks", "kind": "number"},
        {"label": money.title(answer.measure), "kind": "number"},
        {"label": "Change", "kind": "number"},
        {"label": "Against", "kind": "long"},
    ]
    return {"columns": columns, "rows": [_fiscal_row(one, answer.measure, money) for one in reversed(answer.periods)]}


def _fiscal_row(one: FiscalPeriod, measure: Measure, money: Money) -> list[Any]:
    change, period = one.change, one.period
    percent = change.percent
    figure = _line(measure, change, money)["figure"]
    against = f"{one.base.words}, {change.base_window.short}" if change.base_window and not change.why else change.why
    return [
        [period.window.start.isoformat(), label(period)],
        [period.window.start.isoformat(), one.counted.short],
        [period.weeks, str(period.weeks)],
        [one.value, money.text(one.value, measure)],
        [LAST_OF_ALL if percent is None else percent, figure],
        against,
    ]


def _line(measure: Measure, change: Change, money: Money) -> dict[str, str]:
    """As on a card; the window is that of the change, so that its days are always said."""
    window = change.current_window or change.base_window
    if window is None:
        return {"figure": NOTHING, "words": change.why, "tone": "flat"}
    line = change_line(Headline(measure, change.current or 0, window, change, change), change, money)
    of = f"{change.current_window.short} " if change.current_window and not change.why else ""
    return {**line, "words": f"{of}{line['words']}"}
