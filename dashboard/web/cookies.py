"""Names and attributes of the cookies. With https they carry the ``__Host-`` prefix, which no other host can set."""

from flask import Flask, Response, request

from dashboard.settings import Settings
from dashboard.web.site import site

CSRF_COOKIE = "_csrf_token"


def _named(settings: Settings, name: str) -> str:
    return f"__Host-{name}" if settings.server.https else name


def session_cookie(settings: Settings) -> str:
    """Name of the cookie that holds the session's secret."""
    return _named(settings, "salesgate_session")


def configure(server: Flask, settings: Settings) -> None:
    """Attributes of Flask's own signed cookie, which holds nothing but what the CSRF check needs."""
    server.config.update(
        SESSION_COOKIE_NAME=_named(settings, "salesgate_form"),
        SESSION_COOKIE_SECURE=settings.server.https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
    )


def session_token() -> str:
    """The session's secret as the browser sent it; empty where it sent none."""
    return request.cookies.get(session_cookie(site().settings), "")


def give_session(response: Response, token: str) -> None:
    """Hand the session's secret to the browser, until it is closed."""
    settings = site().settings
    secure = settings.server.https
    response.set_cookie(session_cookie(settings), token, path="/", secure=secure, httponly=True, samesite="Lax")


def take_session(response: Response) -> None:
    """Make the browser forget the session and what its scripts sent along."""
    settings = site().settings
    secure = settings.server.https
    response.delete_cookie(session_cookie(settings), path="/", secure=secure, httponly=True, samesite="Lax")
    response.delete_cookie(CSRF_COOKIE, path="/", secure=secure, samesite="Strict")


def give_csrf_token(response: Response, token: str) -> None:
    """Hand the CSRF token to the page's scripts: Dash copies this cookie into the header ``X-CSRFToken``."""
    secure = site().settings.server.https
    response.set_cookie(CSRF_COOKIE, token, path="/", secure=secure, samesite="Strict")
