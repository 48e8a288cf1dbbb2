"""Up to which day the figures are finished: said by the mapping, else assumed from the lines. Never from the clock."""

from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb

from dashboard.sources.errors import ImportRefused
from dashboard.sources.mapping import Mapping


def complete_to(
    connection: duckdb.DuckDBPyConnection, path: Path, mapping: Mapping, span: tuple[date, date]
) -> tuple[date, str]:
    """The complete-to date and one sentence on who says so; ``span`` is the first and last day with lines.

    Raises:
        ImportRefused: the mapping's date lies before the first line.
    """
    if mapping.complete_to is not None:
        if mapping.complete_to < span[0]:
            raise ImportRefused(
                f"{path}: complete_to in the mapping ({mapping.complete_to}) lies before the first line ({span[0]})."
            )
        return mapping.complete_to, "Set in the import mapping."
    latest, timed = connection.execute(
        "SELECT max(sold_at), bool_or(sold_at <> date_trunc('day', sold_at)) FROM lines WHERE verdict = ''"
    ).fetchall()[0]
    return _assumed(latest, timed)


def _assumed(latest: datetime, timed: bool) -> tuple[date, str]:
    day = f"{latest.day} {latest:%B %Y}"
    if timed:
        reason = f"Assumed: the last line is of {day}, {latest:%H:%M}, so that day may not be finished."
        return latest.date() - timedelta(days=1), reason
    return latest.date(), f"Assumed: the last line is of {day}."
