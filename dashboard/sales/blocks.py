"""Products a few thousand at a time: what is computed of them then stays in the processor's cache."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

TOGETHER = 4096

Arrays = TypeVar("Arrays", bound="DataclassInstance")


def blocks(size: int) -> Iterator[slice]:
    """Slices of about equal length, at most :data:`TOGETHER`, that make up ``size``; one at least."""
    parts = max(1, -(-size // TOGETHER))
    edges = [size * part // parts for part in range(parts + 1)]
    return map(slice, edges[:-1], edges[1:])


def joined(parts: Sequence[Arrays]) -> Arrays:
    """Dataclasses of arrays by product as one, in their order."""
    names = [field.name for field in fields(parts[0])]
    whole = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return type(parts[0])(**whole)
