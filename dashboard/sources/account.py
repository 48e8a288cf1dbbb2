"""What became of every line: counts by verdict and flag, and the check that nothing was lost."""

from collections.abc import Mapping as Names
from dataclasses import dataclass
from typing import Any

import duckdb

from dashboard.sales.rollup import SetAside
from dashboard.sources.errors import ImportRefused
from dashboard.sources.mapping import LeaveOut, Mapping
from dashboard.sources.reading import RawTable
from dashboard.sources.reasons import FLAGGED, KEPT, SET_ASIDE

_REPORT_IT = "This is a fault of the program: please report it."
_BY_VERDICT = (
    "SELECT verdict, CAST(sum(lines) AS BIGINT), CAST(sum(coalesce(units_as_read, 0)) AS BIGINT), min(row), "
    "arg_min(culprit, row), min(culprit) FROM lines GROUP BY verdict"
)


@dataclass(frozen=True)
class Account:
    """Counts of lines: ``read`` is always ``kept`` plus what ``set_aside`` holds that is not kept."""

    read: int
    kept: int
    set_aside: tuple[SetAside, ...]


@dataclass(frozen=True)
class Reading:
    """What is to be accounted for.

    Attributes:
        where: file or sources, for messages.
        read: how many lines were read, counted apart from the table ``lines``.
        flags: key of ``FLAGGED`` -> SQL test of a line.
        rules: the leave_out rules of each source by its name; of a file under ''.
        labels: of the sources by name, where there are several.
    """

    where: str
    read: int
    flags: Names[str, str]
    rules: Names[str, tuple[LeaveOut, ...]]
    labels: Names[str, str]


def take_account(connection: duckdb.DuckDBPyConnection, table: RawTable, mapping: Mapping) -> Account:
    """Count the lines of a file by verdict and flag.

    Raises:
        ImportRefused: no line at all can be used, or the counts do not add up.
    """
    read = int(connection.execute(f"SELECT count(*) FROM {table.relation}").fetchall()[0][0])
    return account_for(connection, Reading(str(table.path), read, _flags(mapping), {"": mapping.leave_out}, {}))


def account_for(connection: duckdb.DuckDBPyConnection, reading: Reading) -> Account:
    """Count the lines by verdict and flag.

    Raises:
        ImportRefused: no line at all can be used, or the counts do not add up.
    """
    counted = {row[0]: row[1:] for row in connection.execute(_BY_VERDICT).fetchall()}
    aside = tuple(_set_aside(connection, reading, reason, counted[reason]) for reason in SET_ASIDE if reason in counted)
    kept = counted.get(KEPT, (0,))[0]
    if reading.read != kept + sum(entry.lines for entry in aside):
        raise ImportRefused(
            f"{reading.where}: {reading.read:,} lines were read, but the verdicts do not add up to that. {_REPORT_IT}"
        )
    if not kept:
        raise ImportRefused(_nothing_usable(reading, aside))
    return Account(reading.read, kept, (*aside, *_flagged(connection, reading)))


def _set_aside(
    connection: duckdb.DuckDBPyConnection, reading: Reading, reason: str, counted: tuple[Any, ...]
) -> SetAside:
    lines, units, row, first, some = counted
    if reason == "left_out":
        note = _rules(connection, reading)
    elif row is not None:
        note = f"first: row {row}" + (f", {first!r}" if first is not None else "")
    else:
        note = f"such as {some!r}" if some is not None else ""
    told = (note, _by_source(connection, reading, reason))
    return SetAside(reason, SET_ASIDE[reason].label, lines, units, note="; ".join(filter(None, told)))


def _by_source(connection: duckdb.DuckDBPyConnection, reading: Reading, reason: str) -> str:
    if not reading.labels or reason == "left_out":
        return ""
    rows = connection.execute(
        "SELECT source, CAST(sum(lines) AS BIGINT) FROM lines WHERE verdict = ? GROUP BY 1 ORDER BY 1", [reason]
    ).fetchall()
    return "; ".join(f"{reading.labels[source]}: {lines:,}" for source, lines in rows)


def _rules(connection: duckdb.DuckDBPyConnection, reading: Reading) -> str:
    rows = connection.execute(
        "SELECT source, rule, CAST(sum(lines) AS BIGINT) FROM lines WHERE verdict = 'left_out' "
        "GROUP BY source, rule ORDER BY source, rule"
    ).fetchall()
    return "; ".join(f"{_why(reading, source, rule)}: {lines:,}" for source, rule, lines in rows)


def _why(reading: Reading, source: str, position: int) -> str:
    rules = reading.rules[source]
    # A source that cannot be read keeps lines that were judged by rules of before.
    why = (
        (rules[position].why or rules[position].column) if position < len(rules) else "a rule no longer in the mapping"
    )
    return f"{reading.labels[source]}, {why}" if source in reading.labels else why


def _nothing_usable(reading: Reading, aside: tuple[SetAside, ...]) -> str:
    ordered = sorted(aside, key=lambda entry: -entry.lines)
    lines = [f"{reading.where}: none of the {reading.read:,} lines can be used."]
    for entry in ordered:
        look_at = SET_ASIDE[entry.reason].look_at
        lines.append(f"  {entry.lines:,}: {entry.label} ({entry.note}); check {look_at} in the mapping")
    return "\n".join(lines)


def _flags(mapping: Mapping) -> dict[str, str]:
    tests = {"repeat": "repeated", "no_exchange_rate": "unconverted"}
    if mapping.complete_to:
        tests["after_complete_to"] = f"CAST(sold_at AS DATE) > DATE '{mapping.complete_to}'"
    if mapping.products.file:
        tests["not_in_master"] = "code NOT IN (SELECT code FROM master)"
    return tests | {f"no_{name}": f"{name} IS NULL" for name in ("region", "channel") if getattr(mapping.columns, name)}


def _flagged(connection: duckdb.DuckDBPyConnection, reading: Reading) -> list[SetAside]:
    found = []
    for reason, test in reading.flags.items():
        lines, units = connection.execute(
            "SELECT CAST(coalesce(sum(lines), 0) AS BIGINT), CAST(coalesce(sum(units_as_read), 0) AS BIGINT) "
            f"FROM lines WHERE verdict = '' AND {test}"
        ).fetchall()[0]
        if lines:
            note = _unconverted(connection) if reason == "no_exchange_rate" else ""
            found.append(SetAside(reason, FLAGGED[reason].label, lines, units, kept=True, note=note))
    return found


def _unconverted(connection: duckdb.DuckDBPyConnection) -> str:
    rows = connection.execute(
        "SELECT coalesce(currency, '(no currency)'), CAST(sum(local_net) AS DECIMAL(38, 2)) FROM lines "
        "WHERE verdict = '' AND unconverted GROUP BY 1 ORDER BY 1"
    ).fetchall()
    return "not in net sales: " + "; ".join(f"{amount:,} {currency}" for currency, amount in rows)
