"""Sums over the rollup: one pass over the slice of the months asked for, exact in integers."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import cast

import numpy as np
from numpy.typing import NDArray

from dashboard.sales.calendar import Window, first_day, is_whole_months, month_key, month_number, month_of
from dashboard.sales.measures import Measure
from dashboard.sales.rollup import Facts, OrderLines, Rollup

Mask = NDArray[np.bool_]
Sums = NDArray[np.int64]

# Rows of whole periods that are added up at once: they stay in the processor's cache.
AT_ONCE = 2**16


@dataclass(frozen=True)
class Selection:
    """Which rows count: values by dimension, None for all. The gate has already narrowed them to the viewer's scope."""

    region: frozenset[str] | None = None
    category: frozenset[str] | None = None
    channel: frozenset[str] | None = None
    source: frozenset[str] | None = None
    product: str | None = None


class Slice:
    """A rollup seen through a selection; sums by product, month, dimension or in total.

    ``known`` are the products that exist for the viewer, bool[products]; None for all.
    """

    def __init__(self, rollup: Rollup, selection: Selection, known: Mask | None = None) -> None:
        self.rollup = rollup
        self._region = _mask(rollup.regions, selection.region)
        self._channel = _mask(rollup.channels, selection.channel)
        self._source = _mask(rollup.sources, selection.source)
        chosen = _product_mask(rollup, selection)
        self._product = chosen if known is None else known if chosen is None else known & chosen
        # Where a selection is one product, few rows of each period need be read.
        self._alone = None if selection.product is None else rollup.products.position(selection.product)
        self._product_sums: dict[tuple[str, int, int], Sums] = {}
        self._sums: dict[tuple[bool, int, int, str], int] = {}

    @property
    def universe(self) -> Mask:
        """bool[products]: the products of the selection, sold or not."""
        if self._product is None:
            return np.ones(len(self.rollup.products), dtype=np.bool_)
        return self._product

    def first_months(self) -> NDArray[np.int64]:
        """int64[products]: position in ``rollup.months`` of the first month with a row; -1 where there is none."""
        facts = self.rollup.monthly
        rows = slice(0, int(facts.offsets[-1]))
        keep = self._keep(facts, rows)
        month = np.repeat(np.arange(len(self.rollup.months)), np.diff(facts.offsets))
        product = facts.product[rows]
        if keep is not None:
            month, product = month[keep], product[keep]
        first = np.full(len(self.rollup.products), -1, dtype=np.int64)
        first[product[::-1]] = month[::-1]
        return first

    def regions_sold(self) -> Mask:
        """bool[regions]: those with a row."""
        return self._sold(self.rollup.monthly.region, len(self.rollup.regions))

    def channels_sold(self) -> Mask:
        """bool[channels]: those with a row."""
        return self._sold(self.rollup.monthly.channel, len(self.rollup.channels))

    def sources_sold(self) -> Mask:
        """bool[sources]: those with a row."""
        return self._sold(self.rollup.monthly.source, len(self.rollup.sources))

    def _sold(self, codes: NDArray[np.integer], size: int) -> Mask:
        facts = self.rollup.monthly
        rows = slice(0, int(facts.offsets[-1]))
        keep = self._keep(facts, rows)
        return np.isin(np.arange(size), codes[rows] if keep is None else codes[rows][keep])

    def by_product(self, measure: Measure, first: str, last: str) -> Sums:
        """int64[products]: the measure over the months ``first`` to ``last``; kept, so it cannot be written to."""
        low, high = self._periods(first, last)
        key = (measure.key, low, high)
        if key not in self._product_sums:
            size = len(self.rollup.products)
            if low == high:
                facts, alone = self.rollup.monthly, self._alone
                rows = facts.rows(low, low) if alone is None else _span_of(facts, low, alone)
                sums = self._grouped(facts, rows, facts.product[rows], size, measure)
            else:
                # Month by month stays in the processor's cache, and months are shared by the windows of a page.
                sums = np.zeros(size, dtype=np.int64)
                for month in self.rollup.months[low : high + 1]:
                    sums += self.by_product(measure, month, month)
            sums.flags.writeable = False
            self._product_sums[key] = sums
        return self._product_sums[key]

    def by_region(self, measure: Measure, first: str, last: str) -> Sums:
        """int64[regions], in the order of ``rollup.regions``."""
        facts, rows = self._monthly(first, last)
        return self._grouped(facts, rows, facts.region[rows], len(self.rollup.regions), measure)

    def by_channel(self, measure: Measure, first: str, last: str) -> Sums:
        """int64[channels], in the order of ``rollup.channels``."""
        facts, rows = self._monthly(first, last)
        return self._grouped(facts, rows, facts.channel[rows], len(self.rollup.channels), measure)

    def by_source(self, measure: Measure, first: str, last: str) -> Sums:
        """int64[sources], in the order of ``rollup.sources``."""
        facts, rows = self._monthly(first, last)
        return self._grouped(facts, rows, facts.source[rows], len(self.rollup.sources), measure)

    def by_category(self, measure: Measure, first: str, last: str) -> Sums:
        """int64[categories], in the order of ``rollup.categories``."""
        products = self.by_product(measure, first, last)
        return bincount(self.rollup.products.category, products, len(self.rollup.categories))

    def by_product_window(self, measure: Measure, window: Window) -> Sums | None:
        """int64[products] over a window as :meth:`total` takes them; None where the rollup does not reach."""
        months = self.rollup.months
        if not months or window.start < first_day(months[0]):
            return None
        if is_whole_months(window):
            return self.by_product(measure, month_of(window.start), month_of(window.last))
        cut = first_day(month_of(window.last))
        if cut < self.rollup.first_daily or window.start.day != 1:
            return (
                self.by_product_days(measure, window).sum(axis=0) if window.start >= self.rollup.first_daily else None
            )
        days = self.by_product_days(measure, Window(cut, window.stop)).sum(axis=0)
        if window.start == cut:
            return cast(Sums, days)
        whole = self.by_product(measure, month_of(window.start), month_of(cut - timedelta(days=1)))
        return cast(Sums, whole + days)

    def by_dimension_window(self, dimension: str, measure: Measure, window: Window) -> Sums | None:
        """int64[values of one dimension], over a window as :meth:`by_product_window` takes them."""
        rollup = self.rollup
        if dimension == "category":
            products = self.by_product_window(measure, window)
            return None if products is None else bincount(rollup.products.category, products, len(rollup.categories))
        names: tuple[str, ...] = getattr(rollup, f"{dimension}s")
        spans = self._spans(window)
        sums = [self._grouped(one, rows, getattr(one, dimension)[rows], len(names), measure) for one, rows in spans]
        return cast(Sums, np.sum(sums, axis=0)) if sums else None

    def _spans(self, window: Window) -> list[tuple[Facts, slice]]:
        """The rows of a window: months where they are whole, days else; none where the rollup does not reach."""
        rollup = self.rollup
        if not rollup.months or window.start < first_day(rollup.months[0]):
            return []
        if is_whole_months(window):
            return [self._monthly(month_of(window.start), month_of(window.last))]
        cut = max(window.start, first_day(month_of(window.last)))
        if cut < rollup.first_daily:
            return []
        low, high = ((day - rollup.first_daily).days for day in (cut, window.last))
        high = min(high, len(rollup.daily.offsets) - 2)
        days = [(rollup.daily, rollup.daily.rows(low, high) if low <= high else slice(0, 0))]
        return [*self._spans(Window(window.start, cut)), *days] if window.start < cut else days

    def by_product_month(self, measure: Measure, first: str, last: str) -> Sums:
        """int64[months, products]: the measure month by month; months outside the data are 0."""
        numbers, months = range(month_number(first), month_number(last) + 1), self.rollup.months
        sums = np.zeros((len(numbers), len(self.rollup.products)), dtype=np.int64)
        for row, key in zip(sums, map(month_key, numbers), strict=True):
            if months[0] <= key <= months[-1]:
                row[:] = self.by_product(measure, key, key)
        return sums

    def by_product_days(self, measure: Measure, window: Window) -> Sums:
        """int64[days, products]: the measure day by day; days before the daily grain or after the data are 0."""
        low = (window.start - self.rollup.first_daily).days
        return self._matrix(self.rollup.daily, low, low + window.days - 1, len(self.rollup.products), measure)

    def by_day(self, measure: Measure, window: Window) -> Sums:
        """int64[days]: the measure in total, day by day; as :meth:`by_product_days`."""
        low = (window.start - self.rollup.first_daily).days
        return self._matrix(self.rollup.daily, low, low + window.days - 1, 1, measure)[:, 0]

    def _matrix(self, facts: Facts, low: int, high: int, size: int, measure: Measure) -> Sums:
        """int64[periods, size]: periods ``low`` to ``high``, some of which may not exist; size 1 adds products up."""
        periods, known = high - low + 1, len(facts.offsets) - 1
        first, last = max(low, 0), min(high, known - 1)
        sums = np.zeros((max(periods, 0), size), dtype=np.int64)
        if first > last:
            return sums
        # Period by period stays in the processor's cache: half the time of one pass over all cells.
        alone = self._alone
        for period in range(first, last + 1) if size > 1 or alone is not None else ():
            rows = facts.rows(period, period) if alone is None else _span_of(facts, period, alone)
            codes = facts.product[rows] if size > 1 else np.zeros(rows.stop - rows.start, dtype=np.int64)
            sums[period - low] = self._grouped(facts, rows, codes, size, measure)
        if size == 1 and alone is None:
            sums[first - low : last + 1 - low, 0] = self._totals(facts, first, last, measure)
        return sums

    def _totals(self, facts: Facts, first: int, last: int, measure: Measure) -> Sums:
        """int64[periods]: the measure in total in the periods ``first`` to ``last``, as many of them at once as fit."""
        sums = np.zeros(last + 1 - first, dtype=np.int64)
        rows = facts.rows(first, last)
        step = max(1, AT_ONCE * len(sums) // max(1, rows.stop - rows.start))
        for start in range(first, last + 1, step):
            stop = min(start + step, last + 1)
            rows, edges = facts.rows(start, stop - 1), facts.offsets[start : stop + 1]
            filled = np.flatnonzero(np.diff(edges))
            if len(filled):
                added = np.add.reduceat(self._values(facts, rows, measure), edges[filled] - rows.start)
                sums[start - first + filled] = added
        return sums

    def by_month(self, measure: Measure) -> Sums:
        """int64[months]: the measure in every month of the rollup; 0 where nothing was sold."""
        return self._matrix(self.rollup.monthly, 0, len(self.rollup.months) - 1, 1, measure)[:, 0]

    def cells_of(self, place: int) -> tuple[Sums, NDArray[np.intp]]:
        """Month and row in ``rollup.monthly`` of every row of the product at ``place``, by month; two int64[rows]."""
        facts = self.rollup.monthly
        spans = [_span_of(facts, period, place) for period in range(len(facts.offsets) - 1)]
        rows = np.concatenate([np.zeros(0, np.intp), *(np.arange(span.start, span.stop) for span in spans)])
        month = np.repeat(np.arange(len(spans)), [span.stop - span.start for span in spans]).astype(np.int64)
        keep = self._keep(facts, rows)
        return (month, rows) if keep is None else (month[keep], rows[keep])

    def line_rows(self, lines: OrderLines, window: Window) -> NDArray[np.intp]:
        """Positions of the order lines of the days of ``window``, oldest first."""
        origin, days = self.rollup.info.first_day, len(lines.offsets) - 1
        low, high = (min(max((day - origin).days, 0), days) for day in (window.start, window.stop))
        rows = np.arange(int(lines.offsets[low]), int(lines.offsets[max(low, high)]))
        keep = self._keep(lines, slice(rows[0], rows[-1] + 1)) if len(rows) else None
        return rows if keep is None else rows[keep]

    def reaches(self, window: Window) -> bool:
        """Whether there are figures for a window: not before the first month, nor cut before the daily grain."""
        months = self.rollup.months
        if not months or window.start < first_day(months[0]):
            return False
        return is_whole_months(window) or first_day(month_of(window.last)) >= self.rollup.first_daily

    def total(self, measure: Measure, window: Window) -> int | None:
        """The measure over a window of whole months, or of months whose last is cut short.

        None where the rollup does not reach: before its first month, or a cut month older than its daily grain.
        """
        if not self.reaches(window):
            return None
        if is_whole_months(window):
            return self._months_total(measure, window.start, window.last)
        cut = first_day(month_of(window.last))
        whole = self._months_total(measure, window.start, cut - timedelta(days=1)) if window.start < cut else 0
        return whole + self._days_total(measure, cut, window.last)

    def _monthly(self, first: str, last: str) -> tuple[Facts, slice]:
        low, high = self._periods(first, last)
        facts = self.rollup.monthly
        return facts, facts.rows(low, high) if low <= high else slice(0, 0)

    def _periods(self, first: str, last: str) -> tuple[int, int]:
        """Positions of the first and the last month that the rollup has; the first after the last: none."""
        origin, known = month_number(self.rollup.months[0]), len(self.rollup.months)
        return max(0, month_number(first) - origin), min(known - 1, month_number(last) - origin)

    def _months_total(self, measure: Measure, first: date, last: date) -> int:
        facts, rows = self._monthly(month_of(first), month_of(last))
        return self._sum(facts, rows, measure)

    def _days_total(self, measure: Measure, first: date, last: date) -> int:
        facts = self.rollup.daily
        low = (first - self.rollup.first_daily).days
        high = min(len(facts.offsets) - 2, (last - self.rollup.first_daily).days)
        return self._sum(facts, facts.rows(low, high), measure) if low <= high else 0

    def _sum(self, facts: Facts, rows: slice, measure: Measure) -> int:
        """The measure over all rows. Sums of columns are kept: the cards of a page share them."""
        return sum(sign * self._column(facts, rows, column) for column, sign in measure.terms.items())

    def _column(self, facts: Facts, rows: slice, column: str) -> int:
        key = (facts is self.rollup.daily, rows.start, rows.stop, column)
        if key not in self._sums:
            values, keep = facts.values[column][rows], self._keep(facts, rows)
            self._sums[key] = int(values.sum() if keep is None else values[keep].sum())
        return self._sums[key]

    def _values(self, facts: Facts, rows: slice, measure: Measure) -> Sums:
        """int64[rows]: the measure row by row, 0 outside the selection."""
        total = np.zeros((), dtype=np.int32)
        for column, sign in measure.terms.items():  # in 32 bits where the columns are: they are small enough
            total = (np.add if sign > 0 else np.subtract)(total, facts.values[column][rows])
        keep = self._keep(facts, rows)
        return total.astype(np.int64) if keep is None else np.where(keep, total, np.int64(0))

    def _keep(self, facts: Facts | OrderLines, rows: slice | NDArray[np.intp]) -> Mask | None:
        keep: Mask | None = None
        for mask, codes in (
            (self._product, facts.product),
            (self._region, facts.region),
            (self._channel, facts.channel),
            (self._source, facts.source),
        ):
            if mask is not None:
                hit = mask[codes[rows]]
                keep = hit if keep is None else keep & hit
        return keep

    def _grouped(self, facts: Facts, rows: slice, codes: NDArray[np.integer], size: int, measure: Measure) -> Sums:
        return bincount(codes, self._values(facts, rows, measure), size)


def bincount(codes: NDArray[np.integer], values: Sums, size: int) -> Sums:
    """Sum ``values`` by code, exactly: ``np.bincount`` would add up floats."""
    sums = np.zeros(size, dtype=np.int64)
    np.add.at(sums, codes, values)
    return sums


def _span_of(facts: Facts, period: int, place: int) -> slice:
    """The rows of one product in one period, which is sorted by product."""
    rows = facts.rows(period, period)
    low, high = np.searchsorted(facts.product[rows], [place, place + 1]).tolist()
    return slice(rows.start + low, rows.start + high)


def _mask(names: tuple[str, ...], wanted: frozenset[str] | None) -> Mask | None:
    return None if wanted is None else np.array([name in wanted for name in names], dtype=np.bool_)


def _product_mask(rollup: Rollup, selection: Selection) -> Mask | None:
    mask = _mask(rollup.categories, selection.category)
    chosen = None if mask is None else mask[rollup.products.category]
    if selection.product is None:
        return chosen
    one = np.zeros(len(rollup.products), dtype=np.bool_)
    place = rollup.products.position(selection.product)
    if place is not None:
        one[place] = True
    return one if chosen is None else one & chosen
