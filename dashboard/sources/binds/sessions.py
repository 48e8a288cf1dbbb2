"""What is asked of every new connection: read-only, a deadline for statements, and a clock and formats that are known.

A server that does not know one of these is used all the same: whether its account can write is proven apart, and a
watchdog stops what takes too long.
"""

import contextlib
import logging
import math
from collections.abc import Callable
from typing import Any, Final

from dashboard.settings.binds import Bind

# Kept with a connection: what ClickHouse says of the account before the session is made read-only.
ACCOUNT_READONLY: Final = "account_readonly"
_SLOW_READER_SECONDS: Final = 3600

# It takes every line for a group of its own, because it multiplies how many products, months and regions there are, and
# then sorts all lines on disk instead of adding them up in memory.
_ADDING_UP: Final = (
    "SELECT set_config('work_mem', '128MB', false) WHERE pg_size_bytes(current_setting('work_mem')) < 134217728",
    "SET enable_sort = off",
)

_log = logging.getLogger(__name__)


def _postgresql(bind: Bind) -> tuple[str, ...]:
    return (
        "SET default_transaction_read_only = on",
        f"SET statement_timeout = {milliseconds(bind.statement_seconds)}",
        "SET TimeZone = 'UTC'",
        *_ADDING_UP,
    )


def _mysql(bind: Bind) -> tuple[str, ...]:
    # The clock stays the server's: a TIMESTAMP is what its people see.
    return (
        "SET SESSION TRANSACTION READ ONLY",
        f"SET SESSION max_statement_time = {bind.statement_seconds}",  # MariaDB, seconds
        f"SET SESSION max_execution_time = {milliseconds(bind.statement_seconds)}",  # MySQL
        f"SET SESSION net_write_timeout = {_SLOW_READER_SECONDS}",
    )


def _oracle(bind: Bind) -> tuple[str, ...]:  # noqa: ARG001 - its deadline is an attribute of the connection
    return (
        "ALTER SESSION SET TIME_ZONE = '+00:00'",
        "ALTER SESSION SET NLS_NUMERIC_CHARACTERS = '.,'",
        "ALTER SESSION SET NLS_COMP = BINARY",
    )


def _mssql(bind: Bind) -> tuple[str, ...]:
    return (f"SET LOCK_TIMEOUT {milliseconds(bind.statement_seconds)}", "SET DATEFORMAT ymd")


_SESSION: Final[dict[str, Callable[[Bind], tuple[str, ...]]]] = {
    "postgresql": _postgresql,
    "mysql": _mysql,
    "mariadb": _mysql,
    "oracle": _oracle,
    "mssql": _mssql,
    "duckdb": lambda _: ("SET TimeZone = 'UTC'",),
    "sqlite": lambda _: ("PRAGMA query_only = ON",),
}


def prepare(dialect: str, bind: Bind, connection: Any, info: dict[Any, Any]) -> None:
    """Set up a new DBAPI connection; ``info`` stays with it in the pool."""
    _attributes(dialect, bind, connection)
    if dialect == "clickhouse":
        info[ACCOUNT_READONLY] = _first(connection, "SELECT value FROM system.settings WHERE name = 'readonly'")
        _clickhouse(bind, connection, info[ACCOUNT_READONLY])
    for statement in _SESSION[dialect](bind) if dialect in _SESSION else ():
        try:
            _run(connection, statement)
        except Exception:
            _log.debug("A %s server does not take %r", dialect, statement)
            with contextlib.suppress(Exception):
                connection.rollback()


def _attributes(dialect: str, bind: Bind, connection: Any) -> None:
    if dialect == "oracle":
        connection.call_timeout = milliseconds(bind.statement_seconds)
    elif type(connection).__module__.partition(".")[0] in {"pyodbc", "mssql_python"}:
        # ODBC drivers other than Microsoft's: "unsupported attribute 113".
        with contextlib.suppress(Exception):
            connection.timeout = math.ceil(bind.statement_seconds)
    elif dialect == "clickhousedb":
        with contextlib.suppress(Exception):  # an account that is read-only may not change settings
            connection.client.set_client_setting("max_execution_time", math.ceil(bind.statement_seconds))


def _clickhouse(bind: Bind, connection: Any, account: str) -> None:
    """Settings go with every query of clickhouse-driver; an account with readonly = 1 may not send any."""
    settings: dict[str, int] = {} if account == "1" else {"max_execution_time": math.ceil(bind.statement_seconds)}
    if account == "0":
        settings["readonly"] = 2
    connection.transport.settings.update(settings)


def milliseconds(seconds: float) -> int:
    """Whole milliseconds, at least one: nought means no limit."""
    return max(1, round(seconds * 1000))


def _run(connection: Any, statement: str) -> None:
    cursor = connection.cursor()
    try:
        cursor.execute(statement)
    finally:
        cursor.close()
    connection.commit()  # PostgreSQL takes a SET back with the transaction that it stands in


def _first(connection: Any, statement: str) -> str:
    cursor = connection.cursor()
    try:
        cursor.execute(statement)
        row = cursor.fetchone()
    finally:
        cursor.close()
    return str(row[0]) if row else ""
