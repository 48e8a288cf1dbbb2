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
    return Answer(tuple(schema.names), (batch.columns for batch in batches))


def of_lists(names: Iterable[str], lists: Iterable[Sequence[Any]]) -> Answer:
    """An answer of lists of rows; none is empty."""
    return Answer(tuple(names), (tuple(zip(*rows, strict=True)) for rows in lists))


def of_columns(names: Iterable[str], blocks: Iterable[Sequence[Sequence[Any]]], most: int) -> Answer:
    """An answer of blocks of Python columns; they are cut into pieces of up to ``most`` rows."""
    return Answer(tuple(names), (piece for block in blocks for piece in _pieces(block, most)))


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


def _pieces(block: Sequence[Sequence[Any]], most: int) -> Iterator[Sequence[Sequence[Any]]]:
    count = len(block[0])
    samples = [column[:: max(1, count // _FIRST_ROWS)] for column in block]
    heaviest = max(map(_weight, zip(*samples, strict=True)))
    size = max(1, min(most, _BATCH_BYTES // (heaviest + 1)))
    for start in range(0, count, size):
        yield [column[start : start + size] for column in block]


def _weight(row: Any) -> int:
    return sum(len(value) for value in row if isinstance(value, str | bytes | bytearray))
