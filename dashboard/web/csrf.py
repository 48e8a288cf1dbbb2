"""Cross-site request forgery: a token in every form and callback, bound to the session it was made for."""

from flask import Blueprint, Flask, Response, current_app, g, session
from flask_wtf.csrf import CSRFProtect, generate_csrf

from dashboard.web.cookies import give_csrf_token

BOUND_TO = "for"
EXTENSION = "salesgate_csrf"


def init(server: Flask) -> None:
    """Check the token of every state-changing request, those of Dash included.

    To be called after the gate is in place: the gate binds the token before it is checked.
    """
    # The token lives as long as its session. Flask-WTF's check of the Referer believes the Host header, which proxies
    # rewrite; the gate refuses what another site sent by Sec-Fetch-Site instead.
    server.config.update(WTF_CSRF_TIME_LIMIT=None, WTF_CSRF_SSL_STRICT=False)
    server.extensions[EXTENSION] = CSRFProtect(server)
    server.after_request(_offer_token)


def exempt(server: Flask, blueprint: Blueprint) -> None:
    """Ask no token of ``blueprint``, whose requests carry no cookie that counts."""
    server.extensions[EXTENSION].exempt(blueprint)


def bind(session_hash: str) -> None:
    """Drop a CSRF token that was made for another session than ``session_hash``, or before sign-in."""
    if session.get(BOUND_TO) != session_hash:
        forget()
        session[BOUND_TO] = session_hash


def forget() -> None:
    """Drop the CSRF token: what was rendered with it is dead."""
    session.clear()
    g.pop(current_app.config["WTF_CSRF_FIELD_NAME"], None)  # what Flask-WTF made earlier in this request


def _offer_token(response: Response) -> Response:
    if g.get("signed_in") is not None and response.mimetype == "text/html":
        give_csrf_token(response, generate_csrf())
    return response
