"""What limits are counted in: this process's memory, and a Redis that several processes share.

Every hit counts in both, and the higher count holds. A Redis that is stopped, or comes back empty, takes no limit away:
each process goes on with what it has counted itself.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import g, has_request_context
from limits.storage import RedisStorage, Storage

SCHEME = "salesgate"
PATIENCE = 0.5  # seconds to wait for an answer of Redis
PAUSE = 5.0  # seconds until one that failed is asked again
TIDY_SECONDS = 60

# Counts one hit after the other, each from the first hit of its counter until its time is over, and ends with one that
# is over its limit; how many there are of each, and for how long they count.
COUNT = """
local told = {}
for place, key in ipairs(KEYS) do
  local seconds, amount, limit = ARGV[3 * place - 2], ARGV[3 * place - 1], tonumber(ARGV[3 * place])
  local count = redis.call("incrby", key, amount)
  if count == tonumber(amount) then redis.call("expire", key, seconds) end
  told[2 * place - 1], told[2 * place] = count, redis.call("pttl", key)
  if count > limit then break end
end
return told
"""
NO_LIMIT = 2**53 - 1  # numbers of Redis' scripts are exact so far

Count = tuple[int, float]  # how many hits, until when they count in seconds since 1970
Answer = TypeVar("Answer", int, float, list[Count])

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Hit:
    """What is to be counted.

    Attributes:
        seconds: for how long the first hit of ``key`` counts, and all that follow until then.
        limit: how many are still good.
    """

    key: str
    seconds: int
    limit: int = NO_LIMIT
    amount: int = 1


class Own:
    """Counters in memory, each from its first hit until its time is over."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._counts: dict[str, Count] = {}
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

    def put(self, key: str, count: Count) -> None:
        """Set a counter."""
        with self._lock:
            self._counts[key] = count
            self._tidy(self._clock())

    def get(self, key: str) -> Count:
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
        self._own, self._heard = Own(), Own()  # what this process counted; what Redis told it last
        self._shared = _redis(uri.removeprefix(f"{SCHEME}:"))
        self._mine = threading.local()
        self._lock = threading.Lock()
        self._lost = False
        self._ask_again = 0.0

    @property
    def base_exceptions(self) -> type[Exception]:
        """None is ever raised."""
        return OSError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count ``amount`` hits; how many there are."""
        return self.hit([Hit(key, expiry, amount=amount)])[0][0]

    def hit(self, hits: Sequence[Hit]) -> list[Count]:
        """Count ``hits`` in turn, and none behind one that is over its limit; how many there are of each that counted.

        However many there are, Redis is asked once.
        """
        hits = self._within_own(hits)
        shared = self._ask(lambda redis: self._count_shared(redis, hits), [])
        told = _told()
        for place, hit in enumerate(hits[: len(shared) or None]):
            own = self._own.incr(hit.key, hit.seconds, hit.amount)
            count, ends = shared[place] if shared else (0, 0.0)
            told[hit.key] = max(own, count), max(self._own.get(hit.key)[1], ends)
            if count > own:
                self._heard.put(hit.key, (count, ends))
        return [told[hit.key] for hit in hits if hit.key in told]

    def known(self, key: str) -> int:
        """How many hits there are at least, as far as this process knows without asking."""
        return max(self._own.get(key)[0], self._heard.get(key)[0])

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
        self._heard.clear(key)
        if self._shared is not None:
            self._shared.clear(key)

    def reset(self) -> int:
        """Forget all counters, as :meth:`clear`; how many this process had."""
        if self._shared is not None:
            self._shared.reset()
        self._heard.reset()
        return self._own.reset()

    def shared_answers(self) -> bool | None:
        """Whether Redis answers just now; None where there is none."""
        return None if self._shared is None else self._shared.check()

    def check(self) -> bool:
        """Whether it can count; it always can."""
        return True

    def _within_own(self, hits: Sequence[Hit]) -> Sequence[Hit]:
        """``hits`` up to the first that this process alone has counted too often."""
        over = (place for place, hit in enumerate(hits) if self._own.get(hit.key)[0] + hit.amount > hit.limit)
        return hits[: next(over, len(hits)) + 1]

    def _count_shared(self, redis: RedisStorage, hits: Sequence[Hit]) -> list[Count]:
        given = [value for hit in hits for value in (hit.seconds, hit.amount, hit.limit)]
        told, now = self._script(redis)([redis.prefixed_key(hit.key) for hit in hits], given), time.time()
        return [(int(count), now + max(0, int(left)) / 1000) for count, left in zip(told[::2], told[1::2], strict=True)]

    def _script(self, redis: RedisStorage) -> Any:
        """Counts over a connection of this thread: to take one that others use as well takes as long as to count."""
        script = getattr(self._mine, "script", None)
        if script is None:
            script = self._mine.script = redis.storage.client().register_script(COUNT)
        return script

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


def _told() -> dict[str, Count]:
    """What counting said in this request, so that its answer can tell without asking Redis once more."""
    if not has_request_context():
        return {}
    told: dict[str, Count] = g.setdefault("counted", {})
    return told


def _redis(uri: str) -> RedisStorage | None:
    if not uri:
        return None
    from redis.backoff import NoBackoff  # noqa: PLC0415 - most installations have no Redis
    from redis.retry import Retry  # noqa: PLC0415

    # One retry: after a restart of Redis the connections of before are dead.
    again = Retry(NoBackoff(), 1)
    return RedisStorage(uri, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=again)  # type: ignore[arg-type]
