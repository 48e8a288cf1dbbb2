"""Scratch tables in an Oracle that the one who runs the tests has named."""

import math
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

import oracledb
from engines.dataset import Dataset, Kind, Table
from engines.live_kit import renamed
from sqlalchemy import URL, Engine, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

_TYPES: dict[Kind, str] = {
    "whole": "NUMBER(9)",
    "text": "VARCHAR2(60 CHAR)",
    "decimal": "NUMBER(18, 4)",
    "float": "BINARY_DOUBLE",
    "moment": "DATE",
    "day": "DATE",
}
_BINDS: dict[Kind, Any] = {
    "whole": oracledb.DB_TYPE_NUMBER,
    "text": 240,
    "decimal": oracledb.DB_TYPE_NUMBER,
    "float": oracledb.DB_TYPE_BINARY_DOUBLE,
    "moment": oracledb.DB_TYPE_DATE,
    "day": oracledb.DB_TYPE_DATE,
}
_ROWS = 5000


class Scratch:
    """Tables of a prefix of our own, in the schema of the account.

    Attributes:
        found: the data, with the names of these tables. owner: the schema as SQLAlchemy writes it.
        reader: URL of a user that may only SELECT from them, None if the account may not make one.
        why_no_reader: the server's words for that.
    """

    def __init__(self, engine: Engine, found: Dataset) -> None:
        self.engine, self.prefix = engine, f"SG{secrets.token_hex(3)} "
        self.found = renamed(found, self.prefix)
        with engine.connect() as connection:
            owner = str(connection.exec_driver_sql("SELECT USER FROM dual").scalar())
            letters = connection.exec_driver_sql(
                "SELECT value FROM nls_database_parameters WHERE parameter = 'NLS_CHARACTERSET'"
            ).scalar()
        assert letters == "AL32UTF8", f"the data have letters that {letters} lacks"
        self.owner = owner.lower() if owner == owner.upper() else owner
        self.user = f"SALESGATE_{secrets.token_hex(4).upper()}"
        self.reader: URL | None = None
        self.why_no_reader = ""

    def run(self, *statements: str) -> None:
        """Each in a transaction of its own."""
        for statement in statements:
            with self.engine.begin() as connection:
                connection.exec_driver_sql(statement)

    def fill(self, table: Table) -> None:
        """Make a table and put its rows in."""
        columns = ", ".join(
            f'"{column.name}" {_TYPES[column.kind]}{" NOT NULL" if column.filled else ""}' for column in table.columns
        )
        self.run(f'CREATE TABLE "{table.name}" ({columns})')
        marks = ", ".join(f":{number}" for number in range(1, len(table.columns) + 1))
        raw = self.engine.raw_connection()
        try:
            cursor: Any = raw.cursor()
            cursor.setinputsizes(*(_BINDS[column.kind] for column in table.columns))
            for start in range(0, len(table.rows), _ROWS):
                rows = [tuple(map(_plain, row)) for row in table.rows[start : start + _ROWS]]
                cursor.executemany(f'INSERT INTO "{table.name}" VALUES ({marks})', rows)
            raw.commit()
        finally:
            raw.close()

    def make_reader(self, *tables: str) -> None:
        """A user that may connect and read these tables."""
        password = f"Aa1_{secrets.token_hex(8)}"
        try:
            self.run(f'CREATE USER {self.user} IDENTIFIED BY "{password}"')
            self.run(
                f"GRANT CREATE SESSION TO {self.user}", *(f'GRANT SELECT ON "{name}" TO {self.user}' for name in tables)
            )
        except DBAPIError as refused:
            self.why_no_reader = str(refused.orig)
            return
        self.reader = self.engine.url.set(username=self.user, password=password)

    def drop(self) -> None:
        """All that was made; whatever cannot be dropped does not keep the rest."""
        with self.engine.connect() as connection:
            names = connection.exec_driver_sql(
                f"SELECT table_name FROM user_tables WHERE table_name LIKE '{self.prefix}%'"
            ).scalars()
            tables = [f'DROP TABLE "{name}" PURGE' for name in names]
        for statement in (*tables, f"DROP USER {self.user} CASCADE"):
            with suppress(DBAPIError):
                self.run(statement)


@contextmanager
def scratch(url: str, found: Dataset) -> Iterator[Scratch]:
    """Tables with the data in them; everything is dropped, whatever happens."""
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True)
    made = Scratch(engine, found)
    try:
        for table in made.found.tables:
            made.fill(table)
        made.make_reader(*(table.name for table in made.found.tables))
        yield made
    finally:
        made.drop()
        engine.dispose()


def _plain(value: Any) -> Any:
    """A DATE has no part of a second; NaN and infinity become NULL, as elsewhere."""
    if isinstance(value, datetime):
        return value.replace(microsecond=0)
    return None if isinstance(value, float) and not math.isfinite(value) else value
