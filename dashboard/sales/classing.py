"""All classes of the products of one window: ABC with its memory, XYZ and the demand class (domain.md section 4)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from dashboard.sales.abc import AbcCuts, Codes, ranked, with_memory
from dashboard.sales.blocks import blocks, joined
from dashboard.sales.calendar import days_in, first_day, month_number, month_window
from dashboard.sales.demand_class import Demand, DemandCuts, demand_class
from dashboard.sales.ordering import Order
from dashboard.sales.rankings import OBSERVED_SHARE
from dashboard.sales.rollup import Days, Rollup
from dashboard.sales.slices import Mask, Sums
from dashboard.sales.xyz import Rates, Steadiness, XyzCuts, steadiness

# Windows, each a month after the one before, through which ABC remembers.
WINDOWS = 12


@dataclass(frozen=True)
class ClassRules:
    """Thresholds of the classes.

    Attributes:
        months: full months of a window.
        season_months: full months that seasonal indices are taken of, where there are as many.
        in_stock_share: share of its days in stock below which a month says nothing about demand.
    """

    months: int = 12
    season_months: int = 36
    in_stock_share: float = 0.7
    abc: AbcCuts = field(default_factory=AbcCuts)
    xyz: XyzCuts = field(default_factory=XyzCuts)
    demand: DemandCuts = field(default_factory=DemandCuts)


@dataclass(frozen=True, eq=False)
class Standing:
    """Where products stood at the end of one window; arrays by row.

    Attributes:
        value: int64, the measure over the window.
        before: int64, what the positive values ranked above add up to; ``positive`` is what all of them do.
        code: int8, position in ``abc.CLASSES``, or -1 for a product that was not on sale then.
    """

    value: Sums
    before: Sums
    positive: int
    code: Codes


@dataclass(frozen=True, eq=False)
class Classed:
    """The classes of all products of a window, a row a product in the order of the product master.

    Attributes:
        product: positions in the product master.
        order: rows from the largest value down.
        now: where each stands at the end of the window.
        then: the same so many months before; None where the data do not reach back.
    """

    product: Order
    order: Order
    now: Standing
    then: Standing | None
    xyz: Steadiness
    demand: Demand


def classed(
    values: Sums, units: Sums, on_sale: Mask, counted: Mask, season: Rates | None, rules: ClassRules, back: int
) -> Classed:
    """The classes of the newest window.

    Args:
        values: int64[windows, products], the measure that makes ABC over each window, the newest last.
        units: int64[months, products], net units of the newest window.
        on_sale: bool[windows, products], products that belong to each window.
        counted: bool[months, products], months that say something about demand.
        season: float64[months, products], see :func:`dashboard.sales.xyz.steadiness`.
        back: how many months before the newest window ``then`` is.
    """
    rows = np.flatnonzero(on_sale[-1])
    values, on_sale = np.take(values, rows, axis=1), np.take(on_sale, rows, axis=1)
    parts = [rows[part] for part in blocks(len(rows))]
    codes, earlier = with_memory(values, on_sale, rules.abc), len(values) - 1 - back
    now, order = _standing(values[-1], codes[-1])
    then = _standing(values[earlier], codes[earlier])[0] if earlier >= 0 else None
    return Classed(
        rows,
        order,
        now,
        then,
        joined([_steady(units, counted, season, rules, some) for some in parts]),
        joined([demand_class(units[:, some], counted[:, some], rules.demand) for some in parts]),
    )


def _steady(units: Sums, counted: Mask, season: Rates | None, rules: ClassRules, some: Order) -> Steadiness:
    known = None if season is None else season[:, some]
    return steadiness(units[:, some], counted[:, some], rules.xyz, known)


def _standing(value: Sums, code: Codes) -> tuple[Standing, Order]:
    rank = ranked(value)
    return Standing(value, rank.before, rank.total, code), rank.order


def on_sale(first: Days, end: Days, windows: Sequence[tuple[str, str]]) -> Mask:
    """bool[windows, products]: whether a product could be sold on a day of the months ``(first, last)``.

    Args:
        first, end: datetime64[D], first and last sellable day; no first day: never, no last day: still.
    """
    spans = [month_window(*months) for months in windows]
    return np.array(
        [(first < np.datetime64(s.stop)) & (np.isnat(end) | (end >= np.datetime64(s.start))) for s in spans]
    )


def whole_months(first: Days, end: Days, months: Sequence[str]) -> Mask:
    """bool[months, products]: whether a product could be sold on every day of the month."""
    spans = [month_window(month, month) for month in months]
    return np.array(
        [(first <= np.datetime64(s.start)) & (np.isnat(end) | (end >= np.datetime64(s.last))) for s in spans]
    )


def spoilt(rollup: Rollup, months: Sequence[str], in_stock_share: float) -> Mask:
    """bool[months, products]: months in which a product is known to have been out of stock too often.

    Known is what was observed on nearly all days; a month without snapshots is taken as it is.
    """
    found = np.zeros((len(months), len(rollup.products)), dtype=np.bool_)
    origin, stock = month_number(rollup.months[0]), rollup.stock
    for i, month in enumerate(months):
        place = month_number(month) - origin
        if stock is None or not 0 <= place < len(rollup.months):
            continue
        rows = slice(int(stock.offsets[place]), int(stock.offsets[place + 1]))
        known = stock.observed_days[rows] >= OBSERVED_SHARE * days_in(month)
        short = stock.in_stock_days[rows] < in_stock_share * days_in(month)
        found[i, stock.product[rows][known & short]] = True
    return found


def season_of(index: Rates, months: Sequence[str]) -> Rates:
    """float64[months, products] out of float64[12, products] by calendar month, January first."""
    return index[[first_day(month).month - 1 for month in months]]
