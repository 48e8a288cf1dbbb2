"""Stopping a refresh from another thread, also in the middle of a statement."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from dashboard.sources.errors import ImportRefused

_AGAIN_SECONDS = 0.5


class Cancelled(ImportRefused):
    """Somebody asked for the end; nothing was changed."""

    def __init__(self) -> None:
        super().__init__("Cancelled on request. The figures read before are untouched and still served.")


@dataclass(frozen=True)
class Stop:
    """A way to end a running statement from another thread.

    Attributes:
        act: does it; may block, may fail, may be called several times.
        after: seconds since the request until it is tried first: polite ways first, closing the line last.
    """

    act: Callable[[], object]
    after: float = 0.0


@dataclass(eq=False)
class _Guarded:
    """A block that can be stopped."""

    stops: tuple[Stop, ...]
    left: threading.Event = field(default_factory=threading.Event)

    def stop(self) -> None:
        for stop in self.stops:
            threading.Thread(target=self._keep_on, args=(stop,), name="salesgate-cancel", daemon=True).start()

    def _keep_on(self, stop: Stop) -> None:
        """Again and again: a request that comes just before the statement starts is lost on most databases."""
        wait = stop.after
        while not self.left.wait(wait):
            with suppress(Exception):
                stop.act()
            wait = _AGAIN_SECONDS


class Cancel:
    """A request to end; may be made from any thread and from a signal handler.

    A signal handler runs in the main thread, between two of its Python instructions: while that thread waits for a
    database the handler waits too. Whoever wants signals to end statements runs them in another thread.
    """

    def __init__(self) -> None:
        self._asked = threading.Event()
        # Reentrant: a signal handler may interrupt the thread that holds it.
        self._lock = threading.RLock()
        self._guarded: list[_Guarded] = []

    @property
    def requested(self) -> bool:
        """Whether the end was asked for."""
        return self._asked.is_set()

    def request(self) -> None:
        """Ask for the end; running statements are stopped in the background."""
        with self._lock:
            first = not self.requested
            self._asked.set()
            running = tuple(self._guarded) if first else ()
        for guarded in running:
            guarded.stop()

    def check(self) -> None:
        """Go on, or raise Cancelled if the end was asked for."""
        if self.requested:
            raise Cancelled

    @contextmanager
    def stopping(self, *stops: Stop) -> Iterator[None]:
        """While the block runs, a request carries out ``stops``; whatever the block then raises becomes Cancelled.

        Raises:
            Cancelled: the end was asked for before, in or at the end of the block.
        """
        guarded = _Guarded(stops)
        with self._lock:
            self.check()
            self._guarded.append(guarded)
        try:
            yield
        except Exception as error:
            if self.requested and not isinstance(error, Cancelled):
                raise Cancelled from error
            raise
        finally:
            self._leave(guarded)
        # Some databases end a cancelled answer as if it were whole.
        self.check()

    def _leave(self, guarded: _Guarded) -> None:
        guarded.left.set()
        with self._lock:
            self._guarded.remove(guarded)
