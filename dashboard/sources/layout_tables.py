"""NumPy arrays as Arrow tables and back, without a copy."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dashboard.sources.column_file import let_go

SMALL = 2**29
Arrays = dict[str, NDArray[Any]]


def table(columns: Mapping[str, NDArray[Any]]) -> pa.Table:
    """A table whose columns are views of arrays of one length."""
    return pa.table({name: pa.array(values) for name, values in columns.items()})


def narrow(values: NDArray[np.integer]) -> NDArray[np.integer]:
    """The same numbers as int32 where all are small: half of a large rollup's memory. A few may be added up in it."""
    if values.dtype == np.int32:
        return values
    small = not len(values) or max(abs(int(values.min())), abs(int(values.max()))) < SMALL
    let_go(values)
    return values.astype(np.int32, copy=False) if small else values


def arrays(content: pa.Table) -> Arrays:
    """Read-only views of a mapped file; an empty table has no chunk to view."""
    return {
        name: column.chunk(0).to_numpy(zero_copy_only=True) if len(column) else column.to_numpy()
        for name, column in zip(content.column_names, content.columns, strict=True)
    }
