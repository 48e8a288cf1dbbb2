"""The data set into an engine: tables of the types that are natural there, filled by its quickest way."""

import math
from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
from clickhouse_driver import Client
from engines.clickhouse_kit import CLUSTER, ClickHouse
from engines.dataset import Column, Dataset, Kind, Table
from sqlalchemy import Engine, make_url

_KINDS: tuple[Kind, ...] = ("whole", "text", "decimal", "float", "moment", "day")


def _types(*names: str) -> dict[Kind, str]:
    return dict(zip(_KINDS, names, strict=True))


# A text is compared as the engine does by itself: in MariaDB and SQL Server without regard to case and trailing blanks.
_TYPES: dict[str, dict[Kind, str]] = {
    "sqlite": _types("INTEGER", "TEXT", "DECIMAL(18, 4)", "DOUBLE", "DATETIME", "DATE"),
    "duckdb": _types("INTEGER", "VARCHAR", "DECIMAL(18, 4)", "DOUBLE", "TIMESTAMP", "DATE"),
    "postgresql": _types("integer", "varchar(60)", "numeric(18, 4)", "double precision", "timestamp(3)", "date"),
    "mariadb": _types("INT", "VARCHAR(60)", "DECIMAL(18, 4)", "DOUBLE", "DATETIME(3)", "DATE"),
    "mssql": _types("INT", "NVARCHAR(60)", "DECIMAL(18, 4)", "FLOAT", "DATETIME2(3)", "DATE"),
    "oracle": _types("NUMBER(9)", "VARCHAR2(60 CHAR)", "NUMBER(18, 4)", "BINARY_DOUBLE", "DATE", "DATE"),
    "orafce": _types("number(9)", "varchar(60)", "number(18, 4)", "double precision", "date", "date"),
    "clickhouse": _types("Int32", "String", "Decimal(18, 4)", "Float64", "DateTime", "Date"),
}
_ARROW: dict[Kind, pa.DataType] = {
    "whole": pa.int32(),
    "text": pa.string(),
    "decimal": pa.decimal128(18, 4),
    "float": pa.float64(),
    "moment": pa.timestamp("us"),
    "day": pa.date32(),
}
_YEARS_OF_CLICKHOUSE = (1970, 2105)


def load(engine: Engine, found: Dataset) -> None:
    """Create the tables of ``found`` and fill them; not for ClickHouse, see :func:`load_clickhouse`.

    Oracle's DATE takes no part of a second: moments are cut there.
    """
    name = "orafce" if engine.dialect.driver == "orafce" else engine.dialect.name.replace("mysql", "mariadb")
    raw = engine.raw_connection()
    try:
        for table in found.tables:
            listed = ", ".join(_defined(engine, column, _TYPES[name]) for column in table.columns)
            cursor = raw.cursor()
            cursor.execute(f"CREATE TABLE {_quoted(engine, table.name)} ({listed})")
            if table.rows:
                _FILLING[name](cursor, raw.driver_connection, _quoted(engine, table.name), table)
            cursor.close()
        orders = found.orders
        columns = _quoted(engine, orders.named("order"))
        raw.cursor().execute(f"CREATE UNIQUE INDEX orders_by_number ON {_quoted(engine, orders.name)} ({columns})")
        raw.commit()
    finally:
        raw.close()


def unload(engine: Engine, found: Dataset) -> None:
    """Drop the tables of ``found``."""
    raw = engine.raw_connection()
    try:
        for table in found.tables:
            raw.cursor().execute(f"DROP TABLE {_quoted(engine, table.name)}")
        raw.commit()
    finally:
        raw.close()


