"""Texts of a mapped Arrow column, as a sequence of str: only what is asked for becomes an object."""

from collections.abc import Sequence
from pathlib import Path
from typing import overload

import pyarrow as pa


class Texts(Sequence[str]):
    """The texts of ``column``, by position."""

    def __init__(self, column: pa.ChunkedArray) -> None:
        self.column = column

    def __len__(self) -> int:
        return len(self.column)

    @overload
    def __getitem__(self, key: int) -> str: ...
    @overload
    def __getitem__(self, key: slice) -> "Texts": ...
    def __getitem__(self, key: int | slice) -> "str | Texts":
        if isinstance(key, slice):
            return Texts(self.column[key])
        text: str = self.column[int(key)].as_py()
        return text


def open_texts(path: Path, name: str) -> Texts:
    """The column ``name`` of the Arrow file at ``path``, mapped."""
    return Texts(pa.ipc.open_file(pa.memory_map(str(path))).read_all().column(name))
