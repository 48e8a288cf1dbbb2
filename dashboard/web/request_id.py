"""A short id for each request: shown to the person, written to the log, so that the two can be matched."""

import secrets

from flask import g, request

INVITATION = "/invitation/"


def request_id() -> str:
    """The id of this request, 12 hexadecimal digits; never one that the client chose."""
    if "request_id" not in g:
        g.request_id = secrets.token_hex(6)
    return str(g.request_id)


def described() -> str:
    """This request for the log: id, method and path. A one-time token in the path is left out."""
    path = f"{INVITATION}<token>" if request.path.startswith(INVITATION) else request.path
    return f"request {request_id()}: {request.method} {path!r}"
