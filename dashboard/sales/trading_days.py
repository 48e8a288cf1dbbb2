"""Trading days: how many selling days a window is worth, and a change without what the calendar did (domain.md 1)."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from dashboard.sales.calendar import Window
from dashboard.sales.holidays import Holidays

WEEK = 7
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class Weights:
    """What each weekday is worth.

    Attributes:
        values: seven floats from Monday on, mean 1.
        window: the full weeks they were taken of.
        left_out: how many of its days were holidays.
    """

    values: tuple[float, ...]
    window: Window
    left_out: int

    @property
    def words(self) -> str:
        """``Monday 0.80, Tuesday 0.80, ...``."""
        return ", ".join(f"{name} {value:.2f}" for name, value in zip(WEEKDAYS, self.values, strict=True))


@dataclass(frozen=True)
class Adjusted:
    """A change and its two parts, as rates: (1 + raw) = (1 + effect) x (1 + adjusted)."""

    raw: float
    effect: float
    adjusted: float


def weeks_before(complete_to: date, first_day: date, most: int) -> Window:
    """The ``most`` full weeks, Monday to Sunday, up to the complete-to date; fewer where the data begin later.

    Weeks before ``first_day`` do not count, so the window may be empty.
    """
    stop = complete_to + timedelta(days=1)
    stop -= timedelta(days=stop.weekday())
    start = max(stop - timedelta(weeks=most), first_day + timedelta(days=-first_day.weekday() % WEEK))
    return Window(min(start, stop), stop)


def weekday_weights(values: NDArray[np.int64], window: Window, holidays: Holidays) -> Weights | None:
    """Mean of each weekday by the mean of the seven, holidays left out.

    Args:
        values: int64[days], the measure in each day of ``window``, which is full weeks.

    Returns:
        None where the days do not say: a weekday that was always a holiday, or that brought less than nothing.
    """
    weekday = np.array([(window.start.weekday() + i) % WEEK for i in range(window.days)], dtype=np.intp)
    kept = ~holidays.left_out(window)
    days = np.bincount(weekday[kept], minlength=WEEK)
    sums = np.bincount(weekday[kept], weights=values[kept], minlength=WEEK)
    if not days.all() or sums.min() < 0 or sums.sum() <= 0:
        return None
    means = sums / days
    weights = means / means.mean()
    return Weights(tuple(float(weight) for weight in weights), window, int((~kept).sum()))


def trading_index(weights: Weights, window: Window, holidays: Holidays) -> float:
    """The sum of the weights of the open days of ``window``: its length in average selling days."""
    whole, rest = divmod(window.days, WEEK)
    first = window.start.weekday()
    total = whole * sum(weights.values) + sum(weights.values[(first + i) % WEEK] for i in range(rest))
    shut = np.flatnonzero(holidays.closed(window))
    return total - sum(weights.values[(first + int(i)) % WEEK] for i in shut)


def adjusted(current: int, base: int, current_index: float, base_index: float) -> Adjusted | None:
    """The change of ``current`` on ``base``, the calendar effect, and the change without it.

    ``(S1/TD1)/(S0/TD0) - 1`` and ``TD1/TD0 - 1`` (domain.md section 1). None unless all four are above 0.
    """
    if min(current, base, current_index, base_index) <= 0:
        return None
    effect = current_index / base_index
    raw = current / base
    return Adjusted(raw - 1, effect - 1, raw / effect - 1)
