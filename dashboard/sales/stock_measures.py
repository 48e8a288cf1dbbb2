"""Formulas of stock over arrays of products (domain.md section 5). Blank (NaN) where a figure cannot be said."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dashboard.sales.demand import Floats
from dashboard.sales.rollup import Ints
from dashboard.sales.slices import Mask, Sums

MONTHS_A_YEAR = 12
# Sums below this fit 64 bits, whatever the rounding of the float that tells.
SAFE = 2.0**62
# Normal quantile of a range that holds four in five.
RANGE_Z = 1.2816


def quotient(top: ArrayLike, bottom: ArrayLike) -> Floats:
    """``top / bottom``, NaN where ``bottom`` is not above 0."""
    under = np.asarray(bottom, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(under > 0, np.asarray(top, dtype=np.float64) / under, np.nan)


def days_of_supply(available: ArrayLike, daily_demand: ArrayLike) -> Floats:
    """Days that the available units last at the daily demand; NaN without demand: no recent sales, not for ever."""
    return quotient(np.maximum(available, 0), daily_demand)


def average_inventory(points: ArrayLike) -> Floats:
    """Mean over axis 0 of the stocks at the opening of each period and at the close of the last [Toolio]."""
    mean: Floats = np.asarray(points, dtype=np.float64).mean(axis=0)
    return mean


def sell_through(net_units: ArrayLike, opening: ArrayLike, received: ArrayLike) -> Floats:
    """Share of 1 of what was there to sell that was sold: net units / (opening + received units)."""
    return quotient(net_units, np.asarray(opening) + np.asarray(received))


def stock_to_sales(opening: ArrayLike, net_units: ArrayLike, months: float = 1.0) -> Floats:
    """Opening stock in months of sales [Microbiz]: opening / (net units / months)."""
    return quotient(np.asarray(opening) * months, net_units)


def turns(sold: ArrayLike, average: ArrayLike, months: float) -> Floats:
    """How often a year the stock is sold: of units, or at cost (cost of goods and inventory at cost)."""
    return quotient(np.asarray(sold) * (MONTHS_A_YEAR / months), average)


def gmroi(margin: ArrayLike, average_at_cost: ArrayLike, months: float) -> Floats:
    """Gross margin a year for each unit of money in stock: margin / average inventory at cost, annualised."""
    return quotient(np.asarray(margin) * (MONTHS_A_YEAR / months), average_at_cost)


def value_at_cost(units: Sums, cost: Ints) -> list[int]:
    """Minor units, exact: what each row of ``units`` is worth; products without a known cost count as 0.

    Near the limits of an import such sums do not fit 64 bits: then Python's integers add them up.

    Args:
        units: int64[rows, products].
        cost: int64[products], minor units of one unit; below 0 where unknown.
    """
    known = np.maximum(cost, 0)
    bound = np.abs(units).astype(np.float64) @ known.astype(np.float64)
    fits = float(np.max(bound, initial=0.0)) < SAFE
    values: list[int] = (units @ known if fits else units.astype(object) @ known.astype(object)).tolist()
    return values


def excess_units(available: Sums, daily_demand: Floats, target_cover_days: float) -> Sums:
    """int64[products]: whole units above what sells in ``target_cover_days``; without demand (NaN, 0) all of them."""
    wanted = np.ceil(np.maximum(np.nan_to_num(daily_demand), 0) * target_cover_days - 1e-9)
    return np.maximum(available - wanted.astype(np.int64), 0)


@dataclass(frozen=True, eq=False)
class Outages:
    """Days without stock, and what they may have cost in units; one entry a product.

    Attributes:
        days: int64, days on sale that closed without available stock.
        lost, low, high: float64, estimate and bounds of a range that holds four in five; NaN where the rate is unknown.
        in_stock: int64, days that the rate of sale is taken of.
    """

    days: Sums
    lost: Floats
    low: Floats
    high: Floats
    in_stock: Sums


@dataclass(frozen=True, eq=False)
class Tally:
    """Sums over days, from which lost units are estimated; float64, one entry a product. Tallies of days add up.

    Attributes:
        out, known: stock-out days, and days in stock that the rate is taken of.
        missed, seen: the same, weighed by weekday.
        sold, squares: net units of the days in stock, and their squares.
        weighed, weights: those units times their day's weight, and the squares of these weights.
    """

    out: Floats
    known: Floats
    missed: Floats
    seen: Floats
    sold: Floats
    squares: Floats
    weighed: Floats
    weights: Floats

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*(mine + its for mine, its in zip(vars(self).values(), vars(other).values(), strict=True)))


def tally(out: Mask, in_stock: Mask, units: Sums, weights: Floats) -> Tally:
    """The sums of some days.

    Args:
        out: bool[days, products], stock-out days to be estimated.
        in_stock: bool[days, products], days that the rate is taken of.
        units: int64[days, products], net units.
        weights: float64[days], the weekday's usual share of a mean day (1 on average).
    """
    sold = np.where(in_stock, units, 0).astype(np.float64)
    ways = np.stack((np.ones(len(weights)), weights, weights * weights))
    # Not by BLAS: its threads take longer to meet than such thin matrices take to multiply.
    missed, seen, sums = (
        np.einsum("wd,dp->wp", ways[:rows], part.astype(np.float64))
        for rows, part in ((2, out), (3, in_stock), (2, sold))
    )
    return Tally(
        out=missed[0],
        known=seen[0],
        missed=missed[1],
        seen=seen[1],
        sold=sums[0],
        squares=(sold * sold).sum(axis=0),
        weighed=sums[1],
        weights=seen[2],
    )


def lost_units(t: Tally, min_days: int) -> Outages:
    """Stock-out days times the rate of sale on days in stock, both weighed by weekday so that the mix is the same.

    The range takes both the spread of demand from day to day and that the rate itself is of few days:
    ``z * sd * sqrt(o + o^2 / n)`` for ``o`` days out of stock and ``n`` in stock. With fewer than ``min_days`` in
    stock there is no rate.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        rate = np.where((t.known >= min_days) & (t.seen > 0), np.maximum(t.sold, 0) / t.seen, np.nan)
    spread = np.maximum(t.squares - 2 * rate * t.weighed + rate * rate * t.weights, 0.0)
    variance = spread / np.maximum(t.known - 1, 1)
    half = RANGE_Z * np.sqrt(variance * (t.out + t.out * t.out / np.maximum(t.known, 1)))
    lost, days = rate * t.missed, t.out.astype(np.int64)
    return Outages(days, lost, np.maximum(lost - half, 0.0), lost + half, t.known.astype(np.int64))


def weekday_weights(units: Sums, weekdays: NDArray[np.int64]) -> Floats:
    """float64[days]: mean units of the day's weekday over the mean of all days; all 1 where nothing was sold.

    Args:
        units: int64[days], net units of all products together.
        weekdays: int64[days], 0 to 6.
    """
    counts = np.bincount(weekdays, minlength=7)
    means = np.maximum(np.bincount(weekdays, weights=units, minlength=7), 0) / np.maximum(counts, 1)
    weights: Floats = means[weekdays]
    return weights / weights.mean() if weights.sum() > 0 else np.ones(len(weekdays))
