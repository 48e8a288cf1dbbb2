"""The last check before the swap: the rollup holds exactly what the kept lines hold, to the minor unit."""

from datetime import date

import duckdb

from dashboard.sales.calendar import first_day
from dashboard.sales.rollup import VALUE_COLUMNS, Facts, Ints, Rollup
from dashboard.sources.column_file import let_go
from dashboard.sources.errors import ImportRefused

# Written against the lines themselves, not against the rollup statement, so that a fault of the one shows in the other.
_TOTALS = (
    "SELECT CAST(coalesce(sum(quantity) FILTER (is_return = 0), 0) AS BIGINT), "
    "CAST(coalesce(sum(quantity) FILTER (is_return = 1), 0) AS BIGINT), "
    "CAST(coalesce(sum(gross_minor) FILTER (is_return = 0), 0) AS BIGINT), "
    "CAST(coalesce(sum(discount_minor) FILTER (is_return = 0), 0) AS BIGINT), "
    "CAST(coalesce(sum(gross_minor - discount_minor) FILTER (is_return = 1), 0) AS BIGINT), "
    "CAST(coalesce(sum((1 - 2 * is_return) * (gross_minor - discount_minor)) FILTER (cost_minor IS NOT NULL), 0) "
    "AS BIGINT), CAST(coalesce(sum((1 - 2 * is_return) * cost_minor), 0) AS BIGINT), "
    "CAST(coalesce(sum((1 - 2 * is_return) * constant_minor), 0) AS BIGINT) "
    "FROM lines WHERE verdict = '' AND CAST(sold_at AS DATE) >= ?"
)


def check_totals(connection: duckdb.DuckDBPyConnection, rollup: Rollup) -> dict[str, int]:
    """The totals of all kept lines per name of ``VALUE_COLUMNS``, once they equal those of the rollup.

    Raises:
        ImportRefused: they do not.
    """
    totals = _of_lines(connection, first_day(rollup.months[0]))
    recent = _of_lines(connection, rollup.first_daily)
    for grain, facts, expected in (("month", rollup.monthly, totals), ("day", rollup.daily, recent)):
        found = _of_facts(facts)
        if found != expected:
            raise ImportRefused(
                f"The sums by {grain} ({found}) differ from those of the lines ({expected}); nothing was changed. "
                "This is a fault of the program: please report it."
            )
    return totals


def _of_lines(connection: duckdb.DuckDBPyConnection, start: date) -> dict[str, int]:
    return dict(zip(VALUE_COLUMNS, connection.execute(_TOTALS, [start]).fetchall()[0], strict=True))


def _of_facts(facts: Facts) -> dict[str, int]:
    """Sums over all rows that a period reaches: rows outside the offsets would be invisible to every question."""
    rows = slice(int(facts.offsets[0]), int(facts.offsets[-1]))
    return {name: _sum(facts.values[name], rows) for name in VALUE_COLUMNS}


def _sum(values: Ints, rows: slice) -> int:
    found = int(values[rows].sum())
    let_go(values)
    return found
