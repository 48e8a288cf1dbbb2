"""Noting the head again and again, in a file and in syslog."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from dashboard.audit import heads
from dashboard.settings import Settings

HEADS = "audit-heads.log"


def heads_file(settings: Settings) -> Path:
    """Where heads are noted."""
    return Path(settings.audit.head_file) if settings.audit.head_file else settings.var / HEADS


class Noter:
    """Notes the head of the chain in ``engine`` where the settings say; ``clock`` gives aware UTC times."""

    def __init__(self, engine: Engine, settings: Settings, clock: Callable[[], datetime]) -> None:
        self._engine, self._clock = engine.execution_options(reading=True), clock
        self._path, self._syslog = heads_file(settings), settings.audit.syslog
        self._told = ""

    def note(self) -> bool:
        """Whether there was anything new to note; OSError where the file or syslog does not take it."""
        with self._engine.connect() as connection:
            head = heads.read(connection, self._clock())
        if head.seq == 0:
            return False
        new = heads.note(head, self._path)
        if self._syslog and head.digest != self._told:
            self._tell(head)
            self._told = head.digest
        return new

    def _tell(self, head: heads.Head) -> None:
        syslog = heads.Syslog(self._syslog)
        try:
            syslog.tell(head)
        finally:
            syslog.close()
