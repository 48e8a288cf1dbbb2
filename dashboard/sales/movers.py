"""Risers and fallers between two like-for-like windows, by what they add to the change (domain.md sections 3 and 9)."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd

from dashboard.sales.rankings import cut, framed
from dashboard.sales.ratios import Floats
from dashboard.sales.rollup import Rollup
from dashboard.sales.slices import Mask, Sums


class Direction(StrEnum):
    """Which way products moved."""

    UP = "up"
    DOWN = "down"


@dataclass(frozen=True)
class Movers:
    """Products that moved one way.

    Attributes:
        frame: rank, product, name, category, current, base, change (int), share (float, NaN where the total stands
            still): the product's part of the absolute change of the whole selection; largest move first.
        tied_beyond: products cut off whose change is that of the last one shown.
        others, others_change: further products that moved this way, and what they add up to.
        total_current, total_base: the whole selection.
    """

    frame: pd.DataFrame
    tied_beyond: int
    others: int
    others_change: int
    total_current: int
    total_base: int


def move(rollup: Rollup, direction: Direction, current: Sums, base: Sums, universe: Mask, limit: int) -> Movers:
    """The ``limit`` products whose measure rose or fell most, in the measure's own integers.

    Order is the size of the change, then the current value, then product code; ranks are competition ranks.

    Args:
        current, base: int64[products], the same measure over both windows.
    """
    change = current - base
    moved = universe & ((change > 0) if direction is Direction.UP else (change < 0))
    found = cut(np.flatnonzero(moved), change, current, limit, descending=direction is Direction.UP)
    now, then = int(current[universe].sum()), int(base[universe].sum())
    columns = {"current": current, "base": base, "change": change, "share": contributions(change, now - then)}
    return Movers(
        framed(rollup, found, columns),
        found.tied_beyond,
        int(moved.sum()) - len(found.shown),
        int(change[moved].sum()) - int(change[found.shown].sum()),
        now,
        then,
    )


def contributions(change: Sums, total: int) -> Floats:
    """float64[products]: each change as a part of the absolute total change; NaN everywhere if that is 0."""
    return change / abs(total) if total else np.full(len(change), np.nan)
