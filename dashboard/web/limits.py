"""Limits on how often things may be asked for: guesses, mails, and the requests of one user."""

import hmac
import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, Response, current_app, g, request
from flask_limiter import ApplicationLimit, Limiter, RateLimitExceeded, RequestLimit
from limits import RateLimitItem, parse_many

from dashboard.audit import Event, Kind
from dashboard.settings import Settings
from dashboard.web.address import client_address
from dashboard.web.counters import SCHEME, Counters
from dashboard.web.errors import problem
from dashboard.web.limit_rules import RULES, Rule, address, sends_mail
from dashboard.web.request_id import described, plain_path
from dashboard.web.site import site

EXTENSION = "salesgate_limiter"
FIRST = "salesgate_first_limits"
FAILED = 400
MINUTE, HOUR = 60, 3600  # seconds
AUDITED_AS = "limit"

# What somebody who is signed in wants to know of: the first of these that counted the request.
OWN = ("requests_per_key", "requests_per_user")

logger = logging.getLogger(__name__)


class LimitReached(Exception):
    """A limit is reached that counts before it is known who sends the request."""


@dataclass(frozen=True)
class First:
    """Such a limit."""

    rule: Rule
    key: Callable[[], str]
    items: tuple[RateLimitItem, ...]


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
    limiter.request_filter(lambda: site().is_static(request.path))
    server.extensions[EXTENSION] = limiter  # its own reference is weak: without this one limits would stop
    server.extensions[FIRST] = [
        First(rule, _key(rule, str(server.secret_key)), tuple(parse_many(getattr(settings.limits, rule.name))))
        for rule in RULES
        if rule.first
    ]
    server.after_request(_give_back)
    for reached in (RateLimitExceeded, LimitReached):
        server.register_error_handler(reached, _too_many)


def count_first() -> None:
    """Count this request by the rules that do not ask who sends it; to be called before the gate asks.

    Raises:
        LimitReached: answered as every limit.
    """
    limiter = _limiter()
    g.counted_first = counted = []
    for first in current_app.extensions[FIRST]:
        key = first.key() if first.rule.counts() else ""
        for item in first.items if key else ():
            breached = not limiter.limiter.hit(item, key)
            counted.append(RequestLimit(limiter, item, [key], breached, shared=True))
            if breached:
                raise LimitReached


def quota() -> RequestLimit | None:
    """The limit that the sender of this request should know of; None where none counted it.

    That is the one that is reached, else that of the key or the user, else the one that is reached first.
    """
    counted: list[RequestLimit] = [*g.get("counted_first", ()), *_limiter().current_limits]
    reached = [one for one in counted if one.breached]
    own = ([one for one in counted if _rule(one).name == name] for name in OWN)
    chosen = next(filter(None, (reached, *own)), counted)
    # Reading a counter costs a question to Redis: there is none where nothing is to be compared.
    return min(chosen, key=lambda one: one.remaining) if len(chosen) > 1 else next(iter(chosen), None)


def seconds_left(limit: RequestLimit) -> int:
    """Until ``limit`` counts anew; at least one."""
    return max(1, math.ceil(limit.window.reset_time - time.time()))


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

    def key() -> str:
        text = f"limits|{rule.name}|{rule.whose()}"
        return f"{rule.name}:{hmac.new(secret.encode(), text.encode('utf-8', 'replace'), 'sha256').hexdigest()[:32]}"

    return key


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
    rule, seconds = _rule(reached), seconds_left(reached)
    logger.warning("%s: %s reached by %s", described(), rule.name, address())
    _audit(reached.request_args[0], rule)
    meters = site().meters
    if meters is not None:
        meters.limited(rule.name)
    response = problem(429, f"{rule.text} Try again in {in_words(seconds)}.")
    response.headers["Retry-After"] = str(seconds)
    return response


def _rule(reached: RequestLimit) -> Rule:
    name = reached.request_args[0].partition(":")[0]
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
