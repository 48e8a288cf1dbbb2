"""Runs the rollup statement on the embedded engine through SQLAlchemy and brings Arrow back, a stretch at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

import duckdb
import pyarrow as pa
from duckdb_sqlalchemy import ConnectionWrapper
from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import StaticPool

from dashboard.sources.errors import ImportRefused
from dashboard.sources.statement import Grain, count_statement, rollup_statement

MAX_GROUPS = 5_000_000
# Each stretch reads the lines once more: few of them, but none so short that it is not worth it.
_MOST_STRETCHES = 16
_LEAST_LINES = 200_000
# Streamed, for else the engine holds the whole answer beside its copy.
_BATCH_ROWS = 65_536


@dataclass(frozen=True)
class Stretch:
    """The days ``start <= day < stop``, which have so many ``lines``."""

    start: date
    stop: date
    lines: int


def sqlalchemy_connection(connection: duckdb.DuckDBPyConnection) -> Connection:
    """An SQLAlchemy connection to the database that ``connection`` has open."""
    engine = create_engine("duckdb://", creator=lambda: ConnectionWrapper(connection.cursor()), poolclass=StaticPool)
    return engine.connect()


def stretches(connection: duckdb.DuckDBPyConnection, grain: Grain, start: date, stop: date) -> list[Stretch]:
    """``start`` to ``stop`` cut between whole days or months, so that not all rows are in memory at once."""
    counts = connection.execute(
        f"SELECT CAST(date_trunc('{grain}', business_date) AS DATE), count(*) FROM sales_lines "
        "WHERE business_date >= ? AND business_date < ? GROUP BY 1 ORDER BY 1",
        [start, stop],
    ).fetchall()
    most = max(_LEAST_LINES, sum(count for _, count in counts) // _MOST_STRETCHES)
    found: list[Stretch] = []
    lines = 0
    for period, count in counts:
        if lines and lines + count > most:
            found.append(Stretch(start, period, lines))
            start, lines = period, 0
        lines += count
    return [*found, Stretch(start, stop, lines)]


def fetch_rollup(
    connection: Connection,
    grain: Grain,
    parts: Sequence[Stretch],
    limit: int = MAX_GROUPS,
    *,
    by_source: bool = False,
) -> Iterator[pa.Table]:
    """The rows of the rollup statement, a table for each of ``parts``; so many that they are too many are not fetched.

    Raises:
        ImportRefused: more than ``limit`` rows.
    """
    room, count = limit, partial(_count, connection, grain, by_source=by_source)
    for part in parts:
        # Only where every line might be a group of its own must they be counted first.
        if part.lines > room and count(part.start, part.stop) > room:
            raise ImportRefused(_too_many(grain, count(parts[0].start, parts[-1].stop), limit))
        statement = rollup_statement(grain, part.start, part.stop, by_source=by_source)
        fetched = connection.execution_options(duckdb_arrow=True).execute(statement)
        with fetched.batches(_BATCH_ROWS) as reader:  # type: ignore[attr-defined]
            rows: pa.Table = reader.read_all()
        room -= len(rows)
        yield rows
        # Nobody needs them while the next are added up.
        del fetched, rows


def _count(connection: Connection, grain: Grain, start: date, stop: date, *, by_source: bool) -> int:
    groups: int = connection.execute(count_statement(grain, start, stop, by_source=by_source)).scalar_one()
    return groups


def _too_many(grain: Grain, groups: int, limit: int) -> str:
    also = ", or lower sales.daily_months in settings.toml" if grain == "day" else ""
    return f"The {grain} figures would have {groups:,} rows, more than {limit:,}. Map fewer regions or channels{also}."
