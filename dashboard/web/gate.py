"""The gate: every request passes here first, and what is not allowed is denied."""

import logging

from flask import Flask, abort, jsonify, redirect, request
from flask.typing import ResponseReturnValue

from dashboard.access import Viewer, require
from dashboard.web import csrf
from dashboard.web.address import client_address
from dashboard.web.errors import prefers_json
from dashboard.web.next_page import HOME, page_of, sign_in_url
from dashboard.web.request_id import described
from dashboard.web.site import site
from dashboard.web.viewer import identify

PUBLIC = frozenset(
    {
        "sign_in.show",
        "sign_in.submit",
        "sign_in.passkey_options",
        "sign_in.passkey",
        "single_sign_on.begin",
        "single_sign_on.callback",
        "second_step.show",
        "second_step.submit",
        "second_step.send",
        "second_step.options",
        "enrol.show",
        "enrol.begin_totp",
        "enrol.send",
        "enrol.options",
        "enrol.submit",
        "session.status",
        "invitation.show",
        "invitation.submit",
        "registration.show",
        "registration.submit",
        "registration.again",
        "recovery.show",
        "recovery.ask",
        "recovery.opened",
        "recovery.check",
        "recovery.second",
        "recovery.answer",
        "recovery.options",
        "recovery.password",
        "recovery.finish",
        "mail_links.verify",
        "mail_links.verified",
        "mail_links.mail",
        "mail_links.mail_changed",
        "mail_links.unlock",
        "mail_links.unlocked",
        "health.health",
        "health.ready",
        "health.db_check",
        "metrics.show",
    }
)
# What a page asks by itself while nobody need be there: it never keeps a session alive.
UNATTENDED = frozenset({"source_state.show"})
CATCH_ALL = "/<path:path>"
API = "/api/"
CALLBACK = "/_dash-update-component"
READING = frozenset({"GET", "HEAD", "OPTIONS"})
OWN_SITE = frozenset({"same-origin", "none"})
LARGEST_FORM = 64 * 1024  # bytes; what a stranger may send

logger = logging.getLogger(__name__)


def init(server: Flask) -> None:
    """Put the gate in front of every route, those of Dash, files and unknown paths included."""
    server.before_request(guard)


def guard() -> ResponseReturnValue | None:
    """Answer a request that may not pass; None lets it through to its view."""
    if request.path.startswith(API):
        _guard_api()
        return None
    _refuse_other_sites()
    if _is_public():
        request.max_content_length = LARGEST_FORM
        return None
    signed_in = identify(touch=request.endpoint not in UNATTENDED)
    if signed_in is None:
        return _turn_away()
    if not site().is_static(request.path):
        csrf.bind(signed_in.session)
    _refuse_other_formats()
    return _check_page(signed_in.viewer)


def _guard_api() -> None:
    # No cookie counts there, so another site's request brings nothing along that it could abuse.
    guard_api = site().api_guard
    if guard_api is None:
        abort(404)
    guard_api()


def _is_public() -> bool:
    if request.endpoint in PUBLIC:
        return True
    return request.method in READING and site().is_public_asset(request.path)


def _refuse_other_sites() -> None:
    if request.method in READING or request.headers.get("Sec-Fetch-Site", "none") in OWN_SITE:
        return
    logger.warning("%s: sent by another site, from %s", described(), client_address())
    abort(403)


def _turn_away() -> ResponseReturnValue:
    if request.path == CALLBACK and request.method == "POST":
        return _leave_for_sign_in()
    if request.method not in READING or site().is_static(request.path) or prefers_json():
        abort(401)
    query = request.query_string.decode("ascii", "replace")
    return redirect(sign_in_url(request.path + (f"?{query}" if query else "")))


def _leave_for_sign_in() -> ResponseReturnValue:
    # Dash shows nothing for a 401. This answer sets its router's address; the header tells our own script of it.
    href = sign_in_url(page_of(request.referrer, request.host), ended="signed-out")
    body = jsonify(multi=True, response={}, sideUpdate={"_pages_location": {"href": href}})
    return body, {"X-Signed-Out": "1"}


def _refuse_other_formats() -> None:
    if request.path.startswith("/_dash-") and request.method not in READING and request.mimetype != "application/json":
        abort(415)


def _check_page(viewer: Viewer) -> ResponseReturnValue | None:
    pages = site().pages
    if request.path == HOME and request.method in READING:
        return redirect(site().home(viewer) or abort(403))
    permission = pages.get(request.path)
    if permission is not None:
        require(viewer, permission)
    elif request.url_rule is not None and request.url_rule.rule == CATCH_ALL and request.path not in pages:
        abort(404)
    return None
