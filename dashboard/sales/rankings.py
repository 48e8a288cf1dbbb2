"""Honest best and worst sellers: the universe is the product master, not what happens to have sales (domain.md 3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.sales.calendar import Window, month_number, month_of
from dashboard.sales.rollup import Days, Rollup, StockMonths
from dashboard.sales.slices import Mask, Sums


class State(StrEnum):
    """Why a product is or is not in a worst list; the first that fits, in this order."""

    NOT_IN_RANGE = "not_in_range"
    DISCONTINUED = "discontinued"
    NEW = "new"
    STOCK_OUT = "stock_out"
    NO_STOCK_DATA = "no_stock_data"
    RANKED = "ranked"


STATES = tuple(State)
IN_WORST = (State.NO_STOCK_DATA, State.RANKED)
# Snapshots on fewer days than this share of the sellable ones say too little about stock-outs.
OBSERVED_SHARE = 0.9

Codes = NDArray[np.int8]


class Kind(StrEnum):
    """Which end of the ranking."""

    BEST = "best"
    WORST = "worst"


@dataclass(frozen=True)
class Thresholds:
    """Settings of the states: days, and shares of 1."""

    min_age_days: int = 56
    min_sellable_share: float = 0.5
    min_in_stock_share: float = 0.7


@dataclass(frozen=True)
class Ranking:
    """One end of a ranking.

    Attributes:
        frame: rank, product, name, category, value, state; a row a product shown, in display order.
        tied_beyond: products cut off that have the value of the last one shown.
        left_out: reason -> products of the universe that may not be in this list.
        universe: products that could have sold in the window.
        others: how many products of the universe are not shown.
        others_value: what is not shown adds up to, products outside the universe included.
        outside_value: the part of it that products outside the universe have, such as returns after the end of sale.
        total: what the whole selection adds up to, products outside the universe included.
    """

    frame: pd.DataFrame
    tied_beyond: int
    left_out: Mapping[str, int]
    universe: int
    others: int
    others_value: int
    outside_value: int
    total: int


def states(
    rollup: Rollup, window: Window, thresholds: Thresholds, *, use_stock: bool, first_day: Days | None = None
) -> Codes:
    """int8[products]: position in :data:`STATES` of each product's state in ``window``.

    Args:
        use_stock: False for a viewer who may not see stock: nothing then follows from it.
        first_day: datetime64[D] of every product's first sellable day, where it is not the product master's.
    """
    complete_to = np.datetime64(rollup.info.complete_to, "D")
    end = end_of_observation(rollup, window)
    span = max(1, (end - window.start).days + 1)
    products = rollup.products
    first = products.first_day if first_day is None else first_day
    sellable = sellable_days(first, products.end_day, window.start, end)
    age = (complete_to - first) / np.timedelta64(1, "D")
    conditions = [
        sellable == 0,
        products.end_day < complete_to,
        (age < thresholds.min_age_days) | (sellable < thresholds.min_sellable_share * span),
    ]
    if use_stock and rollup.stock is not None:
        observed, in_stock = stock_days(rollup, rollup.stock, window)
        known = observed >= OBSERVED_SHARE * sellable
        conditions += [known & (in_stock < thresholds.min_in_stock_share * sellable), ~known]
    else:
        conditions += [np.zeros(len(products), dtype=np.bool_), np.ones(len(products), dtype=np.bool_)]
    return np.select(conditions, range(len(conditions)), default=len(conditions)).astype(np.int8)


def stock_days(rollup: Rollup, stock: StockMonths, window: Window) -> tuple[Sums, Sums]:
    """int64[products] twice: days with a snapshot, and days in stock, in the months of ``window``."""
    origin, size = month_number(rollup.months[0]), len(rollup.products)
    low = max(0, month_number(month_of(window.start)) - origin)
    high = min(len(rollup.months) - 1, month_number(month_of(window.last)) - origin)
    rows = slice(int(stock.offsets[low]), int(stock.offsets[high + 1])) if low <= high else slice(0, 0)
    codes = stock.product[rows]
    observed, in_stock = (
        np.bincount(codes, weights=days[rows], minlength=size).astype(np.int64)
        for days in (stock.observed_days, stock.in_stock_days)
    )
    return observed, in_stock


def rank(
    rollup: Rollup,
    kind: Kind,
    values: Sums,
    ties: Sums,
    state: Codes,
    universe: Mask,
    limit: int,
    *,
    zero_sellers: bool,
) -> Ranking:
    """The best or worst ``limit`` products of the universe with competition ranks (1, 2, 2, 2, 5).

    Best lists hold sellers of every state; worst lists hold products in states NO_STOCK_DATA and RANKED only.
    Display order is value, then ``ties`` (a measure of the same permission), then product code.

    Args:
        values, ties: int64[products], the measure and its tie-break.
        zero_sellers: whether a worst list holds products that sold nothing.
    """
    in_universe = universe & (state != STATES.index(State.NOT_IN_RANGE))
    listed, left_out = _eligible(kind, values, state, in_universe, zero_sellers=zero_sellers)
    found = cut(listed, values, ties, limit, descending=kind is Kind.BEST)
    total = int(values[universe].sum())
    return Ranking(
        frame=framed(rollup, found, {"value": values, "state": state_names(state)}),
        tied_beyond=found.tied_beyond,
        left_out=left_out,
        universe=int(in_universe.sum()),
        others=int(in_universe.sum()) - len(found.shown),
        others_value=total - int(values[found.shown].sum()),
        outside_value=int(values[universe & ~in_universe].sum()),
        total=total,
    )


@dataclass(frozen=True, eq=False)
class Cut:
    """The first of an order.

    Attributes:
        shown: positions of products, in display order.
        ranks: competition ranks (1, 2, 2, 2, 5), one a product shown.
        tied_beyond: products cut off that have the value of the last one shown.
    """

    shown: NDArray[np.intp]
    ranks: NDArray[np.intp]
    tied_beyond: int


def cut(listed: NDArray[np.intp], values: NDArray[np.number], ties: Sums, limit: int, *, descending: bool) -> Cut:
    """The first ``limit`` of the products ``listed``: by value, then ``ties``, then product code.

    Args:
        values: one a product, listed or not; NaN for none that is listed.
        ties: as many, of a measure that the viewer of ``values`` may see too.
    """
    sign = -1 if descending else 1
    order = listed[np.lexsort((listed, sign * ties[listed], sign * values[listed]))]
    shown, ranked = order[:limit], sign * values[order]
    ranks = np.searchsorted(ranked, ranked[:limit], side="left") + 1
    tied = int((values[order[limit:]] == values[shown[-1]]).sum()) if len(shown) else 0
    return Cut(shown, ranks, tied)


def framed(rollup: Rollup, found: Cut, columns: Mapping[str, NDArray[np.generic]]) -> pd.DataFrame:
    """rank, product, name, category and ``columns`` (one entry a product each), a row a product shown."""
    products, shown = rollup.products, found.shown
    return pd.DataFrame(
        {
            "rank": found.ranks,
            "product": [products.code[i] for i in shown],
            "name": [products.name[i] for i in shown],
            "category": [rollup.categories[products.category[i]] for i in shown],
            **{name: values[shown] for name, values in columns.items()},
        }
    )


def state_names(state: Codes) -> NDArray[np.object_]:
    """object[products]: the value of each product's :class:`State`."""
    return np.array([one.value for one in STATES], dtype=object)[state]


