"""How well a method would have forecast months that are known by now, from what was known then (domain.md 8)."""

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from dashboard.sales.calendar import MONTHS_A_YEAR
from dashboard.sales.smoothing import Floats, Mask, Projection

Places = NDArray[np.intp]


@dataclass(frozen=True)
class Score:
    """A method's record over the months tried.

    Attributes:
        mase: mean error / mean change of a month from the year before, in the months before the trial; NaN where there
            is nothing to compare.
        against_last_year: mean error / mean error of saying what the same month of the year before was, in the trial.
        hits, trials: forecasts whose month lay within the interval, and all of them.
    """

    mase: float
    against_last_year: float
    hits: int
    trials: int

    @property
    def coverage(self) -> float:
        """The share of forecasts whose month lay within the interval."""
        return self.hits / self.trials if self.trials else float("nan")


def mase(actual: Floats, forecast: Floats, history: Floats) -> float:
    """``mean|y - yhat| / mean|y_t - y_(t-12)|`` (domain.md section 8); months that are NaN on either side do not count.

    Args:
        history: float64[months], what the scale is taken of; NaN without two months a year apart, or where they are
            always equal.
    """
    return _ratio(_mean(np.abs(actual - forecast)), _mean(np.abs(history[MONTHS_A_YEAR:] - history[:-MONTHS_A_YEAR])))


def seasonal_naive(values: Floats, origins: Places, horizon: int) -> Floats:
    """float64[origins, horizon]: each month as the same month of the year before; up to 12 months ahead."""
    before = origins[:, None] + np.arange(horizon) - MONTHS_A_YEAR
    return cast(Floats, np.where(before >= 0, values[np.maximum(before, 0)], np.nan))


def score(values: Floats, counts: Mask, origins: Places, projection: Projection) -> Score:
    """The record of ``projection`` over all pairs of an origin and a later month that is known and counts.

    Args:
        values: float64[months]; NaN where ``counts`` is False.
        origins: int[origins], ascending; the months before the first are the history of the scale.
    """
    horizon = projection.mean.shape[1]
    months = origins[:, None] + np.arange(horizon)
    known = months < len(values)
    seen = np.where(counts, values, np.nan)
    actual = np.where(known, seen[np.minimum(months, len(values) - 1)], np.nan)
    usual = seasonal_naive(seen, origins, horizon)
    both = ~np.isnan(actual) & ~np.isnan(usual)
    error = np.abs(actual - projection.mean)
    tried = ~np.isnan(actual)
    hits = tried & (projection.low <= actual) & (actual <= projection.high)
    return Score(
        mase(actual, projection.mean, seen[: origins[0]]),
        _ratio(_mean(np.where(both, error, np.nan)), _mean(np.where(both, np.abs(actual - usual), np.nan))),
        int(hits.sum()),
        int(tried.sum()),
    )


def _mean(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")


def _ratio(value: float, base: float) -> float:
    return value / base if base > 0 else float("nan")
