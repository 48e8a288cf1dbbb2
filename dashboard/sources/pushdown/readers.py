"""Running a statement so that its rows stream: by Arrow where the driver has it, without a copy of the whole answer."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from functools import partial
from itertools import chain
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, TextClause

from dashboard.settings.binds import Bind
from dashboard.sources.pushdown import odbc
from dashboard.sources.pushdown.answer import Answer, Statement, in_lists, of_arrow, of_lists, sized
from dashboard.sources.pushdown.cancel import Cancel, Cancelled
from dashboard.sources.pushdown.interrupt import running_cursor, stops
from dashboard.sources.pushdown.rendering import with_binds

Reader = Callable[[Connection, Statement, Bind, Cancel], AbstractContextManager[Answer]]
# libpq hands rows over in chunks of so many, however wide they are.
_CHUNK = 200
# Blocks of columns that lie in this process already: smaller ones would only cost more calls.
_ARROW_ROWS = 65_536
_FILES = frozenset({"pysqlite", "duckdb_sqlalchemy"})


@contextmanager
def read(
    connection: Connection, statement: Statement, limits: Bind, cancel: Cancel, *, plain: bool = False
) -> Iterator[Answer]:
    """Run ``statement``; the answer can be read while the block lasts, and ``cancel`` ends it at any moment.

    A connection whose answer was not read to its end is given up. ``plain``: all columns are days, whole numbers or
    texts.

    Raises:
        Cancelled: on request.
        Exception: of the driver, or SQLAlchemy's around it.
    """
    driver = (connection.dialect.name, connection.dialect.driver)
    way = (_PLAIN_READERS.get(driver) if plain else None) or _READERS.get(driver, _cursor)
    try:
        with (odbc.read if odbc.is_usable(connection) else way)(connection, statement, limits, cancel) as answer:
            yield answer
    except Cancelled:
        _give_up(connection)
        raise


@contextmanager
def _cursor(connection: Connection, statement: Statement, limits: Bind, cancel: Cancel) -> Iterator[Answer]:
    """Any driver: the server keeps the answer, or the driver's cursor reads it from the line."""
    with running_cursor(connection) as cursor, cancel.stopping(*stops(connection, cursor)):
        # Never below SQLAlchemy's result: for some drivers it has read the first row already.
        options = {"stream_results": True}
        with closing(connection.execute(statement, execution_options=options)) as result, _to_the_end(connection):
            yield of_lists(result.keys(), sized(result.fetchmany, limits.arraysize))


@contextmanager
def _duckdb(connection: Connection, statement: Statement, limits: Bind, cancel: Cancel) -> Iterator[Answer]:
    with cancel.stopping(*stops(connection)):
        result: Any = connection.execute(statement, execution_options={"duckdb_arrow": True})
        with result.batches(max(limits.arraysize, _ARROW_ROWS)) as reader:
            yield of_arrow(reader, reader.schema)


@contextmanager
def _psycopg(
    connection: Connection, statement: Statement, limits: Bind, cancel: Cancel, *, binary: bool = False
) -> Iterator[Answer]:
    """Chunks from the line: a named cursor would do too, but PostgreSQL never runs those in parallel.

    ``binary``: the server need not write numbers out, and nobody reads them; what the driver has no type for is bytes.
    """
    raw: Any = connection.connection.driver_connection
    sql, binds = with_binds(connection, statement)
    with cancel.stopping(*stops(connection)), raw.cursor() as cursor:
        chunks = cursor.stream(sql, binds, binary=binary, size=min(_CHUNK, limits.arraysize))
        with closing(chunks) as rows, _to_the_end(connection):
            first = next(rows, None)
            # A cursor that has streamed no row has forgotten its columns.
            names = [column.name for column in cursor.description or _columns(statement)]
            yield of_lists(names, in_lists(rows if first is None else chain((first,), rows), limits.arraysize))


@contextmanager
def _oracle(connection: Connection, statement: Statement, limits: Bind, cancel: Cancel) -> Iterator[Answer]:
    raw: Any = connection.connection.driver_connection
    sql, binds = with_binds(connection, statement)
    with cancel.stopping(*stops(connection)), _to_the_end(connection):
        frames = raw.fetch_df_batches(sql, binds, size=limits.arraysize, fetch_decimals=True)
        yield of_frames(frames)


@contextmanager
def _clickhouse(connection: Connection, statement: Statement, _limits: Bind, cancel: Cancel) -> Iterator[Answer]:
    """Blocks as the server sends them; through SQLAlchemy a setting would change, which read-only accounts may not."""
    raw: Any = connection.connection.driver_connection
    sql, binds = with_binds(connection, statement)
    with cancel.stopping(*stops(connection)), _to_the_end(connection):
        reader = raw.transport.query_arrow_stream(sql, binds, field_metadata=False)
        yield of_arrow(reader, reader.schema)


def of_frames(frames: Iterator[Any]) -> Answer:
    """An answer of data frames of python-oracledb; there is always a first one, which may be empty."""
    first = pa.table(next(frames))
    tables = chain([first], map(pa.table, frames))
    return of_arrow((batch for table in tables for batch in table.to_batches()), first.schema)


@contextmanager
def _to_the_end(connection: Connection) -> Iterator[None]:
    try:
        yield
    except BaseException:
        _give_up(connection)
        raise


def _give_up(connection: Connection) -> None:
    """Some drivers read the rest of an answer before they let a cursor go; a file's connection has no such rest."""
    if connection.dialect.driver in _FILES or connection.invalidated:
        return
    pending: Any = getattr(connection.connection.driver_connection, "_result", None)
    if hasattr(pending, "unbuffered_active"):  # PyMySQL would read on, even when it is collected as garbage
        pending.unbuffered_active = False
    connection.invalidate()


def _columns(statement: Statement) -> Iterable[Any]:
    return () if isinstance(statement, TextClause) else statement.exported_columns


_PLAIN_READERS: dict[tuple[str, str], Reader] = {("postgresql", "psycopg"): partial(_psycopg, binary=True)}
_READERS: dict[tuple[str, str], Reader] = {
    ("duckdb", "duckdb_sqlalchemy"): _duckdb,
    ("postgresql", "psycopg"): _psycopg,
    ("oracle", "oracledb"): _oracle,
    ("clickhouse", "native"): _clickhouse,
}
