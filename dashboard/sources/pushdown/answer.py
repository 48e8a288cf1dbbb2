"""An answer of a database, batch by batch, as its driver gives it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeAlias

import pyarrow as pa
from sqlalchemy import CompoundSelect, Select, TextClause

from dashboard.sources.pushdown.normalise import Column

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


def in_lists(rows: Iterator[Any], size: int) -> Iterator[list[Any]]:
    """Rows, ``size`` of them at a time."""
    while batch := list(islice(rows, size)):
        yield batch
