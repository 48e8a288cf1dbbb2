"""The condition of the accounts database, for monitors and for those who run the site."""

import time
from dataclasses import dataclass

from sqlalchemy import QueuePool, func, select, text

from dashboard.accounts import session_rules
from dashboard.accounts.database import is_current
from dashboard.accounts.models import sessions
from dashboard.accounts.store import Store
from dashboard.mail.models import outbox


@dataclass(frozen=True)
class Database:
    """How the accounts database answers.

    Attributes:
        dialect, version: what it is, such as "postgresql" and "15.8".
        milliseconds: for one small question, connecting included where no connection was free.
        current: whether its tables are those of this program.
        pool_size, in_use: connections that this process keeps, and those at work; None where nothing is counted.
    """

    dialect: str
    version: str
    milliseconds: float
    current: bool
    pool_size: int | None
    in_use: int | None


class Condition:
    """Asks the database about itself. Every method raises SQLAlchemyError where it does not answer."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def database(self) -> Database:
        """How it answers just now."""
        engine, begun = self._store.reader, time.perf_counter()
        with self._store.reading() as connection:
            connection.execute(text("SELECT count(*) FROM audit_head"))
            took = (time.perf_counter() - begun) * 1000
            current = is_current(connection)
            version = ".".join(str(part) for part in connection.dialect.server_version_info or ())
        pool = engine.pool
        counted = (pool.size(), pool.checkedout()) if isinstance(pool, QueuePool) else (None, None)
        return Database(engine.dialect.name, version, round(took, 1), current, *counted)

    def is_ready(self) -> bool:
        """Whether people can sign in: the database answers, and its tables are those of this program."""
        with self._store.reading() as connection:
            connection.execute(text("SELECT count(*) FROM audit_head"))
            return is_current(connection)

    def open_sessions(self) -> dict[str, int]:
        """How many sessions are in force, by kind."""
        of_kind = select(sessions.c.kind, func.count()).where(session_rules.in_force(self._store))
        with self._store.reading() as connection:
            return {row[0]: row[1] for row in connection.execute(of_kind.group_by(sessions.c.kind))}

    def mails_waiting(self) -> int:
        """How many mails are to be sent."""
        waiting = select(func.count()).select_from(outbox).where(outbox.c.state == "waiting")
        with self._store.reading() as connection:
            return int(connection.execute(waiting).scalar_one())
