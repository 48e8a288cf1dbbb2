"""Units of the next months, published only if the method stood a test on months that are known (domain.md section 8).

Candidates are exponential smoothing with the season added or multiplied, and for products that sell in few months SBA
and TSB; the yardstick is the same month of the year before. The unfinished month and months out of stock play no part.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist

import numpy as np

from dashboard.sales import intermittent, smoothing
from dashboard.sales.backtest import Places, Score, score
from dashboard.sales.calendar import MONTHS_A_YEAR
from dashboard.sales.demand_class import INTERMITTENT, LUMPY, demand_class
from dashboard.sales.seasonality import LEAST_MONTHS, Floats, drawn, filled, indices
from dashboard.sales.slices import Mask, Sums
from dashboard.sales.smoothing import Projection, Start

# Positions in a series are counted from its first month: any January does.
YEAR_START = "0001-01"
# A month that hardly ever sells is no base to divide by.
LEAST_INDEX = 0.05


class Why(StrEnum):
    """Why there is no forecast."""

    ENDED = "ended"
    SHORT = "short"
    NO_SALES = "no_sales"
    NOT_BETTER = "not_better"
    UNSURE = "unsure"


class Method(StrEnum):
    """How a forecast is made."""

    ADDED = "season added"
    MULTIPLIED = "season multiplied"
    LEVEL = "level"
    SBA = "sba"
    TSB = "tsb"


@dataclass(frozen=True)
class ForecastRules:
    """When a forecast is published, and how far it goes.

    Attributes:
        horizon: months ahead, 1 to 12.
        least_trials, most_trials: how many of the last finished months are tried.
        most_mase: the error must be below this multiple of the usual change from the year before.
        interval: share of months that the range shall hold.
        least_coverage, most_coverage: share of the trials that it has to have held.
        least_in_stock: a month in stock on a smaller share of its days does not count.
    """

    horizon: int = 3
    least_trials: int = 6
    most_trials: int = 12
    most_mase: float = 1.0
    interval: float = 0.8
    least_coverage: float = 0.7
    most_coverage: float = 0.9
    least_in_stock: float = 0.7

    @property
    def least_months(self) -> int:
        """Finished months that a forecast needs: a year to start from, and the trials."""
        return MONTHS_A_YEAR + self.least_trials


@dataclass(frozen=True)
class Forecast:
    """A forecast, or why there is none.

    Attributes:
        why: None if there is one.
        months: finished months that counted; left_out: those that did not.
        tried: months of the trial; 0 if none took place.
        method, score: of the best candidate, also where it was not good enough; None without a trial.
        mean, low, high: units of each month ahead; empty if there is no forecast.
    """

    why: Why | None
    months: int
    left_out: int
    tried: int = 0
    method: Method | None = None
    score: Score | None = None
    mean: tuple[float, ...] = ()
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


def forecast(values: Sums, counts: Mask, rules: ForecastRules, shared: Sums | None = None) -> Forecast:
    """The forecast of the months after the last of ``values``.

    Args:
        values: int64[months], net units of consecutive finished months.
        counts: bool[months], False for months out of stock; what was sold in them plays no part.
        shared: int64[any months], of the product's category and ending with the same month, for the season of thin
            products.
    """
    months, left_out = int(counts.sum()), int((~counts).sum())
    if months < rules.least_months:
        return Forecast(Why.SHORT, months, left_out)
    if not values[counts].any():
        return Forecast(Why.NO_SALES, months, left_out)
    size = len(values)
    tried = int(np.clip(size - LEAST_MONTHS, rules.least_trials, rules.most_trials))
    series = np.where(counts, values, 0).astype(np.float64)
    origins = np.arange(size - tried, size)
    # What the class of demand is must be known before the trial begins.
    seldom = _is_seldom(series[: origins[0]], counts[: origins[0]])
    trial = _Trial(series, counts, rules, shared, is_seldom=seldom)
    records = [(method, score(series, counts, origins, p)) for method, p in trial.candidates(origins)]
    method, best = min(records, key=lambda record: _error(record[1]))
    why = verdict(best, rules)
    if why is not None:
        return Forecast(why, months, left_out, tried, method, best)
    final = dict(trial.candidates(np.array([size])))[method]
    floor = 0.0 if series.min() >= 0 else -np.inf
    mean, low, high = (tuple(np.maximum(part[0], floor).tolist()) for part in (final.mean, final.low, final.high))
    return Forecast(None, months, left_out, tried, method, best, mean, low, high)


def verdict(record: Score, rules: ForecastRules) -> Why | None:
    """Why a candidate with this record is not published; None if it is. A record with gaps is not good enough."""
    if not (record.mase < rules.most_mase and record.against_last_year < 1):
        return Why.NOT_BETTER
    if not rules.least_coverage <= record.coverage <= rules.most_coverage:
        return Why.UNSURE
    return None


def _error(record: Score) -> float:
    return record.mase if record.mase == record.mase else float("inf")


class _Trial:
    """The candidates for one series, each from any origins."""

    def __init__(
        self, series: Floats, counts: Mask, rules: ForecastRules, shared: Sums | None, *, is_seldom: bool
    ) -> None:
        self._series, self._counts, self._rules, self._shared = series, counts, rules, shared
        self._is_seldom = is_seldom
        self._z = NormalDist().inv_cdf((1 + rules.interval) / 2)

    def candidates(self, origins: Places) -> Iterator[tuple[Method, Projection]]:
        """Each method with its forecasts; it starts from what the first origin knows."""
        if self._is_seldom:
            yield from self._seldom(origins)
            return
        known = [int(origin) for origin in origins]
        seasons = [self._index(months) for months in known]
        index = np.array([season for season, _ in seasons])
        own = seasons[0][1]
        for method in _methods(index):
            start = self._start(method, known, index)
            fitted = 0.0 if method is Method.LEVEL else MONTHS_A_YEAR * own
            yield (
                method,
                smoothing.project(
                    self._series, self._counts, start, origins, self._rules.horizon, self._z, fitted=fitted
                ),
            )

    def _start(self, method: Method, known: list[int], index: Floats) -> Start:
        usual = np.ones_like(index) if method is Method.LEVEL else index
        lines = np.array([self._line(months, row) for months, row in zip(known, usual, strict=True)])
        level, slope = lines.T
        middle = level + slope * np.array(known) / 2
        factors = method is Method.MULTIPLIED
        return Start(level, slope, usual if factors else (usual - 1) * middle[:, None], factors)

    def _seldom(self, origins: Places) -> Iterator[tuple[Method, Projection]]:
        for method, formula in ((Method.SBA, intermittent.sba), (Method.TSB, intermittent.tsb)):
            passed = formula(self._series, self._counts)
            yield (
                method,
                intermittent.project(
                    self._series, self._counts, passed, origins, self._rules.horizon, self._rules.interval
                ),
            )

    def _index(self, known: int) -> tuple[Floats, float]:
        """float64[12] by position in the series, and the weight of the product's own; NaN where there is no season."""
        own = _index_of(filled(self._series[:known], self._counts[:known]))
        unseen = len(self._series) - known
        shared = np.full(MONTHS_A_YEAR, np.nan)
        if self._shared is not None and len(self._shared) > unseen:
            past = self._shared[: len(self._shared) - unseen]
            # Position 0 of the category is as many months before the series as it is longer.
            shared = _index_of(past, known - len(past))
        return drawn(own, shared, known // MONTHS_A_YEAR)

    def _line(self, known: int, index: Floats) -> tuple[float, float]:
        """Level before the first month and slope a month: a straight line through what the season leaves."""
        place = np.flatnonzero(self._counts[:known])
        left = self._series[place] / np.maximum(index[place % MONTHS_A_YEAR], LEAST_INDEX)
        if len(place) < 2:  # noqa: PLR2004
            return float(left.mean()) if len(place) else 0.0, 0.0
        slope, level = np.polyfit(place.astype(np.float64), left, 1)
        return float(level - slope), float(slope)


def _is_seldom(series: Floats, counts: Mask) -> bool:
    code = demand_class(series[:, None].astype(np.int64), counts[:, None]).code
    return int(code[0]) in (INTERMITTENT, LUMPY)


def _methods(index: Floats) -> tuple[Method, ...]:
    if np.isnan(index).any():
        return (Method.LEVEL,)
    return (Method.LEVEL, Method.ADDED, Method.MULTIPLIED) if (index > 0).all() else (Method.LEVEL, Method.ADDED)


def _index_of(series: Floats | Sums, origin: int = 0) -> Floats:
    """float64[12] by position modulo 12, row 0 of ``series`` being position ``origin``; NaN where there is none."""
    return np.roll(indices(series[:, None], YEAR_START)[:, 0], origin % MONTHS_A_YEAR)
