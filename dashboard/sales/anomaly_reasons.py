"""What may explain an anomaly, each tested on the data; a reason that was found is a candidate, not a proof."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isnan
from statistics import median
from typing import cast

import numpy as np

from dashboard.sales.anomalies import AnomalyRules, Floats
from dashboard.sales.calendar import MONTHS_A_YEAR
from dashboard.sales.slices import Mask, Sums

WEEK = 7
# The same weekday so many weeks before and after tells whether a day should have had sales: at least four of them had,
# and all but two, which the same gap may have swallowed.
WEEKS_AROUND = 4
LEAST_KNOWN, FORGIVEN = 4, 2


class Cause(StrEnum):
    """Which explanation."""

    STOCK_OUT = "stock_out"
    PRICE = "price"
    CALENDAR = "calendar"
    RETURNS = "returns"
    DATA_GAP = "data_gap"


@dataclass(frozen=True)
class Reason:
    """A candidate, with the figures that speak for it.

    Attributes:
        figures: STOCK_OUT days in stock and days observed; PRICE change of the net price, share of 1; CALENDAR
            last year's swing, share of 1; RETURNS units or minor units returned, and usually; DATA_GAP days.
    """

    cause: Cause
    figures: tuple[float, ...]


@dataclass(frozen=True)
class Swing:
    """A flagged month: its value and what was expected."""

    value: int
    expected: float


def stock_out(swing: Swing, in_stock: int, observed: int, rules: AnomalyRules) -> Reason | None:
    """A fall while the product was out of stock on many of the days that have a snapshot."""
    if swing.value >= swing.expected or not observed or in_stock >= rules.in_stock_share * observed:
        return None
    return Reason(Cause.STOCK_OUT, (in_stock, observed))


def price(
    swing: Swing, now: tuple[int, int], before: tuple[int, int], rules: AnomalyRules, *, is_money: bool
) -> Reason | None:
    """Another net price: units should move against it; net sales may move with it as well.

    Args:
        now, before: net sales and net units of the month and of the comparables.
    """
    if min(*now, *before) <= 0:
        return None
    change = now[0] * before[1] / (now[1] * before[0]) - 1
    against = (change > 0) != (swing.value > swing.expected)
    return Reason(Cause.PRICE, (change,)) if abs(change) >= rules.price_share and (is_money or against) else None


def last_swings(values: Sums, at: int, rules: AnomalyRules) -> Floats:
    """float64[products]: how far the month a year before ``at`` left the months before it, share of 1; NaN if unknown.

    Args:
        values: int64[months, products], consecutive months.
    """
    then = at - MONTHS_A_YEAR
    if then < rules.prior_months:
        return np.full(values.shape[1], np.nan)
    usual = np.median(values[then - rules.prior_months : then], axis=0)
    return cast(Floats, np.where(usual > 0, values[then] / np.where(usual > 0, usual, 1) - 1, np.nan))


def seasonal(value: Sums | int, expected: Floats | float, last_swing: Floats | float, rules: AnomalyRules) -> Mask:
    """Whether a month left its past in the direction that the same month took a year before, which went about as far.

    Element by element; False where last year is not known or nothing was expected.
    """
    usual = np.asarray(expected, dtype=np.float64)
    swing = np.where(usual > 0, np.asarray(value) / np.where(usual > 0, usual, 1) - 1, 0)
    then = np.nan_to_num(np.asarray(last_swing, dtype=np.float64))
    return (then * swing > 0) & (np.abs(then) >= rules.season_share * np.abs(swing))


def season(swing: Swing, last_swing: float, rules: AnomalyRules) -> Reason | None:
    """The same month of last year did as much: see :func:`seasonal`."""
    found = not isnan(last_swing) and bool(seasonal(swing.value, swing.expected, last_swing, rules))
    return Reason(Cause.CALENDAR, (last_swing,)) if found else None


def returns(swing: Swing, now: int, before: Sequence[int], rules: AnomalyRules) -> Reason | None:
    """More returns than usual that make up much of a fall."""
    usual = float(median(before)) if len(before) else 0.0
    fall = swing.expected - swing.value
    return Reason(Cause.RETURNS, (now, usual)) if fall > 0 and now - usual >= rules.returns_share * fall else None


def data_gap(swing: Swing, days: int, rules: AnomalyRules) -> Reason | None:
    """A fall in a month with days on which nothing at all was sold."""
    return Reason(Cause.DATA_GAP, (days,)) if swing.value < swing.expected and days >= rules.gap_days else None


def silent_days(daily: Sums) -> Mask:
    """bool[days]: without any sales though the same weekday had some in the weeks around.

    Args:
        daily: int64[days], total gross units of consecutive days.
    """
    sold = daily > 0
    known, with_sales = np.zeros(len(daily), dtype=np.int64), np.zeros(len(daily), dtype=np.int64)
    for weeks in range(1, WEEKS_AROUND + 1):
        step = WEEK * weeks
        for here, there in ((slice(step, None), slice(None, -step)), (slice(None, -step), slice(step, None))):
            known[here] += 1
            with_sales[here] += sold[there]
    enough = np.maximum(LEAST_KNOWN, known - FORGIVEN)
    return cast(Mask, (daily == 0) & (with_sales >= enough))
