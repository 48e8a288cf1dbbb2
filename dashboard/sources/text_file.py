"""A look at a CSV file before the engine parses it: its encoding, its longest line, its header."""

import codecs
import csv
import os
from pathlib import Path
from typing import BinaryIO

from dashboard.sources.errors import ImportRefused

LINE_LIMIT = 1_000_000
MEGABYTE = 1_000_000
_UTF_16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def is_utf8(encoding: str) -> bool:
    """Whether the engine reads this encoding as it is."""
    return codecs.lookup(encoding).name in {"utf-8", "utf-8-sig"}


def check_text(path: Path, encoding: str, line_limit: int = LINE_LIMIT, copy: Path | None = None) -> str:
    """Read through the file once; write it as UTF-8 to ``copy`` if that is given. Returns the first line.

    Raises:
        ImportRefused: bytes that are not of the encoding, or a line above ``line_limit`` bytes.
    """
    watch = _LineWatch(path, line_limit)
    decoder = codecs.getincrementaldecoder("utf-8-sig" if is_utf8(encoding) else encoding)()
    with path.open("rb") as file, (copy or Path(os.devnull)).open("wb") as target:
        while True:
            chunk = file.read(min(MEGABYTE, line_limit))
            data = _decoded(decoder, chunk, path, encoding, watch.line).encode("utf-8")
            watch.feed(data)
            if copy:
                target.write(data)
            if not chunk:
                return watch.first_line


def header(path: Path, line: str, delimiter: str) -> list[str]:
    """The column names of a header line of ``path``, without surrounding blanks.

    Raises:
        ImportRefused: a name that is too long to be one.
    """
    try:
        return [name.strip() for name in next(csv.reader([line], delimiter=delimiter), [])]
    except csv.Error as error:
        raise ImportRefused(f"{path}: the first row holds no column names ({error}). Check csv.delimiter.") from None


def _decoded(decoder: codecs.IncrementalDecoder, chunk: bytes, path: Path, encoding: str, line: int) -> str:
    try:
        return decoder.decode(chunk, final=not chunk)
    except UnicodeDecodeError as error:
        at = line + error.object[: error.start].count(b"\n")
        raise ImportRefused(
            f"{path}: row {at}: not {encoding} text (byte 0x{error.object[error.start]:02X}). {_advice(path)}"
        ) from None
    except UnicodeError:
        raise ImportRefused(f"{path}: not {encoding} text. {_advice(path)}") from None


def _advice(path: Path) -> str:
    with path.open("rb") as file:
        guess = '"utf-16"' if _mark(file) in _UTF_16_MARKS else '"cp1252" (Windows) or "iso-8859-1"'
    return f"Set csv.encoding in the mapping, here probably to {guess}."


def _mark(file: BinaryIO) -> bytes:
    return file.read(2)


class _LineWatch:
    """Counts lines and refuses one that is too long before it is in memory."""

    def __init__(self, path: Path, limit: int) -> None:
        self.line = 1
        self._path, self._limit, self._open, self._first = path, limit, 0, bytearray()

    @property
    def first_line(self) -> str:
        return self._first.decode("utf-8").rstrip("\r\n")

    def feed(self, data: bytes) -> None:
        first, last = data.find(b"\n"), data.rfind(b"\n")
        reach = self._open + (len(data) if first < 0 else first)
        if reach > self._limit:
            raise ImportRefused(
                f"{self._path}: row {self.line} is longer than {self._limit:,} bytes. Either a line end or a quote is "
                "missing there, or the file is no CSV file."
            )
        if self.line == 1:
            self._first += data if first < 0 else data[: first + 1]
        self.line += data.count(b"\n")
        self._open = reach if first < 0 else len(data) - last - 1