def load_clickhouse(cluster: ClickHouse, url: str, found: Dataset) -> None:
    """Spread the lines over both nodes, and put a copy of every other table on each.

    A moment or day that ClickHouse cannot hold is NULL.
    """
    database = make_url(url).database
    for table in found.tables:
        columns = ", ".join(f"`{column.name}` {_nullable(column)}" for column in table.columns)
        spread = table.name in {found.lines.name, found.empty.name}
        local = f"{database}.`{table.name}{' here' if spread else ''}`"
        rows = [tuple(map(_for_clickhouse, row)) for row in table.rows]
        for node in cluster.nodes:
            node.execute(f"CREATE TABLE {local} ({columns}) ENGINE = MergeTree ORDER BY tuple()")
            if rows and not spread:
                _insert(node.port, local, rows)
        if spread:
            engine = f"Distributed({CLUSTER}, {database}, `{table.name} here`, `{table.columns[0].name}`)"
            cluster.first.execute(f"CREATE TABLE {database}.`{table.name}` ({columns}) ENGINE = {engine}")
            if rows:
                _insert(cluster.first.port, f"{database}.`{table.name}`", rows)


def _quoted(engine: Engine, name: str) -> str:
    # Without parameters a driver does not undo what was doubled for it.
    return engine.dialect.identifier_preparer.quote(name).replace("%%", "%")


def _defined(engine: Engine, column: Column, types: dict[Kind, str]) -> str:
    return f"{_quoted(engine, column.name)} {types[column.kind]}{' NOT NULL' if column.filled else ''}"


def _by_rows(marks: Callable[[int], str], convert: Callable[[Any], Any]) -> Callable[..., None]:
    """Filling by the driver's ``executemany``."""

    def fill(cursor: Any, _connection: Any, name: str, table: Table) -> None:
        listed = ", ".join(marks(number) for number in range(1, len(table.columns) + 1))
        if hasattr(cursor, "fast_executemany"):
            cursor.fast_executemany = True
        cursor.executemany(f"INSERT INTO {name} VALUES ({listed})", [tuple(map(convert, row)) for row in table.rows])

    return fill


def _by_copy(_cursor: Any, connection: Any, name: str, table: Table) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {name} FROM STDIN") as copy:
        for row in table.rows:
            copy.write_row(row)


def _by_copy_in_seconds(cursor: Any, connection: Any, name: str, table: Table) -> None:
    rows = tuple(tuple(map(_in_seconds, row)) for row in table.rows)
    _by_copy(cursor, connection, name, Table(table.name, table.columns, rows))


def _by_arrow(_cursor: Any, connection: Any, name: str, table: Table) -> None:
    columns = zip(*table.rows, strict=True)
    arrays = [pa.array(values, _ARROW[column.kind]) for values, column in zip(columns, table.columns, strict=True)]
    connection.register("given", pa.table(arrays, [str(number) for number in range(len(arrays))]))
    connection.execute(f"INSERT INTO {name} FROM given")
    connection.unregister("given")


def _plain(value: Any) -> Any:
    """For engines that have no NaN and no infinity."""
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _for_sqlite(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, datetime):
        return value.isoformat(" ", "microseconds")
    return value.isoformat() if isinstance(value, date) else _plain(value)


def _in_seconds(value: Any) -> Any:
    return value.replace(microsecond=0) if isinstance(value, datetime) else value


def _for_clickhouse(value: Any) -> Any:
    first, last = _YEARS_OF_CLICKHOUSE
    return None if isinstance(value, date) and not first <= value.year <= last else value


def _nullable(column: Column) -> str:
    kind = _TYPES["clickhouse"][column.kind]
    return kind if column.filled else f"Nullable({kind})"


def _insert(port: int, name: str, rows: Iterable[Any]) -> None:
    with Client("127.0.0.1", port, settings={"insert_distributed_sync": 1}) as client:
        client.execute(f"INSERT INTO {name} VALUES", rows)


_FILLING: dict[str, Callable[..., None]] = {
    "sqlite": _by_rows(lambda _: "?", _for_sqlite),
    "duckdb": _by_arrow,
    "postgresql": _by_copy,
    "orafce": _by_copy_in_seconds,
    "mariadb": _by_rows(lambda _: "%s", _plain),
    "mssql": _by_rows(lambda _: "?", _plain),
    "oracle": _by_rows(lambda number: f":{number}", lambda value: _plain(_in_seconds(value))),
}
