"""From the rows of the rollup statement to the sorted integer arrays of :class:`dashboard.sales.rollup.Facts`."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dashboard.sales.calendar import MONTHS_A_YEAR, month_number
from dashboard.sales.rollup import VALUE_COLUMNS, Facts, Ints, one_source
from dashboard.sources.column_file import ColumnFile
from dashboard.sources.layout_tables import narrow

EPOCH = date(1970, 1, 1)
Codes = NDArray[np.int64]
Names = tuple[Sequence[str], Sequence[str], Sequence[str]]
_KEYS: dict[str, type[np.integer]] = {
    "product": np.int32,
    "region": np.int16,
    "channel": np.int16,
    "source": np.int16,
}


def month_periods(rows: pa.Table, first_month: str) -> Codes:
    """int64[rows]: position of each row's month, counted from the month key ``first_month``."""
    year, month = (_whole(rows, name) for name in ("period_year", "period_month"))
    return year * MONTHS_A_YEAR + month - 1 - month_number(first_month)


def day_periods(rows: pa.Table, first_day: date) -> Codes:
    """int64[rows]: position of each row's day, counted from ``first_day``."""
    days: Codes = rows.column("business_date").cast(pa.date32()).cast(pa.int32()).to_numpy().astype(np.int64)
    return days - (first_day - EPOCH).days


def encode(rows: pa.Table, name: str, values: pa.Array) -> NDArray[np.int32]:
    """int32[rows]: position of each row's text in ``values``, where all of them must be."""
    places = pc.index_in(rows.column(name), value_set=values)
    if places.null_count:
        raise KeyError(f"{name}: a text that is not among its {len(values):,}")
    found: NDArray[np.int32] = places.to_numpy()
    return found


def build_facts(
    pieces: Iterable[pa.Table],
    periods: Callable[[pa.Table], Codes],
    period_count: int,
    names: Names,
    sources: Sequence[str],
    folder: Path,
) -> Facts:
    """Sorted arrays of ``pieces``, one or more, of which each ends before the periods of the next begin.

    The arrays are mapped files, which lie in ``folder`` without a name.

    Args:
        periods: the position of each row's period.
        names: the product codes, regions and channels that positions refer to.
        sources: what ``source`` of a row may say, in the order of ``Rollup.sources``; fewer than two: rows do not say.
    """
    several = (sources,) if len(sources) > 1 else ()
    texts = {key: pa.array(known, pa.string()) for key, known in zip(_KEYS, (*names, *several), strict=False)}
    per_period = np.zeros(period_count, dtype=np.int64)
    kinds = {**{name: _KEYS[name] for name in texts}, **dict.fromkeys(VALUE_COLUMNS, np.int32)}
    with ExitStack() as stack:
        columns = {name: stack.enter_context(ColumnFile(folder, kind)) for name, kind in kinds.items()}
        for rows in pieces:
            placed = periods(rows)
            per_period += np.bincount(placed, minlength=period_count)
            for name, column in _sorted(rows, placed, texts):
                columns[name].append(column)
            # Before the next piece is made.
            del rows, placed, column
        codes = {name: columns[name].whole() for name in texts}
        values = {name: columns[name].whole() for name in VALUE_COLUMNS}
    offsets = np.concatenate([np.zeros(1, dtype=np.int64), per_period.cumsum()])
    return Facts(offsets, values=values, **{"source": one_source(int(offsets[-1])), **codes})


def _sorted(rows: pa.Table, periods: Codes, texts: Mapping[str, pa.Array]) -> Iterator[tuple[str, Ints]]:
    """The columns of ``rows`` by period, product, region, channel and source, one after the other."""
    codes = {name: encode(rows, name, known) for name, known in texts.items()}
    # Two keys of 64 bits are sorted sooner than four.
    place = codes["region"].astype(np.int64) * len(texts["channel"]) + codes["channel"]
    if "source" in codes:
        place = place * len(texts["source"]) + codes["source"]
    order = np.lexsort((place, periods * len(texts["product"]) + codes["product"]))
    yield from ((name, column.astype(_KEYS[name])[order]) for name, column in codes.items())
    yield from ((name, narrow(_whole(rows, name))[order]) for name in VALUE_COLUMNS)


def _whole(rows: pa.Table, name: str) -> Codes:
    """A column as int64, whatever integer type the database sums to; a fraction or an overflow is an error."""
    values: Codes = rows.column(name).cast(pa.int64()).to_numpy()
    return values
