"""SQL Server by way of ODBC and Arrow: whole blocks of columns instead of one Python object a value."""

import codecs
import locale
import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, Engine

from dashboard.settings.binds import Bind
from dashboard.sources.pushdown.answer import Answer, Statement, of_arrow
from dashboard.sources.pushdown.cancel import Cancel
from dashboard.sources.pushdown.rendering import with_literals

# The driver reserves room for the longest text that a column may hold, row by row.
_LONGEST_TEXT = 4096
_BLOCK_BYTES = 2**25
_LOOK_SECONDS = 0.1


def is_usable(connection: Connection) -> bool:
    """Whether ``connection`` is SQL Server through pyodbc, with arrow-odbc and the system's libodbc installed.

    The driver reads a statement in the encoding of the system, which must be UTF-8.
    """
    if (connection.dialect.name, connection.dialect.driver) != ("mssql", "pyodbc"):
        return False
    return codecs.lookup(locale.getencoding()).name == "utf-8" and _library() is not None


@contextmanager
def read(connection: Connection, statement: Statement, limits: Bind, cancel: Cancel) -> Iterator[Answer]:
    """Run ``statement`` on a connection of its own, with the settings of ``connection``.

    The library cannot cancel: a request leaves the statement to its deadline, or to the end of this process.

    Raises:
        Cancelled: on request.
        Exception: arrow_odbc.Error.
    """
    sql, url = with_literals(connection, statement), _connection_string(connection.engine)
    with cancel.stopping():
        reader = _made(lambda: _open(url, sql, limits), cancel)
        yield of_arrow(reader, reader.schema)


def _open(url: str, sql: str, limits: Bind) -> Any:
    library: Any = _library()
    return library.read_arrow_batches_from_odbc(
        query=sql,
        connection_string=url,
        batch_size=limits.arraysize,
        max_bytes_per_batch=_BLOCK_BYTES,
        max_text_size=_LONGEST_TEXT,
        max_binary_size=_LONGEST_TEXT,
        login_timeout_sec=math.ceil(limits.connect_seconds),
        query_timeout_sec=math.ceil(limits.statement_seconds),
        map_schema=_microseconds,
        # Not in the encoding of the system, where a letter that it lacks becomes a question mark.
        payload_text_encoding=library.TextEncoding.UTF16,
    )


def _microseconds(schema: pa.Schema) -> pa.Schema:
    """Nanoseconds end in the year 2262, before 9999-12-31."""
    return pa.schema(
        [pa.field(f.name, pa.timestamp("us") if pa.types.is_timestamp(f.type) else f.type) for f in schema]
    )


def _connection_string(engine: Engine) -> str:
    """As SQLAlchemy would hand it to pyodbc, after whoever adds the password."""
    dialect: Any = engine.dialect
    made, options = dialect.create_connect_args(engine.url)
    arguments = list(made)
    for listener in dialect.dispatch.do_connect:
        listener(dialect, None, arguments, dict(options))
    return str(arguments[0])


def _made(make: Callable[[], Any], cancel: Cancel) -> Any:
    """What ``make`` returns; it is left behind, in a thread that ends with the process, when the end is asked for."""
    made: list[Any] = []
    failed: list[Exception] = []

    def work() -> None:
        try:
            made.append(make())
        except Exception as error:  # raised where it is waited for
            failed.append(error)

    thread = threading.Thread(target=work, name="salesgate-odbc", daemon=True)
    thread.start()
    while thread.is_alive():
        cancel.check()
        thread.join(_LOOK_SECONDS)
    if failed:
        raise failed[0]
    return made[0]


def _library() -> Any:
    try:
        return import_module("arrow_odbc")
    except (ImportError, OSError):
        return None
