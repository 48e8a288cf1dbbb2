"""The gate of the API: which operation, who calls, and whether they may. What is not declared is open to nobody."""

from collections.abc import Iterable, Mapping
from typing import NoReturn, cast

from flask import Flask, Response, abort, current_app, g, request
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.routing import Map, Rule

from dashboard.access import require
from dashboard.api import bearer
from dashboard.api.cors import is_preflight
from dashboard.api.part import PREFIX, Access
from dashboard.web.gate import LARGEST_FORM
from dashboard.web.limits import count_first, counted
from dashboard.web.request_id import SECRET
from dashboard.web.site import site

EXTENSION = "salesgate_api"
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
    server.after_request(_tell_methods)


def guard() -> None:
    """End a request that may not pass."""
    access = _of_api()[0].get(request.endpoint or "")
    if access is None or access.public or is_preflight() or _has_secret():
        count_first()
        _let_in_anybody(access)
        return
    with counted():
        signed_in = bearer.identify()
    if access.person and bearer.is_by_key():
        abort(403, "An API key cannot do this: it needs a person who has signed in.")
    for permission in access.needs:
        require(signed_in.viewer, permission)
        site().uses.note(signed_in.viewer, permission)


def _let_in_anybody(access: Access | None) -> None:
    if _has_secret():
        abort(400, _IN_ADDRESS)
    if access is None:
        _not_here()
    request.max_content_length = LARGEST_FORM
    g.signed_in = g.viewer = None


def _has_secret() -> bool:
    return SECRET.search(request.full_path) is not None


def _tell_methods(response: Response) -> Response:
    """OPTIONS lists the methods of the operations, without those of Dash's own rule."""
    if request.method == "OPTIONS" and "Allow" in response.headers and request.endpoint in _of_api()[0]:
        response.headers["Allow"] = ", ".join(sorted(_methods_here()))
    return response


def _of_api() -> tuple[dict[str, Access], Map]:
    return cast(tuple[dict[str, Access], Map], current_app.extensions[EXTENSION])


def _methods_here() -> Iterable[str]:
    return _of_api()[1].bind("", path_info=request.path).allowed_methods()


def _not_here() -> NoReturn:
    """404, or 405 where another method would do: Dash's own rule takes every other GET."""
    allowed = _methods_here()
    if allowed:
        raise MethodNotAllowed(valid_methods=sorted(allowed))
    abort(404, f"There is no such operation; {PREFIX}/openapi.json tells which there are.")
