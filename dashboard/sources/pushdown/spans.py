"""How much of the time is added up at once, by an engine that does it in the memory of this process."""

from datetime import date
from itertools import pairwise
from typing import Final

from dashboard.sales.calendar import first_day, month_of, shift
from dashboard.sources.pushdown.groups import Grain

Span = tuple[date, date]
# So many months make some hundred thousand groups at most sizes: their sums then stay in memory, and are found sooner.
_MONTHS: Final[dict[Grain, int]] = {"month": 12, "day": 3}
# One date that is a slip must not make hundreds of parts, each of which may read all lines.
_MOST_PARTS: Final = 40


def spans(dialect: str, grain: Grain, days: Span, first: date | None, last: date | None) -> list[Span]:
    """``days`` (``start <= day < stop``, both firsts of months), cut at firsts of months where that saves memory.

    ``first`` and ``last`` are the days between which there are lines; None where there are none. A server has memory
    of its own, and may read all lines for each part.
    """
    start, stop = days
    if dialect != "duckdb" or first is None or last is None:
        return [days]
    step, month = _MONTHS[grain], first_day(month_of(max(first, start)))
    cuts = []
    while month <= min(last, stop):
        if (month.month - 1) % step == 0 and start < month < stop:
            cuts.append(month)
        month = first_day(shift(month_of(month), 1))
    return list(pairwise([start, *cuts[: _MOST_PARTS - 1], stop]))
