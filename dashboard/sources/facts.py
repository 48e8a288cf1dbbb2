"""From the rows of the rollup statement to the sorted integer arrays of :class:`dashboard.sales.rollup.Facts`."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dashboard.sales.calendar import MONTHS_A_YEAR, month_number
from dashboard.sales.rollup import VALUE_COLUMNS, Facts

EPOCH = date(1970, 1, 1)
Codes = NDArray[np.int64]


def month_periods(rows: pa.Table, first_month: str) -> Codes:
    """int64[rows]: position of each row's month, counted from the month key ``first_month``."""
    year, month = (_whole(rows, name) for name in ("period_year", "period_month"))
    return year * MONTHS_A_YEAR + month - 1 - month_number(first_month)


def day_periods(rows: pa.Table, first_day: date) -> Codes:
    """int64[rows]: position of each row's day, counted from ``first_day``."""
    days: Codes = rows.column("business_date").cast(pa.date32()).cast(pa.int32()).to_numpy().astype(np.int64)
    return days - (first_day - EPOCH).days


def encode(rows: pa.Table, name: str, values: Sequence[str]) -> Codes:
    """int64[rows]: position of each row's text in ``values``."""
    encoded = rows.column(name).combine_chunks().dictionary_encode()
    position = {value: index for index, value in enumerate(values)}
    lookup = np.array([position[value] for value in encoded.dictionary.to_pylist()], dtype=np.int64)
    return lookup[encoded.indices.to_numpy()] if len(rows) else np.zeros(0, dtype=np.int64)


def build_facts(
    rows: pa.Table,
    periods: Codes,
    period_count: int,
    names: tuple[Sequence[str], Sequence[str], Sequence[str]],
) -> Facts:
    """Sorted arrays of ``rows``; ``names`` are the product codes, regions and channels that positions refer to."""
    product, region, channel = (
        encode(rows, name, values) for name, values in zip(("product", "region", "channel"), names, strict=True)
    )
    order = np.lexsort((channel, region, product, periods))
    return Facts(
        offsets=np.searchsorted(periods[order], np.arange(period_count + 1)).astype(np.int64),
        product=product[order].astype(np.int32),
        region=region[order].astype(np.int16),
        channel=channel[order].astype(np.int16),
        values={name: _whole(rows, name)[order] for name in VALUE_COLUMNS},
    )


def _whole(rows: pa.Table, name: str) -> Codes:
    """A column as int64, whatever integer type the database sums to; a fraction or an overflow is an error."""
    values: Codes = rows.column(name).cast(pa.int64()).to_numpy()
    return values
