"""The API on the server: all its parts, behind its gate."""

from flask import Flask, Response, jsonify

from dashboard.api import errors, gate, me
from dashboard.api.document import document
from dashboard.api.part import PREFIX, PUBLIC, Part
from dashboard.settings import Settings
from dashboard.web import csrf

PARTS: tuple[Part, ...] = (me.part,)
DOCUMENT = f"{PREFIX}/openapi.json"
ENDPOINT = "api_document"


def init(server: Flask, settings: Settings) -> None:
    """Mount the API, where there is to be one."""
    if not settings.api.enabled:
        return
    errors.init(server)
    for part in PARTS:
        server.register_blueprint(part)
        csrf.exempt(server, part)
    described = document(PARTS, settings.title, settings.public_url)
    server.add_url_rule(DOCUMENT, ENDPOINT, lambda: _document(described))
    accesses = {endpoint: access for part in PARTS for endpoint, access in part.accesses.items()}
    gate.init(server, {**accesses, ENDPOINT: PUBLIC})


def _document(described: dict[str, object]) -> Response:
    return jsonify(described)
