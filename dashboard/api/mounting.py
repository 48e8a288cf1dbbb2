"""The API on the server: all its parts, behind its gate."""

from flask import Flask, Response, jsonify

from dashboard.api import analytics, audit, auth, cors, errors, gate, keys, me, rate_headers, requests, roles, users
from dashboard.api.document import document
from dashboard.api.part import PREFIX, PUBLIC, Part
from dashboard.settings import Settings
from dashboard.web import csrf
from dashboard.web.site import EXTENSION

PARTS: tuple[Part, ...] = (
    auth.part,
    me.part,
    analytics.part,
    users.part,
    roles.part,
    requests.part,
    audit.part,
    keys.part,
)
DOCUMENT = f"{PREFIX}/openapi.json"
ENDPOINT = "api_document"


def init(server: Flask, settings: Settings) -> None:
    """Mount the API, where there is to be one."""
    if not settings.api.enabled:
        return
    errors.init(server)
    rate_headers.init(server)
    cors.init(server, settings.api.origins)
    for part in PARTS:
        server.register_blueprint(part)
        csrf.exempt(server, part)
    described = document(PARTS, settings.title, settings.public_url)
    server.add_url_rule(DOCUMENT, ENDPOINT, lambda: _document(described))
    server.extensions[EXTENSION].api_document = described
    accesses = {endpoint: access for part in PARTS for endpoint, access in part.accesses.items()}
    gate.init(server, {**accesses, ENDPOINT: PUBLIC})


def _document(described: dict[str, object]) -> Response:
    return jsonify(described)
