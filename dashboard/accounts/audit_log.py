"""Reading the audit log: filter, page, export."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from dashboard.accounts.store import Store
from dashboard.accounts.terms import Actor


@dataclass(frozen=True)
class LogFilter:
    """Which events; an empty field lets all pass. ``text`` is looked for in actor, target and address."""

    kind: str = ""
    outcome: str = ""
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class LoggedEvent:
    """One event as it stands in the log; ``detail`` is canonical JSON."""

    seq: int
    at: datetime
    kind: str
    actor: str
    outcome: str
    target: str
    ip: str
    session: str
    detail: str


class AuditLog:
    """What happened."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def search(self, chosen: LogFilter, offset: int = 0, limit: int = 50) -> tuple[list[LoggedEvent], int]:
        """One page, latest first, and how many events there are on all pages."""
        raise NotImplementedError

    def export(self, chosen: LogFilter, by: Actor) -> Iterator[LoggedEvent]:
        """All of them, oldest first, in constant memory; the export itself is audited."""
        raise NotImplementedError
