"""Every request is counted and told of in one line of the log: what was asked for, never with which values."""

import logging
import time

from flask import Flask, Response, g, request

from dashboard.observing import logs
from dashboard.observing.meters import UNKNOWN
from dashboard.web.address import client_address
from dashboard.web.errors import FOR_MONITORS
from dashboard.web.gate import CATCH_ALL
from dashboard.web.request_id import request_id
from dashboard.web.site import site

FAILED = 400

logger = logging.getLogger("dashboard.requests")


def init(server: Flask) -> None:
    """To be called before all other parts: this begins before they look at a request, and ends after them."""
    server.before_request(_begin)
    server.after_request(_tell)
    server.teardown_request(_end)


def route() -> str:
    """What was asked for, as one of the site's own templates; :data:`UNKNOWN` for whatever is none of them."""
    if request.path in site().pages:
        return request.path
    rule = request.url_rule
    return UNKNOWN if rule is None or rule.rule == CATCH_ALL else rule.rule


def _begin() -> None:
    g.begun = time.perf_counter()
    logs.begin_request(request_id())
    meters = site().meters
    if meters is not None:
        meters.begin()
        g.metered = True


def _tell(response: Response) -> Response:
    took = time.perf_counter() - g.begun
    template, meters = route(), site().meters
    if meters is not None:
        meters.answered(template, request.method, response.status_code, took)
    # What comes by itself, again and again, is told of where it goes wrong.
    by_itself = site().is_static(request.path) or request.path in FOR_MONITORS
    level = logging.DEBUG if by_itself and response.status_code < FAILED else logging.INFO
    if logger.isEnabledFor(level):
        words = f"{request.method[:10]} {template} {response.status_code}"
        logs.told(logger, level, words, _fields(template, response, took))
    return response


def _fields(template: str, response: Response, took: float) -> dict[str, object]:
    signed_in = g.get("signed_in")
    return {
        "request": request_id(),
        "method": request.method[:10],
        "route": template,
        "status": response.status_code,
        "ms": round(took * 1000, 1),
        "bytes": None if response.is_streamed else response.calculate_content_length(),
        "user": signed_in.viewer.user_id if signed_in else None,
        "session": signed_in.session if signed_in else None,
        "client": client_address(),
    }


def _end(_error: BaseException | None) -> None:
    logs.end_request()
    meters = site().meters
    if meters is not None and g.pop("metered", False):
        meters.end()
