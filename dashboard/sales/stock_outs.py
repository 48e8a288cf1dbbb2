"""Days without stock in a window and the units that may have been lost by them (domain.md section 5)."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import reduce
from operator import add

import numpy as np

from dashboard.sales.calendar import Window
from dashboard.sales.demand import Places
from dashboard.sales.measures import MEASURES
from dashboard.sales.rollup import NO_SNAPSHOT, Days, Ints, Rollup, StockDays
from dashboard.sales.slices import Mask, Slice
from dashboard.sales.snapshots import days_of, on_sale
from dashboard.sales.stock_measures import Outages, Tally, lost_units, tally, weekday_weights
from dashboard.sales.stocked import StockRules

# Days looked at once: bounds memory.
CHUNK = 31


def observed(rollup: Rollup, window: Window) -> Window | None:
    """The finished days of ``window`` of which daily snapshots are kept; None if none."""
    if rollup.stock_days is None:
        return None
    kept = rollup.stock_days
    start = max(window.start, kept.first_day)
    stop = min(
        window.stop,
        rollup.info.complete_to + timedelta(days=1),
        kept.first_day + timedelta(days=len(kept.available)),
    )
    return Window(start, stop) if start < stop else None


def outages(
    rollup: Rollup, stock: StockDays, view: Slice, seen: Window, rules: StockRules, first: Days
) -> tuple[Places, Outages]:
    """Products with stock-out days among the days ``seen`` (on sale, a snapshot, nothing at close), and their figures.

    The rate of sale is taken of the days in stock of ``seen``, and at least of the ``demand_days`` up to its end.
    """
    products = np.flatnonzero(view.universe & _ever_out(rollup, stock, seen, first))
    start = max(stock.first_day, min(seen.start, seen.stop - timedelta(days=rules.demand_days)))
    span = Window(start, seen.stop)
    weekday = (np.arange(span.days) + start.weekday()) % 7
    weights = weekday_weights(view.by_day(MEASURES["net_units"], span), weekday)
    tallies: list[Tally] = []
    for part in _chunks(span):
        sellable, rows = _sellable(rollup, part, products, first), days_of(stock, part)[:, products]
        units = view.by_product_days(MEASURES["net_units"], part)[:, products]
        out = sellable & _is_out(rows)
        out[: max(0, (seen.start - part.start).days)] = False
        low = (part.start - start).days
        tallies.append(tally(out, sellable & (rows > 0), units, weights[low : low + part.days]))
    return products, lost_units(reduce(add, tallies), rules.min_days)


def _ever_out(rollup: Rollup, stock: StockDays, seen: Window, first: Days) -> Mask:
    every = np.arange(len(rollup.products))
    found = np.zeros(len(every), dtype=np.bool_)
    for part in _chunks(seen):
        found |= (_sellable(rollup, part, every, first) & _is_out(days_of(stock, part))).any(axis=0)
    return found


def _is_out(rows: Ints) -> Mask:
    out: Mask = (rows <= 0) & (rows != NO_SNAPSHOT)
    return out


def _sellable(rollup: Rollup, part: Window, products: Places, first: Days) -> Mask:
    return on_sale(part, first[products], rollup.products.end_day[products])


def _chunks(window: Window) -> Iterator[Window]:
    day: date = window.start
    while day < window.stop:
        stop = min(day + timedelta(days=CHUNK), window.stop)
        yield Window(day, stop)
        day = stop
