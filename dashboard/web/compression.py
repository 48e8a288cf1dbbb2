"""Compresses what Dash answers to signed-in people. Files have their own way; see ``static_files``.

Compression can leak a secret that stands beside text which an attacker chose (BREACH). The forms of ``/sign-in`` and
``/invitation`` carry a token and what was typed, so they stay as they are. Dash's index and layout carry no text that
comes from a request, and callbacks carry no secret.
"""

import brotli
from flask import Flask, Response, request

from dashboard.web.site import site

SMALLEST = 1024
# Half a millisecond for a page's data; better levels cost more time than they save on the way.
QUALITY = 4
DASH = "/_dash-"
TYPES = {"application/json", "text/html"}


def init(server: Flask) -> None:
    """Compress from now on; to be called once pages are mounted."""
    server.after_request(_compress)


def _compress(response: Response) -> Response:
    if not _is_worth_it(response):
        return response
    response.set_data(brotli.compress(response.get_data(), quality=QUALITY))
    response.headers["Content-Encoding"] = "br"
    response.headers.add("Vary", "Accept-Encoding")
    return response


def _is_worth_it(response: Response) -> bool:
    return (
        (request.path.startswith(DASH) or request.path in site().pages)
        and response.status_code == 200  # noqa: PLR2004
        and response.mimetype in TYPES
        and "Content-Encoding" not in response.headers
        and (response.content_length or 0) >= SMALLEST
        and request.accept_encodings.quality("br") > 0
    )
