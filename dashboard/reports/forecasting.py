"""The forecast of a product or of a selection, in net units. Asked of the gate."""

from dataclasses import dataclass, field, replace
from datetime import date
from typing import cast

import numpy as np

from dashboard.access import Permission
from dashboard.reports.changes import DAYS_FORGIVEN
from dashboard.reports.context import Context
from dashboard.reports.gate import Reports
from dashboard.reports.question import Question
from dashboard.sales.calendar import is_unfinished, month_of, shift
from dashboard.sales.forecast import Forecast, ForecastRules, Why, forecast
from dashboard.sales.measures import MEASURES
from dashboard.sales.product_facts import cells_of, stock_of, stock_out_months
from dashboard.sales.slices import Mask, Sums

UNITS = MEASURES["net_units"]
NEEDS = (Permission.MEASURE_UNITS,)


@dataclass(frozen=True)
class ForecastAnswer(Forecast):
    """A forecast with its months.

    Attributes:
        ahead: keys of the months forecast; empty if there is none.
        first, last: the finished months it was made of; empty where there is none.
        uses_stock: whether months out of stock were left out; False where the viewer or the data lack stock.
        rules: the thresholds.
    """

    ahead: tuple[str, ...] = ()
    first: str = ""
    last: str = ""
    uses_stock: bool = False
    rules: ForecastRules = field(default_factory=ForecastRules)


def answer(reports: Reports, question: Question) -> ForecastAnswer:
    """The forecast of the question's selection; its months play no part, all finished months do.

    Raises:
        Forbidden, BadQuestionError: as the gate does.
    """
    every = all_months(reports, question)
    return reports.ask(NEEDS, "forecast", every, lambda context: _Asked(reports, context).answer())


def all_months(reports: Reports, question: Question) -> Question:
    """The same question about all months of the data: what does not depend on its months is kept once."""
    reports.check(question)
    months = reports.options().months
    return replace(question, first=months[0], last=months[-1])


def others_units(reports: Reports, context: Context, place: int, own: Sums) -> Sums:
    """int64[months]: units of the other products of a product's category, in the question's regions and channels.

    Without ``own``, the product's units, so that its months out of stock reach its forecast by no way round.
    """
    products, categories = context.rollup.products, context.rollup.categories
    category = frozenset({categories[products.category[place]]})
    asked = replace(all_months(reports, context.question), product=None, category=category)
    return reports.ask(NEEDS, "units by month", asked, lambda other: other.view.by_month(UNITS)) - own


def finished_months(context: Context) -> int:
    """How many months of the data, from the first on, are finished."""
    info = context.rollup.info
    return sum(not is_unfinished(key, info.complete_to) for key in context.rollup.months)


def first_full_month(context: Context, place: int | None) -> int:
    """Position of the first month that the data, and the product at ``place``, have from its first days on."""
    info, months = context.rollup.info, context.rollup.months
    begun = [info.first_day] if place is None else [info.first_day, *_known(context.first_day[place])]
    keys = (month_of(day) if day.day <= 1 + DAYS_FORGIVEN else shift(month_of(day), 1) for day in begun)
    return int(np.searchsorted(months, max(keys)))


def counted_months(context: Context, place: int | None) -> Mask:
    """bool[months]: those that were not spoilt by a stock-out, as far as the viewer may know."""
    counts = np.ones(len(context.rollup.months), dtype=np.bool_)
    stock = stock_of(context.rollup, place) if place is not None and tells_stock(context) else None
    return counts if stock is None else ~stock_out_months(stock, context.rules.forecast.least_in_stock)


def tells_stock(context: Context) -> bool:
    """Whether stock may play a part: it has no region and no channel, so that it is the whole company's."""
    return context.uses_stock and context.everywhere


class _Asked:
    """One question, with all that the viewer may know of it."""

    def __init__(self, reports: Reports, context: Context) -> None:
        self._reports, self._context = reports, context
        code = context.question.product
        self._place = None if code is None else context.rollup.products.position(code)

    def answer(self) -> ForecastAnswer:
        """Over the months from the first full one to the last finished one."""
        context, place = self._context, self._place
        months, rules = context.rollup.months, context.rules.forecast
        start, stop = first_full_month(context, place), finished_months(context)
        start = min(start, stop)
        values = context.view.by_month(UNITS) if place is None else cells_of(context.view, place).by_month(UNITS)
        counts = counted_months(context, place)[start:stop]
        if self._ended():
            found = Forecast(Why.ENDED, int(counts.sum()), int((~counts).sum()))
        else:
            found = forecast(values[start:stop], counts, rules, self._shared(values, stop))
        return ForecastAnswer(
            **vars(found),
            ahead=tuple(shift(months[0], stop + step) for step in range(len(found.mean))),
            first=months[start] if start < stop else "",
            last=months[stop - 1] if start < stop else "",
            uses_stock=place is not None and tells_stock(context),
            rules=rules,
        )

    def _ended(self) -> bool:
        if self._place is None:
            return False
        end = self._context.rollup.products.end_day[self._place]
        return bool(end <= np.datetime64(self._context.rollup.info.complete_to, "D"))

    def _shared(self, values: Sums, stop: int) -> Sums | None:
        if self._place is None:
            return None
        start = first_full_month(self._context, None)
        return others_units(self._reports, self._context, self._place, values)[start:stop]


def _known(day: np.datetime64) -> list[date]:
    return [] if np.isnat(day) else [cast(date, day.item())]
