"""XYZ: how steady monthly sales are, once what the season explains is taken out (domain.md section 4)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dashboard.sales.slices import Mask, Sums

X, Y, Z, UNCLASSIFIED = range(4)
STEADINESS = ("X", "Y", "Z", "U")
# A month that hardly ever sells is no base to scale by: dividing by its index would make noise of single units.
LEAST_INDEX = 0.1

Codes = NDArray[np.int8]
Rates = NDArray[np.float64]


@dataclass(frozen=True)
class XyzCuts:
    """Variation below which a product is X, or else Y; months that it takes to say."""

    x: float = 0.5
    y: float = 1.0
    least_months: int = 6


@dataclass(frozen=True, eq=False)
class Steadiness:
    """How steady each product sells.

    Attributes:
        code: int8[products], position in :data:`STEADINESS`.
        cv: float64[products], sample standard deviation over mean of monthly net units; NaN where the mean is not above
            0 or there are fewer than two months.
        months: int64[products], months it was taken of.
        seasonal: bool[products], whether the season was taken out first.
    """

    code: Codes
    cv: Rates
    months: Sums
    seasonal: Mask


def steadiness(units: Sums, counted: Mask, cuts: XyzCuts, season: Rates | None = None) -> Steadiness:
    """The steadiness of each product over the months that count, months without sales included.

    Args:
        units: int64[months, products], net units.
        counted: bool[months, products]: full months on sale that were not spoilt by stock-outs.
        season: float64[months, products], seasonal index of each month, NaN where none is known; None for none at all.
    """
    level, seasonal = deseasonalised(units, season)
    months = counted.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(counted, level, 0.0).sum(axis=0) / months
        spread = (np.where(counted, level - mean, 0.0) ** 2).sum(axis=0)
        cv = np.where((mean > 0) & (months > 1), np.sqrt(spread / (months - 1)) / mean, np.nan)
    unsure = np.isnan(cv) | (months < cuts.least_months)
    code = np.select([unsure, cv < cuts.x, cv < cuts.y], [UNCLASSIFIED, X, Y], Z)
    return Steadiness(code.astype(np.int8), cv, months.astype(np.int64), seasonal)


def deseasonalised(units: Sums, season: Rates | None) -> tuple[Rates, Mask]:
    """float64[months, products] of units as they were without a season; bool[products], where one was known."""
    if season is None:
        return units.astype(np.float64), np.zeros(units.shape[1], dtype=np.bool_)
    usable = np.all(season >= LEAST_INDEX, axis=0)
    return units / np.where(usable, season, 1.0), np.asarray(usable, dtype=np.bool_)
