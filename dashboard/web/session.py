"""What the page's script asks about the session: how long it lasts, and to keep it."""

from flask import Blueprint, Response, jsonify

from dashboard.accounts import SignedIn
from dashboard.web.viewer import current_sign_in

blueprint = Blueprint("session", __name__, url_prefix="/session")


@blueprint.get("/status")
def status() -> Response:
    """Seconds left. Asking does not count as use, so polling never keeps a session alive."""
    return _seconds(current_sign_in())


@blueprint.post("/extend")
def extend() -> Response:
    """The person is still there: the gate has counted this request as use. Answers the seconds left from now."""
    return _seconds(current_sign_in())


def _seconds(signed_in: SignedIn) -> Response:
    return jsonify(idle_seconds_left=signed_in.idle_seconds_left, absolute_seconds_left=signed_in.absolute_seconds_left)
