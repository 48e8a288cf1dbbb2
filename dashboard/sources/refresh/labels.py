"""Names of products as the lines have them: counted by month, so that no refresh counts a line twice or anew."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path

import duckdb

from dashboard.sales.calendar import first_day, month_of, shift
from dashboard.sources.engine import literal
from dashboard.sources.refresh.extract import AFTER_LAST_DAY, FIRST_DAY, Segment
from dashboard.sources.refresh.plan import Plan

MERGED = "labels.parquet"


def kept_labels(plan: Plan) -> tuple[Segment, ...]:
    """What stays of the names that were read before; nothing where they were cut at other months."""
    old = plan.old[0].label_segments if plan.old is not None and plan.since is not None else ()
    kept = tuple(segment for segment in old if segment.stop <= (plan.since or FIRST_DAY))
    aligned = bool(kept) and max(segment.stop for segment in kept) == plan.since
    return kept if aligned else ()


def label_spans(plan: Plan, newest: date, look_back_months: int) -> list[tuple[date, date]]:
    """The days to ask for, ``start <= day < stop``: a month each as far back as the next refresh may begin."""
    start = plan.since if kept_labels(plan) else None
    begin = start or first_day(shift(month_of(newest), -look_back_months - 1))
    months = [begin]
    while months[-1] < newest.replace(day=1):
        months.append(first_day(shift(month_of(months[-1]), 1)))
    cuts = [*([] if start else [FIRST_DAY]), *months, AFTER_LAST_DAY]
    return list(pairwise(cuts))


def merge_labels(connection: duckdb.DuckDBPyConnection, segments: Sequence[Segment], folder: Path) -> None:
    """Add up the files of ``segments`` to one, :data:`MERGED`, with the shape LABELS."""
    files = ", ".join(literal(str(folder / segment.file)) for segment in segments)
    connection.execute(
        "COPY (SELECT product, name, category, CAST(sum(lines) AS BIGINT) AS lines "
        f"FROM read_parquet([{files}]) GROUP BY ALL ORDER BY ALL) TO {literal(str(folder / MERGED))} (FORMAT parquet)"
    )
