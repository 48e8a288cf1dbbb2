"""Limits on how often things may be asked for: guesses, mails, and the requests of one user."""

import hmac
import logging
import math
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

from flask import Flask, Response, current_app, g, request
from flask_limiter import ApplicationLimit, Limiter, RateLimitExceeded, RequestLimit
from limits import RateLimitItem, parse_many

from dashboard.audit import Event, Kind
from dashboard.settings import Settings
from dashboard.web.address import MOST_KEPT, client_address
from dashboard.web.counters import SCHEME, Counters, Hit
from dashboard.web.errors import problem
from dashboard.web.limit_rules import RULES, Rule, address, is_counted_by_gate, sends_mail
from dashboard.web.request_id import described, plain_path
from dashboard.web.site import site

EXTENSION = "salesgate_limiter"
_DIRECT = "salesgate_direct_limits"
_SCOPE = "global"  # as the extension names it: pages and API count together
FAILED = 400
MINUTE, HOUR = 60, 3600  # seconds
AUDITED_AS = "limit"

# The rules that count before anybody is known, and those that count whoever is signed in at the API.
_FIRST = tuple(rule.name for rule in RULES if rule.first)
_CALLER = ("requests_per_key", "requests_per_user")

logger = logging.getLogger(__name__)


class _LimitReached(Exception):
    """A limit is reached that the gate of the API counts by itself."""


@dataclass(frozen=True)
class _Direct:
    """Such a limit: the extension takes a quarter of a quick request's time to find out which of its limits count."""

    rule: Rule
    key: Callable[[], str]
    items: tuple[RateLimitItem, ...]


@dataclass(frozen=True)
class Quota:
    """How far a limit is used up.

    Attributes:
        key: the rule's name and, digested, what it counts apart.
        amount: how many are good.
        count: how many there were.
        ends: when it counts anew, in seconds since 1970.
    """

    key: str
    amount: int
    count: int
    ends: float

    @property
    def is_reached(self) -> bool:
        """Whether the last one was too many."""
        return self.count > self.amount

    @property
    def remaining(self) -> int:
        """How many are still good."""
        return max(0, self.amount - self.count)

    @property
    def seconds_left(self) -> int:
        """Until it counts anew; at least one."""
        return max(1, math.ceil(self.ends - time.time()))


def init(server: Flask, settings: Settings) -> None:
    """Limit every route. To be called after the gate and the CSRF check: what they turn away is no attempt."""
    limits: list[str | Callable[[], str] | ApplicationLimit] = [
        ApplicationLimit(
            limit_provider=_rate(rule, getattr(settings.limits, rule.name)),
            key_function=_key(rule, str(server.secret_key)),
        )
        for rule in RULES
        if not rule.first
    ]
    uri = f"{SCHEME}:{settings.limits.storage}"
    limiter = Limiter(address, app=server, application_limits=limits, storage_uri=uri)
    limiter.logger.setLevel(logging.WARNING)  # its line about each refusal would stand beside ours
    limiter.request_filter(lambda: site().is_static(request.path) or is_counted_by_gate())
    server.extensions[EXTENSION] = limiter  # its own reference is weak: without this one limits would stop
    server.extensions[_DIRECT] = {
        rule.name: _Direct(
            rule, _key(rule, str(server.secret_key)), tuple(parse_many(getattr(settings.limits, rule.name)))
        )
        for rule in RULES
        if rule.name in {*_FIRST, *_CALLER}
    }
    server.after_request(_give_back)
    for reached in (RateLimitExceeded, _LimitReached):
        server.register_error_handler(reached, _too_many)


def count_first() -> None:
    """Count this request to the API by the rules that do not ask who sends it.

    Raises:
        _LimitReached: answered as every limit.
    """
    _count(_FIRST)


@contextmanager
def counted() -> Iterator[None]:
    """Count it by these rules and by those that do ask; who sends it is found out within.

    Redis is asked once, and afterwards. Whoever is known to be over the limit is turned away before anybody asks who
    it is, and whoever turns out to be nobody is counted as well.

    Raises:
        _LimitReached: as above.
    """
    left = _FIRST
    if any(counters().known(hit.key) >= hit.limit for _, hit in _hits(_FIRST)):
        left = ()
        count_first()
    try:
        yield
    except Exception:
        _count(left)
        raise
    _count((*left, *_CALLER))


