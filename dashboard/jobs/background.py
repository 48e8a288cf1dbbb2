"""One thread that does small things at their intervals, whatever happens to them."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from traceback import extract_tb

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Task:
    """Something to be done again and again.

    Attributes:
        name: what it is, for the log: "sending mails".
        seconds: from the end of one run to the beginning of the next; the first run is at once.
        run: does it.
    """

    name: str
    seconds: float
    run: Callable[[], object]


class Background:
    """Runs ``tasks`` one after the other in a thread that does not keep the process alive.

    Args:
        failed: told the name of every task that failed.
        ended: called when all of this is to end.
    """

    def __init__(
        self,
        tasks: Sequence[Task],
        failed: Callable[[str], None] | None = None,
        ended: Callable[[], None] | None = None,
    ) -> None:
        self._failed, self._ended = failed, ended
        self._due = dict.fromkeys(tasks, 0.0)
        self._troubles: set[tuple[str, str]] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, name="background", daemon=True)

    def start(self) -> None:
        """Begin. To be called once, in the process that serves: threads do not survive a fork."""
        self._thread.start()

    def stop(self, seconds: float = 5) -> None:
        """End after the task that is under way, which gets so many seconds."""
        self._over.set()
        if self._ended is not None:
            self._ended()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def _work(self) -> None:
        while not self._over.is_set():
            for task in [task for task, due in self._due.items() if due <= time.monotonic()]:
                if self._over.is_set():
                    return
                self._attempt(task)
                self._due[task] = time.monotonic() + task.seconds
            self._over.wait(max(0.0, min(self._due.values(), default=1.0) - time.monotonic()))

    def _attempt(self, task: Task) -> None:
        try:
            task.run()
        except Exception as error:
            if self._failed is not None:
                self._failed(task.name)
            self._complain(task, error)
        else:
            self._praise(task)

    def _complain(self, task: Task, error: Exception) -> None:
        """Once for each kind of failure. Without the words of the error: they may quote a statement with its values."""
        kind = type(getattr(error, "orig", None) or error).__name__
        if (task.name, kind) in self._troubles:
            return
        self._troubles.add((task.name, kind))
        place = extract_tb(error.__traceback__)[-1]
        where = f"{PurePath(place.filename).name}, line {place.lineno}"
        logger.error("%s failed: %s in %s; it is tried again", task.name, kind, where)

    def _praise(self, task: Task) -> None:
        """What failed and works again may be told of when it fails the next time."""
        mended = {trouble for trouble in self._troubles if trouble[0] == task.name}
        if mended:
            self._troubles -= mended
            logger.warning("%s works again", task.name)
