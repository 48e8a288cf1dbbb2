"""ABC, XYZ and demand classes through the gate: refused first, then narrowed, then classed (domain.md section 4)."""

from dataclasses import replace
from functools import partial

from dashboard.access import Permission
from dashboard.reports.changes import DAYS_FORGIVEN
from dashboard.reports.class_answers import Classes, Span, summary
from dashboard.reports.class_pages import ClassPage, Wanted, page_of
from dashboard.reports.context import Context
from dashboard.reports.gate import Reports
from dashboard.reports.question import BadQuestionError, Question
from dashboard.sales.abc import rolling
from dashboard.sales.calendar import is_unfinished, month_of, shift
from dashboard.sales.classing import WINDOWS, Classed, classed, on_sale, season_of, spoilt, whole_months
from dashboard.sales.measures import MEASURES, Measure
from dashboard.sales.seasonality import LEAST_MONTHS, shrunk
from dashboard.sales.slices import Mask, Sums
from dashboard.sales.xyz import Rates

# What classes may be made by, the first that a viewer may see being their usual one.
CLASSED_BY = ("net_sales", "net_units", "cost_of_goods", "margin")


def offered(reports: Reports) -> tuple[Measure, ...]:
    """What this viewer may class by; money that the data do not have is not offered."""
    permitted = {measure.key for measure in reports.measures()}
    months = reports.options().months
    newest = Question(months[-1], months[-1])
    found = (key for key in CLASSED_BY if key in permitted)
    return tuple(
        MEASURES[key] for key in found if key == "net_units" or reports.monthly(key, newest).frame["value"].any()
    )


def span(reports: Reports, question: Question) -> Span | None:
    """The newest full months up to the question's last; None where no month is full."""
    plain = replace(question, first=question.last, product=None)
    return reports.ask((Permission.MEASURE_UNITS,), "class span", plain, _span)


def answer(reports: Reports, question: Question, measure_key: str, back: int = 1) -> Classes | None:
    """The classes over the last full months, and who moved since ``back`` months before; None without a full month.

    Raises:
        Forbidden, BadQuestionError: as the gate does; also for a measure that nothing is classed by.
    """
    found = span(reports, question)
    if found is None:
        return None
    asked, measure = _asked(question, found), _measure(measure_key)
    held = _held(reports, asked, measure, found, back)
    compute = partial(_summary, measure=measure, found=found, held=held, back=back)
    return reports.ask(_needs(measure), ("class summary", measure_key, back), asked, compute)


def products(reports: Reports, question: Question, measure_key: str, wanted: Wanted, back: int = 1) -> ClassPage | None:
    """A page of the products with their classes; None without a full month. Raises as :func:`answer` does."""
    found = span(reports, question)
    if found is None:
        return None
    asked, measure = _asked(question, found), _measure(measure_key)
    held = _held(reports, asked, measure, found, back)
    key = ("class page", measure_key, back, wanted)
    return reports.ask(_needs(measure), key, asked, lambda context: page_of(context.rollup, held, measure, wanted))


def _measure(key: str) -> Measure:
    if key not in CLASSED_BY:
        raise BadQuestionError(f"products are classed by {', '.join(CLASSED_BY)}, not by {key!r}")
    return MEASURES[key]


def _needs(measure: Measure) -> tuple[Permission, ...]:
    """XYZ and demand classes are of units, whatever ABC is of."""
    return Permission.MEASURE_UNITS, measure.permission


def _asked(question: Question, found: Span) -> Question:
    return replace(question, first=found.first, last=found.last, product=None)


def _span(context: Context) -> Span | None:
    info, months, rules = context.rollup.info, context.rollup.months, context.rules.classes
    finished = [
        month for month in months if month <= context.question.last and not is_unfinished(month, info.complete_to)
    ]
    begun = month_of(info.first_day)
    start = begun if info.first_day.day <= 1 + DAYS_FORGIVEN else shift(begun, 1)
    full = [month for month in finished if month >= start]
    if not full:
        return None
    length = min(rules.months, len(full))
    windows = min(WINDOWS, len(full) - length + 1) if length == rules.months else 1
    season = min(rules.season_months, len(full))
    return Span(full[-length], full[-1], windows, season if season >= LEAST_MONTHS else 0)


def _held(reports: Reports, asked: Question, measure: Measure, found: Span, back: int) -> Classed:
    if not 1 <= back < WINDOWS:
        raise BadQuestionError(f"classes are compared with those of 1 to {WINDOWS - 1} months before")
    compute = partial(_classed, measure=measure, found=found, back=back)
    return reports.ask(_needs(measure), ("classes", measure.key, back), asked, compute, large=True)


def _classed(context: Context, measure: Measure, found: Span, back: int) -> Classed:
    length, rules = len(found.months), context.rules.classes
    reach = length + found.windows - 1
    units = _months(context, MEASURES["net_units"], found, max(length, found.season, reach))
    monthly = units[-reach:] if measure.key == "net_units" else _months(context, measure, found, reach)
    values = rolling(monthly, length)
    counted = whole_months(context.first_day, context.rollup.products.end_day, found.months)
    if _uses_stock(context):
        counted &= ~spoilt(context.rollup, found.months, rules.in_stock_share)
    season = _season(context, units[-found.season :], found) if found.season else None
    return classed(values, units[-length:], _listed(context, values, found), counted, season, rules, back)


def _uses_stock(context: Context) -> bool:
    """Stock has no region: for a viewer of some regions it says nothing of their sales."""
    return context.uses_stock and context.everywhere


def _months(context: Context, measure: Measure, found: Span, count: int) -> Sums:
    return context.view.by_product_month(measure, shift(found.last, 1 - count), found.last)


def _listed(context: Context, values: Sums, found: Span) -> Mask:
    """bool[windows, products]: on sale in the window by the product master, or with figures in it all the same."""
    back = range(found.windows - 1, -1, -1)
    windows = [(shift(found.first, -i), shift(found.last, -i)) for i in back]
    listed = on_sale(context.first_day, context.rollup.products.end_day, windows) & context.view.universe
    listed |= values != 0
    return listed


def _season(context: Context, units: Sums, found: Span) -> Rates:
    rollup, first = context.rollup, shift(found.last, 1 - len(units))
    index = shrunk(units, first, rollup.products.category, len(rollup.categories))
    return season_of(index, found.months)


def _summary(context: Context, measure: Measure, found: Span, held: Classed, back: int) -> Classes:
    return summary(context, measure, found, held, back, uses_stock=_uses_stock(context))
