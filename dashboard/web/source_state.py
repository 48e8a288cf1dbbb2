"""What the Sources page asks again and again while a refresh goes on. Asking does not count as use of the session."""

from flask import Blueprint, Response, jsonify

from dashboard.access import Permission, require
from dashboard.ui import sources_page
from dashboard.web.viewer import current_caller, current_viewer

blueprint = Blueprint("source_state", __name__)


@blueprint.get("/sources/state")
def show() -> Response:
    """How the sources stand, as the page draws it."""
    require(current_viewer(), Permission.SOURCES_MANAGE)
    return jsonify(sources_page.view(current_caller()))
