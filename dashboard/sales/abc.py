"""ABC classes by cumulative share, which keep their class until it is clearly crossed (domain.md section 4)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dashboard.sales.ordering import Order, ascending
from dashboard.sales.slices import Mask, Sums

A, B, C = range(3)
CLASSES = "ABC"
NO_CLASS = -1

Codes = NDArray[np.int8]


@dataclass(frozen=True)
class AbcCuts:
    """Percent of the total before an item from which on it is no longer A, no longer B, and points to cross by."""

    a: int = 80
    b: int = 95
    hysteresis: int = 2


@dataclass(frozen=True, eq=False)
class Ranked:
    """Products from the largest value down.

    Attributes:
        order: positions of the products, equal values by position (which is by product code).
        before: int64, by product: what the positive values of those ranked above add up to.
        total: the sum of all positive values.
    """

    order: Order
    before: Sums
    total: int


def ranked(values: Sums) -> Ranked:
    """``values`` (int64[products]) in order. What is 0 or below adds nothing, so that shares never exceed the whole."""
    order = ascending(~values)
    positive = np.maximum(values[order], 0)
    running = np.cumsum(positive)
    before = np.empty_like(values)
    before[order] = running - positive
    return Ranked(order, before, int(running[-1]) if len(values) else 0)


def classify(values: Sums, rank: Ranked, cuts: AbcCuts, previous: Codes | None = None) -> Codes:
    """int8[products]: position in :data:`CLASSES`; the class is by the share before the item, so the first is always A.

    Exact in integers. A value of 0 or below is C.

    Args:
        previous: the classes so far, :data:`NO_CLASS` where there is none. A product leaves its class only where the
            share before it lies at least ``cuts.hysteresis`` points beyond the cut.
    """
    points = cuts.hysteresis
    # Whoever was above a cut stays above until past it by some points, and the other way round. By NO_CLASS, A, B, C:
    cut_a = _cuts((cuts.a, cuts.a + points, cuts.a - points, cuts.a - points), rank.total)
    cut_b = _cuts((cuts.b, cuts.b + points, cuts.b + points, cuts.b - points), rank.total)
    was = 0 if previous is None else previous - NO_CLASS
    code = (rank.before >= cut_a[was]).astype(np.int8) + (rank.before >= cut_b[was])
    return np.where(values > 0, code, np.int8(C))


def _cuts(percents: Sequence[int], total: int) -> Sums:
    """int64: the least whole values that are ``percents`` of the total; a hundred times large amounts would not fit."""
    largest = np.iinfo(np.int64).max
    return np.array([min(-(-percent * total // 100), largest) for percent in percents], dtype=np.int64)


def rolling(monthly: Sums, months: int) -> Sums:
    """int64[windows, products]: sums of ``months`` consecutive rows of ``monthly`` (int64[months, products])."""
    windows = np.empty((len(monthly) - months + 1, monthly.shape[1]), dtype=np.int64)
    windows[0] = monthly[:months].sum(axis=0)
    for i in range(1, len(windows)):
        windows[i] = windows[i - 1] + monthly[i - 1 + months] - monthly[i - 1]
    return windows


def with_memory(windows: Sums, on_sale: Mask, cuts: AbcCuts) -> Codes:
    """int8[windows, products]: the classes of each window, each knowing those of the window a month before.

    Computed forward from the oldest window, which has no memory: nothing is stored, and the same data always give the
    same classes.

    Args:
        windows: int64[windows, products], oldest first, only products that are classed.
        on_sale: bool[windows, products]: a product gets its first class in the first window that it is on sale in.
    """
    classes = np.full(on_sale.shape, NO_CLASS, dtype=np.int8)
    previous: Codes | None = None
    for i, values in enumerate(windows):
        np.copyto(classes[i], classify(values, ranked(values), cuts, previous), where=on_sale[i])
        previous = classes[i]
    return classes
