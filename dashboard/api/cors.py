"""Which other web sites' scripts may read the answers of the API: those that the settings list, and no cookie counts.

``Cross-Origin-Resource-Policy: same-origin`` does not stand in the way: browsers ask it only for what is fetched
without CORS.
"""

import re
from collections.abc import Iterable

from flask import Flask, request
from flask_cors import CORS

from dashboard.api.bearer import KEY_HEADER
from dashboard.api.rate_headers import NAMES

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ASKED = ("Authorization", "Content-Type", KEY_HEADER)
TOLD = ("Location", "Retry-After", "WWW-Authenticate", "X-Request-ID", *NAMES)
SECONDS = 600  # for which browsers remember a preflight's answer


def init(server: Flask, origins: Iterable[str]) -> None:
    """Let scripts of ``origins`` in. Where there are none, no answer says anything about other sites."""
    # Exact patterns: the library takes a text with [ or * in it for a regular expression.
    exact = [re.compile(rf"{re.escape(origin)}\Z", re.IGNORECASE) for origin in origins]
    if exact:
        CORS(
            server,
            resources={r"/api/.*": {"origins": exact}},
            methods=METHODS,
            allow_headers=ASKED,
            expose_headers=TOLD,
            max_age=SECONDS,
            supports_credentials=False,
            always_send=False,
            intercept_exceptions=False,  # error answers pass here as all others do
        )


def is_preflight() -> bool:
    """Whether a browser asks what a script of another site may do; it never sends a token with that."""
    return request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
