"""Forecasts of products that sell in few months: Syntetos and Boylan's (SBA) and Teunter, Syntetos and Babai's (TSB).

Both smooth how much sells when something sells, and how often that is; SBA takes the interval between sales, corrected
for its bias, TSB the probability of a sale, which falls while nothing sells.
"""

from typing import cast

import numpy as np
from numpy.typing import NDArray

from dashboard.sales.smoothing import Floats, Mask, Projection

WEIGHTS = np.array([0.05, 0.1, 0.15, 0.2, 0.3])


def sba(values: Floats, counts: Mask) -> Floats:
    """float64[months + 1, weights]: the forecast of each month, and of the next, from the months before; NaN at first.

    ``(1 - a / 2) * size / interval`` (Syntetos and Boylan 2005).
    """
    result = np.full((len(values) + 1, len(WEIGHTS)), np.nan)
    size = interval = result[0]
    since = 1
    for t, (value, is_counted) in enumerate(zip(values, counts, strict=True)):
        if is_counted and value > 0:
            begun = not np.isnan(size[0])
            size = size + WEIGHTS * (value - size) if begun else np.full(len(WEIGHTS), value)
            interval = interval + WEIGHTS * (since - interval) if begun else np.full(len(WEIGHTS), float(t + 1))
            since = 1
        elif is_counted:
            since += 1
        result[t + 1] = (1 - WEIGHTS / 2) * size / interval
    return result


def tsb(values: Floats, counts: Mask) -> Floats:
    """float64[months + 1, weights]: as :func:`sba`; probability times size (Teunter, Syntetos and Babai 2011)."""
    result = np.full((len(values) + 1, len(WEIGHTS)), np.nan)
    size = chance = result[0]
    for t, (value, is_counted) in enumerate(zip(values, counts, strict=True)):
        if is_counted and np.isnan(size[0]) and value > 0:
            size, chance = np.full(len(WEIGHTS), value), np.full(len(WEIGHTS), 1 / (t + 1))
        elif is_counted and not np.isnan(size[0]):
            chance = chance + WEIGHTS * ((value > 0) - chance)
            size = size + WEIGHTS * (value - size) if value > 0 else size
        result[t + 1] = chance * size
    return result


def project(
    values: Floats, counts: Mask, forecasts: Floats, origins: NDArray[np.intp], horizon: int, share: float
) -> Projection:
    """The same level for every month ahead, with the weight that served best up to each origin.

    The interval is of the months seen so far, not of a normal distribution: months without a sale are many.

    Args:
        forecasts: of :func:`sba` or :func:`tsb`.
        share: of months that the interval shall hold, such as 0.8.
    """
    known = counts[:, None] & ~np.isnan(forecasts[:-1])
    cost = np.cumsum(np.where(known, (values[:, None] - np.nan_to_num(forecasts[:-1])) ** 2, 0.0), axis=0)
    best = cost[origins - 1].argmin(axis=1)
    edges = [
        np.quantile(values[:origin][counts[:origin]], [(1 - share) / 2, (1 + share) / 2]) if counts[:origin].any()
        else [np.nan, np.nan]
        for origin in origins
    ]  # fmt: skip
    low, high = np.repeat(np.array(edges).T[:, :, None], horizon, axis=2)
    mean = np.repeat(forecasts[origins, best][:, None], horizon, axis=1)
    return Projection(mean, np.minimum(low, mean), cast(Floats, np.maximum(high, mean)))
