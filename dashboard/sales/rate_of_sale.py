"""The rate of sale: what a product sells on a day on which there was some to sell (domain.md section 3).

Sales over all days understate products that were out of stock; this is the second ranking metric beside the total.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dashboard.sales.calendar import Window
from dashboard.sales.rankings import (
    IN_WORST,
    OBSERVED_SHARE,
    STATES,
    Codes,
    Kind,
    State,
    Thresholds,
    counted,
    cut,
    end_of_observation,
    framed,
    sellable_days,
    state_names,
    stock_days,
)
from dashboard.sales.ratios import Floats, quotients
from dashboard.sales.rollup import Rollup
from dashboard.sales.slices import Mask, Sums

# A rate out of fewer days in stock would be luck; shorter windows ask for less, see least_days.
ENOUGH_DAYS = 7


@dataclass(frozen=True)
class RateRanking:
    """One end of a ranking by rate of sale.

    Attributes:
        frame: rank, product, name, category, value (float, a day in stock), sold, days (int), state.
        tied_beyond, left_out, universe: as :class:`dashboard.sales.rankings.Ranking`.
        others: products with a rate that are not shown; ``others_sold`` and ``others_days`` are their sums, of which
            their common rate is the quotient.
        least_days: days in stock that a rate needs.
    """

    frame: pd.DataFrame
    tied_beyond: int
    left_out: Mapping[str, int]
    universe: int
    others: int
    others_sold: int
    others_days: int
    least_days: int


def least_days(rollup: Rollup, window: Window, thresholds: Thresholds) -> int:
    """Days in stock that a rate needs: at most 7, and never more than a product in state RANKED has at least."""
    span = (end_of_observation(rollup, window) - window.start).days + 1
    return max(1, min(ENOUGH_DAYS, int(thresholds.min_in_stock_share * thresholds.min_sellable_share * span)))


def rates(rollup: Rollup, window: Window, sold: Sums, thresholds: Thresholds) -> tuple[Floats, Sums]:
    """float64[products]: ``sold`` a day in stock, NaN where unknown; and int64[products]: the days in stock.

    Unknown are products with snapshots on too few of their sellable days, and those in stock on fewer than
    :func:`least_days`. ValueError where the rollup has no stock.
    """
    if rollup.stock is None:
        raise ValueError("a rate of sale needs daily stock")
    products = rollup.products
    sellable = sellable_days(products.first_day, products.end_day, window.start, end_of_observation(rollup, window))
    observed, days = stock_days(rollup, rollup.stock, window)
    known = (observed >= OBSERVED_SHARE * sellable) & (days >= least_days(rollup, window, thresholds))
    return quotients(sold, np.where(known, days, 0)), days


def rank_rates(
    rollup: Rollup,
    kind: Kind,
    window: Window,
    sold: Sums,
    ties: Sums,
    state: Codes,
    universe: Mask,
    limit: int,
    thresholds: Thresholds,
    *,
    zero_sellers: bool,
) -> RateRanking:
    """The best or worst ``limit`` products by rate of sale; who may be in which list is as in ``rankings.rank``."""
    rate, days = rates(rollup, window, sold, thresholds)
    in_universe = universe & (state != STATES.index(State.NOT_IN_RANGE))
    fit, left_out = _fit(kind, rate, sold, state, in_universe, zero_sellers=zero_sellers)
    found = cut(np.flatnonzero(fit), rate, ties, limit, descending=kind is Kind.BEST)
    others = in_universe & ~np.isnan(rate)
    others[found.shown] = False
    columns = {"value": rate, "sold": sold, "days": days, "state": state_names(state)}
    return RateRanking(
        framed(rollup, found, columns),
        found.tied_beyond,
        left_out,
        int(in_universe.sum()),
        int(others.sum()),
        int(sold[others].sum()),
        int(days[others].sum()),
        least_days(rollup, window, thresholds),
    )


def _fit(
    kind: Kind, rate: Floats, sold: Sums, state: Codes, in_universe: Mask, *, zero_sellers: bool
) -> tuple[Mask, dict[str, int]]:
    """Who may be listed, and reason -> how many may not; each reason is a filter of the product table."""
    known = ~np.isnan(rate)
    if kind is Kind.BEST:
        with_sales = in_universe & (sold > 0)
        reasons = {
            "not_sold": int((in_universe & (sold <= 0)).sum()),
            "no_rate": int((with_sales & ~known).sum()),
        }
        return with_sales & known, counted(reasons)
    fit = in_universe & np.isin(state, [STATES.index(one) for one in IN_WORST]) & known
    unfit = (State.NEW, State.DISCONTINUED, State.STOCK_OUT, State.NO_STOCK_DATA)
    reasons = {one.value: int((in_universe & (state == STATES.index(one))).sum()) for one in unfit}
    if not zero_sellers:
        reasons["zero_sales"] = int((fit & (sold == 0)).sum())
        fit &= sold != 0
    return fit, counted(reasons)
