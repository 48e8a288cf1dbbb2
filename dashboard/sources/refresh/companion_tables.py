"""The small tables of all sources as tables of the engine: read as companion files are, then put together."""

from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from dashboard.sources import companions, supply
from dashboard.sources.errors import ImportRefused
from dashboard.sources.mapping import LOCAL_TIME, Mapping
from dashboard.sources.refresh.extract import MASTER, RATES, RECEIPTS, STOCK
from dashboard.sources.refresh.mappings import Part

Create = Callable[[duckdb.DuckDBPyConnection, Path, Mapping, Path, str], None]
_CREATE: dict[str, Create] = {
    RATES: companions.create_rates,
    MASTER: companions.create_master,
    STOCK: companions.create_stock,
    RECEIPTS: companions.create_receipts,
}
# Several sources may order the same product, and may have promised it: that adds up. Else the first that knows counts.
_ADDED = ("on_order", "committed")


def create_companions(connection: duckdb.DuckDBPyConnection, parts: Sequence[Part], work: Path) -> None:
    """Create ``master``, ``receipts`` and ``stock`` of all sources, and ``rates`` and ``master`` of each with its tag.

    A product that several sources know: the first that gives a text or a figure of buying counts, units under way and
    promised add up; it is sold from the earliest launch to the latest end. Stock adds up by day and product.

    Raises:
        ImportRefused: a row that cannot be used, or a product twice in one source.
    """
    for part in parts:
        for table, create in _CREATE.items():
            _create(connection, part, table, create, work)
    _merge_master(connection, parts)
    receipts = " UNION ALL ".join(f"SELECT day, code, units FROM receipts{part.tag}" for part in parts)
    connection.execute(f"CREATE TABLE receipts AS {receipts}")
    rows = " UNION ALL ".join(f"FROM stock{part.tag}" for part in parts if part.mapping.stock)
    if rows:
        connection.execute(
            f"CREATE TABLE stock AS SELECT day, code, CAST(sum(available) AS BIGINT) AS available FROM ({rows}) "
            "GROUP BY day, code"
        )


def _create(connection: duckdb.DuckDBPyConnection, part: Part, table: str, create: Create, work: Path) -> None:
    file = part.file(table)
    mapping = part.mapping if file is None else _as_days(connection, part.mapping, table, file)
    try:
        create(connection, part.folder, mapping, work, part.tag)
    except companions.RowRefused as refused:
        todo = "Have it mended there, or map a view without such rows."
        raise ImportRefused(f"{_shown(part, table)}: {refused.what}. {todo}") from None
    except ImportRefused as refused:
        raise ImportRefused(str(refused).replace(str(file), _shown(part, table))) from None


def _shown(part: Part, table: str) -> str:
    relation = getattr(part.source, table)
    if relation is None:
        return part.source.label
    schema = f"{relation.namespace}." if relation.namespace else ""
    return f"{part.source.label}, {schema}{relation.table}"


def _as_days(connection: duckdb.DuckDBPyConnection, mapping: Mapping, table: str, file: Path) -> Mapping:
    """Oracle's DATE always has a time: midnight throughout means days, which no zone may move."""
    days = mapping.model_copy(update={"timestamps": LOCAL_TIME})
    if table == MASTER or "date" not in pq.read_schema(file).names:
        return days
    kind = pq.read_schema(file).field("date").type
    if not pa.types.is_timestamp(kind) or kind.tz is not None:
        return mapping
    midnight = connection.execute("SELECT bool_and(date = date_trunc('day', date)) FROM read_parquet(?)", [str(file)])
    return days if midnight.fetchall()[0][0] else mapping


def _merge_master(connection: duckdb.DuckDBPyConnection, parts: Sequence[Part]) -> None:
    rows = " UNION ALL ".join(f"SELECT {place} AS place, * FROM master{part.tag}" for place, part in enumerate(parts))
    texts = ("name", "category", *(name for name in supply.COLUMNS if name not in _ADDED))
    chosen = {name: f"first({name} ORDER BY place) FILTER ({name} IS NOT NULL)" for name in texts}
    chosen |= {name: f"CAST(sum({name}) AS BIGINT)" for name in _ADDED}
    chosen |= {"launch": "min(launch)", "first_receipt": "min(first_receipt)"}
    chosen["end_day"] = "CASE WHEN count(end_day) = count(*) THEN max(end_day) END"
    listed = ", ".join(f"{sql} AS {name}" for name, sql in chosen.items())
    connection.execute(f"CREATE TABLE master AS SELECT min(row) AS row, code, {listed} FROM ({rows}) GROUP BY code")
