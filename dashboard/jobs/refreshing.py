"""Reading the sources again by itself: this process only starts the work, in a process of its own."""

import time
from collections.abc import Callable

from dashboard.jobs.background import Task

_LOOK_SECONDS = 30
# A refresh that ended without a trace is not started again at once.
_PAUSE_SECONDS = 300


def refresh_task(
    due: Callable[[], bool], start: Callable[[], object], ticks: Callable[[], float] = time.monotonic
) -> Task:
    """Looks now and then whether a refresh is ``due``, and has it started.

    Of several workers and hosts that start one at once, one refreshes and the others end.

    Args:
        ticks: seconds that never go back.
    """
    return Task("refreshing the sources", _LOOK_SECONDS, _Starter(due, start, ticks).look)


class _Starter:
    def __init__(self, due: Callable[[], bool], start: Callable[[], object], ticks: Callable[[], float]) -> None:
        self._due, self._start, self._ticks = due, start, ticks
        self._next = float("-inf")

    def look(self) -> None:
        if self._ticks() >= self._next and self._due():
            self._next = self._ticks() + _PAUSE_SECONDS
            self._start()