def _eligible(
    kind: Kind, values: Sums, state: Codes, in_universe: Mask, *, zero_sellers: bool
) -> tuple[NDArray[np.intp], dict[str, int]]:
    if kind is Kind.BEST:
        sold = in_universe & (values > 0)
        return np.flatnonzero(sold), counted({"not_sold": int((in_universe & ~sold).sum())})
    fit = in_universe & np.isin(state, [STATES.index(s) for s in IN_WORST])
    reasons = {
        s.value: int((in_universe & (state == STATES.index(s))).sum())
        for s in (State.NEW, State.DISCONTINUED, State.STOCK_OUT)
    }
    if not zero_sellers:
        reasons["zero_sales"] = int((fit & (values == 0)).sum())
        fit &= values != 0
    return np.flatnonzero(fit), counted(reasons)


def counted(reasons: Mapping[str, int]) -> dict[str, int]:
    """The reasons that leave something out."""
    return {reason: count for reason, count in reasons.items() if count}


def end_of_observation(rollup: Rollup, window: Window) -> date:
    """The window's last day, or the complete-to date inside it; a window wholly after that counts to its last line."""
    complete_to = rollup.info.complete_to
    if complete_to < window.start:
        return min(window.last, max(window.start, rollup.info.last_day))
    return min(window.last, complete_to)


def sellable_days(first: NDArray[np.datetime64], last: NDArray[np.datetime64], start: date, end: date) -> Sums:
    """int64[products]: days of ``start`` to ``end``, both included, on which the product could be sold."""
    low = np.maximum(first, np.datetime64(start, "D"))
    high = np.where(np.isnat(last), np.datetime64(end, "D"), np.minimum(last, np.datetime64(end, "D")))
    days = (high - low + np.timedelta64(1, "D")) / np.timedelta64(1, "D")
    counted: Sums = np.nan_to_num(np.maximum(days, 0)).astype(np.int64)
    return counted
