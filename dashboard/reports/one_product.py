"""All that a viewer may know of one product. Asked of the gate; each part needs its own right."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.access import Permission
from dashboard.reports.answers import Monthly
from dashboard.reports.context import Context
from dashboard.reports.forecasting import (
    all_months,
    counted_months,
    finished_months,
    first_full_month,
    others_units,
    tells_stock,
)
from dashboard.reports.gate import Reports
from dashboard.reports.question import BadQuestionError, Question
from dashboard.sales.calendar import MONTHS_A_YEAR, first_day, is_unfinished, month_window
from dashboard.sales.measures import MEASURES
from dashboard.sales.product_facts import (
    Cells,
    Event,
    Kind,
    cells_of,
    first_receipt,
    price_changes,
    stock_of,
    stock_out_events,
)
from dashboard.sales.rankings import STATES
from dashboard.sales.seasonality import LEAST_MONTHS, drawn, filled, indices
from dashboard.sales.slices import Sums

NEEDS = (Permission.MEASURE_UNITS,)


@dataclass(frozen=True)
class Profile:
    """Who the product is.

    Attributes:
        state: why it is or is not ranked in the question's months.
        first_day: first day on sale, or where ``everywhere`` is False the first month with a sale that the viewer may
            see; None if there is none.
        end_day: last day on sale; None while it is sold.
        counts_stock: whether stock-outs were taken into account.
    """

    code: str
    name: str
    category: str
    state: str
    first_day: date | None
    end_day: date | None
    everywhere: bool
    counts_stock: bool


@dataclass(frozen=True, eq=False)
class History:
    """Sums by month over all months of the data; each measure is there if the viewer may see it.

    Attributes:
        months: keys; ``complete`` and ``window`` as in :class:`dashboard.reports.Monthly`.
        values: measure key -> int64[months].
    """

    months: tuple[str, ...]
    complete: tuple[bool, ...]
    window: tuple[str, ...]
    values: Mapping[str, Sums]

    def monthly(self, key: str) -> Monthly:
        """One measure as the charts take it; KeyError where the viewer may not see it."""
        columns = {"month": self.months, "value": self.values[key], "complete": self.complete, "window": self.window}
        return Monthly(MEASURES[key], pd.DataFrame(columns))


@dataclass(frozen=True, eq=False)
class StockHistory:
    """Stock by month, of the whole company: units at the last snapshot, days seen, days in stock; int64[months]."""

    months: tuple[str, ...]
    closing: Sums
    observed: Sums
    in_stock: Sums


@dataclass(frozen=True, eq=False)
class Season:
    """The usual year: float64[12], January first, the mean being 1.

    Attributes:
        own: weight of the product's own years against its category's, 0 to 1.
        months: finished months it was made of, stock-outs filled by their neighbours a year away.
    """

    index: NDArray[np.float64]
    own: float
    category: str
    months: int


def profile(reports: Reports, question: Question) -> Profile:
    """Who the product of ``question`` is.

    Raises:
        Forbidden, BadQuestionError: as the gate does, and for a question without a product.
    """
    return reports.ask(NEEDS, "product profile", question, _profile)


def history(reports: Reports, question: Question) -> History:
    """Every measure that the viewer may see, by month; the months of ``question`` play no part."""
    keys = tuple(measure.key for measure in reports.measures())
    return reports.ask(NEEDS, ("product history", keys), all_months(reports, question), lambda c: _history(c, keys))


def stock_history(reports: Reports, question: Question) -> StockHistory | None:
    """Stock by month; None without the right, without data, or for a viewer of some regions or channels."""
    if not reports.may(Permission.MEASURE_STOCK):
        return None
    needs = (*NEEDS, Permission.MEASURE_STOCK)
    return reports.ask(needs, "product stock", all_months(reports, question), _stock)


def season(reports: Reports, question: Question) -> Season | None:
    """The usual year of the product, drawn towards its category; None with too short a past."""
    return reports.ask(NEEDS, "product season", all_months(reports, question), lambda c: _season(reports, c))


def events(reports: Reports, question: Question) -> tuple[Event, ...]:
    """What happened to the product, newest first; prices with revenue, stock with the right to it."""
    return reports.ask(NEEDS, "product events", all_months(reports, question), _events)


def place_of(context: Context) -> int:
    """Where the product of the question stands; BadQuestionError for a question without one."""
    code = context.question.product
    place = None if code is None else context.rollup.products.position(code)
    if place is None:
        raise BadQuestionError("choose a product first")
    return place


def _profile(context: Context) -> Profile:
    place, products = place_of(context), context.rollup.products
    return Profile(
        code=products.code[place],
        name=products.name[place],
        category=context.rollup.categories[products.category[place]],
        state=STATES[context.states()[place]].value,
        first_day=_day(context.first_day[place]),
        end_day=_day(products.end_day[place]),
        everywhere=context.everywhere,
        counts_stock=context.uses_stock,
    )


def _history(context: Context, keys: tuple[str, ...]) -> History:
    cells = cells_of(context.view, place_of(context))
    info, months = context.rollup.info, context.rollup.months
    complete = tuple(not is_unfinished(key, info.complete_to) for key in months)
    lasts = (min(month_window(key, key).last, info.last_day) for key in months)
    window = tuple("" if done else f"1–{last.day} {last:%b}" for done, last in zip(complete, lasts, strict=True))
    return History(months, complete, window, {key: cells.by_month(MEASURES[key]) for key in keys})


def _stock(context: Context) -> StockHistory | None:
    stock = stock_of(context.rollup, place_of(context)) if tells_stock(context) else None
    return None if stock is None else StockHistory(context.rollup.months, **vars(stock))


def _season(reports: Reports, context: Context) -> Season | None:
    place, rollup = place_of(context), context.rollup
    stop = finished_months(context)
    start, begin = (min(first_full_month(context, which), stop) for which in (place, None))
    if stop - start < LEAST_MONTHS:
        return None
    values = cells_of(context.view, place).by_month(MEASURES["net_units"])
    counts = counted_months(context, place)
    category = rollup.categories[rollup.products.category[place]]
    shared = others_units(reports, context, place, values)
    own = indices(filled(values[start:stop].astype(np.float64), counts[start:stop])[:, None], rollup.months[start])[
        :, 0
    ]
    if np.isnan(own).any():
        return None
    index, weight = drawn(
        own, indices(shared[begin:stop, None], rollup.months[begin])[:, 0], (stop - start) // MONTHS_A_YEAR
    )
    return Season(index, weight, category, stop - start)


def _events(context: Context) -> tuple[Event, ...]:
    place, rollup = place_of(context), context.rollup
    found = [_once(context.first_day[place], Kind.LAUNCH), _once(rollup.products.end_day[place], Kind.END)]
    if Permission.MEASURE_REVENUE in context.may:
        found += _prices(context, cells_of(context.view, place))
    if tells_stock(context):
        stock, rules = stock_of(rollup, place), context.rules
        if stock is not None:
            share = rules.forecast.least_in_stock
            found += stock_out_events(rollup, stock, place, share, rules.events.stock_out_days)
        found.append(first_receipt(rollup, place))
    told = [event for event in found if event is not None]
    return tuple(sorted(told, key=lambda event: (event.day, event.kind), reverse=True))


def _prices(context: Context, cells: Cells) -> list[Event]:
    rules, months = context.rules.events, context.rollup.months
    changes = price_changes(cells, finished_months(context), rules.least_units)
    return [
        Event(first_day(months[month]), Kind.PRICE, whole_month=True, figure=share)
        for month, share in changes
        if abs(share) > rules.price_share
    ]


def _once(day: np.datetime64, kind: Kind) -> Event | None:
    known = _day(day)
    return None if known is None else Event(known, kind)


def _day(day: np.datetime64) -> date | None:
    return None if np.isnat(day) else cast(date, day.item())
