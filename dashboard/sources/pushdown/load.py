"""Source mappings out of settings.toml: each alone, and whether they go together."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from dashboard.settings import Settings
from dashboard.sources.errors import MappingError
from dashboard.sources.mapping import lists_as_tuples, reason
from dashboard.sources.pushdown.mapping import Source

GUIDE: Final = "docs/how-to/sources.md"
# The name of a source is also the name of its folder.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,49}")
# What the figures are in is one thing for the whole picture.
_COMMON: Final = {"currency": "reporting currency", "minor_digits": "number of decimals", "time_zone": "time zone"}


def load_sources(settings: Settings) -> dict[str, Source]:
    """The sources of settings.toml by name, in its order; none is an empty dict.

    Raises:
        MappingError: a mapping that cannot be used, a bind or a source that does not exist, or sources that do not go
            together; the message names the source, the key and the reason.
    """
    sources = {name: load_source(name, table) for name, table in settings.sources.items()}
    alone = (_folders, _labels, _differences, _yielding)
    faults = [*_missing_binds(sources, settings), *(fault for look in alone for fault in look(sources))]
    if faults:
        raise MappingError("\n".join(faults))
    return sources


def load_source(name: str, table: Mapping[str, Any]) -> Source:
    """The source that ``[sources.<name>]`` describes.

    Raises:
        MappingError: an unknown key, a missing one, or a value that cannot be used.
    """
    check_name(name)
    where = f"sources.{name}"
    if "name" in table:
        raise MappingError(f"{where}.name: unknown key; the keys are listed in {GUIDE}")
    try:
        return Source.model_validate({**lists_as_tuples(dict(table)), "name": name})
    except ValidationError as error:
        faults = dict.fromkeys(_reason(where, detail) for detail in error.errors())
        raise MappingError("\n".join(faults)) from None


def check_name(name: str) -> None:
    """Accept the name of a source.

    Raises:
        MappingError: it cannot be one.
    """
    if not _NAME.fullmatch(name):
        raise MappingError(
            f"sources.{name}: a name of letters, digits, - and _ is needed, at most 50 of them; what people see is "
            "label."
        )


def _reason(where: str, detail: ErrorDetails) -> str:
    if not detail["loc"]:
        return f"{where}: {detail['msg'].removeprefix('Value error, ')}"
    if detail["loc"][0] == "complete_to":
        return f'{where}.complete_to: write a day such as 2026-10-31, or "assumed" (got {detail["input"]!r})'
    return f"{where}.{reason(detail, GUIDE)}"


def _missing_binds(sources: Mapping[str, Source], settings: Settings) -> Iterator[str]:
    there = ", ".join(settings.binds) or "none"
    for name, source in sources.items():
        if source.bind not in settings.binds:
            yield f"sources.{name}.bind: there is no [binds.{source.bind}] in settings.toml (there: {there})"


def _folders(sources: Mapping[str, Source]) -> Iterator[str]:
    seen: dict[str, str] = {}
    for name in sources:
        first = seen.setdefault(name.casefold(), name)
        if first != name:
            yield f"sources.{name}: differs from sources.{first} in upper and lower case only; give it another name"


def _labels(sources: Mapping[str, Source]) -> Iterator[str]:
    """People tell sources apart by their labels: in filters, splits and messages."""
    seen: dict[str, str] = {}
    for name, source in sources.items():
        first = seen.setdefault(source.label.casefold(), name)
        if first != name:
            yield f"sources.{name}.label: {source.label!r} is the label of sources.{first} too; give it one of its own"


def _differences(sources: Mapping[str, Source]) -> Iterator[str]:
    first = next(iter(sources.values()), None)
    for name, source in sources.items():
        for key, what in _COMMON.items():
            own, common = getattr(source, key), getattr(first, key)
            if first and own != common:
                yield (
                    f"sources.{name}.{key}: {own!r}, but sources.{first.name} has {common!r}: one picture has one "
                    f"{what}"
                )


def _yielding(sources: Mapping[str, Source]) -> Iterator[str]:
    for name, source in sources.items():
        for other in source.yields_to:
            if other not in sources:
                yield f"sources.{name}.yields_to: there is no source {other!r} (there: {', '.join(sources)})"
        if name in _preferred(name, sources):
            yield f"sources.{name}.yields_to: goes round in a circle back to {name!r}; one of them must not yield"


def _preferred(name: str, sources: Mapping[str, Source]) -> set[str]:
    """All sources that ``name`` yields to, directly or by way of others."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for other in sources[waiting.pop()].yields_to:
            if other in sources and other not in found:
                found.add(other)
                waiting.append(other)
    return found
