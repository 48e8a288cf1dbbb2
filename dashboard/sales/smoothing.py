"""Exponential smoothing of one monthly series, for a whole grid of parameters at once.

Every rolling origin has its own start and its own best combination, out of one pass over the months for all of them.
The recursions are the error-correction forms of Hyndman et al. (2008), ETS(A,N,A), ETS(A,Ad,A) and the same with
seasonal factors. A month that does not count moves no state but time, which is how a state-space model treats a
missing value.
"""

from dataclasses import dataclass, field
from itertools import product
from typing import cast

import numpy as np
from numpy.typing import NDArray

from dashboard.sales.calendar import MONTHS_A_YEAR

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

LEVEL = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9)
# A trend is damped, so that it does not run away: its damping (0 for no trend) and its share of the level's weight.
SLOPE = ((0.0, 0.0), (0.9, 0.0), (0.9, 0.2), (0.98, 0.0), (0.98, 0.2))
SEASON = (0.0, 0.05, 0.15, 0.3)
DECIDED = 2  # parameters chosen besides the seasonal indices


@dataclass(frozen=True, eq=False)
class Projection:
    """Forecasts from each origin: float64[origins, horizon] thrice, NaN where the method has none."""

    mean: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, eq=False)
class Grid:
    """Combinations of parameters, float64[combinations] each; ``phi`` 0 means no trend."""

    alpha: Floats
    beta: Floats
    gamma: Floats
    phi: Floats


@dataclass(frozen=True, eq=False)
class Start:
    """What each origin knows before the first month; nothing in its row follows from months after it.

    Attributes:
        level, slope: float64[origins]; slope is a month's.
        season: float64[origins, 12], by position modulo 12.
        factors: seasonal terms multiply the level (mean 1) instead of being added to it (mean 0).
    """

    level: Floats
    slope: Floats
    season: Floats
    factors: bool


@dataclass(eq=False)
class State:
    """Level, slope, seasonal terms and squared errors so far of every combination, seen from every origin.

    Attributes:
        level, slope, cost, relative: float64[origins, combinations].
        season: float64[12, origins, combinations].
    """

    start: Start
    grid: Grid
    level: Floats = field(init=False)
    slope: Floats = field(init=False)
    season: Floats = field(init=False)
    cost: Floats = field(init=False)
    relative: Floats = field(init=False)

    def __post_init__(self) -> None:
        start, ones = self.start, np.ones((len(self.start.level), len(self.grid.alpha)))
        self.level = start.level[:, None] * ones
        self.slope = start.slope[:, None] * (self.grid.phi > 0)
        self.season = start.season.T[:, :, None] * ones
        self.cost, self.relative = np.zeros_like(ones), np.zeros_like(ones)

    def forecast(self, place: int) -> Floats:
        """float64[origins, combinations]: the next month, which is at ``place`` of the year."""
        base = self.level + self.grid.phi * self.slope
        term: Floats = self.season[place]
        return base * term if self.start.factors else base + term

    def step(self, value: float | None, place: int) -> None:
        """Take in one month; None where it does not count."""
        grid, drift, term = self.grid, self.grid.phi * self.slope, self.season[place]
        base = self.level + drift
        if value is None:
            self.level, self.slope = base, drift
            return
        mean = self.forecast(place)
        error = value - mean
        to_level = error / term if self.start.factors else error
        self.level, self.slope = base + grid.alpha * to_level, drift + grid.beta * to_level
        self.season[place] = term + grid.gamma * (error / base if self.start.factors else error)
        self.cost = self.cost + error**2
        self.relative = self.relative + ((error / mean) ** 2 if self.start.factors else error**2)


def grid(*, seasonal: bool) -> Grid:
    """The combinations tried; without a season its weight stays 0."""
    rows = [
        (alpha, alpha * slope, gamma * (1 - alpha), damping)
        for alpha, (damping, slope), gamma in product(LEVEL, SLOPE, SEASON if seasonal else SEASON[:1])
    ]
    return Grid(*np.array(rows).T)


def project(
    values: Floats, counts: Mask, start: Start, origins: NDArray[np.intp], horizon: int, z: float, *, fitted: float
) -> Projection:
    """Forecasts from each origin, with the combination that served best up to it; nothing after an origin is used.

    Args:
        values: float64[months]; what stands where ``counts`` is False plays no part.
        origins: int[origins], ascending: how many months each may know.
        horizon: months ahead, at most 12.
        z: normal quantile of the interval.
        fitted: how many seasonal indices were taken from the series itself: they cost degrees of freedom.
    """
    state = State(start, grid(seasonal=bool(np.ptp(start.season))))
    ahead = np.arange(1, horizon + 1)
    seen = np.concatenate(([0], np.cumsum(counts)))
    mean, width = np.empty((2, len(origins), horizon))
    with np.errstate(all="ignore"):
        for month in range(int(origins[-1]) + 1):
            for row in np.flatnonzero(origins == month):
                mean[row], spread = _from(state, int(row), month, ahead)
                width[row] = z * spread / np.sqrt(max(float(seen[month]) - DECIDED - fitted, 1.0))
            if month < origins[-1]:
                state.step(float(values[month]) if counts[month] else None, month % MONTHS_A_YEAR)
    return Projection(mean, mean - width, mean + width)


def _from(state: State, row: int, month: int, ahead: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """float64[horizon] twice: the best combination's forecasts, and the root of its squared errors, which grow.

    The growth is that of Hyndman et al. (2008), table 6.1; with factors, errors are relative to the forecast.
    """
    grid = state.grid
    best = int(np.nan_to_num(state.cost[row], nan=np.inf).argmin())
    alpha, beta, phi = float(grid.alpha[best]), float(grid.beta[best]), float(grid.phi[best])
    damped = np.cumsum(phi**ahead)
    base = state.level[row, best] + damped * state.slope[row, best]
    term = state.season[(month + ahead - 1) % MONTHS_A_YEAR, row, best]
    mean = base * term if state.start.factors else base + term
    step = alpha + beta * damped
    growth = np.sqrt(1 + np.concatenate(([0.0], np.cumsum(step[:-1] ** 2))))
    size = np.abs(mean) if state.start.factors else 1.0
    return cast(Floats, mean), cast(Floats, np.sqrt(state.relative[row, best]) * growth * size)
