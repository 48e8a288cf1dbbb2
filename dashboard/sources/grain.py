"""From which day on all counted lines are known by day; older ones may have been added up by month in their source."""

from datetime import date

import duckdb

from dashboard.sales.calendar import first_day, month_of, shift


def days_from(connection: duckdb.DuckDBPyConnection) -> date | None:
    """The first of a month; None where every counted line is known by day."""
    newest: date | None = connection.execute(
        "SELECT CAST(max(sold_at) AS DATE) FROM lines WHERE verdict = '' AND grain = 'month'"
    ).fetchall()[0][0]
    return None if newest is None else first_day(shift(month_of(newest), 1))
