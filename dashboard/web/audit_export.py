"""The audit log as a file. It changes nothing, but is audited itself: so it is asked for by POST, with a CSRF token."""

from datetime import UTC, datetime

from flask import Blueprint, Response, abort, request

from dashboard.access import Permission, require
from dashboard.accounts.audit_log import as_csv, as_jsonl
from dashboard.ui.audit_filter import PARTS, BadFilterError, filter_of
from dashboard.web.errors import problem
from dashboard.web.site import site
from dashboard.web.viewer import current_actor, current_viewer

FORMATS = {"csv": (as_csv, "text/csv"), "jsonl": (as_jsonl, "application/jsonl")}

blueprint = Blueprint("audit_export", __name__)


@blueprint.post("/audit/export")
def export() -> Response:
    """Stream the events that fit the filter, oldest first, as CSV or JSON lines."""
    require(current_viewer(), Permission.AUDIT_READ)
    kind = request.form.get("format", "")
    if kind not in FORMATS:
        abort(400)
    try:
        chosen = filter_of({part: request.form.get(part, "") for part in PARTS})
    except BadFilterError as error:
        return problem(400, str(error))
    lines, mimetype = FORMATS[kind]
    response = Response(lines(site().accounts.log.export(chosen, current_actor())), mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="audit-{datetime.now(UTC):%Y%m%d-%H%M%S}.{kind}"'
    return response
