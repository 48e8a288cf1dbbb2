"""All that the rollup holds of one product: sums by month and place, stock, and what happened when."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import cast

import numpy as np

from dashboard.sales.calendar import first_day
from dashboard.sales.measures import MEASURES, Measure
from dashboard.sales.rollup import NO_SNAPSHOT, Rollup
from dashboard.sales.slices import Mask, Slice, Sums

NET_SALES, NET_UNITS = MEASURES["net_sales"], MEASURES["net_units"]


@dataclass(frozen=True, eq=False)
class Cells:
    """The rows of one product that a selection keeps: int64[rows] each, ``values`` by column of the rollup."""

    months: int
    month: Sums
    region: Sums
    channel: Sums
    source: Sums
    values: dict[str, Sums]

    def of(self, measure: Measure) -> Sums:
        """int64[rows]: the measure."""
        return cast(Sums, sum(sign * self.values[column] for column, sign in measure.terms.items()))

    def by_month(self, measure: Measure) -> Sums:
        """int64[months]."""
        return _summed(self.month, self.of(measure), self.months)


@dataclass(frozen=True, eq=False)
class StockMonth:
    """Stock of one product by month; int64[months] each: units at the last snapshot, days seen, days in stock."""

    closing: Sums
    observed: Sums
    in_stock: Sums


class Kind(StrEnum):
    """What happened to a product."""

    LAUNCH = "launch"
    END = "end"
    RECEIPT = "receipt"
    PRICE = "price"
    STOCK_OUT = "stock_out"


@dataclass(frozen=True)
class EventRules:
    """What is worth telling.

    Attributes:
        price_share: a change of the price by more than this share of 1.
        least_units: months with fewer units sold say nothing of prices.
        stock_out_days: so many days in a row without stock.
    """

    price_share: float = 0.05
    least_units: int = 10
    stock_out_days: int = 3


@dataclass(frozen=True)
class Event:
    """Something that happened on a day, or in the month that begins with ``day``.

    Attributes:
        whole_month: whether the month is meant.
        figure: units received, days out of stock, or price change as a share of 1; 0 where there is none.
        of: days seen of that month; 0 where that is not the question.
        until: last day of a stock-out.
        open_end: whether it is still so on the last day known.
    """

    day: date
    kind: Kind
    whole_month: bool = False
    figure: float = 0.0
    of: int = 0
    until: date | None = None
    open_end: bool = False


def cells_of(view: Slice, place: int) -> Cells:
    """The rows of the product at ``place``."""
    facts = view.rollup.monthly
    month, rows = view.cells_of(place)
    values = {column: array[rows].astype(np.int64) for column, array in facts.values.items()}
    region, channel, source = (codes[rows].astype(np.int64) for codes in (facts.region, facts.channel, facts.source))
    return Cells(len(view.rollup.months), month, region, channel, source, values)


def stock_of(rollup: Rollup, place: int) -> StockMonth | None:
    """The stock of the product at ``place``; None where the rollup has none at all."""
    stock = rollup.stock
    if stock is None:
        return None
    rows = np.flatnonzero(stock.product == place)
    month = np.searchsorted(stock.offsets, rows, side="right") - 1
    size = len(rollup.months)
    parts = (stock.closing_units, stock.observed_days, stock.in_stock_days)
    closing, observed, in_stock = (_summed(month, part[rows].astype(np.int64), size) for part in parts)
    return StockMonth(closing, observed, in_stock)


def price_changes(cells: Cells, finished: int, least_units: int) -> Iterator[tuple[int, float]]:
    """Month and change of the price before discounts against the last month with sales, as a share of 1.

    Compared are the same regions, channels and sources, weighted with what they sold in the later month, so that a
    shift from shops to wholesale is no change of price (a Paasche index). Months with fewer than ``least_units`` are
    passed over.

    Args:
        finished: how many months count, from the first on.
    """
    where = np.unique(np.stack([cells.region, cells.channel, cells.source]), axis=1, return_inverse=True)[1].ravel()
    size = int(where.max()) + 1 if len(where) else 0
    place = cells.month * size + where
    units, amounts = (
        _summed(place, cells.values[column], cells.months * size).reshape(cells.months, size)
        for column in ("gross_units", "gross_sales")
    )
    enough = np.flatnonzero(units[:finished].sum(axis=1) >= max(least_units, 1))
    for before, now in zip(enough[:-1].tolist(), enough[1:].tolist(), strict=True):
        both = (units[before] > 0) & (units[now] > 0)
        # In floats: price times units squared may not fit into an integer.
        base = (amounts[before][both].astype(np.float64) * units[now][both] / units[before][both]).sum()
        if base > 0:
            yield now, float(amounts[now][both].sum() / base - 1)


def stock_out_months(stock: StockMonth, least_in_stock: float) -> Mask:
    """bool[months]: in stock on a smaller share of the days seen; False where no day was."""
    return (stock.observed > 0) & (stock.in_stock < least_in_stock * stock.observed)


def stock_outs(rollup: Rollup, place: int, least_days: int) -> list[Event]:
    """Spells of at least ``least_days`` without available stock, by the newest daily snapshots."""
    days = rollup.stock_days
    if days is None:
        return []
    column = np.asarray(days.available[:, place])
    out = (column <= 0) & (column != NO_SNAPSHOT)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], out, [False])).astype(np.int8)))
    found = []
    for start, stop in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        if stop - start >= least_days:
            first, last = (days.first_day + timedelta(days=offset) for offset in (start, stop - 1))
            end = stop == len(out)
            found.append(Event(first, Kind.STOCK_OUT, figure=stop - start, until=last, open_end=end))
    return found


def stock_out_events(rollup: Rollup, stock: StockMonth, place: int, share: float, least_days: int) -> list[Event]:
    """Stock-outs by day where days are kept, and by month before that."""
    daily = stock_outs(rollup, place, least_days)
    from_day = rollup.stock_days.first_day if rollup.stock_days else date.max
    short = np.flatnonzero(stock_out_months(stock, share)).tolist()
    monthly = [
        Event(first, Kind.STOCK_OUT, True, float(stock.observed[m] - stock.in_stock[m]), int(stock.observed[m]))
        for m, first in ((m, first_day(rollup.months[m])) for m in short)
        if first < from_day
    ]
    return [*monthly, *daily]


def first_receipt(rollup: Rollup, place: int) -> Event | None:
    """The first goods received; None where nothing is known of it."""
    receipts = rollup.receipts
    if receipts is None:
        return None
    low, high = np.searchsorted(receipts.product, [place, place + 1]).tolist()
    return Event(receipts.day[low].item(), Kind.RECEIPT, figure=float(receipts.units[low])) if low < high else None


def _summed(codes: Sums, values: Sums, size: int) -> Sums:
    sums = np.zeros(size, dtype=np.int64)
    np.add.at(sums, codes, values)
    return sums
