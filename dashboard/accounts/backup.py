"""A backup of the accounts database: all tables as they were at one moment, while others go on writing."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Engine, MetaData, Table, select

from dashboard.accounts.backup_file import Manifest, Row, Value, new_archive, sign, write_part
from dashboard.accounts.database import reader_of
from dashboard.accounts.store import Clock
from dashboard.audit import heads
from dashboard.audit.columns import metadata

# What is under way: sign-ins half done, and who does what just now. It means nothing later.
_LEFT_OUT = frozenset({"pending", "leases"})
# A transaction that sees the database as it was when it began. On SQLite every transaction does.
_ISOLATION = {"postgresql": "REPEATABLE READ", "mysql": "REPEATABLE READ", "mariadb": "REPEATABLE READ"}


def make_backup(engine: Engine, secret: str, path: Path, clock: Clock) -> Manifest:
    """Write all of the database to the new file ``path``. What is sealed in it stays sealed.

    Raises:
        AccountError: there is a file of that name.
        OSError: the file cannot be written.
    """
    with new_archive(path) as archive, _snapshot(engine) as connection:
        now = clock()
        head = heads.read(connection, now)
        manifest = Manifest(
            made_at=now,
            revision=MigrationContext.configure(connection).get_current_revision() or "",
            dialect=engine.dialect.name,
            events=head.seq,
            head=head.digest,
            parts=tuple(
                write_part(archive, table.name, table.columns.keys(), _rows(connection, table))
                for table in reflected(connection, metadata.tables.keys() - _LEFT_OUT)
            ),
        )
        sign(archive, manifest, secret)
    return manifest


def reflected(connection: Connection, names: Collection[str]) -> list[Table]:
    """Those tables of ``names`` that are there, as they are, each after those that it refers to."""
    found = MetaData()
    found.reflect(connection, only=lambda name, _: name in names, resolve_fks=False)
    return found.sorted_tables


@contextmanager
def _snapshot(engine: Engine) -> Iterator[Connection]:
    if engine.dialect.name == "sqlite":
        with reader_of(engine).connect() as connection:
            connection.exec_driver_sql("BEGIN")  # a reader's: it takes no lock, and sees no later write
            yield connection
        return
    isolation = _ISOLATION.get(engine.dialect.name, "SERIALIZABLE")
    with engine.connect().execution_options(isolation_level=isolation) as connection:
        yield connection


def _rows(connection: Connection, table: Table) -> Iterator[Row]:
    found = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=1000)
    for row in connection.execute(found):
        yield [_plain(value) for value in row]


def _plain(value: Value | date) -> Value:
    return value.isoformat() if isinstance(value, date) else value
