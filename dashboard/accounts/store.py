"""What every module of this room works with: the database, the settings, the roles and the clock."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row

from dashboard import audit
from dashboard.access import Roles
from dashboard.accounts import own_roles
from dashboard.accounts.terms import Actor
from dashboard.accounts.vault import Vault
from dashboard.audit.events import Detail
from dashboard.mail import Message, outbox
from dashboard.settings import Settings

Clock = Callable[[], datetime]
Listener = Callable[[audit.Event], None]
AnyRow = Row[*tuple[Any, ...]]


def utc_now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Store:
    """The open accounts database with what is needed to judge its rows."""

    engine: Engine
    reader: Engine
    settings: Settings
    base_roles: Roles
    secret: str
    vault: Vault
    clock: Clock
    listeners: list[Listener] = field(default_factory=list)

    def writing(self) -> AbstractContextManager[Connection]:
        """A transaction that holds the writers' lock where the database has only one (SQLite)."""
        return self.engine.begin()

    def reading(self) -> AbstractContextManager[Connection]:
        """A connection for single SELECTs; it never waits for a writer."""
        return self.reader.connect()

    @property
    def idle(self) -> timedelta:
        """How long a session may stay unused."""
        return timedelta(minutes=self.settings.session.idle_minutes)

    @property
    def absolute(self) -> timedelta:
        """How long a session may last in any case."""
        return timedelta(hours=self.settings.session.absolute_hours)

    @property
    def touch_after(self) -> timedelta:
        """How stale "last seen" may be before it is written again; well below the idle limit, however short that is."""
        return min(timedelta(seconds=self.settings.session.touch_seconds), self.idle / 10)

    def roles(self, connection: Connection) -> Roles:
        """The roles of this moment: built in, of the settings, and made by Admins."""
        return self.base_roles.with_own(own_roles.read(connection))

    def put_mail(self, connection: Connection, message: Message) -> None:
        """Put ``message`` into the outbox, in the caller's transaction: it leaves only if that is committed."""
        outbox.put(connection, message, self.vault.seal, self.clock())

    def record(self, connection: Connection, event: audit.Event) -> None:
        """Audit ``event`` in the caller's transaction, now, and tell whoever listens."""
        audit.record(connection, event, self.clock())
        for listener in self.listeners:
            listener(event)


def done_by(actor: Actor, kind: audit.Kind, target: str, detail: Detail | None = None) -> audit.Event:
    """The event of something that ``actor`` did to ``target``."""
    origin = actor.origin
    return audit.Event(kind, actor.user_id, actor.username, "ok", target, origin.ip, actor.session, detail or {})
