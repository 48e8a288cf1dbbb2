"""Daily stock snapshots read by date: what is there now, and on which days there was anything to sell."""

from datetime import date, timedelta

import numpy as np

from dashboard.sales.calendar import Window
from dashboard.sales.rollup import NO_SNAPSHOT, Days, Ints, StockDays
from dashboard.sales.slices import Mask, Sums


def newest_day(stock: StockDays, complete_to: date) -> date | None:
    """The newest finished day with a snapshot of any product; None where there is none."""
    last = min(len(stock.available) - 1, (complete_to - stock.first_day).days)
    for row in range(last, -1, -1):
        if (stock.available[row] != NO_SNAPSHOT).any():
            return stock.first_day + timedelta(days=row)
    return None


def levels(stock: StockDays, day: date, back: int) -> tuple[Sums, Mask]:
    """int64[products]: units in the newest snapshot of the ``back`` days up to ``day``, 0 where there is none.

    And bool[products]: which products have one.
    """
    rows = days_of(stock, Window(day - timedelta(days=back - 1), day + timedelta(days=1)))
    units = np.full(rows.shape[1], NO_SNAPSHOT, dtype=np.int64)
    for row in rows:
        units = np.where(row != NO_SNAPSHOT, row, units)
    known = units != NO_SNAPSHOT
    return np.where(known, units, 0), known


def days_of(stock: StockDays, window: Window) -> Ints:
    """int32[days of the window, products]: units at close; :data:`NO_SNAPSHOT` on days that are not kept."""
    low = (window.start - stock.first_day).days
    first, stop = max(low, 0), min(low + window.days, len(stock.available))
    if (first, stop) == (low, low + window.days):
        return stock.available[first:stop]
    rows = np.full((window.days, stock.available.shape[1]), NO_SNAPSHOT, dtype=np.int32)
    if first < stop:
        rows[first - low : stop - low] = stock.available[first:stop]
    return rows


def on_sale(window: Window, first_day: Days, end_day: Days) -> Mask:
    """bool[days, products]: whether the product could be sold that day, ``end_day`` included."""
    days = (np.datetime64(window.start, "D") + np.arange(window.days))[:, None]
    sellable: Mask = (days >= first_day) & (np.isnat(end_day) | (days <= end_day))
    return sellable
