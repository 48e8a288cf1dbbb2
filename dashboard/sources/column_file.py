"""Columns of whole numbers that grow on the disk, a piece at a time: memory holds a piece, not the column."""

import mmap
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from dashboard.sales.rollup import Ints

_CHUNK = 2**20


class ColumnFile:
    """A column in a file of ``folder`` without a name; of type ``kind``, or wider where one of its pieces is."""

    def __init__(self, folder: Path, kind: type[np.integer]) -> None:
        self._folder, self._kind = folder, np.dtype(kind)
        self._file = TemporaryFile(dir=folder)  # noqa: SIM115 - closed by __exit__

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def append(self, piece: Ints) -> None:
        """Write ``piece`` behind what there is. OSError: no space."""
        if piece.dtype.itemsize > self._kind.itemsize:
            self._widen(piece.dtype)
        self._file.write(piece.astype(self._kind, copy=False).data)

    def whole(self) -> Ints:
        """All pieces as one read-only array: a mapped file, which is on the disk for as long as there is the array."""
        self._file.flush()
        return np.asarray(np.memmap(self._file, self._kind, "r")) if self._file.tell() else np.empty(0, self._kind)

    def _widen(self, kind: np.dtype[np.integer]) -> None:
        with self._file as narrow:
            narrow.seek(0)
            self._file = TemporaryFile(dir=self._folder)  # noqa: SIM115 - as before
            while chunk := narrow.read(_CHUNK):
                self._file.write(np.frombuffer(chunk, self._kind).astype(kind).data)
        self._kind = kind


def let_go(*arrays: NDArray[Any]) -> None:
    """Those of ``arrays`` that are mapped files take no memory until they are read again; others stay as they are."""
    for array in arrays:
        base = array.base
        while isinstance(base, np.ndarray):
            base = base.base
        if isinstance(base, mmap.mmap):
            base.madvise(mmap.MADV_DONTNEED)
