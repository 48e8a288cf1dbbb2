"""Examples for the document: what a body could look like, out of its schema and of what fields of that name hold."""

from collections.abc import Mapping
from typing import Any

_REF = "#/components/schemas/"
_DEEPEST = 8
# What fields hold whose type does not tell enough; nothing here is anybody's.
_BY_NAME: Mapping[str, Any] = {
    "username": "sam.lee",
    "email": "sam.lee@example.com",
    "first_name": "Sam",
    "last_name": "Lee",
    "name": "Sam Lee",
    "date_of_birth": "1990-05-17",
    "birth_date": "1990-05-17",
    "role": "sales_manager",
    "role_name": "Sales Manager",
    "month": "2026-11",
    "first": "2026-01-01",
    "last": "2026-11-30",
    "access_token": "eyJhbGciOiJIUzI1NiIs...",
    "refresh_token": "7Jc0x3Vn...",
    "token_type": "Bearer",
    "expires_in": 900,
    "pending": "Zk1wQ9...",
    "methods": ["totp", "mail"],
    "answer": "123456",
    "password": "violet tram beside lake",
    "new": "violet tram beside lake",
    "current": "amber boat under hill",
    "prefix": "a1b2c3d4",
    "networks": ["192.0.2.0/24"],
    "unit": "units",
}
_BY_FORMAT: Mapping[str, Any] = {
    "date": "2026-11-20",
    "date-time": "2026-11-20T06:00:00Z",
    "email": "sam.lee@example.com",
}
_BY_TYPE: Mapping[str, Any] = {"string": "text", "integer": 1, "number": 0.5, "boolean": True, "null": None}


def sample(schema: Mapping[str, Any], known: Mapping[str, Mapping[str, Any]], name: str = "", depth: int = 0) -> Any:
    """A value of ``schema``; ``known`` are the schemas that it may refer to, ``name`` is that of its field."""
    if "$ref" in schema:
        return sample(known[schema["$ref"].removeprefix(_REF)], known, name, depth)
    for word in ("anyOf", "oneOf", "allOf"):
        if word in schema:
            return sample(schema[word][0], known, name, depth)
    if "enum" in schema or "const" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    if schema.get("type") in {"object", "array"}:
        return _container(schema, known, name, depth + 1)
    return _plain(schema, name)


def _container(schema: Mapping[str, Any], known: Mapping[str, Mapping[str, Any]], name: str, depth: int) -> Any:
    if schema["type"] == "array":
        if isinstance(_BY_NAME.get(name), list):
            return _BY_NAME[name]
        return [] if depth > _DEEPEST or "items" not in schema else [sample(schema["items"], known, name, depth)]
    if "properties" in schema:
        return {key: sample(part, known, key, depth) for key, part in schema["properties"].items()}
    more = schema.get("additionalProperties")
    return {"key": sample(more, known, "", depth)} if isinstance(more, dict) else {}


def _plain(schema: Mapping[str, Any], name: str) -> Any:
    kind = str(schema.get("type", "string"))
    named = _BY_NAME.get(name)
    if kind == "string" and schema.get("format") in _BY_FORMAT:
        return _BY_FORMAT[schema["format"]]
    if isinstance(named, str) and kind == "string":
        return named
    if "examples" in schema or schema.get("default") is not None:
        return schema.get("examples", [schema.get("default")])[0]
    return max(_BY_TYPE[kind], schema.get("minimum", 1)) if kind == "integer" else _BY_TYPE[kind]
