"""When products are out of stock, and the daily snapshots that say so."""

from dataclasses import dataclass

import numpy as np

from dashboard.sources.demo.calendar import DAYS, FIRST_DAY, LAST_DAY, Ints, Mask, number
from dashboard.sources.demo.catalogue import Catalogue, Part, calendar_days

OUTAGES_PER_YEAR = 0.55
OUTAGE_DAYS = (3, 22)
SHORT_SINCE = "2026-10-30"
COVER_DAYS = 35
RATE_DAYS = 56


@dataclass(frozen=True, eq=False)
class Snapshots:
    """Available units of a product at the close of a day; int64 arrays, one row a snapshot.

    ``closing`` is int64[products]: the units at the end of the calendar, 0 of products that ended before.
    """

    day: Ints
    product: Ints
    available: Ints
    closing: Ints


def sellable(catalogue: Catalogue) -> Mask:
    """bool[products, days]: launched and not yet ended."""
    days = np.arange(len(DAYS))
    launch = calendar_days(catalogue.launch, FIRST_DAY)[:, None]
    end = calendar_days(catalogue.end, LAST_DAY)[:, None]
    inside: Mask = (days >= launch) & (days <= end)
    return inside


def outages(catalogue: Catalogue, rng: np.random.Generator) -> Mask:
    """bool[products, days]: nothing to sell. Short of stock in November 2026 are the products cast for it."""
    size, length = len(catalogue), len(DAYS)
    years = length / 365
    product = np.repeat(np.arange(size), rng.poisson(OUTAGES_PER_YEAR * years, size))
    start = rng.integers(30, number("2026-09-25"), len(product))
    stop = start + rng.integers(*OUTAGE_DAYS, len(product))
    steps = np.zeros((size, length + 1), dtype=np.int64)
    np.add.at(steps, (product, start), 1)
    np.add.at(steps, (product, stop), -1)
    steady = np.isin(catalogue.part, (Part.CORE, Part.LAUNCHED, Part.SHORT))
    out: Mask = (steps.cumsum(axis=1)[:, :length] > 0) & steady[:, None]
    short = np.flatnonzero(catalogue.part == Part.SHORT)
    since = number(SHORT_SINCE) + rng.integers(0, 6, len(short))
    until = np.where(np.arange(len(short)) % 3 == 0, length - 2, length)
    days = np.arange(length)
    out[short] |= (days >= since[:, None]) & (days < until[:, None])
    return out


def snapshots(catalogue: Catalogue, out: Mask, sold: Ints, rng: np.random.Generator) -> Snapshots:
    """Stock levels that fit the sales: down with every sale, up with a delivery, and at 0 when a product runs out.

    Some products were bought too much of; what is left of those that were taken from the range stays in stock.

    Args:
        out: bool[products, days], from :func:`outages`.
        sold: int64[products, days], units sold.
    """
    needed, runs_out = _still_needed(out, sold)
    lot = np.maximum(6, sold.sum(axis=1) * COVER_DAYS // np.maximum(1, (sold > 0).sum(axis=1)))[:, None]
    reserve = np.where(runs_out, 0, 3 + lot // 5)
    level = np.where(needed > 0, (needed - 1) % lot + 1, 0) + reserve
    days = np.arange(sold.shape[1])
    since, units = _surplus(catalogue, sold, rng)
    level += np.where(days >= since[:, None], units[:, None], 0)
    level[out] = 0
    received = calendar_days(catalogue.first_receipt, FIRST_DAY)[:, None]
    end = calendar_days(np.where(catalogue.part == Part.LEAVING, LAST_DAY, catalogue.end), LAST_DAY)[:, None]
    day, product = np.nonzero(((days >= received) & (days <= end)).T)
    return Snapshots(day, product, level[product, day], np.where(end[:, 0] == len(days) - 1, level[:, -1], 0))


def _surplus(catalogue: Catalogue, sold: Ints, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """From which day on how many units more are in stock: none, some weeks, or far too much. Only after the outages."""
    size, part = len(catalogue), catalogue.part
    a_day = sold[:, -RATE_DAYS:].mean(axis=1)
    kind = np.searchsorted([0.35, 0.88, 0.96], rng.random(size), side="right")
    low, high = (np.array(bounds)[kind] for bounds in ((0, 10, 110, 220), (1, 55, 170, 420)))
    units = np.where(kind > 0, (a_day * rng.uniform(low, high)).astype(np.int64), 0)
    since = rng.integers(number("2026-10-22"), number("2026-11-14"), size)
    for which, first, last, most in (
        (Part.SLOW, "2025-11-10", "2026-03-20", 60),
        (Part.SENT_BACK, "2025-11-10", "2026-03-20", 40),
        (Part.DORMANT, "2025-03-01", "2025-06-20", 120),
        (Part.LEAVING, "2026-10-22", "2026-11-02", 60),
    ):
        units = np.where(part == which, rng.integers(most // 5, most, size), units)
        since = np.where(part == which, rng.integers(number(first), number(last), size), since)
    units = np.where(part == Part.NEVER_SOLD, rng.integers(12, 60, size), units)
    since = np.where(part == Part.NEVER_SOLD, calendar_days(catalogue.first_receipt, FIRST_DAY), since)
    return since, np.where(np.isin(part, (Part.SHORT, Part.ENDED, Part.NEW)), 0, units)


def _still_needed(out: Mask, sold: Ints) -> tuple[Ints, Mask]:
    """Units sold after a day until the next outage (or the end), and whether an outage comes."""
    length = out.shape[1]
    starts = out & ~np.roll(out, 1, axis=1)
    starts[:, 0] = out[:, 0]
    marks = np.where(starts, np.arange(length), length)
    next_outage = np.minimum.accumulate(marks[:, ::-1], axis=1)[:, ::-1]
    running = np.concatenate([np.zeros((len(sold), 1), dtype=np.int64), sold.cumsum(axis=1)], axis=1)
    needed: Ints = np.take_along_axis(running, next_outage, axis=1) - running[:, 1:]
    return np.maximum(needed, 0), next_outage < length
