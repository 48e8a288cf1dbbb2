"""Names and attributes of the cookies. With https they carry the ``__Host-`` prefix, which no other host can set."""

import re

from flask import Flask, Request, Response, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

from dashboard.settings import Settings
from dashboard.web.site import site

CSRF_COOKIE = "_csrf_token"
DAY = 24 * 3600  # seconds
WITHOUT = "/api/"  # where no cookie counts, whichever part of the site asks for one
# What tokens of ours look like; anything else is not worth a question to the database.
SHAPE = re.compile(r"[A-Za-z0-9_-]{20,200}")


class FormCookie(SecureCookieSessionInterface):
    """Flask's own signed cookie, where one came: nothing is made ready to read none, or one that does not count."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """What the cookie holds; nothing below ``/api/``."""
        came = not request.path.startswith(WITHOUT) and self.get_cookie_name(app) in request.cookies
        return super().open_session(app, request) if came else self.session_class()


def _named(settings: Settings, name: str) -> str:
    return f"__Host-{name}" if settings.server.https else name


def session_cookie(settings: Settings) -> str:
    """Name of the cookie that holds the session's secret."""
    return _named(settings, "salesgate_session")


def step_cookie(settings: Settings) -> str:
    """Name of the cookie that holds the secret of something begun: a sign-in, a recovery, a re-authentication."""
    return _named(settings, "salesgate_step")


def device_cookie(settings: Settings) -> str:
    """Name of the cookie by which a browser is known."""
    return _named(settings, "salesgate_device")


def registration_cookie(settings: Settings) -> str:
    """Name of the cookie of the browser in which somebody has registered."""
    return _named(settings, "salesgate_registration")


def configure(server: Flask, settings: Settings) -> None:
    """Attributes of Flask's own signed cookie, which holds nothing but what the CSRF check needs."""
    server.session_interface = FormCookie()
    server.config.update(
        SESSION_COOKIE_NAME=_named(settings, "salesgate_form"),
        SESSION_COOKIE_SECURE=settings.server.https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
    )


def session_token() -> str:
    """The session's secret as the browser sent it; empty where it sent none, or something else."""
    return _sent(session_cookie(site().settings))


def give_session(response: Response, token: str, *, remembered: bool = False) -> None:
    """Hand the session's secret to the browser: until it is closed, or for as long as a remembered session lasts."""
    settings = site().settings
    days = settings.session.remember_days if remembered else None
    _give(response, session_cookie(settings), token, None if days is None else days * DAY)


def take_session(response: Response) -> None:
    """Make the browser forget the session and what its scripts sent along."""
    settings = site().settings
    _take(response, session_cookie(settings))
    response.delete_cookie(CSRF_COOKIE, path="/", secure=settings.server.https, samesite="Strict")


def step_token() -> str:
    """The secret of what this browser has begun; empty where there is nothing, or something else."""
    return _sent(step_cookie(site().settings))


def give_step_cookie(response: Response, token: str, minutes: float | None = None) -> None:
    """Hand out the secret of something begun, for ``minutes``; for as long as a second factor may take unless said."""
    settings = site().settings
    _give(response, step_cookie(settings), token, (minutes or settings.second_factor.code_minutes) * 60)


def take_step_cookie(response: Response) -> None:
    """Make the browser forget what it had begun."""
    _take(response, step_cookie(site().settings))


def device_token() -> str:
    """The secret by which this browser is known; empty where it is not."""
    return _sent(device_cookie(site().settings))


def give_device(response: Response, token: str) -> None:
    """Make this browser known."""
    settings = site().settings
    _give(response, device_cookie(settings), token, settings.sign_in.device_days * DAY)


def registration_token() -> str:
    """The secret of the browser in which somebody has registered; empty in any other."""
    return _sent(registration_cookie(site().settings))


def give_registration(response: Response, token: str) -> None:
    """Know this browser when the mailed link is opened, a day long."""
    _give(response, registration_cookie(site().settings), token, DAY)


def take_registration(response: Response) -> None:
    """Make the browser forget that somebody has registered in it."""
    _take(response, registration_cookie(site().settings))


def give_csrf_token(response: Response, token: str) -> None:
    """Hand the CSRF token to the page's scripts: Dash copies this cookie into the header ``X-CSRFToken``."""
    secure = site().settings.server.https
    response.set_cookie(CSRF_COOKIE, token, path="/", secure=secure, samesite="Strict")


def _sent(name: str) -> str:
    value = "" if request.path.startswith(WITHOUT) else request.cookies.get(name, "")
    return value if SHAPE.fullmatch(value) else ""


def _give(response: Response, name: str, token: str, seconds: float | None) -> None:
    secure = site().settings.server.https
    age = None if seconds is None else int(seconds)
    response.set_cookie(name, token, max_age=age, path="/", secure=secure, httponly=True, samesite="Lax")


def _take(response: Response, name: str) -> None:
    secure = site().settings.server.https
    response.delete_cookie(name, path="/", secure=secure, httponly=True, samesite="Lax")
