"""Writing one table of settings.toml: texts, whole numbers, truth values, days, lists and tables of these."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_DELETE = "\x7f"


def toml_table(path: Sequence[str], table: Mapping[str, Any]) -> str:
    """``table`` as TOML under the header ``[a.b]`` for the path ``("a", "b")``; keys with None are left out."""
    return "\n".join(_lines(path, table, "[{}]")) + "\n"


def _lines(path: Sequence[str], table: Mapping[str, Any], header: str) -> Iterator[str]:
    given = {key: value for key, value in table.items() if value is not None}
    plain = {key: value for key, value in given.items() if not _is_table(value)}
    yield header.format(".".join(_key(part) for part in path))
    yield from (f"{_key(key)} = {_value(value)}" for key, value in plain.items())
    for key, value in given.items():
        if isinstance(value, Mapping):
            yield ""
            yield from _lines([*path, key], value, "[{}]")
        elif _is_table(value):
            for element in value:
                yield ""
                yield from _lines([*path, key], element, "[[{}]]")


def _is_table(value: object) -> bool:
    """Whether it needs a header of its own: a table, or a list of tables."""
    if isinstance(value, Mapping):
        return True
    return isinstance(value, list | tuple) and any(isinstance(element, Mapping) for element in value)


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _text(key)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return f"[{', '.join(_value(element) for element in value)}]"
    raise TypeError(f"no TOML for {type(value).__name__}")


def _text(text: str) -> str:
    """JSON writes texts as TOML's basic strings are written, but for one control character."""
    return json.dumps(text, ensure_ascii=False).replace(_DELETE, "\\u007f")
