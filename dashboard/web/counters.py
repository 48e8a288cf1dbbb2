"""What limits are counted in: this process's memory, and a Redis that several processes share.

Every hit counts in both, and the higher count holds. A Redis that is stopped, or comes back empty, takes no limit away:
each process goes on with what it has counted itself.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from flask import g, has_request_context
from limits.storage import RedisStorage, Storage

SCHEME = "salesgate"
PATIENCE = 0.5  # seconds to wait for an answer of Redis
PAUSE = 5.0  # seconds until one that failed is asked again
TIDY_SECONDS = 60

# Counts, from the first hit until the time of a counter is over; how many there are, and for how long they count.
COUNT = """
local count = redis.call("incrby", KEYS[1], ARGV[2])
if count == tonumber(ARGV[2]) then redis.call("expire", KEYS[1], ARGV[1]) end
return {count, redis.call("pttl", KEYS[1])}
"""

Answer = TypeVar("Answer", int, float, tuple[int, float])

logger = logging.getLogger(__name__)


class Own:
    """Counters in memory, each from its first hit until its time is over."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._counts: dict[str, tuple[int, float]] = {}  # how many, until when
        self._tidied = clock()

    def incr(self, key: str, expiry: int, amount: int) -> int:
        """Add ``amount``; the count."""
        now = self._clock()
        with self._lock:
            count, ends = self._counts.get(key, (0, now))
            if ends <= now:
                count, ends = 0, now + expiry
            self._counts[key] = max(0, count + amount), ends
            self._tidy(now)
            return self._counts[key][0]

    def get(self, key: str) -> tuple[int, float]:
        """The count, and until when it holds, in seconds since 1970."""
        now = self._clock()
        count, ends = self._counts.get(key, (0, now))
        return (count, ends) if ends > now else (0, now)

    def clear(self, key: str) -> None:
        """Forget one counter."""
        with self._lock:
            self._counts.pop(key, None)

    def reset(self) -> int:
        """Forget all counters; how many there were."""
        with self._lock:
            count = len(self._counts)
            self._counts.clear()
            return count

    def _tidy(self, now: float) -> None:
        if now - self._tidied >= TIDY_SECONDS:
            self._tidied = now
            self._counts = {key: kept for key, kept in self._counts.items() if kept[1] > now}


class Counters(Storage):
    """Storage of Flask-Limiter by the address ``salesgate:``, or ``salesgate:redis://...`` for a shared Redis."""

    STORAGE_SCHEME = [SCHEME]  # noqa: RUF012 - read by the metaclass

    def __init__(self, uri: str = "", wrap_exceptions: bool = False, **_: float | str | bool) -> None:
        super().__init__(uri, wrap_exceptions)
        self._own = Own()
        self._shared = _redis(uri.removeprefix(f"{SCHEME}:"))
        self._count = None if self._shared is None else self._shared.storage.register_script(COUNT)
        self._lock = threading.Lock()
        self._lost = False
        self._ask_again = 0.0

    @property
    def base_exceptions(self) -> type[Exception]:
        """None is ever raised."""
        return OSError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count ``amount`` hits; how many there are."""
        own = self._own.incr(key, expiry, amount)
        count, ends = self._ask(lambda redis: self._hit(redis, key, expiry, amount), (0, 0.0))
        told = max(own, count), max(self._own.get(key)[1], ends)
        _told()[key] = told
        return told[0]

    def get(self, key: str) -> int:
        """How many hits there are; within a request, as many as there were when it was counted."""
        told = _told().get(key)
        return told[0] if told else max(self._own.get(key)[0], self._ask(lambda redis: redis.get(key), 0))

    def get_expiry(self, key: str) -> float:
        """Until when they count, in seconds since 1970."""
        told = _told().get(key)
        return told[1] if told else max(self._own.get(key)[1], self._ask(lambda redis: redis.get_expiry(key), 0.0))

    def clear(self, key: str) -> None:
        """Forget one counter; raises where Redis does not answer. No limit ever asks for this."""
        self._own.clear(key)
        if self._shared is not None:
            self._shared.clear(key)

    def reset(self) -> int:
        """Forget all counters, as :meth:`clear`; how many this process had."""
        if self._shared is not None:
            self._shared.reset()
        return self._own.reset()

    def shared_answers(self) -> bool | None:
        """Whether Redis answers just now; None where there is none."""
        return None if self._shared is None else self._shared.check()

    def check(self) -> bool:
        """Whether it can count; it always can."""
        return True

    def _hit(self, redis: RedisStorage, key: str, expiry: int, amount: int) -> tuple[int, float]:
        assert self._count is not None  # noqa: S101 - for the types
        count, left = self._count([redis.prefixed_key(key)], [expiry, amount])
        return int(count), time.time() + max(0, int(left)) / 1000

    def _ask(self, what: Callable[[RedisStorage], Answer], otherwise: Answer) -> Answer:
        if self._shared is None or not self._may_ask():
            return otherwise
        try:
            answer = what(self._shared)
        except Exception as error:  # whatever it is: without Redis this process counts alone
            self._note(lost=True, why=type(error).__name__)
            return otherwise
        self._note(lost=False)
        return answer

    def _may_ask(self) -> bool:
        """Whether Redis answered last time; after a failure a single request tries now and then, and no other waits."""
        with self._lock:
            if not self._lost:
                return True
            now = time.monotonic()
            if now < self._ask_again:
                return False
            self._ask_again = now + PAUSE
            return True

    def _note(self, *, lost: bool, why: str = "") -> None:
        with self._lock:
            if lost == self._lost:
                return
            self._lost, self._ask_again = lost, time.monotonic() + PAUSE
        if lost:
            logger.error("limits: Redis does not answer (%s); each process counts for itself until it does", why)
        else:
            logger.warning("limits: Redis answers again; the processes count together")


def _told() -> dict[str, tuple[int, float]]:
    """What counting said in this request, so that its answer can tell without asking Redis once more."""
    if not has_request_context():
        return {}
    told: dict[str, tuple[int, float]] = g.setdefault("counted", {})
    return told


def _redis(uri: str) -> RedisStorage | None:
    if not uri:
        return None
    from redis.backoff import NoBackoff  # noqa: PLC0415 - most installations have no Redis
    from redis.retry import Retry  # noqa: PLC0415

    # One retry: after a restart of Redis the connections of before are dead.
    again = Retry(NoBackoff(), 1)
    return RedisStorage(uri, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=again)  # type: ignore[arg-type]
