"""What became of every line: counts by verdict and flag, and the check that nothing was lost."""

from dataclasses import dataclass
from typing import Any

import duckdb

from dashboard.sales.rollup import SetAside
from dashboard.sources.errors import ImportRefused
from dashboard.sources.mapping import Mapping
from dashboard.sources.reading import RawTable
from dashboard.sources.reasons import FLAGGED, KEPT, SET_ASIDE

_REPORT_IT = "This is a fault of the program: please report it."
_BY_VERDICT = (
    "SELECT verdict, count(*), CAST(sum(coalesce(units_as_read, 0)) AS BIGINT), min(row), arg_min(culprit, row) "
    "FROM lines GROUP BY verdict"
)


@dataclass(frozen=True)
class Account:
    """Counts of lines: ``read`` is always ``kept`` plus what ``set_aside`` holds that is not kept."""

    read: int
    kept: int
    set_aside: tuple[SetAside, ...]


def take_account(connection: duckdb.DuckDBPyConnection, table: RawTable, mapping: Mapping) -> Account:
    """Count the lines by verdict and flag.

    Raises:
        ImportRefused: no line at all can be used, or the counts do not add up.
    """
    counted = {row[0]: row[1:] for row in connection.execute(_BY_VERDICT).fetchall()}
    aside = tuple(_set_aside(connection, mapping, reason, counted[reason]) for reason in SET_ASIDE if reason in counted)
    kept = counted.get(KEPT, (0,))[0]
    read = _count(connection, f"SELECT count(*) FROM {table.relation}")
    if read != kept + sum(entry.lines for entry in aside):
        raise ImportRefused(
            f"{table.path}: {read:,} lines were read, but the verdicts do not add up to that. {_REPORT_IT}"
        )
    if not kept:
        raise ImportRefused(_nothing_usable(table, read, aside))
    return Account(read, kept, (*aside, *_flags(connection, mapping)))


def _set_aside(
    connection: duckdb.DuckDBPyConnection, mapping: Mapping, reason: str, counted: tuple[Any, ...]
) -> SetAside:
    lines, units, row, culprit = counted
    note = f"first: row {row}" + (f", {culprit!r}" if culprit is not None else "")
    if reason == "left_out":
        note = _rules(connection, mapping)
    return SetAside(reason, SET_ASIDE[reason].label, lines, units, note=note)


def _rules(connection: duckdb.DuckDBPyConnection, mapping: Mapping) -> str:
    rows = connection.execute(
        "SELECT rule, count(*) FROM lines WHERE verdict = 'left_out' GROUP BY rule ORDER BY rule"
    ).fetchall()
    return "; ".join(
        f"{mapping.leave_out[rule].why or mapping.leave_out[rule].column}: {lines:,}" for rule, lines in rows
    )


def _nothing_usable(table: RawTable, read: int, aside: tuple[SetAside, ...]) -> str:
    ordered = sorted(aside, key=lambda entry: -entry.lines)
    lines = [f"{table.path}: none of the {read:,} lines can be used."]
    for entry in ordered:
        look_at = SET_ASIDE[entry.reason].look_at
        lines.append(f"  {entry.lines:,}: {entry.label} ({entry.note}); check {look_at} in the mapping")
    return "\n".join(lines)


def _flags(connection: duckdb.DuckDBPyConnection, mapping: Mapping) -> list[SetAside]:
    tests = {"repeat": "repeated", "no_exchange_rate": "unconverted"}
    if mapping.complete_to:
        tests["after_complete_to"] = f"CAST(sold_at AS DATE) > DATE '{mapping.complete_to}'"
    if mapping.products.file:
        tests["not_in_master"] = "code NOT IN (SELECT code FROM master)"
    tests |= {f"no_{name}": f"{name} IS NULL" for name in ("region", "channel") if getattr(mapping.columns, name)}
    found = []
    for reason, test in tests.items():
        lines, units = connection.execute(
            f"SELECT count(*), CAST(coalesce(sum(units_as_read), 0) AS BIGINT) FROM lines WHERE verdict = '' AND {test}"
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


def _count(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    return int(connection.execute(sql).fetchall()[0][0])
