"""What the page's script asks about the session: how long it lasts, and to keep it."""

from flask import Blueprint, Response, jsonify

from dashboard.accounts import SignedIn
from dashboard.web.site import site
from dashboard.web.viewer import current_sign_in, identify

blueprint = Blueprint("session", __name__, url_prefix="/session")


@blueprint.get("/status")
def status() -> Response:
    """Seconds left, and how long before the end to ask; ``ended`` where there is no session.

    Asking does not count as use, so polling never keeps a session alive. That nobody is signed in is a plain answer
    too: a page that asks after its end finds nothing wrong.
    """
    signed_in = identify(touch=False)
    return jsonify(ended=True) if signed_in is None else _seconds(signed_in)


@blueprint.post("/extend")
def extend() -> Response:
    """The person is still there: the gate has counted this request as use. Answers the seconds left from now."""
    return _seconds(current_sign_in())


def _seconds(signed_in: SignedIn) -> Response:
    lasts = site().settings.session
    return jsonify(
        ended=False,
        idle_seconds_left=signed_in.idle_seconds_left,
        absolute_seconds_left=signed_in.absolute_seconds_left,
        # A very short limit is not all warning.
        warn_seconds=min(lasts.warn_seconds, lasts.idle_minutes * 30),
        remembered=signed_in.remembered,
    )
