"""The counted lines themselves: streamed from the engine into mapped files, so that they never fill the memory."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dashboard.sales.rollup import OrderLines
from dashboard.sources.positions import register
from dashboard.sources.texts import open_texts
from dashboard.sources.values import NONE

BATCH = 100_000
COLUMNS: Mapping[str, Any] = {
    "product": np.int32,
    "region": np.int16,
    "channel": np.int16,
    "returned": np.bool_,
    "units": np.int64,
    "gross": np.int64,
    "discount": np.int64,
}
_LINES = f"""
SELECT CAST(sold_at AS DATE) - ? AS day, coalesce(order_number, '') AS "order", line_products.position AS product,
       line_regions.position AS region, line_channels.position AS channel, is_return = 1 AS returned,
       quantity AS units, gross_minor AS gross, discount_minor AS discount
FROM lines JOIN line_products ON line_products.text = code
     JOIN line_regions ON line_regions.text = coalesce(region, '{NONE}')
     JOIN line_channels ON line_channels.text = coalesce(channel, '{NONE}')
WHERE verdict = '' ORDER BY 1, 2, row
"""


def keep_lines(
    connection: duckdb.DuckDBPyConnection,
    names: tuple[Sequence[str], Sequence[str], Sequence[str]],
    span: tuple[date, date],
    work: Path,
) -> OrderLines:
    """All counted lines; ``names`` are product codes, regions and channels, ``span`` the first and last day.

    The arrays are files in ``work``: whoever keeps them longer than that folder must copy them.
    """
    for relation, known in zip(("line_products", "line_regions", "line_channels"), names, strict=True):
        register(connection, relation, known)
    count = int(connection.execute("SELECT count(*) FROM lines WHERE verdict = ''").fetchall()[0][0])
    arrays: dict[str, NDArray[Any]] = {
        name: np.lib.format.open_memmap(work / f"line_{name}.npy", "w+", kind, (count,))
        for name, kind in COLUMNS.items()
    }
    orders = work / "line_orders.arrow"
    days = (span[1] - span[0]).days + 1
    a_day = _stream(connection.execute(_LINES, [span[0]]).to_arrow_reader(BATCH), arrays, orders, days)
    offsets = np.concatenate([np.zeros(1, np.int64), a_day.cumsum()])
    return OrderLines(offsets=offsets, order=open_texts(orders, "order"), **arrays)


def _stream(
    batches: pa.RecordBatchReader, arrays: Mapping[str, NDArray[Any]], orders: Path, days: int
) -> NDArray[np.int64]:
    """Fill ``arrays`` and the file of order numbers; returns int64[days], the lines of each day."""
    start, a_day = 0, np.zeros(days, np.int64)
    schema = pa.schema([("order", pa.string())])
    with pa.OSFile(str(orders), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        for batch in batches:
            stop = start + len(batch)
            for name, array in arrays.items():
                array[start:stop] = batch.column(name).to_numpy(zero_copy_only=False)
            a_day += np.bincount(batch.column("day").to_numpy(), minlength=days)
            writer.write_batch(batch.select(["order"]))
            start = stop
    return a_day
