"""The last check before the swap: the rollup holds exactly what the kept lines hold, to the minor unit."""

from collections.abc import Mapping
from datetime import date

import duckdb
import numpy as np
from numpy.typing import NDArray

from dashboard.sales.calendar import first_day
from dashboard.sales.rollup import VALUE_COLUMNS, Facts, Ints, Rollup
from dashboard.sources.column_file import let_go
from dashboard.sources.errors import ImportRefused

Sums = dict[str, int]
_ZERO: Sums = dict.fromkeys(VALUE_COLUMNS, 0)

# Written against the lines themselves, not against the rollup statement, so that a fault of the one shows in the other.
_TOTALS = (
    "SELECT coalesce(label, ''), CAST(coalesce(sum(quantity) FILTER (is_return = 0), 0) AS BIGINT), "
    "CAST(coalesce(sum(quantity) FILTER (is_return = 1), 0) AS BIGINT), "
    "CAST(coalesce(sum(gross_minor) FILTER (is_return = 0), 0) AS BIGINT), "
    "CAST(coalesce(sum(discount_minor) FILTER (is_return = 0), 0) AS BIGINT), "
    "CAST(coalesce(sum(gross_minor - discount_minor) FILTER (is_return = 1), 0) AS BIGINT), "
    "CAST(coalesce(sum((1 - 2 * is_return) * (gross_minor - discount_minor)) FILTER (cost_minor IS NOT NULL), 0) "
    "AS BIGINT), CAST(coalesce(sum((1 - 2 * is_return) * cost_minor), 0) AS BIGINT), "
    "CAST(coalesce(sum((1 - 2 * is_return) * constant_minor), 0) AS BIGINT) "
    "FROM lines LEFT JOIN sources ON sources.name = lines.source "
    "WHERE verdict = '' AND CAST(sold_at AS DATE) >= ? GROUP BY label"
)


def check_totals(connection: duckdb.DuckDBPyConnection, rollup: Rollup) -> dict[str, int]:
    """The totals of all kept lines per name of ``VALUE_COLUMNS``, once they equal the rollup's, source by source.

    Raises:
        ImportRefused: they do not.
    """
    totals, recent = (_of_lines(connection, start) for start in (first_day(rollup.months[0]), rollup.first_daily))
    for grain, facts, lines in (("month", rollup.monthly, totals), ("day", rollup.daily, recent)):
        _compare(f"by {grain}", _of_facts(facts), _added(lines))
        for place, label in enumerate(rollup.sources if len(rollup.sources) > 1 else ()):
            _compare(f"by {grain} of {label}", _of_facts(facts, place), lines.get(label, _ZERO))
    return _added(totals)


def _compare(what: str, found: Sums, expected: Sums) -> None:
    if found != expected:
        raise ImportRefused(
            f"The sums {what} ({found}) differ from those of the lines ({expected}); nothing was changed. "
            "This is a fault of the program: please report it."
        )


def _of_lines(connection: duckdb.DuckDBPyConnection, start: date) -> dict[str, Sums]:
    """By the label of the source; empty for files."""
    found = connection.execute(_TOTALS, [start]).fetchall()
    return {label: dict(zip(VALUE_COLUMNS, sums, strict=True)) for label, *sums in found}


def _added(sources: Mapping[str, Sums]) -> Sums:
    return {name: sum(sums[name] for sums in sources.values()) for name in VALUE_COLUMNS}


def _of_facts(facts: Facts, source: int | None = None) -> Sums:
    """Sums over all rows that a period reaches: rows outside the offsets would be invisible to every question."""
    rows = slice(int(facts.offsets[0]), int(facts.offsets[-1]))
    keep = slice(None) if source is None else np.flatnonzero(facts.source[rows] == source)
    return {name: _sum(facts.values[name][rows], keep) for name in VALUE_COLUMNS}


def _sum(values: Ints, keep: slice | NDArray[np.intp]) -> int:
    found = int(values[keep].sum())
    let_go(values)
    return found
