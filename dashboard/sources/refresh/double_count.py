"""Whether two sources hold the same lines: sums of units by period and product that agree exactly."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import combinations

import duckdb

from dashboard.sales.rollup import Check
from dashboard.sources.grain import days_from
from dashboard.sources.pushdown.mapping import Source
from dashboard.sources.refresh.preferred import related

LEAST_GROUPS = 20
LEAST_SHARE = 0.5
# Regions and channels are added up: two systems seldom name them alike. Where one knows months only, months count.
_SUMS = """
CREATE OR REPLACE TEMP TABLE source_sums AS
SELECT source, code, is_return, sum(lines) AS lines, sum(quantity) AS units,
       CASE WHEN sold_at < $days_from THEN CAST(date_trunc('month', sold_at) AS DATE)
       ELSE CAST(sold_at AS DATE) END AS period
FROM lines WHERE verdict = '' GROUP BY ALL
"""
_COMPARED = """
WITH one AS (FROM source_sums WHERE source = $one), other AS (FROM source_sums WHERE source = $other),
     shared AS (SELECT period FROM one INTERSECT SELECT period FROM other),
     same AS (SELECT one.period, least(one.lines, other.lines) AS lines
              FROM one JOIN other USING (period, code, is_return, units))
SELECT (SELECT count(*) FROM same), CAST((SELECT coalesce(sum(lines), 0) FROM same) AS BIGINT),
       least((SELECT count(*) FROM one SEMI JOIN shared USING (period)),
             (SELECT count(*) FROM other SEMI JOIN shared USING (period))),
       (SELECT min(period) FROM same), (SELECT max(period) FROM same)
"""


def double_count(connection: duckdb.DuckDBPyConnection, sources: Sequence[Source]) -> tuple[Check, ...]:
    """The check, where there are two sources or more; of pairs that yield to each other nothing is said."""
    if len(sources) < 2:  # noqa: PLR2004
        return ()
    connection.execute(_SUMS, {"days_from": days_from(connection) or date.min})
    found = list(_pairs(connection, sources))
    return (
        Check(
            key="double_count",
            label="Two sources may hold the same lines",
            count=sum(lines for lines, _ in found),
            what="lines",
            examples=tuple(example for _, example in found[:5]),
            advice='If they are the same sales, let one source yield to the other ("yields_to"), or give each its own '
            'days ("start", "stop") or lines ("only"); until then they count twice.',
            serious=bool(found),
        ),
    )


def _pairs(connection: duckdb.DuckDBPyConnection, sources: Sequence[Source]) -> Iterator[tuple[int, str]]:
    """How many lines agree, and a sentence on it, for each pair of which too many do."""
    settled = related(sources)
    for pair in combinations(sorted(sources, key=lambda source: source.name), 2):
        one, other = pair
        if frozenset({one.name, other.name}) in settled:
            continue
        names = {"one": one.name, "other": other.name}
        same, lines, compared, first, last = connection.execute(_COMPARED, names).fetchall()[0]
        if same >= LEAST_GROUPS and same > LEAST_SHARE * compared:
            share = f"{same / compared:.0%}".replace("%", " %")
            yield (
                lines,
                f"{one.label} and {other.label}: {share} of {compared:,} sums of units by period and product agree, "
                f"{_months(first, last)}",
            )


def _months(first: date, last: date) -> str:
    begin, end = f"{first:%B %Y}", f"{last:%B %Y}"
    return begin if begin == end else f"{begin} to {end}"
