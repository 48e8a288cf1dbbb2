"""Months of a product that do not fit its past: robust z (domain.md section 9), all products at once.

``z = (x - median) / (1.4826 MAD)`` against the same month of earlier years, each scaled by the product's own trend: its
12 months before the month looked at over its 12 months before the comparable one. Where fewer than three such years
can be compared, against the six months before.
"""

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import cast

import numpy as np
from numpy.typing import NDArray

from dashboard.sales.calendar import MONTHS_A_YEAR
from dashboard.sales.slices import Mask, Sums

Floats = NDArray[np.float64]
# MAD times this is the standard deviation of a normal distribution.
NORMAL = 1.4826


class Method(StrEnum):
    """What a month was compared with."""

    YEARS = "years"
    MONTHS = "months"


@dataclass(frozen=True)
class AnomalyRules:
    """Settings of the anomalies and of the explanations that are tested.

    Attributes:
        robust_z: flagged beyond this, either way.
        comparables: so many earlier years are needed, else the months before are compared.
        prior_months: how many of these, all of them since the product's first sale.
        least_spread: share of the median that the spread is taken to be at least: three earlier values that happen to
            be equal do not make the next one an anomaly. 0 for the bare formula.
        months: how many finished months of the period are looked at, the newest.
        most: how many flags are shown.
        price_share: a net price that changed by less explains nothing; share of 1.
        returns_share: returns explain a fall if they make at least this share of it.
        season_share: last year's month explains a swing if it swung at least this share as far.
        gap_days: so many days without any sales, between days with sales, are a gap in the data.
        in_stock_share: in stock on less of its days, a product counts as out of stock.
    """

    robust_z: float = 3.5
    comparables: int = 3
    prior_months: int = 6
    least_spread: float = 0.1
    months: int = 6
    most: int = 50
    price_share: float = 0.1
    returns_share: float = 0.5
    season_share: float = 0.5
    gap_days: int = 3
    in_stock_share: float = 0.7


@dataclass(frozen=True, eq=False)
class Scores:
    """How far a month is from what the past says, an entry a product.

    Attributes:
        expected: float64, the median of the comparables; NaN where there are too few.
        z: float64, robust z; NaN as well.
        by_years: bool, whether earlier years were compared, not the months before.
        comparables: int64, how many.
    """

    expected: Floats
    z: Floats
    by_years: Mask
    comparables: Sums


def score(values: Sums, at: int, since: Sums, rules: AnomalyRules) -> Scores:
    """The robust z of month ``at`` of every product.

    Args:
        values: int64[months, products], consecutive months.
        since: int64[products], the first month that counts as the product's past; one beyond ``at`` for none.
    """
    years, counted = _years(values, at, since)
    by_years = counted >= rules.comparables
    enough = at >= rules.prior_months and rules.prior_months > 0
    before = ~by_years & (since <= at - rules.prior_months) if enough else np.zeros_like(by_years)
    expected, spread = np.full(len(since), np.nan), np.full(len(since), np.nan)
    expected[by_years], spread[by_years] = _centre(years[by_years], counted[by_years])
    months = values[at - rules.prior_months : at, before].T.astype(np.float64) if enough else np.zeros((0, 0))
    comparables = np.where(by_years, counted, np.where(before, rules.prior_months, 0))
    expected[before], spread[before] = _centre(months, comparables[before])
    spread = np.maximum(np.maximum(spread, rules.least_spread * np.abs(expected)), 1.0)
    return Scores(expected, (values[at] - expected) / spread, by_years, comparables)


def worth_a_look(units: Sums, at: int, small_number: int, rules: AnomalyRules) -> Mask:
    """bool[products]: who has enough units in the month, or in the mean of the months before, to speak of.

    Args:
        units: int64[months, products], net units, whatever the measure.
    """
    before = units[max(0, at - rules.prior_months) : at]
    usual = before.mean(axis=0) if len(before) else np.zeros(units.shape[1])
    return cast(Mask, np.maximum(units[at], usual) >= small_number)


def flagged(scores: Scores, rules: AnomalyRules) -> Mask:
    """bool[products]: whose z is beyond the limit."""
    return np.abs(np.nan_to_num(scores.z)) > rules.robust_z


def _years(values: Sums, at: int, since: Sums) -> tuple[Floats, Sums]:
    """float64[products, years] of the same month of earlier years at today's level, NaN where it is not known; counts.

    A year counts if the product had 12 months before it, and sold in them and in the 12 months before ``at``.
    """
    back = range(MONTHS_A_YEAR, at - MONTHS_A_YEAR + 1, MONTHS_A_YEAR)
    if not back:
        return np.zeros((len(since), 0)), np.zeros(len(since), dtype=np.int64)
    level = _level(values, at)
    columns = []
    for months in back:
        then = _level(values, at - months)
        usable = (then > 0) & (level > 0) & (since <= at - months - MONTHS_A_YEAR)
        # In floats: the product of a month's amount and a year's may not fit into an integer.
        scaled = values[at - months].astype(np.float64) * level / np.where(usable, then, 1)
        columns.append(np.where(usable, scaled, np.nan))
    years = np.stack(columns, axis=1)
    return years, np.isfinite(years).sum(axis=1)


def _level(values: Sums, at: int) -> Sums:
    return cast(Sums, values[at - MONTHS_A_YEAR : at].sum(axis=0))


def _centre(comparables: Floats, count: Sums) -> tuple[Floats, Floats]:
    """Median and 1.4826 MAD of each row's ``count`` numbers; rows may hold NaN besides."""
    if not len(comparables):
        return np.zeros(0), np.zeros(0)
    middle = _median(comparables, count)
    return middle, NORMAL * _median(np.abs(comparables - middle[:, None]), count)


def _median(rows: Floats, count: Sums) -> Floats:
    ordered, each = _sorted(rows), np.arange(len(rows))
    return (ordered[(count - 1) // 2, each] + ordered[count // 2, each]) / 2


def _sorted(rows: Floats) -> Floats:
    """float64[numbers, rows]: the numbers of each row from the smallest up, NaN as infinity.

    There are few in each of many rows: to swap whole columns takes a third of the time of sorting row by row.
    """
    columns = np.ascontiguousarray(np.where(np.isnan(rows), np.inf, rows).T)
    for last in range(len(columns) - 1, 0, -1):
        for left, right in pairwise(columns[: last + 1]):
            low = np.minimum(left, right)
            np.maximum(left, right, out=right)
            left[:] = low
    return columns
