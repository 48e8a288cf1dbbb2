"""Seasonal indices by calendar month: how a product's usual January compares with its usual month (domain.md 7)."""

from typing import cast

import numpy as np
from numpy.typing import NDArray

from dashboard.sales.blocks import blocks
from dashboard.sales.calendar import MONTHS_A_YEAR, month_number
from dashboard.sales.slices import bincount

LEAST_MONTHS = 24
STABLE_MONTHS = 36
HALF = MONTHS_A_YEAR // 2
# k years seen weigh k / (k + 2) against the category.
CATEGORY_YEARS = 2

Floats = NDArray[np.float64]


def indices(monthly: NDArray[np.int64] | Floats, first_month: str) -> Floats:
    """float64[12, products]: index of each calendar month, January first; the mean of a product's twelve is 1.

    An index is the mean over years of the month's units / their centred 12-month moving average. NaN throughout where
    there are fewer than 24 months, where a moving average is not above 0, or where the indices' mean is not.

    Args:
        monthly: int64[months, products], consecutive finished months.
        first_month: key of row 0.
    """
    values = monthly.astype(np.float64)
    if len(values) < LEAST_MONTHS:
        return np.full((MONTHS_A_YEAR, values.shape[1]), np.nan)
    average = moving_average(values)
    sound = np.asarray((average > 0).all(axis=0))
    ratios = values[HALF:-HALF] / np.where(average > 0, average, np.nan)
    month = (month_number(first_month) + HALF + np.arange(len(ratios))) % MONTHS_A_YEAR
    return _rescaled(np.stack([ratios[month == m].mean(axis=0) for m in range(MONTHS_A_YEAR)]), sound)


def moving_average(values: Floats) -> Floats:
    """float64[months - 12, products]: mean of the 13 months around each, the outermost two counting half."""
    running = np.zeros((len(values) + 1, values.shape[1]))
    for month, row in enumerate(values):  # np.cumsum along the months takes ten times as long
        np.add(running[month], row, out=running[month + 1])
    twelve = (running[MONTHS_A_YEAR:] - running[:-MONTHS_A_YEAR]) / MONTHS_A_YEAR
    return (twelve[1:] + twelve[:-1]) / 2


def shrunk(monthly: NDArray[np.int64], first_month: str, category: NDArray[np.integer], categories: int) -> Floats:
    """float64[12, products]: :func:`indices` drawn towards those of the product's category, weight k / (k + 2).

    ``k`` is the number of full years since the product's first sale. A product without an index of its own has its
    category's if it sold in at least one month; where that has none either, NaN: no seasonal sentence then.

    Args:
        category: int codes, one a product, below ``categories``.
    """
    sums = np.array([bincount(category, row, categories) for row in monthly])
    shared, parts = indices(sums, first_month), blocks(len(category))
    found = [_towards(monthly[:, part], first_month, np.take(shared, category[part], axis=1)) for part in parts]
    return np.concatenate(found, axis=1)


def _towards(monthly: NDArray[np.int64], first_month: str, shared: Floats) -> Floats:
    own = indices(monthly, first_month)
    started = monthly != 0
    first = np.where(started.any(axis=0), started.argmax(axis=0), len(monthly))
    years = (len(monthly) - first) // MONTHS_A_YEAR
    weight = np.where(np.isnan(own[0]), 0.0, years / (years + CATEGORY_YEARS))
    mixed = weight * np.nan_to_num(own) + (1 - weight) * shared
    return np.where(np.isnan(shared), own, np.where(started.any(axis=0), mixed, np.nan))


def drawn(own: Floats, shared: Floats, years: int) -> tuple[Floats, float]:
    """float64[12]: a product's indices drawn towards those of its category, and the weight of its own, k / (k + 2).

    Where one of them is NaN the other stands alone, with weight 0 or 1.

    Args:
        years: k, full years of the product that were seen.
    """
    if np.isnan(own).any():
        return shared, 0.0
    if np.isnan(shared).any():
        return own, 1.0
    weight = years / (years + CATEGORY_YEARS)
    return weight * own + (1 - weight) * shared, weight


def filled(series: Floats, counts: NDArray[np.bool_]) -> Floats:
    """The months of one series, each that does not count as its neighbour a year away, or as the mean of the others."""
    result = np.where(counts, series, np.nan)
    for t in np.flatnonzero(~counts).tolist():
        near = [p for p in (t - MONTHS_A_YEAR, t + MONTHS_A_YEAR) if 0 <= p < len(series) and counts[p]]
        result[t] = series[near[0]] if near else series[counts].mean() if counts.any() else 0.0
    return result


def _rescaled(index: Floats, sound: NDArray[np.bool_]) -> Floats:
    mean = index.mean(axis=0)
    usable = sound & (mean > 0)
    return cast(Floats, np.where(usable, index / np.where(usable, mean, 1.0), np.nan))
