"""The accounts database: how it is opened and brought up to date."""

import os
import sqlite3
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text

from dashboard.accounts.private_files import FILE_MODE, private_folder
from dashboard.accounts.terms import AccountError
from dashboard.settings import Settings

_BUSY_SECONDS = 15
_PATIENT = {"postgresql+psycopg", "postgresql+psycopg2"}  # drivers that know how long to try
_MIGRATION_LOCK = 5_731_968  # any number that nobody else takes


def open_engine(settings: Settings) -> Engine:
    """The engine of the accounts database. An SQLite file is created, readable by its owner only."""
    url = make_url(settings.accounts_url)
    given = settings.accounts
    size = given.pool_size or settings.server.threads
    # What statements carry belongs in no message of an error: it would get into the log.
    pool = {
        "hide_parameters": True,
        "pool_size": size,
        "max_overflow": given.max_overflow,
        "pool_timeout": given.pool_timeout,
    }
    if url.get_backend_name() != "sqlite":
        # A host that vanished takes no connection and refuses none.
        patience = {"connect_timeout": given.connect_timeout} if url.drivername in _PATIENT else {}
        # Whatever the server's default: every statement sees what was committed before it, and waits for locked rows
        # instead of failing. All that is decided is decided on such rows.
        return create_engine(
            url,
            **pool,
            pool_pre_ping=True,
            pool_recycle=given.pool_recycle,
            isolation_level="READ COMMITTED",
            connect_args=patience,
        )
    _close_to_others(url)
    engine = create_engine(url, **pool, connect_args={"timeout": _BUSY_SECONDS})
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def reader_of(engine: Engine) -> Engine:
    """The same pool, for connections that only SELECT: on SQLite they take no lock."""
    return engine.execution_options(reading=True)


def migrate(engine: Engine) -> None:
    """Bring the tables to the newest version. Does nothing, quickly, where they are; processes may do it at once.

    Raises:
        AccountError: the tables are of a version that this program does not know.
    """
    with reader_of(engine).connect() as connection:
        if is_current(connection):
            return
    with engine.begin() as connection:
        upgrade(connection)


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Bring the tables to ``revision`` in the caller's transaction, one process after the other.

    Raises:
        AccountError: this program does not know their version, or ``revision``.
    """
    _take_turns(connection)
    config = _migrations()
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, revision)
    except CommandError:
        raise AccountError("The accounts database was made by a newer Salesgate. Install that version.") from None


def is_current(connection: Connection) -> bool:
    """Whether the tables are those of this program."""
    return MigrationContext.configure(connection).get_current_revision() == _newest()


@cache
def _newest() -> str | None:
    return ScriptDirectory.from_config(_migrations()).get_current_head()


def _migrations() -> Config:
    config = Config()
    config.set_main_option("script_location", "dashboard:migrations")
    config.set_main_option("path_separator", "os")
    return config


def _take_turns(connection: Connection) -> None:
    """Let processes that start at once migrate one after the other; on SQLite the writers' lock does it."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})


def _close_to_others(url: URL) -> None:
    if not url.database or url.database == ":memory:":
        return
    path = Path(url.database)
    if not path.parent.exists():
        private_folder(path.parent)
    # Created here, before SQLite would create it with the umask; its -wal and -shm files take over the mode.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, FILE_MODE))
    if path.stat().st_mode & 0o777 != FILE_MODE:
        path.chmod(FILE_MODE)


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # The driver would open transactions by itself, late and without the writers' lock; _begin_sqlite does it instead.
    connection.isolation_level = None
    # FULL: a user who was disabled stays disabled after a power cut.
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    # IMMEDIATE waits for the writers' lock at the start; taken later it could fail instead of waiting.
    if not connection.get_execution_options().get("reading"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
