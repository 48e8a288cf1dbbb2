"""What is checked of several sources together, beside what is checked of every file."""

from collections.abc import Sequence

import duckdb

from dashboard.sales.rollup import Check
from dashboard.sources.engine import literal
from dashboard.sources.pushdown.mapping import Source
from dashboard.sources.refresh.double_count import double_count
from dashboard.sources.refresh.mappings import Part

_SHOWN = 5
# A blank name or category contradicts nothing.
_CONFLICTS = """
WITH known AS ({rows}), differing AS (
    SELECT code, list(DISTINCT coalesce(name, '') || coalesce(' (' || category || ')', '') || ', ' || label) AS told
    FROM known GROUP BY code
    HAVING count(DISTINCT name) > 1 OR count(DISTINCT category) > 1)
SELECT count(*) OVER (), code || ': ' || array_to_string(list_sort(told), '; ')
FROM differing ORDER BY code LIMIT {most}
"""


def check_sources(connection: duckdb.DuckDBPyConnection, parts: Sequence[Part]) -> tuple[Check, ...]:
    """The checks of what sources say of each other, and of tables that came without any row."""
    sources: list[Source] = [part.source for part in parts]
    return (*double_count(connection, sources), *_conflicts(connection, parts), *_empty(parts))


def _conflicts(connection: duckdb.DuckDBPyConnection, parts: Sequence[Part]) -> tuple[Check, ...]:
    masters = [part for part in parts if part.mapping.products.file]
    if len(masters) < 2:  # noqa: PLR2004
        return ()
    rows = " UNION ALL ".join(
        f"SELECT code, name, category, {literal(part.source.label)} AS label FROM master{part.tag}" for part in masters
    )
    found = connection.execute(_CONFLICTS.format(rows=rows, most=_SHOWN)).fetchall()
    return (
        Check(
            key="differing_products",
            label="Products that sources name or group differently",
            count=found[0][0] if found else 0,
            what="products",
            examples=tuple(row[1] for row in found),
            advice="They count as one product, under the name and category of the source that settings.toml names "
            "first. If they are two products, give them different codes.",
        ),
    )


def _empty(parts: Sequence[Part]) -> tuple[Check, ...]:
    told = [f"{part.source.label}: {name}" for part in parts for name in part.empty if name != "labels"]
    return (
        Check(
            key="empty_tables",
            label="Mapped tables without any row",
            count=len(told),
            what="tables",
            examples=tuple(told[:_SHOWN]),
            advice="Correct the name of the table in the mapping of the source, or load the table.",
        ),
    )
