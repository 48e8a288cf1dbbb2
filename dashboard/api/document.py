"""The OpenAPI document, made of the operations and their models."""

from collections.abc import Iterable
from typing import Any

from flask_openapi3.models.info import Info
from flask_openapi3.models.security_scheme import SecurityScheme
from flask_openapi3.models.server import Server
from flask_openapi3.openapi import OpenAPI

from dashboard.api.models.common import Problem
from dashboard.api.part import KEY, TOKEN, Part

VERSION = "1.0.0"
_DESCRIPTION = """What the pages show, for programs. Sign in for an access token (15 minutes) and a refresh token, or \
have an API key made on the account page. Figures are integers: counts, or amounts in the smallest unit of the \
currency. Every problem is an `application/problem+json` document whose `code` tells what went wrong."""


def document(parts: Iterable[Part], title: str, url: str) -> dict[str, Any]:
    """The document as JSON values. ``url`` is where people reach the site."""
    schemes: dict[str, SecurityScheme | dict[str, Any]] = {
        TOKEN: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "an access token"},
        KEY: {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "an API key"},
    }
    app = OpenAPI(
        __name__,
        info=Info(title=f"{title} API", version=VERSION, description=_DESCRIPTION),
        security_schemes=schemes,
        servers=[Server(url=url)],
        validation_error_status=400,
        validation_error_model=Problem,
        doc_ui=False,
    )
    for part in parts:
        app.register_api(part)
    return app.api_doc
