"""Accounts databases that are up to date at once and wait for no disk: thousands of tests open a new one.

The first empty database of each kind in a process is migrated in earnest, and what that did is done again to others.
Nothing is kept, so nothing needs to reach the disk. Sites and commands that run as processes of their own migrate and
write as they always do.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from sqlite3 import Connection as Sqlite
from typing import Any

from sqlalchemy import Connection, event, text

from dashboard.accounts import database

_UPGRADE, _SET_UP = database.upgrade, database._set_up_sqlite
_EMPTY = {
    "sqlite": text("SELECT count(*) = 0 FROM sqlite_master"),
    "postgresql": text("SELECT count(*) = 0 FROM pg_class WHERE relnamespace = current_schema()::regnamespace"),
}
_done: dict[str, list[tuple[str, Any]]] = {}


def make_quick() -> None:
    """From now on in this process."""
    database.upgrade, database._set_up_sqlite = _upgrade, _set_up


@contextmanager
def real() -> Iterator[None]:
    """As installations do it, meanwhile."""
    database.upgrade, database._set_up_sqlite = _UPGRADE, _SET_UP
    try:
        yield
    finally:
        make_quick()


def _set_up(connection: Sqlite, record: object) -> None:
    _SET_UP(connection, record)
    connection.execute("PRAGMA synchronous = OFF").close()


def _upgrade(connection: Connection, revision: str = "head") -> None:
    name = connection.dialect.name
    database._take_turns(connection)
    if revision != "head" or not connection.scalar(_EMPTY[name]):
        _UPGRADE(connection, revision)
    elif name not in _done:
        _done[name] = _watched(connection)
    else:
        _repeat(connection, _done[name])


def _watched(connection: Connection) -> list[tuple[str, Any]]:
    """Migrate; the statements that changed something, with their parameters."""
    ran: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        if not statement.lstrip().startswith(("SELECT", "PRAGMA")):
            ran.extend((statement, each) for each in (parameters if many else [parameters]))

    event.listen(connection, "before_cursor_execute", note)
    _UPGRADE(connection)
    event.remove(connection, "before_cursor_execute", note)
    return ran


def _repeat(connection: Connection, statements: list[tuple[str, Any]]) -> None:
    driver: Any = connection.connection.driver_connection
    with driver.pipeline() if connection.dialect.name == "postgresql" else nullcontext():
        for statement, parameters in statements:
            driver.execute(statement, parameters or ())
