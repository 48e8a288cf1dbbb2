"""Parquet files written as batches arrive, under another name until they are whole."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

_ROWS, _BYTES = 65_536, 2**26


class RowGroups:
    """Gathers batches into row groups of a useful size; memory holds one of them."""

    def __init__(self, writer: pq.ParquetWriter) -> None:
        self._writer = writer
        self._batches: list[pa.RecordBatch] = []
        self._rows = self._bytes = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Take a batch in."""
        self._batches.append(batch)
        self._rows += batch.num_rows
        self._bytes += batch.nbytes
        if self._rows >= _ROWS or self._bytes >= _BYTES:
            self.flush()

    def flush(self) -> None:
        """Write what was gathered."""
        if self._batches:
            self._writer.write_table(pa.Table.from_batches(self._batches))
        self._batches, self._rows, self._bytes = [], 0, 0


@contextmanager
def parquet_file(path: Path, schema: pa.Schema) -> Iterator[RowGroups]:
    """Where to put batches of ``schema``; ``path`` appears, or is replaced, at the end of a block without errors.

    Raises:
        OSError: no space or no permission.
    """
    with _draft(path) as draft:
        with draft.open("wb") as file:
            with pq.ParquetWriter(file, schema, **_ways(schema)) as writer:
                groups = RowGroups(writer)
                yield groups
                groups.flush()
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)


def _ways(schema: pa.Schema) -> dict[str, Any]:
    """How columns are kept: sums hardly ever repeat, so that a dictionary of them is work for nothing."""
    sums = [field.name for field in schema if pa.types.is_int64(field.type)]
    return {
        "compression": "lz4",
        "use_dictionary": [field.name for field in schema if field.name not in sums] or False,
        "column_encoding": dict.fromkeys(sums, "DELTA_BINARY_PACKED"),
        # Only days are searched by.
        "write_statistics": [field.name for field in schema if pa.types.is_date32(field.type)] or False,
    }


@contextmanager
def _draft(path: Path) -> Iterator[Path]:
    for left in path.parent.glob(f".{path.name}.*.part"):
        left.unlink(missing_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    draft.touch(mode=0o600)
    try:
        yield draft
    finally:
        draft.unlink(missing_ok=True)
