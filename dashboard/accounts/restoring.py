"""Putting a backup back: into an empty database, or in the place of what is there, in one transaction."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from sqlalchemy import Connection, Date, Engine, Table, func, insert, select, text, update
from sqlalchemy.exc import OperationalError

from dashboard import audit
from dashboard.accounts.backup import reflected
from dashboard.accounts.backup_file import Manifest, Part, Value, opened, read_manifest, read_part
from dashboard.accounts.database import reader_of, upgrade
from dashboard.accounts.models import users
from dashboard.accounts.store import Clock
from dashboard.accounts.terms import AccountError
from dashboard.audit.columns import metadata
from dashboard.audit.events import Detail
from dashboard.audit.models import audit_events
from dashboard.mail.models import outbox

_VERSION_TABLE = "alembic_version"
ENGINES = ("sqlite", "postgresql")
# What lets somebody in without signing in: an old cookie or token shall not come to life again.
SIGNED_IN = frozenset({"sessions", "refresh_tokens"})
# One-time links carry the version of the account: one that was used up after the backup must not work again.
_LATER = 10_000
_AT_ONCE = 1000
_SOON_MILLISECONDS = 2000
_IN_USE = "The accounts database is in use. Stop the site, on every host, then try again. Nothing was changed."
_OTHERS = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND coalesce(backend_type, 'client backend') = 'client backend'"
)


@dataclass(frozen=True)
class How:
    """What a restore does with what is there already, and with who was signed in.

    Attributes:
        replace: what is in the database is lost.
        keep_sessions: for a move. Else sessions, links that were mailed, and mails that waited, end here.
        broken_log: the audit chain may be broken, as it was in the database already when the backup was made.
    """

    replace: bool = False
    keep_sessions: bool = False
    broken_log: bool = False


def restore_backup(engine: Engine, secret: str, path: Path, how: How, clock: Clock) -> tuple[Manifest, audit.Verdict]:
    """Put the backup at ``path`` into the database of ``engine``; what it held, and that its audit chain holds.

    All or nothing: the rows, their signature and the audit chain are checked before anything counts.

    Raises:
        AccountError: the file is damaged, newer, or signed with another key; the database is in use or not empty.
    """
    if engine.dialect.name not in ENGINES:
        raise AccountError("Backups are restored into SQLite and PostgreSQL; other databases have their own means.")
    with opened(path) as archive:
        manifest = read_manifest(archive, secret)
        _check_alone(engine)
        with engine.begin() as connection:
            _clear(connection, manifest, how)
            upgrade(connection, manifest.revision)
            _load(connection, archive, manifest, how)
            upgrade(connection)
            if not how.keep_sessions:
                _end_what_was_under_way(connection)
            verdict = _verified(connection, manifest, how)
            detail: Detail = {"made_at": f"{manifest.made_at:%Y-%m-%dT%H:%M:%SZ}", "sessions_kept": how.keep_sessions}
            event = audit.Event(audit.Kind.BACKUP_RESTORED, 0, "command line", "ok", path.name, detail=detail)
            audit.record(connection, event, clock())
    return manifest, verdict


def _check_alone(engine: Engine) -> None:
    """AccountError where another process has the database open."""
    with reader_of(engine).connect() as connection:
        if engine.dialect.name == "postgresql":
            alone = connection.execute(_OTHERS).scalar_one() == 0
        else:
            alone = _leaves_wal(connection)
    engine.dispose()  # the next connection is set up as usual
    if not alone:
        raise AccountError(_IN_USE)


def _leaves_wal(connection: Connection) -> bool:
    """SQLite gives up its write-ahead log only where nobody else has the file open, reader or writer."""
    connection.exec_driver_sql(f"PRAGMA busy_timeout = {_SOON_MILLISECONDS}").close()
    try:
        mode: str = connection.exec_driver_sql("PRAGMA journal_mode = DELETE").scalar_one()
    except OperationalError:
        return False
    return mode == "delete"


def _clear(connection: Connection, manifest: Manifest, how: How) -> None:
    """Remove our tables, of whichever version; others may stand beside them."""
    names = {part.name for part in manifest.parts} | metadata.tables.keys() | {_VERSION_TABLE}
    tables = reflected(connection, names)
    if not how.replace and any(_has_rows(connection, table) for table in tables):
        raise AccountError("There are users or events in the accounts database already. --replace removes them first.")
    for table in reversed(tables):
        table.drop(connection)


def _has_rows(connection: Connection, table: Table) -> bool:
    # A new database has its version and the head of an empty log.
    counts = table.name in {users.name, audit_events.name}
    return counts and connection.execute(select(table).limit(1)).first() is not None


def _load(connection: Connection, archive: ZipFile, manifest: Manifest, how: How) -> None:
    tables = {table.name: table for table in reflected(connection, {part.name for part in manifest.parts})}
    for part in manifest.parts:
        kept = how.keep_sessions or part.name not in SIGNED_IN
        _load_part(connection, tables[part.name], read_part(archive, part), part, kept=kept)


def _load_part(connection: Connection, table: Table, rows: Iterable[list[Value]], part: Part, *, kept: bool) -> None:
    # The revision that the migrations made has rows of its own, such as the head of an empty log.
    connection.execute(table.delete())
    columns = [(name, _reader(table, name)) for name in part.columns]
    for some in _batches(rows):
        if kept:
            values = [{name: read(value) for (name, read), value in zip(columns, row, strict=True)} for row in some]
            connection.execute(insert(table), values)
    if connection.dialect.name == "postgresql":
        _count_on(connection, table)


def _reader(table: Table, name: str) -> Callable[[Any], Any]:
    if isinstance(table.c[name].type, Date):
        return lambda value: value and date.fromisoformat(value)
    return lambda value: value


def _count_on(connection: Connection, table: Table) -> None:
    """Let new rows get numbers after those that were put in."""
    for column in table.columns:
        if column.identity is not None:
            sequence = func.pg_get_serial_sequence(table.name, column.name)
            highest = func.max(column)
            connection.execute(select(func.setval(sequence, func.coalesce(highest, 1), highest.is_not(None))))


def _batches(rows: Iterable[list[Value]]) -> Iterator[list[list[Value]]]:
    some: list[list[Value]] = []
    for row in rows:
        some.append(row)
        if len(some) == _AT_ONCE:
            yield some
            some = []
    if some:
        yield some


def _end_what_was_under_way(connection: Connection) -> None:
    connection.execute(update(users).values(version=users.c.version + _LATER))
    given_up = {"state": "failed", "body": None, "error": "It waited when the backup was made."}
    connection.execute(update(outbox).where(outbox.c.state == "waiting").values(given_up))


def _verified(connection: Connection, manifest: Manifest, how: How) -> audit.Verdict:
    verdict = audit.verify(connection)
    if not verdict.ok:
        if how.broken_log:
            return verdict
        raise AccountError(
            f"The audit log of the backup does not hold: {verdict.problem}. It was so in the database already when the "
            "backup was made. Take an older one, or add --broken-log. Nothing was changed."
        )
    if (verdict.events, verdict.head) != (manifest.events, manifest.head):
        raise AccountError("The audit log of the backup is not the one of its manifest. Nothing was changed.")
    return verdict
