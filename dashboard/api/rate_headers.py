"""How much may still be asked for, told in every answer of the API."""

from flask import Flask, Response, request

from dashboard.web.gate import API
from dashboard.web.limits import quota

NAMES = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")


def init(server: Flask) -> None:
    """Add the headers to what is below ``/api/``."""
    server.after_request(_add)


def _add(response: Response) -> Response:
    limit = quota() if request.path.startswith(API) else None
    if limit is not None:
        values = (limit.amount, limit.remaining, limit.seconds_left)
        response.headers.update(dict(zip(NAMES, map(str, values), strict=True)))
    return response
