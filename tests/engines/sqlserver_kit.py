"""A scratch schema in a SQL Server that the one who runs the tests has named."""

import math
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime
from decimal import Decimal
from importlib.util import find_spec
from typing import Any

from engines.dataset import Column, Dataset, Kind, Table
from sqlalchemy import URL, Engine, create_engine, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

_TYPES: dict[Kind, str] = {
    "whole": "INT",
    "text": "NVARCHAR(60)",
    "decimal": "DECIMAL(18, 4)",
    "float": "FLOAT",
    "moment": "DATETIME2(3)",
    "day": "DATE",
}
# SQL Server takes 1,000 rows in a VALUES, and is slow long before.
_ROWS = 200
_PYODBC, _OTHER = "mssql+pyodbc", "mssql+mssqlpython"


def ways(url: str) -> dict[str, str]:
    """Driver -> URL: the one that is named, and the other where it is installed."""
    named = make_url(url)
    found = {named.drivername: url}
    if "odbc_connect" in named.query:
        return found
    if named.drivername == _PYODBC and find_spec("mssql_python") and "FreeTDS" not in str(named.query.get("driver")):
        other = named.set(drivername=_OTHER).difference_update_query(["driver"])
        found[_OTHER] = other.render_as_string(hide_password=False)
    if named.drivername == _OTHER and (driver := _microsoft()):
        other = named.set(drivername=_PYODBC).update_query_dict({"driver": driver})
        found[_PYODBC] = other.render_as_string(hide_password=False)
    return found


def _microsoft() -> str | None:
    """Microsoft's newest ODBC driver here."""
    import pyodbc  # noqa: PLC0415

    return max((name for name in pyodbc.drivers() if name.endswith("for SQL Server")), default=None)


class Scratch:
    """A schema of our own.

    Attributes:
        schema: its name. reader: URL of a login that may only SELECT in it, None if the account may not make one.
        why_no_reader: the server's words for that.
    """

    def __init__(self, engine: Engine, schema: str) -> None:
        self.engine, self.schema = engine, schema
        self.reader: URL | None = None
        self.why_no_reader = ""

    def run(self, *statements: str) -> None:
        """Each in a transaction of its own."""
        for statement in statements:
            with self.engine.begin() as connection:
                connection.exec_driver_sql(statement)

    def fill(self, table: Table) -> None:
        """Make a table and put its rows in."""
        name = f"{self.schema}.{quoted(table.name)}"
        self.run(f"CREATE TABLE {name} ({', '.join(map(_defined, table.columns))})")
        for start in range(0, len(table.rows), _ROWS):
            rows = table.rows[start : start + _ROWS]
            self.run(f"INSERT INTO {name} VALUES {', '.join(map(_row, rows))}")

    def _make_reader(self) -> None:
        password = f"Aa1!{secrets.token_hex(12)}"
        try:
            self.run(
                f"CREATE LOGIN {self.schema} WITH PASSWORD = '{password}'",
                f"CREATE USER {self.schema} FOR LOGIN {self.schema}",
                f"GRANT SELECT ON SCHEMA::{self.schema} TO {self.schema}",
            )
        except DBAPIError as refused:
            self.why_no_reader = str(refused.orig)
            return
        self.reader = self.engine.url.set(username=self.schema, password=password)


@contextmanager
def scratch(url: str, found: Dataset) -> Iterator[Scratch]:
    """A schema with the data in it; everything is dropped, whatever happens."""
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
    made = Scratch(engine, f"salesgate_{secrets.token_hex(4)}")
    try:
        made.run(f"CREATE SCHEMA {made.schema}")
        for table in found.tables:
            made.fill(table)
        made._make_reader()
        yield made
    finally:
        _drop(made)
        engine.dispose()


def _drop(made: Scratch) -> None:
    with made.engine.connect() as connection:
        names = connection.exec_driver_sql(
            f"SELECT name FROM sys.tables WHERE schema_id = SCHEMA_ID('{made.schema}')"
        ).scalars()
        tables = [f"DROP TABLE {made.schema}.{quoted(name)}" for name in names]
    made.run(*tables)
    for what in ("SCHEMA", "USER", "LOGIN"):
        # One that was never made cannot be dropped.
        with suppress(DBAPIError):
            made.run(f"DROP {what} {made.schema}")


def quoted(name: str) -> str:
    """A name in brackets."""
    return f"[{name.replace(']', ']]')}]"


def _defined(column: Column) -> str:
    return f"{quoted(column.name)} {_TYPES[column.kind]} {'NOT NULL' if column.filled else 'NULL'}"


def _row(values: Sequence[Any]) -> str:
    return f"({', '.join(map(literal, values))})"


def literal(value: Any) -> str:
    """A value as T-SQL reads it under every language; what SQL Server has not, NaN and infinity, is NULL."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return "NULL"
    if isinstance(value, datetime):
        return f"'{value.isoformat(timespec='milliseconds')}'"
    if isinstance(value, date):
        return f"'{value:%Y%m%d}'"
    if isinstance(value, Decimal | int):
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    if isinstance(value, float):
        return repr(value) if "e" in repr(value) else f"{value!r}E0"
    return "N'" + value.replace("'", "''") + "'"
