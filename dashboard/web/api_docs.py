"""The API's documentation as a page: made of its OpenAPI document here, so that no script is needed to read it."""

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, render_template

from dashboard.web.site import site

blueprint = Blueprint("api_docs", __name__)

_REF = "#/components/schemas/"
_BOUNDS = (
    ("maxLength", "at most {} characters"),
    ("minLength", "at least {} characters"),
    ("minimum", "from {}"),
    ("maximum", "up to {}"),
    ("maxItems", "at most {} of them"),
)
Json = Mapping[str, Any]


@dataclass(frozen=True)
class Field:
    """A row of a table: what a field or a parameter holds. ``refers`` names the schema that says more."""

    name: str
    kind: str
    refers: str
    required: bool
    description: str


@dataclass(frozen=True)
class Operation:
    """One operation as the page shows it."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    parameters: list[Field]
    body: str
    answers: list[tuple[str, str, str]]
    example: str
    curl: str


@blueprint.get("/api-docs")
def show() -> str:
    """The page, for whoever is signed in; 404 where there is no API."""
    found = site().api_document
    if found is None:
        abort(404)
    schemas = found["components"]["schemas"]
    return render_template(
        "api_docs.html",
        info=found["info"],
        groups=[(tag, list(_operations(found, tag["name"]))) for tag in found["tags"]],
        schemas=[(name, schema.get("description", ""), _fields(schema)) for name, schema in schemas.items()],
    )


def _operations(found: Json, tag: str) -> Iterator[Operation]:
    for path, item in found["paths"].items():
        for method, told in item.items():
            if tag in told["tags"]:
                yield _operation(found, path, method.upper(), told)


def _operation(found: Json, path: str, method: str, told: Json) -> Operation:
    body = told.get("requestBody", {}).get("content", {}).get("application/json", {})
    shown = (one["content"]["application/json"].get("example") for one in _with_json(told))
    return Operation(
        id=told["operationId"],
        method=method,
        path=path,
        summary=told["summary"],
        description=told["description"],
        parameters=[_parameter(one) for one in told.get("parameters", ())],
        body=_referred(body.get("schema", {})),
        answers=[_answer(found, status, response) for status, response in told["responses"].items()],
        example=next((json.dumps(one, indent=2, ensure_ascii=False) for one in shown), ""),
        curl=_curl(found["servers"][0]["url"] + path, method, told, body.get("example")),
    )


def _with_json(told: Json) -> Iterator[Json]:
    return (one for one in told["responses"].values() if "application/json" in one.get("content", {}))


def _answer(found: Json, status: str, response: Json) -> tuple[str, str, str]:
    name = response.get("$ref", "").rpartition("/")[2]
    told = found["components"]["responses"][name] if name else response
    schema: Json = next((media["schema"] for media in told.get("content", {}).values()), {})
    return status, told["description"], _referred(schema)


def _curl(url: str, method: str, told: Json, body: Any) -> str:
    words = ["curl"] if method == "GET" else ["curl", "-X", method]
    lines = [shlex.join([*words, url])]
    if told.get("security"):
        lines.append('-H "Authorization: Bearer $TOKEN"')
    if body is not None:
        lines += ["-H 'Content-Type: application/json'", f"-d {shlex.quote(json.dumps(body, ensure_ascii=False))}"]
    return " \\\n  ".join(lines)


def _parameter(told: Json) -> Field:
    where = f" ({told['in']})" if told["in"] == "path" else ""
    return _field(told["name"] + where, told["schema"], bool(told.get("required")), told.get("description", ""))


def _fields(schema: Json) -> list[Field]:
    required = schema.get("required", ())
    return [_field(name, one, name in required) for name, one in schema.get("properties", {}).items()]


def _field(name: str, schema: Json, required: bool, description: str = "") -> Field:
    return Field(name, _kind(schema), _referred(schema), required, description or schema.get("description", ""))


def _referred(schema: Json) -> str:
    """The name of the schema that this one is, or is made of; empty where there is none."""
    inner = (schema.get("items"), schema.get("additionalProperties"), *schema.get("anyOf", ()))
    names = (_referred(one) for one in inner if isinstance(one, dict))
    return str(schema["$ref"]).removeprefix(_REF) if "$ref" in schema else next(filter(None, names), "")


def _kind(schema: Json) -> str:
    if "$ref" in schema:
        return _referred(schema)
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return " or ".join(dict.fromkeys(_kind(one) for one in schema[word]))
    if "const" in schema or "enum" in schema:
        return "one of " + ", ".join(str(one) for one in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}{_bounds(schema)}"
    if isinstance(schema.get("additionalProperties"), dict):
        return f"name → {_kind(schema['additionalProperties'])}"
    return str(schema.get("format", schema.get("type", "anything"))) + _bounds(schema)


def _bounds(schema: Json) -> str:
    said = ", ".join(words.format(schema[word]) for word, words in _BOUNDS if word in schema)
    return f", {said}" if said else ""
