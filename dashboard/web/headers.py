"""Security headers on every response, errors included."""

from flask import Flask, Response, request

from dashboard.web.request_id import request_id
from dashboard.web.site import Site, site

FIXED = {
    "X-Content-Type-Options": "nosniff",
    # The gate reads the Referer of our own pages, and no other site shall have it.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
HSTS = "max-age=63072000; includeSubDomains"


def init(server: Flask) -> None:
    """Add the headers last. To be called first: Flask runs these hooks in reverse order."""
    server.after_request(_add)


def content_security_policy(script_hashes: list[str]) -> str:
    """The policy; ``script_hashes`` are the CSP sources of inline scripts that may run."""
    return "; ".join(
        [
            "default-src 'self'",
            " ".join(["script-src 'self'", *script_hashes]),
            "style-src 'self' 'unsafe-inline'",  # Dash and plotly set style attributes
            "img-src 'self' data:",
            "connect-src 'self'",
            "object-src 'none'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        ]
    )


def _add(response: Response) -> Response:
    here = site()
    response.headers.update(FIXED)
    response.headers["Content-Security-Policy"] = content_security_policy(here.script_hashes)
    response.headers["X-Request-ID"] = request_id()
    if here.settings.server.https:
        response.headers["Strict-Transport-Security"] = HSTS
    if not _may_be_cached(here, response):
        response.headers["Cache-Control"] = "no-store"
    return response


def _may_be_cached(here: Site, response: Response) -> bool:
    return here.is_static(request.path) and response.status_code in {200, 206, 304}
