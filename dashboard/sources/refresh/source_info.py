"""What is told of the figures of all sources together, and of each."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

import duckdb

from dashboard.sales.calendar import month_of
from dashboard.sales.rollup import DataInfo, SourceInfo
from dashboard.sources.account import Account
from dashboard.sources.grain import days_from
from dashboard.sources.pushdown.mapping import Source
from dashboard.sources.refresh.mappings import Part
from dashboard.sources.refresh.until import complete_to

Absent = Sequence[tuple[Source, str]]
_COUNTS = """
SELECT source, CAST(sum(lines) AS BIGINT), CAST(coalesce(sum(lines) FILTER (verdict = ''), 0) AS BIGINT),
       CAST(coalesce(sum((1 - 2 * is_return) * quantity) FILTER (verdict = ''), 0) AS BIGINT)
FROM lines GROUP BY source
"""


def data_info(
    connection: duckdb.DuckDBPyConnection,
    parts: Sequence[Part],
    account: Account,
    span: tuple[date, date],
    failed: Mapping[str, str],
    absent: Absent,
) -> DataInfo:
    """The facts of the rollup, but for its checks; ``span`` is the first and last period with counted lines.

    Raises:
        ImportRefused: the complete-to date lies before the first line.
    """
    first, last = _days(connection, parts, span)
    until, reason = complete_to(parts, failed, first)
    common = parts[0].source
    count = len(parts) + len(absent)
    return DataInfo(
        source=common.label if count == 1 else f"{count} sources",
        imported_at=datetime.now(UTC).isoformat(timespec="seconds"),
        first_day=first,
        last_day=last,
        complete_to=until,
        complete_to_reason=reason,
        currency=common.currency,
        minor_digits=common.minor_digits,
        time_zone=common.time_zone,
        lines_read=account.read,
        lines_kept=account.kept,
        set_aside=account.set_aside,
        has_stock=any(part.mapping.stock for part in parts),
        sources=(*_told(connection, parts, failed), *(_never_read(*one) for one in absent)),
    )


def _days(connection: duckdb.DuckDBPyConnection, parts: Sequence[Part], span: tuple[date, date]) -> tuple[date, date]:
    """The first and last day: where only the month is known, what the sources said of their days."""
    first, last = span
    coarse = days_from(connection) or first
    told = [part.extract for part in parts]
    begun = min((extract.first_day for extract in told if extract.first_day), default=first)
    ended = max((extract.last_day for extract in told if extract.last_day), default=last)
    if first < coarse and month_of(begun) == month_of(first):
        first = max(first, begun)
    if last < coarse and month_of(ended) == month_of(last):
        last = max(last, ended)
    return first, last


def _told(connection: duckdb.DuckDBPyConnection, parts: Sequence[Part], failed: Mapping[str, str]) -> list[SourceInfo]:
    counts = {row[0]: row[1:] for row in connection.execute(_COUNTS).fetchall()}
    return [_info(part, counts.get(part.source.name, (0, 0, 0)), failed) for part in parts]


def _info(part: Part, counts: tuple[int, int, int], failed: Mapping[str, str]) -> SourceInfo:
    source, extract = part.source, part.extract
    return SourceInfo(
        name=source.name,
        label=source.label,
        bind=extract.bind,
        product=extract.product,
        as_of=extract.fetched_at,
        ok=source.name not in failed,
        reason=failed.get(source.name, ""),
        lines=counts[0],
        lines_kept=counts[1],
        units=counts[2],
        first_day=extract.first_day,
        last_day=extract.last_day,
        read_only=extract.read_only,
        evidence=extract.evidence,
    )


def _never_read(source: Source, reason: str) -> SourceInfo:
    return SourceInfo(
        name=source.name,
        label=source.label,
        bind=source.bind,
        product="",
        as_of="",
        ok=False,
        reason=reason,
        lines=0,
        lines_kept=0,
        units=0,
        first_day=None,
        last_day=None,
        read_only="unknown",
        evidence="It was never read.",
    )
