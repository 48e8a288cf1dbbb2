"""How a running statement is ended, driver by driver."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, event

from dashboard.sources.binds.deadline import ask, cut
from dashboard.sources.pushdown.cancel import Stop

# A server that has not obeyed by then loses the line.
_CUT_AFTER = 1.0
# Their connections must not be closed while a statement runs: a file's lives in this process, ODBC's waits for it.
_NEVER_CUT = frozenset({"pysqlite", "duckdb_sqlalchemy", "pyodbc", "mssqlpython"})
_MYSQL = frozenset({"mysql", "mariadb"})


def stops(connection: Connection, cursor: Callable[[], Any] = lambda: None) -> tuple[Stop, ...]:
    """Ways to end what ``connection`` is running, polite ones first.

    ``cursor`` gives the driver's cursor that runs the statement, None while there is none.
    """
    raw: Any = connection.connection.driver_connection
    driver = connection.dialect.driver
    if connection.dialect.name in _MYSQL and hasattr(raw, "thread_id"):
        polite = Stop(_kill(connection, int(raw.thread_id())))
    elif driver == "duckdb_sqlalchemy":
        # The connection would first buffer the answer that is being read.
        polite = Stop(raw.cursor().interrupt)
    elif driver == "native":
        polite = Stop(raw.transport.connection.send_cancel)
    else:
        polite = Stop(lambda: ask(raw, cursor()))
    return (polite,) if driver in _NEVER_CUT else (polite, Stop(lambda: cut(raw), _CUT_AFTER))


@contextmanager
def running_cursor(connection: Connection) -> Iterator[Callable[[], Any]]:
    """Gives the driver's cursor that runs a statement on ``connection`` just now: ODBC stops by it alone."""
    running: list[Any] = []

    def note(_connection: Any, cursor: Any, *_: Any) -> None:
        running[:] = [cursor]

    event.listen(connection, "before_cursor_execute", note)
    try:
        yield lambda: running[0] if running else None
    finally:
        event.remove(connection, "before_cursor_execute", note)


def _kill(connection: Connection, number: int) -> Callable[[], None]:
    """By a second connection: a server that only loses the line goes on with the statement."""
    engine = connection.engine

    def kill() -> None:
        with engine.connect() as other:
            other.exec_driver_sql(f"KILL QUERY {number}")

    return kill
