"""The demo's fixed calendar, and what its days are like; all arrays run over the days from FIRST_DAY to LAST_DAY."""

from datetime import date

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

FIRST_DAY = np.datetime64("2023-12-01", "D")
LAST_DAY = np.datetime64("2026-11-20", "D")
DAYS = np.arange(FIRST_DAY, LAST_DAY + 1)
YEAR_DAYS = 365.25

STORE, ONLINE, WHOLESALE = range(3)
CHANNELS = ("Store", "Online", "Wholesale")
CHANNEL_SHARE = np.array([0.52, 0.30, 0.18])
CHANNEL_GROWTH = np.array([0.00, 0.14, 0.03])
# Monday to Sunday, relative to the mean day.
CHANNEL_WEEK = np.array(
    [
        [0.80, 0.80, 0.85, 0.95, 1.20, 1.60, 0.80],
        [1.10, 1.00, 1.00, 1.00, 0.90, 0.90, 1.10],
        [1.60, 1.50, 1.50, 1.40, 1.00, 0.00, 0.00],
    ]
)


def number(day: date | str) -> int:
    """Position of a date in :data:`DAYS`; negative or beyond the end outside the calendar."""
    return int((np.datetime64(day, "D") - FIRST_DAY).astype(int))


def months() -> Ints:
    """int64[days]: running number of each day's month, 0 for the first."""
    counted = DAYS.astype("datetime64[M]").astype(np.int64)
    shifted: Ints = counted - counted[0]
    return shifted


def weekdays() -> Ints:
    """int64[days]: 0 for Monday to 6 for Sunday."""
    days: Ints = (DAYS.astype(np.int64) + 3) % 7
    return days


def between(first: str, last: str) -> Mask:
    """bool[days]: the days whose ``MM-DD`` lies between two others, both included, in every year."""
    text = np.datetime_as_string(DAYS, unit="D")
    month_day = np.array([day[5:] for day in text])
    inside: Mask = (month_day >= first) & (month_day <= last)
    return inside


def channel_weights() -> Floats:
    """float64[days, 3]: how busy each channel is on a day; 1 in total on a mean day at the start."""
    years = np.arange(len(DAYS)) / YEAR_DAYS
    weights: Floats = CHANNEL_SHARE * (1 + years[:, None] * CHANNEL_GROWTH) * CHANNEL_WEEK.T[weekdays()]
    weights[between("11-20", "12-23"), STORE] *= 1.2
    weights[between("12-01", "12-23"), :WHOLESALE] *= 1.3
    weights[between("12-20", "12-31")] *= [0.75, 0.6, 0.15]
    weights[between("11-24", "11-30"), ONLINE] *= 1.6
    weights[between("12-25", "12-26")] *= [0.0, 1.0, 0.0]
    weights[between("01-01", "01-01")] *= [0.0, 1.0, 0.0]
    return weights


def season(monthly: Floats) -> Floats:
    """float64[categories, days]: monthly indices (percent, January to December) drawn as a line through mid-months."""
    first = FIRST_DAY.astype("datetime64[M]") - 1
    anchors = np.arange(first, LAST_DAY.astype("datetime64[M]") + 2)
    days = anchors.astype("datetime64[D]").astype(np.int64) + 14
    indices = monthly[:, anchors.astype(np.int64) % 12] / 100
    return np.stack([np.interp(DAYS.astype(np.int64), days, row) for row in indices])
