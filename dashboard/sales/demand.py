"""What a product sells on a day on which there was some to sell, and how much it may sell until an order arrives.

Sales are demand cut off by stock: days that closed without stock never count, or the estimate is too low, the next
order too small and the product out of stock again (domain.md section 5).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dashboard.sales.blocks import blocks
from dashboard.sales.demand_class import INTERMITTENT, LUMPY, Codes, DemandCuts, demand_class
from dashboard.sales.slices import Mask, Sums

Floats = NDArray[np.float64]
Places = NDArray[np.intp]

DRAWS = 200
SEED = 20261121
# Its square fits into an integer of 64 bits.
LARGEST_ROOT = 3 * 10**9
# Products resampled at once: bounds memory.
BLOCK = 8192


@dataclass(frozen=True, eq=False)
class DailyDemand:
    """Daily demand of each product.

    Attributes:
        mean: float64[products], net units a day in stock; NaN where no day counts.
        sd: float64[products], sample standard deviation of the same days; 0 for fewer than two.
        days: int64[products], days that count.
        sale_days: int64[products], those with net units above 0.
        code: int8[products], position in ``demand_class.DEMAND_CLASSES``; the periods are the days that count.
    """

    mean: Floats
    sd: Floats
    days: Sums
    sale_days: Sums
    code: Codes

    @property
    def seldom(self) -> Mask:
        """bool[products]: intermittent or lumpy, so that no normal distribution fits."""
        return np.isin(self.code, (INTERMITTENT, LUMPY))


def daily_demand(units: Sums, counted: Mask, cuts: DemandCuts | None = None) -> DailyDemand:
    """Demand out of net ``units``, int64[days, products], on the days ``counted``, bool[days, products]."""
    days, parts = counted.sum(axis=0), list(blocks(units.shape[1]))
    largest = max(int(np.abs(_kept(units, counted, part)).max(initial=0)) for part in parts)
    fits = largest * len(units) < LARGEST_ROOT
    found = [_moments(_kept(units, counted, part), fits=fits) for part in parts]
    total, squares, sale_days = (np.concatenate(arrays) for arrays in zip(*found, strict=True))
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(days > 0, total / days, np.nan)
        # In integers up to the division, so that a constant demand has no spread at all.
        variance = np.where(days > 1, (days * squares - total * total) / (days * (days - 1.0)), 0.0)
    code = demand_class(units, counted, cuts).code
    return DailyDemand(mean, np.sqrt(np.maximum(variance, 0.0)), days, sale_days, code)


def _kept(units: Sums, counted: Mask, part: slice) -> Sums:
    return np.where(counted[:, part], units[:, part], 0)


def _moments(kept: Sums, *, fits: bool) -> tuple[Sums | Floats, Sums | Floats, Sums]:
    """Of each column the sum and the sum of squares, in floats where they do not fit integers, and what is above 0."""
    values = kept if fits else kept.astype(np.float64)
    return values.sum(axis=0), (values * values).sum(axis=0), (kept > 0).sum(axis=0)


def resampled(units: Sums, counted: Mask, horizon: Sums, spread: Floats, level: float) -> Floats:
    """float64[products]: the demand of ``horizon`` days that is not exceeded with probability ``level``.

    An empirical quantile: :data:`DRAWS` times as many of the product's own counted days are drawn with replacement,
    with a fixed seed, so that the same data give the same advice. NaN for products without a day that counts.

    Args:
        units, counted: as in :func:`daily_demand`.
        horizon: int64[products], days; at least 1.
        spread: float64[products], standard deviation of the horizon in days.
        level: of 1.
    """
    known = counted.sum(axis=0)
    # Each product's counted days first, so that products with as many of them share their draws.
    days = np.take_along_axis(np.maximum(units, 0), np.argsort(~counted, axis=0, kind="stable"), axis=0)
    rank = int(np.ceil(level * DRAWS - 1e-9)) - 1
    found = np.full(units.shape[1], np.nan)
    for places, count, length, sd in _alike(known, horizon, spread):
        weights = _draws(count, length, sd)
        for start in range(0, len(places), BLOCK):
            some = places[start : start + BLOCK]
            sums = days[:count, some].T.astype(np.float32) @ weights.T
            found[some] = np.partition(sums, rank, axis=1)[:, rank]
    return found


def _alike(known: Sums, horizon: Sums, spread: Floats) -> Iterator[tuple[Places, int, int, float]]:
    """Products that may share their draws: as many days known, the same horizon and, to half a day, the same spread."""
    keys = np.column_stack((known, np.maximum(horizon, 1), np.round(np.nan_to_num(spread) * 2).astype(np.int64)))
    groups, inverse = np.unique(keys, axis=0, return_inverse=True)
    order = np.argsort(inverse, kind="stable")
    stops = np.cumsum(np.bincount(inverse, minlength=len(groups)))
    for (count, length, halves), places in zip(groups.tolist(), np.split(order, stops)[:-1], strict=True):
        if count:
            yield places, count, length, halves / 2


def _draws(count: int, length: int, spread: float) -> NDArray[np.float32]:
    """float32[draws, days]: how often each of ``count`` days is drawn for a horizon of about ``length`` days."""
    rng = np.random.default_rng((SEED, count, length, int(spread * 2)))
    lengths = np.maximum(1, np.rint(length + spread * rng.standard_normal(DRAWS))).astype(np.int64)
    draw = np.repeat(np.arange(DRAWS), lengths)
    cells = draw * count + rng.integers(0, count, len(draw))
    return np.bincount(cells, minlength=DRAWS * count).reshape(DRAWS, count).astype(np.float32)
