"""Limits on how often things may be asked for: guesses, mails, and the requests of one user."""

import hmac
import logging
import math
import time
from collections.abc import Callable

from flask import Flask, Response, current_app, g, request
from flask_limiter import ApplicationLimit, Limiter, RateLimitExceeded, RequestLimit

from dashboard.audit import Event, Kind
from dashboard.settings import Settings
from dashboard.web.address import client_address
from dashboard.web.counters import SCHEME
from dashboard.web.errors import problem
from dashboard.web.limit_rules import RULES, Rule, address, sends_mail
from dashboard.web.request_id import described, plain_path
from dashboard.web.site import site

EXTENSION = "salesgate_limiter"
FAILED = 400
MINUTE, HOUR = 60, 3600  # seconds
AUDITED_AS = "limit"

logger = logging.getLogger(__name__)


def init(server: Flask, settings: Settings) -> None:
    """Limit every route. To be called after the gate and the CSRF check: what they turn away is no attempt."""
    limits: list[str | Callable[[], str] | ApplicationLimit] = [
        ApplicationLimit(
            limit_provider=_rate(rule, getattr(settings.limits, rule.name)),
            key_function=_key(rule, str(server.secret_key)),
        )
        for rule in RULES
    ]
    uri = f"{SCHEME}:{settings.limits.storage}"
    limiter = Limiter(address, app=server, application_limits=limits, storage_uri=uri)
    limiter.logger.setLevel(logging.WARNING)  # its line about each refusal would stand beside ours
    limiter.request_filter(lambda: site().is_static(request.path))
    server.extensions[EXTENSION] = limiter  # its own reference is weak: without this one limits would stop
    server.after_request(_give_back)
    server.register_error_handler(RateLimitExceeded, _too_many)


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


def _too_many(_error: RateLimitExceeded) -> Response:
    reached = _limiter().current_limit
    if reached is None:
        return problem(429)
    rule = _rule(reached)
    seconds = max(1, math.ceil(reached.window.reset_time - time.time()))
    logger.warning("%s: %s reached by %s", described(), rule.name, address())
    _audit(reached.request_args[0], rule)
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
