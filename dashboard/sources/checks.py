"""The checks of the data, run over the engine's tables at the end of an import."""

from collections.abc import Iterator
from datetime import date

import duckdb

from dashboard.sales.rollup import Check
from dashboard.settings.sections import Checks
from dashboard.sources.check_rules import RULES
from dashboard.sources.mapping import Mapping

EXAMPLES = 5


def check_lines(
    connection: duckdb.DuckDBPyConnection, mapping: Mapping, limits: Checks, today: date, whole: tuple[date, date]
) -> tuple[Check, ...]:
    """Every check that ``mapping`` gives the columns for, also those that find nothing.

    Args:
        today: the day of the import, in the business time zone.
        whole: first day with lines, and the day after the last finished one: months within are whole.
    """
    return tuple(_checked(connection, mapping, limits, (today, *whole)))


def _checked(
    connection: duckdb.DuckDBPyConnection, mapping: Mapping, limits: Checks, days: tuple[date, date, date]
) -> Iterator[Check]:
    values = dict(zip(("today", "first", "stop"), days, strict=True)) | limits.model_dump()
    for rule in RULES:
        if not rule.applies(mapping):
            continue
        given = {name: value for name, value in values.items() if f"${name}" in rule.found + rule.serious}
        count, examples, serious = connection.execute(
            f"WITH found AS MATERIALIZED ({rule.found}) SELECT count(*), "
            f"(SELECT list(example ORDER BY place) FROM (FROM found ORDER BY place LIMIT {EXAMPLES})), {rule.serious} "
            "FROM found",
            given,
        ).fetchall()[0]
        yield Check(
            key=rule.key,
            label=rule.label,
            count=count,
            what=rule.what,
            examples=tuple(examples or ()),
            advice=rule.advice,
            priced=rule.priced,
            serious=serious,
        )
