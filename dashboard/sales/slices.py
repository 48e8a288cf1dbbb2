"""Sums over the rollup: one pass over the slice of the months asked for, exact in integers."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import cast

import numpy as np
from numpy.typing import NDArray

from dashboard.sales.calendar import Window, first_day, is_whole_months, month_number, month_of
from dashboard.sales.measures import Measure
from dashboard.sales.rollup import Facts, Rollup

Mask = NDArray[np.bool_]
Sums = NDArray[np.int64]

EXACT = 2**53


@dataclass(frozen=True)
class Selection:
    """Which rows count: values by dimension, None for all. The gate has already narrowed them to the viewer's scope."""

    region: frozenset[str] | None = None
    category: frozenset[str] | None = None
    channel: frozenset[str] | None = None
    product: str | None = None


class Slice:
    """A rollup seen through a selection; sums by product, month, dimension or in total.

    ``known`` are the products that exist for the viewer, bool[products]; None for all.
    """

    def __init__(self, rollup: Rollup, selection: Selection, known: Mask | None = None) -> None:
        self.rollup = rollup
        self._region = _mask(rollup.regions, selection.region)
        self._channel = _mask(rollup.channels, selection.channel)
        chosen = _product_mask(rollup, selection)
        self._product = chosen if known is None else known if chosen is None else known & chosen

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

    def _sold(self, codes: NDArray[np.integer], size: int) -> Mask:
        facts = self.rollup.monthly
        rows = slice(0, int(facts.offsets[-1]))
        keep = self._keep(facts, rows)
        return np.isin(np.arange(size), codes[rows] if keep is None else codes[rows][keep])

    def by_product(self, measure: Measure, first: str, last: str) -> Sums:
        """int64[products]: the measure over the months ``first`` to ``last``."""
        facts, rows = self._monthly(first, last)
        return self._grouped(facts, rows, facts.product[rows], len(self.rollup.products), measure)

    def by_region(self, measure: Measure, first: str, last: str) -> Sums:
        """int64[regions], in the order of ``rollup.regions``."""
        facts, rows = self._monthly(first, last)
        return self._grouped(facts, rows, facts.region[rows], len(self.rollup.regions), measure)

    def by_channel(self, measure: Measure, first: str, last: str) -> Sums:
        """int64[channels], in the order of ``rollup.channels``."""
        facts, rows = self._monthly(first, last)
        return self._grouped(facts, rows, facts.channel[rows], len(self.rollup.channels), measure)

    def by_category(self, measure: Measure, first: str, last: str) -> Sums:
        """int64[categories], in the order of ``rollup.categories``."""
        products = self.by_product(measure, first, last)
        return _bincount(self.rollup.products.category, products, len(self.rollup.categories))

    def by_month(self, measure: Measure) -> Sums:
        """int64[months]: the measure in every month of the rollup; 0 where nothing was sold."""
        facts = self.rollup.monthly
        rows = slice(0, int(facts.offsets[-1]))
        running = np.concatenate(([0], np.cumsum(self._values(facts, rows, measure))))
        return cast(Sums, running[facts.offsets[1:]] - running[facts.offsets[:-1]])

    def total(self, measure: Measure, window: Window) -> int | None:
        """The measure over a window of whole months, or of months whose last is cut short.

        None where the rollup does not reach: before its first month, or a cut month older than its daily grain.
        """
        months = self.rollup.months
        if not months or window.start < first_day(months[0]):
            return None
        if is_whole_months(window):
            return self._months_total(measure, window.start, window.last)
        cut = first_day(month_of(window.last))
        if cut < self.rollup.first_daily:
            return None
        whole = self._months_total(measure, window.start, cut - timedelta(days=1)) if window.start < cut else 0
        return whole + self._days_total(measure, cut, window.last)

    def _monthly(self, first: str, last: str) -> tuple[Facts, slice]:
        months = self.rollup.months
        low = max(0, month_number(first) - month_number(months[0]))
        high = min(len(months) - 1, month_number(last) - month_number(months[0]))
        facts = self.rollup.monthly
        return facts, facts.rows(low, high) if low <= high else slice(0, 0)

    def _months_total(self, measure: Measure, first: date, last: date) -> int:
        facts, rows = self._monthly(month_of(first), month_of(last))
        return int(self._values(facts, rows, measure).sum())

    def _days_total(self, measure: Measure, first: date, last: date) -> int:
        facts = self.rollup.daily
        low = (first - self.rollup.first_daily).days
        high = min(len(facts.offsets) - 2, (last - self.rollup.first_daily).days)
        return int(self._values(facts, facts.rows(low, high), measure).sum()) if low <= high else 0

    def _values(self, facts: Facts, rows: slice, measure: Measure) -> Sums:
        """int64[rows]: the measure row by row, 0 outside the selection."""
        total = np.zeros(rows.stop - rows.start, dtype=np.int64)
        for column, sign in measure.terms.items():
            total += sign * facts.values[column][rows]
        keep = self._keep(facts, rows)
        return total if keep is None else np.where(keep, total, 0)

    def _keep(self, facts: Facts, rows: slice) -> Mask | None:
        keep: Mask | None = None
        for mask, codes in (
            (self._product, facts.product),
            (self._region, facts.region),
            (self._channel, facts.channel),
        ):
            if mask is not None:
                hit = mask[codes[rows]]
                keep = hit if keep is None else keep & hit
        return keep

    def _grouped(self, facts: Facts, rows: slice, codes: NDArray[np.integer], size: int, measure: Measure) -> Sums:
        return _bincount(codes, self._values(facts, rows, measure), size)


def _bincount(codes: NDArray[np.integer], values: Sums, size: int) -> Sums:
    """Sum ``values`` by code, exactly: float64 holds integers to 2**53, so larger sums take the slower integer path."""
    if not len(values):
        return np.zeros(size, dtype=np.int64)
    if int(np.abs(values).max()) * len(values) < EXACT:
        return np.bincount(codes, weights=values, minlength=size).astype(np.int64)
    sums = np.zeros(size, dtype=np.int64)
    np.add.at(sums, codes, values)
    return sums


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
