"""How far the business clock is ahead of another zone's, from one change of the clocks to the next."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

# Clocks never change twice in so few days.
_STEP = timedelta(days=7)
_MINUTE = timedelta(minutes=1)
Piece = tuple[datetime, int]


@lru_cache
def pieces(zone: str, business: str, start: datetime, stop: datetime) -> Sequence[Piece]:
    """Wall clocks of ``zone`` from ``start`` to ``stop``, naive: (from when on, minutes to add for business time).

    Clocks that show a time twice mean the first of the two.
    """
    found = [(start, _ahead(zone, business, start))]
    day = start
    while day < stop:
        following = min(day + _STEP, stop)
        while _ahead(zone, business, following) != found[-1][1]:
            found.append(_change(zone, business, day, following, found[-1][1]))
            day = found[-1][0]
        day = following
    return found


def wall_clock(zone: str, business: str, day: datetime) -> tuple[datetime, datetime]:
    """The first and last wall clock of ``zone``, naive, at which the business day ``day`` can begin."""
    instants = [day.replace(tzinfo=ZoneInfo(business), fold=fold).astimezone(UTC) for fold in (0, 1)]
    clocks = [instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for instant in instants]
    return min(clocks), max(clocks)


def _ahead(zone: str, business: str, clock: datetime) -> int:
    instant = clock.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    there = instant.astimezone(ZoneInfo(business)).replace(tzinfo=None)
    return round((there - clock) / _MINUTE)


def _change(zone: str, business: str, before: datetime, after: datetime, old: int) -> Piece:
    """The first minute in ``before < minute <= after`` at which the difference is no longer ``old``."""
    low, high = 0, int((after - before) / _MINUTE)
    while high - low > 1:
        middle = (low + high) // 2
        if _ahead(zone, business, before + middle * _MINUTE) == old:
            low = middle
        else:
            high = middle
    clock = before + high * _MINUTE
    return clock, _ahead(zone, business, clock)