def _count(names: Iterable[str]) -> None:
    hits = _hits(names)
    if not hits:
        return
    counts = counters().hit([hit for _, hit in hits])
    told = [Quota(key, hit.limit, *count) for (key, hit), count in zip(hits, counts, strict=False)]
    g.counted_by_gate = [*g.get("counted_by_gate", ()), *told]
    if any(one.is_reached for one in told):
        raise _LimitReached


def _hits(names: Iterable[str]) -> list[tuple[str, Hit]]:
    """What those rules count that count this request, each with its key; the extension counts by the very same."""
    known = current_app.extensions[_DIRECT]
    keys = [(direct, direct.key()) for direct in (known[name] for name in names) if direct.rule.counts()]
    return [
        (key, Hit(item.key_for(key, _SCOPE), item.get_expiry(), item.amount))
        for direct, key in keys
        for item in direct.items
    ]


def quota() -> Quota | None:
    """The limit that the sender of this request should know of; None where none counted it.

    That is the one that is reached, else the one of which least is left.
    """
    counted = [*g.get("counted_by_gate", ()), *map(_quota, _limiter().current_limits)]
    return min(counted, key=lambda one: (not one.is_reached, one.remaining), default=None)


def _quota(limit: RequestLimit) -> Quota:
    """The same of a limit that the extension counted."""
    count = counters().get(limit.key)
    return Quota(limit.request_args[0], limit.limit.amount, count, counters().get_expiry(limit.key))


def counters() -> Counters:
    """What the limits of this site are counted in."""
    storage = _limiter().storage
    assert isinstance(storage, Counters)  # noqa: S101 - for the types
    return storage


def _rate(rule: Rule, rate: str) -> Callable[[], str]:
    # Nothing for a rule that does not count this request: a rate would be read anew, which takes longer than to count.
    return lambda: rate if rule.counts() else ""


def _key(rule: Rule, secret: str) -> Callable[[], str]:
    """Others may read the Redis that counts: no name and no address stands there, but a keyed digest."""

    @lru_cache(MOST_KEPT)
    def digest(whose: str) -> str:
        text = f"limits|{rule.name}|{whose}"
        return f"{rule.name}:{hmac.digest(secret.encode(), text.encode('utf-8', 'replace'), 'sha256').hex()[:32]}"

    return lambda: digest(rule.whose())


def _limiter() -> Limiter:
    limiter = current_app.extensions[EXTENSION]
    assert isinstance(limiter, Limiter)  # noqa: S101 - for the types
    return limiter


def _give_back(response: Response) -> Response:
    """Where the form was refused, nothing was mailed: people may correct what they typed."""
    used = _limiter().current_limits
    if response.status_code < FAILED or not sends_mail() or any(one.breached for one in used):
        return response
    for one in used:
        if one.request_args[0].startswith("mails_"):
            _limiter().limiter.hit(one.limit, *one.request_args, cost=-1)
    return response


def _too_many(_error: Exception) -> Response:
    reached = quota()
    if reached is None:
        return problem(429)
    rule, seconds = _rule(reached), reached.seconds_left
    logger.warning("%s: %s reached by %s", described(), rule.name, address())
    _audit(reached.key, rule)
    meters = site().meters
    if meters is not None:
        meters.limited(rule.name)
    response = problem(429, f"{rule.text} Try again in {in_words(seconds)}.")
    response.headers["Retry-After"] = str(seconds)
    return response


def _rule(reached: Quota) -> Rule:
    name = reached.key.partition(":")[0]
    return next(rule for rule in RULES if rule.name == name)


def _audit(key: str, rule: Rule) -> None:
    """Once a minute for each counter, or whoever asks on would fill the audit log."""
    left_out = site().denials.left_out(key, AUDITED_AS)
    if left_out is None:
        return
    signed_in = g.get("signed_in")
    event = Event(
        kind=Kind.LIMIT_REACHED,
        actor_id=signed_in.viewer.user_id if signed_in else None,
        actor=signed_in.viewer.username if signed_in else "",
        outcome="denied",
        target=plain_path(),
        ip=client_address(),
        session=signed_in.session if signed_in else "",
        detail={"limit": rule.name, **({"left_out": left_out} if left_out else {})},
    )
    site().accounts.record(event)


def in_words(seconds: int) -> str:
    """A time to wait, rounded up."""
    for size, word in ((HOUR, "hour"), (MINUTE, "minute")):
        if seconds > size:
            count = -(-seconds // size)
            return f"{count} {word}s"
    return "a minute" if seconds > 1 else "a second"
