"""What is known of each product's stock, demand and supply on the newest finished day: all that advice follows from."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from statistics import NormalDist

import numpy as np

from dashboard.sales.calendar import Window, first_day, month_of, shift
from dashboard.sales.demand import DailyDemand, Floats, daily_demand, resampled
from dashboard.sales.demand_class import DemandCuts
from dashboard.sales.measures import MEASURES
from dashboard.sales.rollup import Days, Rollup, StockDays, Supply
from dashboard.sales.slices import Mask, Slice, Sums
from dashboard.sales.snapshots import days_of, levels, newest_day, on_sale
from dashboard.sales.stock_age import first_receipts

DAY = np.timedelta64(1, "D")


@dataclass(frozen=True)
class StockRules:
    """Thresholds of stock: days, but for the shares and counts that say so. Choices of domain.md without a source.

    Attributes:
        service_level: share of order cycles that safety stock shall carry through, of 1.
        review_days: days between two looks at the worklist.
        cycle_days: days that an order lasts beyond the reorder point.
        target_cover_days: stock beyond so many days of demand is excess.
        max_cover_days: no order may make stock last longer than this after it arrived.
        slow_days: stock that lasts longer is slow.
        dead_days: stock without a net sale for so long is dead.
        demand_days: the newest finished days that demand is taken of.
        min_days: days in stock that a rate of sale needs.
        min_sale_days: days with sales that advice for intermittent demand needs.
        snapshot_days: a snapshot this old still says what is there.
        new_days: younger products are NEW.
        cuts: where demand is intermittent or lumpy.
    """

    service_level: float = 0.95
    review_days: int = 7
    cycle_days: int = 28
    target_cover_days: int = 90
    max_cover_days: int = 180
    slow_days: int = 180
    dead_days: int = 180
    demand_days: int = 56
    min_days: int = 14
    min_sale_days: int = 5
    snapshot_days: int = 7
    new_days: int = 56
    cuts: DemandCuts = field(default_factory=DemandCuts)

    @property
    def z(self) -> float:
        """The normal quantile of the service level."""
        return NormalDist().inv_cdf(self.service_level)


@dataclass(frozen=True, eq=False)
class Stocked:
    """One entry a product, as of the close of ``day``.

    Attributes:
        day: the newest finished day with snapshots.
        listed: bool, on sale on ``day`` or in stock, within the selection.
        known: bool, whether there is a snapshot.
        on_hand: int64, units in the newest snapshot; 0 where none is known.
        supply: minimum and pack at least 1; leads NaN where unknown.
        supply_known: whether the source says anything of supply.
        demand: see :class:`dashboard.sales.demand.DailyDemand`.
        lead_demand: float64, resampled demand of lead and review days for intermittent products; NaN for others.
        discontinued, is_new: bool, states as of ``day``.
        days_to_end: float64, days from ``day`` to the last day on sale; infinite where there is none.
        unsold: bool, no net sale on the last ``dead_days`` days, of products received as long ago; none where the data
            do not reach back.
        days_since_receipt: float64, since the first receipt, or else since the first day on sale; NaN where unknown.
    """

    day: date
    listed: Mask
    known: Mask
    on_hand: Sums
    supply: Supply
    supply_known: bool
    demand: DailyDemand
    lead_demand: Floats
    discontinued: Mask
    is_new: Mask
    days_to_end: Floats
    unsold: Mask
    days_since_receipt: Floats

    @property
    def available(self) -> Sums:
        """int64: on hand less committed; below 0 where more is promised than there is."""
        return self.on_hand - self.supply.committed

    @property
    def position(self) -> Sums:
        """int64: available plus on order."""
        return self.available + self.supply.on_order

    @property
    def dead(self) -> Mask:
        """bool: in stock, long unsold, and received as long ago (which ``unsold`` has in it)."""
        return self.listed & self.known & (self.available > 0) & self.unsold


def stocked(rollup: Rollup, view: Slice, rules: StockRules, first: Days) -> Stocked | None:
    """The facts out of ``view``; None where there are no daily snapshots.

    Args:
        first: datetime64[D] of each product's first sellable day.
    """
    if rollup.stock_days is None:
        return None
    day = newest_day(rollup.stock_days, rollup.info.complete_to)
    if day is None:
        return None
    supply, end, today = _supply(rollup), rollup.products.end_day, np.datetime64(day, "D")
    on_hand, known = levels(rollup.stock_days, day, rules.snapshot_days)
    on_hand, known = np.where(view.universe, on_hand, 0), known & view.universe
    demand, lead_demand = _demand(rollup, rollup.stock_days, view, rules, first, supply)
    since = _since(rollup, first, today)
    return Stocked(
        day=day,
        listed=view.universe & (((first <= today) & (np.isnat(end) | (end >= today))) | (on_hand != 0)),
        known=known,
        on_hand=on_hand,
        supply=supply,
        supply_known=rollup.supply is not None,
        demand=demand,
        lead_demand=lead_demand,
        discontinued=end < today,
        is_new=(today - first) / DAY < rules.new_days,
        days_to_end=np.where(np.isnat(end), np.inf, (end - today) / DAY),
        unsold=_unsold(view, day, rules.dead_days) & (since >= rules.dead_days),
        days_since_receipt=since,
    )


def _supply(rollup: Rollup) -> Supply:
    """Supply without holes in minimum and pack: unknown is one unit."""
    size = len(rollup.products)
    none, blank, zero = np.full(size, -1), np.full(size, np.nan), np.zeros(size, dtype=np.int64)
    given = rollup.supply or Supply(none, blank, blank, none, none, zero, zero, none)
    return replace(
        given,
        minimum=np.maximum(given.minimum, 1).astype(np.int64),
        pack=np.maximum(given.pack, 1).astype(np.int64),
        on_order=np.maximum(given.on_order, 0).astype(np.int64),
        committed=np.maximum(given.committed, 0).astype(np.int64),
    )


def _demand(
    rollup: Rollup, stock: StockDays, view: Slice, rules: StockRules, first: Days, supply: Supply
) -> tuple[DailyDemand, Floats]:
    stop = rollup.info.complete_to + timedelta(days=1)
    window = Window(stop - timedelta(days=rules.demand_days), stop)
    units = view.by_product_days(MEASURES["net_units"], window)
    counted = (days_of(stock, window) > 0) & on_sale(window, first, rollup.products.end_day)
    demand = daily_demand(units, counted, rules.cuts)
    some = np.flatnonzero(
        demand.seldom
        & (demand.days >= rules.min_days)
        & (demand.sale_days >= rules.min_sale_days)
        & ~np.isnan(supply.lead_days)
    )
    horizon = np.ceil(supply.lead_days[some] + rules.review_days).astype(np.int64)
    lead_demand = np.full(units.shape[1], np.nan)
    lead_demand[some] = resampled(units[:, some], counted[:, some], horizon, supply.lead_sd[some], rules.service_level)
    return demand, lead_demand


def _since(rollup: Rollup, first: Days, today: np.datetime64) -> Floats:
    """float64[products]: days since the first receipt, or else since the first day on sale; NaN where unknown."""
    begun = first
    if rollup.receipts is not None:
        receipt = first_receipts(rollup.receipts, len(rollup.products))
        begun = np.where(np.isnat(receipt), first, receipt)
    days: Floats = (today - begun) / DAY
    return days


def _unsold(view: Slice, day: date, days: int) -> Mask:
    """bool[products]: no net units on the ``days`` days up to ``day``; nobody where the data do not reach back."""
    stop = day + timedelta(days=1)
    start = stop - timedelta(days=days)
    sums = [view.by_product_window(MEASURES["net_units"], one) for one in _parts(start, stop)]
    if any(one is None for one in sums):
        return np.zeros(len(view.rollup.products), dtype=np.bool_)
    unsold: Mask = np.sum([one for one in sums if one is not None], axis=0) <= 0
    return unsold


def _parts(start: date, stop: date) -> list[Window]:
    """The window in a part of a month and whole months: days of all of it at once would be a large matrix."""
    next_month = first_day(shift(month_of(start), 1))
    if start.day == 1 or next_month >= stop:
        return [Window(start, stop)]
    return [Window(start, next_month), Window(next_month, stop)]
