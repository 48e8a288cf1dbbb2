"""Ratios of a period (average price, rates), always out of sums, and whether there is a cost to speak of margin."""

from dashboard.access import Permission
from dashboard.reports.answers import RatioHeadline
from dashboard.reports.changes import ratio_change
from dashboard.reports.context import Context
from dashboard.reports.gate import Reports
from dashboard.reports.question import BadQuestionError, Question
from dashboard.sales.calendar import Against
from dashboard.sales.measures import MEASURES
from dashboard.sales.ratios import RATIOS, Ratio


def ratio_headline(reports: Reports, key: str, question: Question) -> RatioHeadline:
    """A ratio over the months asked for, with its like-for-like changes.

    Raises:
        Forbidden, BadQuestionError: as the gate does.
    """
    if key not in RATIOS:
        raise BadQuestionError(f"there is no ratio {key!r}; known are {', '.join(RATIOS)}")
    ratio = RATIOS[key]
    return reports.ask(ratio.permissions, ("ratio", key), question, lambda context: _headline(context, ratio))


def has_cost(reports: Reports, question: Question) -> bool:
    """Whether any line that the viewer may see has a known cost; False for a viewer without margin."""
    if not reports.may(Permission.MEASURE_MARGIN):
        return False
    every = Question(question.first, question.last)
    needs = (Permission.MEASURE_MARGIN,)
    return reports.ask(needs, "has cost", every, lambda c: bool(c.view.by_month(MEASURES["cost_of_goods"]).any()))


def _headline(context: Context, ratio: Ratio) -> RatioHeadline:
    view, months = context.view, (context.question.first, context.question.last)
    small = context.rules.small_number
    return RatioHeadline(
        ratio,
        view.total(ratio.top, context.window) or 0,
        view.total(ratio.bottom, context.window) or 0,
        context.window,
        ratio_change(view, ratio, months, Against.PREVIOUS, small),
        ratio_change(view, ratio, months, Against.YEAR_BEFORE, small),
    )
