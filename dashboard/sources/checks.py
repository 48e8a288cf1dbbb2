"""The checks of the data, run over the engine's tables before the figures are put in force."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Any

import duckdb

from dashboard.sales.rollup import Check
from dashboard.settings.sections import Checks
from dashboard.sources.check_rules import RULES, Rule, Words
from dashboard.sources.grain import days_from
from dashboard.sources.mapping import Mapping as ImportMapping

EXAMPLES = 5


def check_lines(
    connection: duckdb.DuckDBPyConnection,
    mappings: Sequence[ImportMapping],
    limits: Checks,
    days: tuple[date, date, date],
    words: Words,
) -> tuple[Check, ...]:
    """Every check that one of ``mappings`` gives the columns for, also those that find nothing.

    Args:
        days: today, in the business time zone; the first day with lines; and the day after the last finished one:
            months between these are whole.
    """
    coarse = days_from(connection)
    values = dict(zip(("today", "first", "stop"), days, strict=True)) | limits.model_dump()
    values["days_from"] = coarse or date.min
    return tuple(_checked(connection, mappings, values, asdict(words), coarse))


def _checked(
    connection: duckdb.DuckDBPyConnection,
    mappings: Sequence[ImportMapping],
    values: Mapping[str, Any],
    words: Mapping[str, str],
    coarse: date | None,
) -> Iterator[Check]:
    for rule in RULES:
        if not any(rule.applies(mapping) for mapping in mappings):
            continue
        count, examples, serious = _found(connection, rule, values)
        yield Check(
            key=rule.key,
            label=rule.label.format(**words),
            count=count,
            what=rule.what,
            examples=tuple(examples or ()),
            advice=_advice(rule, words, coarse),
            priced=rule.priced,
            serious=serious,
        )


def _found(
    connection: duckdb.DuckDBPyConnection, rule: Rule, values: Mapping[str, Any]
) -> tuple[int, list[str] | None, bool]:
    given = {name: value for name, value in values.items() if f"${name}" in rule.found + rule.serious}
    counted = "CAST(coalesce(sum(lines), 0) AS BIGINT)" if rule.what == "lines" else "count(*)"
    count, examples, serious = connection.execute(
        f"WITH found AS MATERIALIZED ({rule.found}) SELECT {counted}, "
        f"(SELECT list(example ORDER BY place) FROM (FROM found ORDER BY place LIMIT {EXAMPLES})), {rule.serious} "
        "FROM found",
        given,
    ).fetchall()[0]
    return count, examples, serious


def _advice(rule: Rule, words: Mapping[str, str], coarse: date | None) -> str:
    advice = rule.advice.format(**words)
    if coarse is None or not rule.by_day:
        return advice
    return f"{advice} {rule.by_day.format(day=f'{coarse.day} {coarse:%B %Y}')}"
