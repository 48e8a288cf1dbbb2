"""Runs the rollup statement on the embedded engine through SQLAlchemy and brings Arrow back."""

from datetime import date

import duckdb
import pyarrow as pa
from duckdb_sqlalchemy import ConnectionWrapper
from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import StaticPool

from dashboard.sources.errors import ImportRefused
from dashboard.sources.statement import Grain, count_statement, rollup_statement

MAX_GROUPS = 5_000_000


def sqlalchemy_connection(connection: duckdb.DuckDBPyConnection) -> Connection:
    """An SQLAlchemy connection to the database that ``connection`` has open."""
    engine = create_engine("duckdb://", creator=lambda: ConnectionWrapper(connection.cursor()), poolclass=StaticPool)
    return engine.connect()


def fetch_rollup(connection: Connection, grain: Grain, start: date, stop: date, limit: int = MAX_GROUPS) -> pa.Table:
    """The rows of the rollup statement; counted first, so that too many never reach the memory.

    Raises:
        ImportRefused: more than ``limit`` rows.
    """
    groups = connection.execute(count_statement(grain, start, stop)).scalar_one()
    if groups > limit:
        raise ImportRefused(
            f"The {grain} figures would have {groups:,} rows, more than {limit:,}. Map fewer regions or channels"
            + (", or lower sales.daily_months in settings.toml." if grain == "day" else ".")
        )
    fetched = connection.execution_options(duckdb_arrow=True).execute(rollup_statement(grain, start, stop))
    table: pa.Table = fetched.arrow  # type: ignore[attr-defined]
    return table
