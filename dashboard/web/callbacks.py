"""What a callback may be sent: only a body that a declared callback of the pages could have made, else 400."""

import json
import re
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from dash.exceptions import DependencyException
from flask import Flask, Response, abort, request

from dashboard.web.errors import problem

PATH = "/_dash-update-component"
ROUTER = "_pages_location"
LONGEST_ADDRESS = 2000
# JSON can spell halves of characters, which no database and no answer can hold.
HALF_OF_A_PAIR = re.compile(rb"\\u[dD][89a-fA-F]")
Declared = Mapping[str, Mapping[str, Any]]


def guard_callbacks(server: Flask, declared: Declared) -> None:
    """Check every callback body against ``declared``, which is Dash's ``app.callback_map``, before Dash reads it.

    To be called once Dash is mounted. Unknown component files become 404 too.
    """
    view: Callable[..., Any] = server.view_functions[PATH]

    @wraps(view)
    def checked(**values: Any) -> Any:
        if not fits(_body(), declared):
            abort(400)
        return view(**values)

    server.view_functions[PATH] = checked
    server.register_error_handler(DependencyException, _no_such_file)


def fits(body: object, declared: Declared) -> bool:
    """Whether ``body`` asks for a declared callback, with its inputs and states and nothing else.

    The values that the inputs carry are not looked at, for each callback checks its own; except for those of Dash's
    router, which takes parts of an address and does not check.
    """
    if not isinstance(body, dict) or not isinstance(body.get("output"), str):
        return False
    callback = declared.get(body["output"])
    if callback is None or "callback" not in callback:  # the latter runs in the browser alone
        return False
    return (
        _all_match(body.get("inputs", []), callback["inputs"])
        and _all_match(body.get("state", []), callback["state"])
        and _are_outputs(body.get("outputs"), callback, body["output"])
        and _are_names(body.get("changedPropIds", []))
    )


def _body() -> object:
    try:
        body: object = request.get_json()
        if HALF_OF_A_PAIR.search(request.get_data()):
            json.dumps(body, ensure_ascii=False).encode()
    except (RecursionError, UnicodeEncodeError):  # thousands of brackets in one another; half a character
        abort(400)
    return body


def _all_match(sent: object, declared: list[dict[str, str]]) -> bool:
    return isinstance(sent, list) and len(sent) == len(declared) and all(map(_matches, sent, declared))


def _matches(sent: object, declared: dict[str, str]) -> bool:
    if declared["id"].startswith("{"):  # a pattern: any number of components may fit it
        return all(_is_property(one) for one in (sent if isinstance(sent, list) else [sent]))
    if not isinstance(sent, dict):
        return False
    if declared["id"] == ROUTER and not _is_part_of_address(declared["property"], sent.get("value", "")):
        return False
    wanted = declared["property"]
    # After the @ stands the mark of an output that several callbacks share; the browser may leave it out.
    return sent.get("id") == declared["id"] and sent.get("property") in (wanted, wanted.partition("@")[0])


def _is_part_of_address(name: str, value: object) -> bool:
    if not isinstance(value, str) or len(value) > LONGEST_ADDRESS or not value.isprintable():
        return False
    begins = {"pathname": "/", "search": "?"}.get(name, "")
    return value.startswith(begins) or (name == "search" and not value)


def _is_property(sent: object) -> bool:
    return isinstance(sent, dict) and isinstance(sent.get("id"), (str, dict)) and isinstance(sent.get("property"), str)


def _are_outputs(sent: object, callback: Mapping[str, Any], output: str) -> bool:
    if callback["no_output"]:
        return not sent
    if output.startswith(".."):
        return _all_match(sent, [_split(name) for name in output.strip(".").split("...")])
    return _matches(sent, _split(output))


def _split(name: str) -> dict[str, str]:
    component, _, prop = name.rpartition(".")
    return {"id": component, "property": prop}


def _are_names(sent: object) -> bool:
    return isinstance(sent, list) and all(isinstance(name, str) for name in sent)


def _no_such_file(_error: DependencyException) -> Response:
    return problem(404)
