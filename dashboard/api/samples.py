"""Examples for the document: what a body could look like, out of its schema and of what fields of that name hold."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from dashboard.api.sample_values import BY_FORMAT, BY_MODEL, BY_NAME, BY_TYPE
from dashboard.web.error_texts import CODES

_REF = "#/components/schemas/"
_DEEPEST = 8
_KINDS = {"string": str, "integer": int}
INVALID = 400


def sample(schema: Mapping[str, Any], known: Mapping[str, Mapping[str, Any]], name: str = "", depth: int = 0) -> Any:
    """A value of ``schema``; ``known`` are the schemas that it may refer to, ``name`` is that of its field."""
    if "$ref" in schema:
        model = schema["$ref"].removeprefix(_REF)
        found = sample(known[model], known, name, depth)
        return {**found, **BY_MODEL.get(model, {})} if isinstance(found, dict) else found
    for word in ("anyOf", "oneOf", "allOf"):
        if word in schema:
            return sample(schema[word][0], known, name, depth)
    if "enum" in schema or "const" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    if schema.get("type") in {"object", "array"}:
        return _container(schema, known, name, depth + 1)
    return _plain(schema, name)


def problem_sample(status: int, detail: str) -> dict[str, Any]:
    """A problem document of ``status``."""
    errors = [{"place": "query", "field": "first", "message": "String should match pattern ..."}]
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": "invalid" if status == INVALID else CODES[status],
        "request": "1f0c9e2ab3d4",
        "errors": errors if status == INVALID else [],
    }


def _container(schema: Mapping[str, Any], known: Mapping[str, Mapping[str, Any]], name: str, depth: int) -> Any:
    if schema["type"] == "array":
        if isinstance(BY_NAME.get(name), list) and schema["items"].get("type") == "string":
            return BY_NAME[name]
        return [] if depth > _DEEPEST or "items" not in schema else [sample(schema["items"], known, name, depth)]
    if "properties" in schema:
        return {key: sample(part, known, key, depth) for key, part in schema["properties"].items()}
    more = schema.get("additionalProperties")
    return {"key": sample(more, known, "", depth)} if isinstance(more, dict) else {}


def _plain(schema: Mapping[str, Any], name: str) -> Any:
    kind = str(schema.get("type", "string"))
    if schema.get("format") in BY_FORMAT and name not in BY_NAME:
        return BY_FORMAT[schema["format"]]
    if kind in _KINDS and isinstance(BY_NAME.get(name), _KINDS[kind]):
        return BY_NAME[name]
    if "examples" in schema or schema.get("default") is not None:
        return schema.get("examples", [schema.get("default")])[0]
    return max(BY_TYPE[kind], schema.get("minimum", 1)) if kind == "integer" else BY_TYPE[kind]
