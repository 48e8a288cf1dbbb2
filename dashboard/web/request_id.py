"""A short id for each request: shown to the person, written to the log, so that the two can be matched."""

import re
import secrets

from flask import g, request

# Addresses that end with a one-time token: whoever reads it in a log could use it.
WITH_TOKEN = ("/invitation/", "/verify/", "/recover/", "/unlock/", "/mail/")
# API keys and access tokens belong in headers; where somebody puts one into an address, it is refused.
# Of a run of such characters only the beginning is looked at, and once: an address of nothing but "eyJ" would take as
# many steps as the square of its length.
SECRET = re.compile(
    r"sgk_[A-Za-z0-9][A-Za-z0-9_-]*|"
    r"(?<![A-Za-z0-9_-])(?>[A-Za-z0-9_-]*?eyJ)[A-Za-z0-9_-]{10,}+\.[A-Za-z0-9_.-]*"
)

# Nothing of ours is that long but tokens: whoever mistypes the address of one has it in no log.
LONG = re.compile(r"[^/]{24,}")


def request_id() -> str:
    """The id of this request, 12 hexadecimal digits; never one that the client chose."""
    if "request_id" not in g:
        g.request_id = secrets.token_hex(6)
    return str(g.request_id)


def plain_path() -> str:
    """The path of this request for logs and for the audit log: a one-time token is left out."""
    begins = next((begins for begins in WITH_TOKEN if request.path.startswith(begins)), "")
    return f"{begins}<token>" if begins else LONG.sub("<long>", SECRET.sub("<token>", request.path))


def described() -> str:
    """This request for the log: id, method and path."""
    return f"request {request_id()}: {request.method} {plain_path()!r}"
