"""How often one address may try a secret. Counters live in this process's memory."""

import logging
import time
from collections.abc import Callable
from typing import cast

from flask import Flask, Response, current_app
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter, RateLimitExceeded

from dashboard.settings import Settings
from dashboard.web.address import client_address, network_of
from dashboard.web.errors import problem
from dashboard.web.request_id import described

EXTENSION = "salesgate_limiter"
GUESSING = ("sign_in.submit", "invitation.submit")

logger = logging.getLogger(__name__)


def init(server: Flask, settings: Settings) -> None:
    """Limit the routes that take a password, together, per address. To be called when they are registered."""
    rate = settings.limits.per_address
    limiter = Limiter(address, app=server, storage_uri="memory://")
    server.extensions[EXTENSION] = limiter  # its own reference is weak: without this one limits would stop
    limited = limiter.shared_limit(rate, scope="guessing")
    for endpoint in GUESSING:
        view = limited(server.view_functions[endpoint])
        server.view_functions[endpoint] = cast("Callable[..., ResponseReturnValue]", view)
    server.register_error_handler(RateLimitExceeded, _too_many)


def address() -> str:
    """The address that counts; what is no address counts as a single one."""
    return network_of(client_address())


def _too_many(_error: RateLimitExceeded) -> Response:
    logger.warning("%s: limit reached by %s", described(), address())
    response = problem(429)
    current = current_app.extensions[EXTENSION].current_limit
    response.headers["Retry-After"] = str(max(1, int(current.reset_at - time.time()) + 1 if current else 60))
    return response
