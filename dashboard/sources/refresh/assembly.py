"""From the extracts of all sources to one rollup: judged, converted, put together, checked and reconciled."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

import duckdb

from dashboard.sales.rollup import Check, DataInfo, Rollup
from dashboard.settings import Settings
from dashboard.sources import engine
from dashboard.sources.account import Reading, account_for
from dashboard.sources.assembly import Origin, roll_up
from dashboard.sources.check_rules import SOURCE
from dashboard.sources.checks import check_lines
from dashboard.sources.engine import literals
from dashboard.sources.errors import ImportRefused
from dashboard.sources.reconcile import check_totals
from dashboard.sources.refresh.companion_tables import create_companions
from dashboard.sources.refresh.flight import is_for_want_of_room
from dashboard.sources.refresh.lines import create_lines
from dashboard.sources.refresh.mappings import Found, Part, parts_of
from dashboard.sources.refresh.preferred import yield_lines
from dashboard.sources.refresh.source_checks import check_sources
from dashboard.sources.refresh.source_info import Absent, data_info

_NONE: Final[Mapping[str, str]] = MappingProxyType({})


def assemble_extracts(
    found: Sequence[Found],
    settings: Settings,
    work: Path,
    failed: Mapping[str, str] = _NONE,
    absent: Absent = (),
) -> tuple[Rollup, dict[str, int]]:
    """The rollup of everything that was read, not yet a version, and its totals per name of ``VALUE_COLUMNS``.

    Args:
        found: source, extract and the folder of its files, in the order of settings.toml.
        work: a private folder for what is needed meanwhile; the arrays of the rollup are mapped files in it.
        failed: why a source could not be read again, by name: its older extract counts.
        absent: sources that were never read, and why: they are named, but bring nothing.

    Raises:
        ImportRefused: nothing was found, no line can be used, or one of the small tables cannot be.
        duckdb.Error: no memory or no space on the disk.
    """
    if not found:
        raise ImportRefused("No source has been read yet, so there is nothing to show.")
    parts = parts_of(found)
    try:
        with engine.connect(work, engine.REFRESH_LIMIT) as connection:
            return _assembled(connection, parts, settings, work, failed, absent)
    except duckdb.Error as error:
        if is_for_want_of_room(error):
            raise
        first = str(error).splitlines()[0]
        raise ImportRefused(f"What was read of the sources cannot be put together ({first}).") from error


def _assembled(
    connection: duckdb.DuckDBPyConnection,
    parts: Sequence[Part],
    settings: Settings,
    work: Path,
    failed: Mapping[str, str],
    absent: Absent,
) -> tuple[Rollup, dict[str, int]]:
    create_companions(connection, parts, work)
    read = create_lines(connection, parts)
    yield_lines(connection, [part.source for part in parts])
    account = account_for(connection, _reading(parts, read))

    def info(span: tuple[date, date]) -> DataInfo:
        return data_info(connection, parts, account, span, failed, absent)

    mappings = [part.mapping for part in parts]
    labels = {part.source.name: part.source.label for part in parts}
    origin = Origin(_where(parts), mappings, labels, info)
    rollup = roll_up(connection, origin, settings.sales, work, with_lines=False)
    totals = check_totals(connection, rollup)
    checks = _checks(connection, parts, rollup.info, settings)
    return replace(rollup, info=replace(rollup.info, checks=checks)), totals


def _where(parts: Sequence[Part]) -> str:
    return ", ".join(part.source.label for part in parts)


def _reading(parts: Sequence[Part], read: int) -> Reading:
    labels = {part.source.name: part.source.label for part in parts}
    rules = {part.source.name: part.source.lines.leave_out for part in parts}
    return Reading(_where(parts), read, _flags(parts), rules, labels if len(parts) > 1 else {})


def _flags(parts: Sequence[Part]) -> dict[str, str]:
    """What is odd about counted lines; each only of the sources that can tell."""
    tests = {"no_exchange_rate": "unconverted"}
    late = [
        f"(source = {engine.literal(part.source.name)} AND sold_at >= DATE '{part.extract.complete_to}' + 1)"
        for part in parts
        if part.extract.complete_to and (part.source.complete_to != "assumed" or part.source.loaded)
    ]
    if late:
        tests["after_complete_to"] = f"({' OR '.join(late)})"
    masters = _of(parts, lambda part: part.mapping.products.file is not None)
    if masters:
        tests["not_in_master"] = f"{masters} AND code NOT IN (SELECT code FROM master)"
    for name in ("region", "channel"):
        mapped = _of(parts, partial(_is_mapped, name))
        if mapped:
            tests[f"no_{name}"] = f"{mapped} AND {name} IS NULL"
    return tests


def _is_mapped(name: str, part: Part) -> bool:
    return getattr(part.mapping.columns, name) is not None


def _of(parts: Sequence[Part], test: Callable[[Part], bool]) -> str:
    """SQL of whether a line is of one of those sources that pass the test; empty if none does."""
    names = tuple(part.source.name for part in parts if test(part))
    return f"source IN {literals(names)}" if names else ""


def _checks(
    connection: duckdb.DuckDBPyConnection, parts: Sequence[Part], info: DataInfo, settings: Settings
) -> tuple[Check, ...]:
    today = datetime.now(ZoneInfo(info.time_zone)).date()
    stop = min(info.complete_to, info.last_day) + timedelta(days=1)
    mappings = [part.mapping for part in parts]
    found = check_lines(connection, mappings, settings.checks, (today, info.first_day, stop), SOURCE)
    told = any(mapping.repeats == "set_aside" for mapping in mappings)
    return (
        *check_sources(connection, parts),
        *(check for check in found if told or check.key != "repeated_lines"),
    )
