"""An answer of a database, batch by batch, as its driver gives it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeAlias

import pyarrow as pa
from sqlalchemy import CompoundSelect, Select, TextClause

from dashboard.sources.pushdown.normalise import Column

# A column that was mapped by mistake may hold whole documents.
_BATCH_BYTES, _FIRST_ROWS = 2**25, 50

Statement: TypeAlias = Select[Any] | CompoundSelect[Any] | TextClause


@dataclass(frozen=True)
class Answer:
    """Rows of a running statement.

    Attributes:
        names: of the columns, as the database spells them.
        batches: one entry a column, all of one length; memory holds one batch.
    """

    names: tuple[str, ...]
    batches: Iterator[Sequence[Column]]


def of_arrow(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Answer:
    """An answer that is Arrow already."""
    return Answer(tuple(schema.names), (piece.columns for batch in batches for piece in _pieces(batch)))


def _pieces(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    rows = max(1, batch.num_rows * _BATCH_BYTES // max(batch.nbytes, 1))
    return (batch.slice(start, rows) for start in range(0, batch.num_rows, rows))


def of_lists(names: Iterable[str], lists: Iterable[Sequence[Any]]) -> Answer:
    """An answer of lists of rows; none is empty."""
    return Answer(tuple(names), (tuple(zip(*rows, strict=True)) for rows in lists))


def in_lists(rows: Iterator[Any], most: int) -> Iterator[Sequence[Any]]:
    """Rows, up to ``most`` of them at a time."""
    return sized(lambda size: list(islice(rows, size)), most)


def sized(fetch: Callable[[int], Sequence[Any]], most: int) -> Iterator[Sequence[Any]]:
    """What ``fetch`` gives when it is asked for so many rows: few at first, then as many as memory has room for."""
    size = min(_FIRST_ROWS, most)
    while rows := fetch(size):
        yield rows
        heaviest = max(map(_weight, rows[:: max(1, len(rows) // _FIRST_ROWS)]))
        size = max(1, min(size * 4, most, _BATCH_BYTES // (heaviest + 1)))


def _weight(row: Any) -> int:
    return sum(len(value) for value in row if isinstance(value, str | bytes | bytearray))
