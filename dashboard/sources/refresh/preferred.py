"""Sources that yield to others: where a preferred one has counted lines, the other's are set aside."""

from collections.abc import Sequence
from graphlib import TopologicalSorter

import duckdb

from dashboard.sources.pushdown.mapping import Source
from dashboard.sources.values import NONE

_DAY, _MONTH = "CAST(sold_at AS DATE)", "CAST(date_trunc('month', sold_at) AS DATE)"
_PLACE = f"coalesce(region, '{NONE}'), coalesce(channel, '{NONE}')"
_PREFERRED = (
    f"CREATE OR REPLACE TEMP TABLE preferred AS SELECT DISTINCT {_DAY} AS day, {_MONTH} AS month, grain, "
    f"coalesce(region, '{NONE}') AS region, coalesce(channel, '{NONE}') AS channel "
    "FROM lines WHERE verdict = '' AND source IN (SELECT unnest($names))"
)
_YIELD = f"""
UPDATE lines SET verdict = 'other_source' WHERE source = $source AND verdict = '' AND CASE grain
WHEN 'month' THEN ({_MONTH}, {_PLACE}) IN (SELECT (month, region, channel) FROM preferred)
ELSE ({_DAY}, {_PLACE}) IN (SELECT (day, region, channel) FROM preferred WHERE grain = 'day')
     OR ({_MONTH}, {_PLACE}) IN (SELECT (month, region, channel) FROM preferred WHERE grain = 'month') END
"""


def yield_lines(connection: duckdb.DuckDBPyConnection, sources: Sequence[Source]) -> None:
    """Set aside the lines of each source for whose day, region and channel one that it yields to has counted lines.

    Where one of the two is known by month only, it is the same month. Preferred sources yield first themselves.
    """
    preferred = {source.name: source.yields_to for source in sources}
    for name in TopologicalSorter(preferred).static_order():
        if preferred.get(name):
            connection.execute(_PREFERRED, {"names": list(preferred[name])})
            connection.execute(_YIELD, {"source": name})


def related(sources: Sequence[Source]) -> set[frozenset[str]]:
    """Pairs of names of which one yields to the other, directly or by way of others."""
    preferred = {source.name: set(source.yields_to) for source in sources}
    pairs: set[frozenset[str]] = set()
    for name in TopologicalSorter(preferred).static_order():
        reached = preferred.get(name, set())
        preferred[name] = reached.union(*(preferred.get(other, set()) for other in reached))
        pairs |= {frozenset({name, other}) for other in preferred[name]}
    return pairs
