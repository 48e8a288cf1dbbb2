"""Daily stock of the newest days and goods received, from the engine's tables."""

from collections.abc import Sequence
from datetime import date, timedelta

import duckdb
import numpy as np

from dashboard.sales.rollup import NO_SNAPSHOT, Receipts, StockDays
from dashboard.sources.positions import register

_CODES = "stock_codes"
_MOST = 2**31 - 1


def read_stock_days(
    connection: duckdb.DuckDBPyConnection, codes: Sequence[str], last: date, days: int
) -> StockDays | None:
    """The table ``stock`` of the ``days`` days up to the newest snapshot that is not after ``last``; None without one.

    ``codes`` are those that positions refer to, others are left out.
    """
    newest: date | None = connection.execute("SELECT max(day) FROM stock WHERE day <= ?", [last]).fetchall()[0][0]
    if newest is None:
        return None
    first = newest - timedelta(days=days - 1)
    register(connection, _CODES, codes)
    rows = connection.execute(
        f"SELECT day - ? AS row, position, CAST(greatest(least(available, {_MOST}), -{_MOST}) AS INTEGER) AS available "
        f"FROM stock JOIN {_CODES} ON text = code WHERE day BETWEEN ? AND ?",
        [first, first, newest],
    ).to_arrow_table()
    available = np.full((days, len(codes)), NO_SNAPSHOT, dtype=np.int32)
    row, position = (rows.column(name).to_numpy() for name in ("row", "position"))
    available[row, position] = rows.column("available").to_numpy()
    return StockDays(first, available)


def read_receipts(connection: duckdb.DuckDBPyConnection, codes: Sequence[str]) -> Receipts:
    """The table ``receipts`` of the products ``codes``, sorted by product then day."""
    register(connection, _CODES, codes)
    rows = connection.execute(
        f"SELECT CAST(position AS INTEGER) AS product, day, units FROM receipts JOIN {_CODES} ON text = code "
        "ORDER BY position, day, units"
    ).to_arrow_table()
    product, day, units = (rows.column(name).to_numpy() for name in ("product", "day", "units"))
    return Receipts(product, day.astype("datetime64[D]"), units)
