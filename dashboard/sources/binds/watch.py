"""A watchdog for every statement of an engine."""

from typing import Any, Final

from sqlalchemy import Connection, Engine, event

from dashboard.sources.binds.arguments import FILES, GRACE_SECONDS
from dashboard.sources.binds.deadline import Watchdog

# A server has had its own deadline; it is asked a little later, so that its own words are heard first.
_SERVER_SECONDS: Final = 1.0


class Stopped(Exception):
    """A statement was stopped, and its driver did not say so."""


class Watch:
    """Listens to an engine; the connections of it that run a statement are watched from its start to its first row."""

    def __init__(self, engine: Engine, seconds: float) -> None:
        self._polite = seconds if engine.dialect.name in FILES else seconds + _SERVER_SECONDS
        self._grace = seconds + GRACE_SECONDS - self._polite
        self._dogs: dict[int, Watchdog] = {}
        event.listen(engine, "before_cursor_execute", self._start)
        event.listen(engine, "after_cursor_execute", self._end)
        event.listen(engine, "handle_error", self._failed)

    def fired(self, connection: Connection) -> bool:
        """Whether the newest statement was stopped, and did not end."""
        dog = self._dogs.get(id(connection))
        return dog is not None and dog.fired

    def forget(self, connection: Connection) -> None:
        """The connection is given back."""
        dog = self._dogs.pop(id(connection), None)
        if dog is not None:
            dog.release()

    def _start(self, connection: Connection, cursor: Any, *_: Any) -> None:
        self.forget(connection)
        driver = connection.connection.dbapi_connection
        self._dogs[id(connection)] = Watchdog(self._polite, self._grace, driver, cursor)

    def _end(self, connection: Connection, *_: Any) -> None:
        if self.fired(connection):
            # ClickHouse answers a cancelled statement with what it has so far, as if that were all.
            raise Stopped
        self.forget(connection)

    def _failed(self, context: Any) -> None:
        dog = self._dogs.get(id(context.connection))
        if dog is not None:
            dog.release()
