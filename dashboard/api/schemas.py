"""Schemas as people and generators like to read them: without the noise that pydantic's carry."""

from collections.abc import Iterator, Mapping
from typing import Any

_REF = "#/components/schemas/"
_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_NULL = {"type": "null"}
Schema = dict[str, Any]


def tidy(schema: Schema) -> Schema:
    """The schema, changed in place: no titles that repeat names, whole numbers as such."""
    for inner in _inner(schema):
        tidy(inner)
    schema.pop("title", None)
    if "example" in schema:  # the word of older versions, which is all that the library knows
        schema["examples"] = [schema.pop("example")]
    for bound in _BOUNDS:
        if isinstance(schema.get(bound), float) and schema[bound].is_integer():
            schema[bound] = int(schema[bound])
    return schema


def allow_more(schema: Schema) -> None:
    """Let an answer hold fields that are not there yet: later versions may add some, and clients must not mind."""
    if schema.get("additionalProperties") is False:
        del schema["additionalProperties"]


def tidy_parameter(schema: Schema) -> Schema:
    """The same for a parameter, which cannot be null: it is left out instead."""
    tidy(schema)
    if "anyOf" in schema:
        some = [one for one in schema["anyOf"] if one != _NULL]
        if len(some) == 1:
            del schema["anyOf"]
            schema.update(some[0])
        else:
            schema["anyOf"] = some
    if schema.get("default", ...) is None:
        del schema["default"]
    return schema


def in_use(document: Any, schemas: Mapping[str, Schema]) -> dict[str, Schema]:
    """Those of ``schemas`` that ``document`` refers to, directly or through others; by name."""
    waiting, found = list(_named(document)), set()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _named(schemas[name])
    return {name: schemas[name] for name in sorted(found)}


def _inner(schema: Schema) -> Iterator[Schema]:
    yield from schema.get("properties", {}).values()
    for word in ("anyOf", "oneOf", "allOf", "prefixItems"):
        yield from schema.get(word, ())
    for word in ("items", "additionalProperties"):
        if isinstance(schema.get(word), dict):
            yield schema[word]


def _named(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        reference = value.get("$ref")
        if isinstance(reference, str) and reference.startswith(_REF):
            yield reference.removeprefix(_REF)
        for inner in value.values():
            yield from _named(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _named(inner)
