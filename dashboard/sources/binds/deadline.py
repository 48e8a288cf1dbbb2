"""Deadlines that hold although a driver's own do not: work in a thread of its own, and a watchdog for statements."""

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, Generic, TypeVar

Made = TypeVar("Made")

# Not while they work: a file's engine lives in this process, and ODBC waits for the statement.
_NEVER_CLOSED = frozenset({"sqlite3", "duckdb", "duckdb_sqlalchemy", "pyodbc", "mssql_python"})

_LOOK_SECONDS = 0.2


class DeadlineMissed(Exception):
    """The work is still going on, and nobody waits for it any more."""


class _Work(Generic[Made]):
    """One call in a thread; what comes too late is thrown away."""

    def __init__(self, work: Callable[[], Made], discard: Callable[[Made], object]) -> None:
        self._work, self._discard = work, discard
        self._lock, self._abandoned, self.done = threading.Lock(), False, threading.Event()
        self.made: list[Made] = []
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            made = self._work()
        except BaseException as error:
            with self._lock:
                # An error that nobody will see must not keep the driver's socket.
                self.error = None if self._abandoned else error
        else:
            self._hand_over(made)
        self.done.set()

    def _hand_over(self, made: Made) -> None:
        with self._lock:
            if not self._abandoned:
                self.made.append(made)
                return
        with contextlib.suppress(Exception):
            self._discard(made)

    def abandon(self) -> bool:
        """Whether the work is too late."""
        with self._lock:
            self._abandoned = not self.made and self.error is None
            return self._abandoned


def within(
    seconds: float,
    work: Callable[[], Made],
    discard: Callable[[Made], object] = lambda _: None,
    unwanted: Callable[[], bool] = lambda: False,
) -> Made:
    """What ``work`` returns or raises, if it does so in time; ``discard`` gets what is made too late.

    ``unwanted`` is asked now and then whether to wait any longer.

    Raises:
        DeadlineMissed: it did not, or it is not wanted any more.
    """
    task = _Work(work, discard)
    threading.Thread(target=task.run, name="bind-deadline", daemon=True).start()
    if not _waited(task.done, seconds, unwanted) and task.abandon():
        raise DeadlineMissed
    if task.error is not None:
        raise task.error
    return task.made[0]


def _waited(done: threading.Event, seconds: float, unwanted: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0 and not unwanted():
        if done.wait(min(left, _LOOK_SECONDS)):
            return True
    return done.is_set()


class Watchdog:
    """Stops a statement: by the driver's own means at ``seconds``, by cutting the connection ``grace`` seconds later.

    Attributes:
        fired: the statement was stopped.
    """

    def __init__(self, seconds: float, grace: float, connection: Any, cursor: Any) -> None:
        self._connection, self._cursor = connection, cursor
        self.fired = False
        self._timers = [threading.Timer(seconds, self._ask), threading.Timer(seconds + grace, self._cut)]
        for timer in self._timers:
            timer.daemon = True
            timer.start()

    def release(self) -> None:
        """The statement is over."""
        for timer in self._timers:
            timer.cancel()

    def _ask(self) -> None:
        self.fired = True
        ask(self._connection, self._cursor)

    def _cut(self) -> None:
        cut(self._connection)


def ask(connection: Any, cursor: Any) -> None:
    """Have the driver cancel what runs on ``connection``; what it cannot is left to :func:`cut`."""
    native = getattr(getattr(connection, "transport", None), "connection", None)  # clickhouse-driver
    handle = getattr(cursor, "hstmt", None)  # mssql-python
    verbs = (
        # Of psycopg's two ways the other one waits for a dead line and lets no thread of this process run meanwhile.
        *((connection, "interrupt"), (connection, "cancel_safe"), (connection, "cancel"), (native, "send_cancel")),
        *((cursor, "cancel"), (handle, "_cancel")),
    )
    for owner, verb in verbs:
        method = getattr(owner, verb, None)
        if callable(method):
            with contextlib.suppress(Exception):
                method()
            return


def cut(connection: Any) -> None:
    """Shut the socket of ``connection`` down, so that whoever waits wakes up; without one, close it if that is safe."""
    client = getattr(getattr(connection, "transport", None), "connection", None)
    for owner, attribute in ((connection, "_sock"), (client, "socket")):  # PyMySQL, clickhouse-driver
        found = getattr(owner, attribute, None)
        if isinstance(found, socket.socket):
            _shut(found)
            return
    with contextlib.suppress(Exception):
        if hasattr(connection, "fileno"):  # psycopg
            with socket.socket(fileno=os.dup(connection.fileno())) as found:
                _shut(found)
        elif type(connection).__module__.partition(".")[0] not in _NEVER_CLOSED:
            connection.close()


def _shut(found: socket.socket) -> None:
    with contextlib.suppress(OSError):
        found.shutdown(socket.SHUT_RDWR)
