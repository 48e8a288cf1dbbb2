"""The cards of a sales page: a figure, its like-for-like changes, and how it was made."""

from collections.abc import Sequence
from typing import Any

from dashboard.access import Permission
from dashboard.charts import Money
from dashboard.reports import Headline, Reports
from dashboard.reports.answers import Change, RatioChange, RatioHeadline
from dashboard.reports.rates import has_cost, ratio_headline
from dashboard.sales.measures import MEASURES, Unit
from dashboard.sales.ratios import RATIOS
from dashboard.ui.choice import Choice
from dashboard.ui.how import how
from dashboard.ui.words import change_line, ratio_line

Card = dict[str, Any]
COST = {"margin", "cost_of_goods", "margin_rate", "cost_known"}
COMPARED = (
    "Compared",
    "Equal days of both periods, so that an unfinished month is set against as many days. Percentages are of these.",
)


def cards(reports: Reports, choice: Choice, keys: Sequence[str], so_far: str) -> list[Card]:
    """One card for each of ``keys``.

    Args:
        keys: measures and ratios, see :func:`shown`.
        so_far: the days of the last month that have figures, where it is unfinished.
    """
    status = reports.status()
    money = Money(status.currency, status.minor_digits)
    return [
        _measure_card(reports, choice, key, so_far, money)
        if key in MEASURES
        else _ratio_card(reports, choice, key, so_far, money)
        for key in keys
    ]


def shown(reports: Reports, choice: Choice, keys: Sequence[str]) -> tuple[str, ...]:
    """Those of ``keys`` that the viewer may see, and that there are figures for: no margin where no cost is known."""
    costed = has_cost(reports, choice.question)
    return tuple(key for key in reports.columns(keys) if costed or key not in COST)


def _measure_card(reports: Reports, choice: Choice, key: str, so_far: str, money: Money) -> Card:
    headline = reports.headline(key, choice.drilled)
    measure = headline.measure
    unit = [] if measure.unit is Unit.MONEY else ["units"]
    return {
        "label": measure.name,
        "value": money.text(headline.value, measure),
        "unit": ", ".join([*unit, *([so_far] if so_far else [])]),
        "changes": [change_line(headline, one, money) for one in _comparisons(headline, choice, so_far)],
        "how": how(
            reports,
            choice.drilled,
            (measure.name, measure.definition),
            *(_known_cost(reports, choice, money) if key in COST else ()),
            COMPARED,
        ),
    }


def _ratio_card(reports: Reports, choice: Choice, key: str, so_far: str, money: Money) -> Card:
    headline, ratio = ratio_headline(reports, key, choice.drilled), RATIOS[key]
    top, bottom = money.text(headline.top, ratio.top), money.text(headline.bottom, ratio.bottom)
    parts = (f"{ratio.top.name} ÷ {ratio.bottom.name.lower()}", f"{top} ÷ {bottom}")
    return {
        "label": ratio.name,
        "value": money.ratio(ratio, headline.top, headline.bottom),
        "unit": so_far,
        "changes": [ratio_line(headline, one, money) for one in _comparisons(headline, choice, so_far)],
        "how": how(reports, choice.drilled, (ratio.name, ratio.definition), parts, COMPARED),
    }


def _known_cost(reports: Reports, choice: Choice, money: Money) -> list[tuple[str, str]]:
    if not reports.may(Permission.MEASURE_REVENUE):
        return []
    known = ratio_headline(reports, "cost_known", choice.drilled)
    share = money.ratio(known.ratio, known.top, known.bottom)
    return [("Known cost", f"{share} of net sales has a known cost; the rest is in no margin.")]


def _comparisons(headline: Headline | RatioHeadline, choice: Choice, so_far: str) -> list[Any]:
    """Both, unless they are the same, or several months cut short would be compared with another season."""
    previous: Change | RatioChange = headline.previous
    several = choice.first != choice.last
    if several and (so_far or previous.base_window == headline.year_before.base_window):
        return [headline.year_before]
    return [previous, headline.year_before]
