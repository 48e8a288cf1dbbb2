"""What extracts hold, looked at with the local engine: whether two are the same, and how far one goes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from dashboard.sources.pushdown.groups import KEYS, SUMS
from dashboard.sources.refresh.extract import Segment


def fingerprint(
    connection: duckdb.DuckDBPyConnection, segments: Sequence[Segment], tables: Sequence[str], folder: Path
) -> str:
    """The same for the same groups and table rows, in whatever order and however cut into files."""
    groups = [f"SELECT '{one.grain}' AS grain, hash(g) AS h FROM {_within(one, folder)} g" for one in segments]
    told = (
        [
            str(row)
            for row in connection.execute(
                "SELECT grain, count(*), sum(h)::VARCHAR FROM "
                f"({' UNION ALL '.join(groups)}) GROUP BY grain ORDER BY grain"
            ).fetchall()
        ]
        if groups
        else []
    )
    for name in sorted(tables):
        rows = connection.execute(f"SELECT count(*), sum(hash(t))::VARCHAR FROM {_file(folder / name)} t").fetchone()
        told.append(f"{name.partition('-')[0]}: {rows}")
    return "; ".join(told)


def counted(
    connection: duckdb.DuckDBPyConnection, segments: Sequence[Segment], folder: Path
) -> tuple[int, int, date | None]:
    """How many groups there are, the lines that they stand for, and the last day with counted ones.

    Of what is kept by month no day is known.
    """
    if not segments:
        return 0, 0, None
    groups = " UNION ALL ".join(
        f"SELECT CASE WHEN verdict = 0 AND '{one.grain}' = 'day' THEN period END AS day, lines "
        f"FROM {_within(one, folder)}"
        for one in segments
    )
    row = connection.execute(f"SELECT count(*), coalesce(sum(lines), 0)::BIGINT, max(day) FROM ({groups})").fetchone()
    return row if row is not None else (0, 0, None)


@dataclass(frozen=True)
class Difference:
    """How kept groups and those of the source differ: (kept, of the source) each.

    Attributes:
        groups: how many groups are not the same.
        lines: counted or not.
        units, net_minor: of counted lines, returns taken off; money in minor units of the source's currency.
    """

    groups: int
    lines: tuple[int, int]
    units: tuple[int, int]
    net_minor: tuple[int, int]


def first_period(connection: duckdb.DuckDBPyConnection, segments: Sequence[Segment], folder: Path) -> date | None:
    """The first period with groups."""
    if not segments:
        return None
    periods = " UNION ALL ".join(f"SELECT min(period) AS first FROM {_within(one, folder)}" for one in segments)
    row = connection.execute(f"SELECT min(first) FROM ({periods})").fetchone()
    return row[0] if row else None


def compare(
    connection: duckdb.DuckDBPyConnection,
    segments: Sequence[Segment],
    folder: Path,
    days: tuple[date, date],
    path: Path,
) -> Difference:
    """The kept groups with ``days[0] <= period < days[1]`` against all of those in the file ``path``."""
    sums = ", ".join(f"sum(side * {name}) AS {name}" for name in SUMS)
    differs = " OR ".join(f"{name} <> 0" for name in SUMS)
    columns = ", ".join((*KEYS, *SUMS))
    both = " UNION ALL ".join(
        [
            f"SELECT {columns}, 1 AS side FROM {_file(path)}",
            *(
                f"SELECT {columns}, -1 AS side FROM {_within(one, folder)} "
                f"WHERE period >= DATE '{days[0]}' AND period < DATE '{days[1]}'"
                for one in segments
            ),
        ]
    )
    changed = connection.execute(
        f"SELECT count(*) FROM (SELECT {sums} FROM ({both}) GROUP BY {', '.join(KEYS)} HAVING {differs})"
    ).fetchone()
    sign = "(CASE WHEN verdict = 0 THEN 1 - 2 * is_return ELSE 0 END)"
    totals = dict.fromkeys((-1, 1), (0, 0, 0)) | {
        side: tuple(values)
        for side, *values in connection.execute(
            f"SELECT side, sum(lines)::BIGINT, sum({sign} * units)::BIGINT, "
            f"sum({sign} * (gross_minor - discount_minor))::BIGINT FROM ({both}) GROUP BY side"
        ).fetchall()
    }
    pairs = list(zip(totals[-1], totals[1], strict=True))
    return Difference(changed[0] if changed else 0, *pairs)


def _within(segment: Segment, folder: Path) -> str:
    return (
        f"(FROM {_file(folder / segment.file)} "
        f"WHERE period >= DATE '{segment.start}' AND period < DATE '{segment.stop}')"
    )


def _file(path: Path) -> str:
    quoted = str(path).replace("'", "''")
    return f"read_parquet('{quoted}')"
