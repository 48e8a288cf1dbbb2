"""How often a refusal is audited: one that is repeated would fill the audit log as fast as anybody can ask."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

SECONDS = 60
MOST = 4096  # sessions and permissions that are remembered


class Denials:
    """Counts refusals by session and permission, in this process's memory.

    Args:
        clock: seconds, never going back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: OrderedDict[tuple[str, str], tuple[float, int]] = OrderedDict()  # since when, how many left out

    def left_out(self, session: str, permission: str) -> int | None:
        """How many refusals were left out since the last one that was told; None when this one is left out as well."""
        key, now = (session, permission), self._clock()
        with self._lock:
            since, count = self._seen.get(key, (now - SECONDS, 0))
            if now - since < SECONDS:
                self._seen[key] = since, count + 1
                return None
            self._seen[key] = now, 0
            self._seen.move_to_end(key)
            if len(self._seen) > MOST:
                self._seen.popitem(last=False)
            return count
