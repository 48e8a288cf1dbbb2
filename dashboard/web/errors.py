"""Error answers: plain words and the right code, never a trace."""

import logging
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, g, jsonify, make_response, redirect, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from dashboard.access import Forbidden
from dashboard.accounts import AccountError, NotFoundError, NotFreshError
from dashboard.audit import Event, Kind
from dashboard.web.error_texts import CODES, KEY_LACKS, NOT_FRESH, OUT_OF_DATE, TEXTS
from dashboard.web.next_page import leading_to, page_of
from dashboard.web.request_id import described, plain_path, request_id
from dashboard.web.site import site
from dashboard.web.trace import trace_of
from dashboard.web.viewer import current_actor

FOR_SCRIPTS = ("/_", "/session/", "/api/")
FOR_MONITORS = ("/health", "/ready", "/db_check", "/metrics")
# What a database raises that does not answer.
DOWN = (OperationalError, InterfaceError, PoolTimeout)
LONGEST_REASON = 200
CONFIRM = "/confirm"
SIGN_IN = ("/sign-in", "Sign in")
START = ("/", "To your start page")
FOR_THE_SIGNED_IN = ("/account", CONFIRM)

logger = logging.getLogger(__name__)


def init(server: Flask) -> None:
    """Answer every failure with a page, or with JSON where a script asked."""
    server.register_error_handler(HTTPException, _http_error)
    server.register_error_handler(Forbidden, _forbidden)
    server.register_error_handler(NotFreshError, _not_fresh)
    server.register_error_handler(AccountError, _refused)
    for down in DOWN:
        server.register_error_handler(down, _database_down)
    server.register_error_handler(Exception, _unexpected)


def prefers_json() -> bool:
    """Whether the request comes from a script rather than from a person's browser window."""
    if request.path.startswith(FOR_SCRIPTS) or request.path in FOR_MONITORS:
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json", "application/problem+json"])
    return best is not None and best != "text/html"


def problem(
    code: int, text: str = "", title: str = "", way: tuple[str, str] = SIGN_IN, *, word: str = "", **more: Any
) -> Response:
    """The answer for a failure: a page, or an ``application/problem+json`` body where a script asked.

    Args:
        text: takes the place of what stands in :data:`TEXTS`.
        title: likewise.
        way: where to go from here: a path and its words. Whoever is signed in already goes to the start page instead,
            unless the way is one of theirs.
        word: what went wrong, for programs; one of :data:`CODES` unless given.
        more: other members of the JSON body.
    """
    phrase = HTTPStatus(code).phrase
    usual_title, usual_text = TEXTS.get(code, (phrase, phrase))
    text = text or usual_text
    if not prefers_json():
        ways = {"way": way, "back": way if way[0].startswith(FOR_THE_SIGNED_IN) else START}
        words = {"title": title or usual_title, "text": text, "code": code, "id": request_id(), **ways}
        return make_response(render_template("error.html", **words), code)
    word = word or CODES.get(code, "failed")
    usual = {"type": "about:blank", "title": phrase, "status": code, "detail": text, "code": word}
    response = jsonify(**usual, request=request_id(), **{"errors": [], **more})
    response.mimetype = "application/problem+json"
    response.status_code = code
    return response


def _http_error(error: HTTPException) -> Response | HTTPException:
    if error.response is not None or error.code is None:
        return error
    within = vars(error).get("original_exception")
    if isinstance(within, DOWN):  # while another failure was answered, such as when its audit was to be written
        return _database_down(within)
    logger.info("%s: %d", described(), error.code)
    response = problem(error.code, OUT_OF_DATE if isinstance(error, CSRFError) else _own_words(error))
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            response.headers[name] = value
    return response


def _own_words(error: HTTPException) -> str:
    """The description given to :func:`flask.abort`; empty for the standing ones, and for what a library says."""
    given = vars(error).get("description")
    return str(given) if given and type(error).__module__ == HTTPException.__module__ else ""


def _not_fresh(_error: NotFreshError) -> Response:
    if not prefers_json():
        here = request.full_path.rstrip("?") if request.method == "GET" else page_of(request.referrer, request.host)
        return make_response(redirect(leading_to(CONFIRM, here), code=303))
    response = problem(403, NOT_FRESH, word="not_fresh")
    response.headers["X-Confirm"] = "1"
    return response


def _refused(error: AccountError) -> Response:
    return problem(404, str(error)) if isinstance(error, NotFoundError) else problem(400, str(error), word="refused")


def _forbidden(error: Forbidden) -> Response:
    actor, permission = current_actor(), error.permission.value
    words = KEY_LACKS if g.get("by_key") else ""
    left_out = site().denials.left_out(actor.session, permission)
    if left_out is None:
        return problem(403, words)
    event = Event(
        kind=Kind.ACCESS_DENIED,
        actor_id=actor.user_id,
        actor=actor.username,
        outcome="denied",
        target=plain_path(),
        ip=actor.origin.ip,
        session=actor.session,
        detail={"permission": permission, **({"left_out": left_out} if left_out else {})},
    )
    site().accounts.record(event)
    return problem(403, words)


def _database_down(error: Exception) -> Response:
    reason = str(getattr(error, "orig", None) or error).partition("\n")[0]
    logger.error("%s: no database: %r", described(), reason[:LONGEST_REASON])
    return problem(503)


def _unexpected(error: Exception) -> Response:
    logger.error("%s failed\n%s", described(), trace_of(error))
    return problem(500)
