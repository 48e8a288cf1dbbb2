"""Error answers: plain words and the right code, never a trace."""

import logging
from http import HTTPStatus

from flask import Flask, Response, jsonify, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from dashboard.access import Forbidden
from dashboard.audit import Event, Kind
from dashboard.web.request_id import described, request_id
from dashboard.web.site import site
from dashboard.web.trace import trace_of
from dashboard.web.viewer import current_actor

TEXTS = {
    400: "The server could not read this request. Go back, load the page again and repeat what you did.",
    401: "You are not signed in, or your session has ended.",
    403: "Your role does not allow this. Ask an administrator if you need it.",
    404: "There is no such page. The address may be wrong or old.",
    405: "This address does not take this kind of request.",
    413: "This is more than the server takes at once.",
    415: "The server takes this address's requests as JSON only.",
    429: "Too many attempts from your network. Wait a moment and try again.",
    500: "Something went wrong on our side. If it happens again, give your administrator the number below.",
    503: "The accounts database cannot be reached, so nobody can be let in just now. Try again in a minute.",
}
OUT_OF_DATE = "This form is out of date. Go back, load the page again and repeat what you did."
FOR_SCRIPTS = ("/_", "/session/")

logger = logging.getLogger(__name__)


def init(server: Flask) -> None:
    """Answer every failure with a page, or with JSON where a script asked."""
    server.register_error_handler(HTTPException, _http_error)
    server.register_error_handler(Forbidden, _forbidden)
    for down in (OperationalError, InterfaceError, PoolTimeout):
        server.register_error_handler(down, _database_down)
    server.register_error_handler(Exception, _unexpected)


def prefers_json() -> bool:
    """Whether the request comes from a script rather than from a person's browser window."""
    if request.path.startswith(FOR_SCRIPTS) or request.path == "/health":
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json", "application/problem+json"])
    return best is not None and best != "text/html"


def problem(code: int, text: str = "") -> Response:
    """The answer for a failure: a page, or an ``application/problem+json`` body where a script asked."""
    title = HTTPStatus(code).phrase
    text = text or TEXTS.get(code, title)
    if not prefers_json():
        return make_response(render_template("error.html", title=title, text=text, code=code, id=request_id()), code)
    response = jsonify(type="about:blank", title=title, status=code, detail=text, request=request_id())
    response.mimetype = "application/problem+json"
    response.status_code = code
    return response


def _http_error(error: HTTPException) -> Response | HTTPException:
    if error.response is not None or error.code is None:
        return error
    logger.info("%s: %d", described(), error.code)
    response = problem(error.code, OUT_OF_DATE if isinstance(error, CSRFError) else "")
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            response.headers[name] = value
    return response


def _forbidden(error: Forbidden) -> Response:
    actor, permission = current_actor(), error.permission.value
    left_out = site().denials.left_out(actor.session, permission)
    if left_out is None:
        return problem(403)
    event = Event(
        kind=Kind.ACCESS_DENIED,
        actor_id=actor.user_id,
        actor=actor.username,
        outcome="denied",
        target=request.path,
        ip=actor.origin.ip,
        session=actor.session,
        detail={"permission": permission, **({"left_out": left_out} if left_out else {})},
    )
    site().accounts.record(event)
    return problem(403)


def _database_down(error: Exception) -> Response:
    logger.error("%s: no database: %r", described(), str(error))
    return problem(503)


def _unexpected(error: Exception) -> Response:
    logger.error("%s failed\n%s", described(), trace_of(error))
    return problem(500)
