"""The gate of the API: which operation, who calls, and whether they may. What is not declared is open to nobody."""

import re
from collections.abc import Mapping

from flask import Flask, abort, current_app, g, request
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.routing import Map, Rule

from dashboard.access import require
from dashboard.api import bearer
from dashboard.api.part import PREFIX, Access
from dashboard.web.gate import LARGEST_FORM
from dashboard.web.site import site

EXTENSION = "salesgate_api"
# Secrets of ours; they stand in headers only.
_SECRET = re.compile(r"sgk_[A-Za-z0-9]|eyJ[A-Za-z0-9_-]{10,}\.")
_IN_ADDRESS = (
    "A key or a token stands in the address, where logs keep it. It counts only in a header; have this one replaced."
)


def init(server: Flask, accesses: Mapping[str, Access]) -> None:
    """Let the gate of ``server`` ask here about the API; to be called when all operations are registered.

    Args:
        accesses: endpoint -> who may use it.
    """
    rules = [
        Rule(rule.rule, methods=rule.methods, endpoint=rule.endpoint)
        for rule in server.url_map.iter_rules()
        if rule.endpoint in accesses
    ]
    server.extensions[EXTENSION] = dict(accesses), Map(rules, merge_slashes=False)
    site_of = server.extensions["salesgate"]
    site_of.api_guard = guard


def guard() -> None:
    """End a request that may not pass."""
    if _SECRET.search(request.full_path):
        abort(400, _IN_ADDRESS)
    accesses, rules = current_app.extensions[EXTENSION]
    access = accesses.get(request.endpoint or "")
    if access is None:
        _not_here(rules)
    if access.public:
        request.max_content_length = LARGEST_FORM
        g.signed_in = g.viewer = None
        return
    signed_in = bearer.identify()
    if access.person and bearer.is_by_key():
        abort(403, "An API key cannot do this: it needs a person who has signed in.")
    for permission in access.needs:
        require(signed_in.viewer, permission)
        site().uses.note(signed_in.viewer, permission)


def _not_here(rules: Map) -> None:
    """404, or 405 where another method would do: Dash's own rule takes every other GET."""
    adapter = rules.bind("", path_info=request.path)
    allowed = adapter.allowed_methods()
    if allowed:
        raise MethodNotAllowed(valid_methods=sorted(allowed))
    abort(404, f"There is no such operation; {PREFIX}/openapi.json tells which there are.")
