"""From the extracts of all sources to the rollup in force; nothing is written where nothing is new."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from dashboard.sales.rollup import Check, Rollup
from dashboard.sources.errors import ImportRefused, StoreError
from dashboard.sources.pushdown.mapping import Source
from dashboard.sources.refresh.as_read import as_read
from dashboard.sources.refresh.assembly import assemble_extracts
from dashboard.sources.refresh.extract import Extract
from dashboard.sources.refresh.flight import Flight
from dashboard.sources.refresh.small_files import put

ASSEMBLED = "assembled.json"
# How these two rebuilt the picture; a change of the program's judging makes it new.
_RULES = 2
_PASSING = {"fetched_at", "segments", "label_segments", "tables", "evidence"}
NOT_YET = "It was not read yet."

Found = tuple[Source, Extract, Path]


def put_together(flight: Flight, tried: Sequence[str], faults: Mapping[str, str]) -> tuple[str, bool]:
    """Put the extracts in force as one rollup; its version, and whether it is a new one.

    Args:
        tried: the sources that were to be read this time.
        faults: why some of them were not, by name; their last extract counts, if there is one.

    Raises:
        ImportRefused: there is no extract, an import is running, or the figures do not fit together.
        Cancelled, LeaseLost: before anything was put in force.
        OSError, duckdb.Error: no space; what was in force still is.
    """
    found, missing = _found(flight)
    if not found:
        raise ImportRefused("No source was ever read.")
    told = {name: reason for name, reason in _earlier(flight).items() if name not in tried} | dict(faults)
    _refuse_to_drop(flight, missing, told)
    key = _key(flight, found, told)
    version = _unchanged(flight, key)
    if version:
        return version, False
    with flight.rollups.writing() as work:
        absent = [(source, told.get(source.name, reason)) for source, reason in missing]
        rollup, _totals = assemble_extracts(found, flight.settings, work, told, absent)
        flight.reporter.step("Writing the figures", 0.95)
        whole = _warned(rollup, [source for source, _ in missing])
        flight.go_on()
        version = flight.rollups.write(whole, work)
    _note(flight.folder / ASSEMBLED, {"key": key, "version": version})
    flight.extracts.keep_only(flight.sources)
    return version, True


def _found(flight: Flight) -> tuple[list[Found], list[tuple[Source, str]]]:
    """What can be put together, and the sources of which there is nothing, with the reason."""
    found: list[Found] = []
    missing: list[tuple[Source, str]] = []
    for name, source in flight.sources.items():
        try:
            entry = flight.extracts.current(name)
            if entry is None:
                missing.append((source, NOT_YET))
            else:
                found.append((as_read(source, entry[0]), *entry))
        except (StoreError, ImportRefused) as unusable:
            missing.append((source, str(unusable)))
    return found, missing


def _refuse_to_drop(flight: Flight, missing: Sequence[tuple[Source, str]], told: Mapping[str, str]) -> None:
    """Figures in force whose extract cannot be used would go without a replacement."""
    try:
        rollup = flight.rollups.current()
    except StoreError:
        return
    served = {one.name for one in rollup.info.sources if one.as_of} if rollup else set()
    for source, reason in missing:
        if source.name in served:
            raise ImportRefused(
                f"What was read of {source.label} before cannot be used, and it was not read again, so all figures "
                f"stay as they are. {told.get(source.name, reason)}"
            )


def _earlier(flight: Flight) -> dict[str, str]:
    """Faults of sources that were not tried this time."""
    return {one.name: one.reason for one in flight.reporter.status.sources if not one.ok and one.name in flight.sources}


def _key(flight: Flight, found: Sequence[Found], faults: Mapping[str, str]) -> str:
    """Changes with everything that the picture is made of, but not with when it was read."""
    parts = [
        [
            source.model_dump(mode="json"),
            {name: value for name, value in asdict(extract).items() if name not in _PASSING},
        ]
        for source, extract, _ in found
    ]
    settings = flight.settings
    told = [
        _RULES,
        list(flight.sources),
        parts,
        dict(faults),
        settings.sales.model_dump(),
        settings.checks.model_dump(),
    ]
    return hashlib.sha256(json.dumps(told, default=str, sort_keys=True).encode()).hexdigest()


def _unchanged(flight: Flight, key: str) -> str:
    """The version in force, if it was made of the same; else nothing."""
    try:
        noted = json.loads((flight.folder / ASSEMBLED).read_text(encoding="utf-8"))
        rollup = flight.rollups.current()
        same = rollup is not None and (noted["key"], noted["version"]) == (key, rollup.version)
        return str(noted["version"]) if same else ""
    except (OSError, ValueError, KeyError, TypeError, StoreError):
        return ""


def _warned(rollup: Rollup, missing: Sequence[Source]) -> Rollup:
    """The figures, saying aloud which sources are not in them at all."""
    if not missing:
        return rollup
    check = Check(
        key="source_missing",
        label="Sources whose figures are missing",
        count=len(missing),
        what="sources",
        examples=tuple(source.label for source in missing[:5]),
        advice="There is nothing of them that can be shown: the page of the sources says why.",
        serious=True,
    )
    return replace(rollup, info=replace(rollup.info, checks=(*rollup.info.checks, check)))


def _note(path: Path, record: Mapping[str, str]) -> None:
    put(path, json.dumps(record))
