"""What a workbook would take in memory, told from its parts before the reader of sheets opens it.

The reader holds a sheet as a full rectangle, with a copy of the text in every cell that shares it, and ends the whole
process when that does not fit. The dimension that a sheet states of itself binds nobody: only its cells tell.
"""

import re
import zipfile
from collections import Counter
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Final
from xml.parsers import expat

from dashboard.sources.errors import ImportRefused

_CHUNK = 2**18
_XML = (".xml", ".rels")
# The elements that the reader looks for, whatever a part is called.
_READ = re.compile(rb"sheetData|[<:]sst[\s>]")
_OVERLAP = 10
_DIGITS = 20


@dataclass(frozen=True)
class Limits:
    """The most that a workbook may hold.

    Attributes:
        unpacked: bytes of all its parts.
        cells: of the rectangle from A1 to the last filled row and column of a sheet; filled cells; shared texts.
        text: characters in the cells of a sheet, each shared text counted wherever it stands.
        mark: bytes of one XML tag or comment.
    """

    unpacked: int = 2 * 1024**3
    cells: int = 40_000_000
    text: int = 1024**3
    mark: int = 8 * 1024**2


LIMITS: Final = Limits()


def check_workbook(path: Path, limits: Limits = LIMITS) -> None:
    """Read through all parts of a workbook once, holding none of them.

    Raises:
        ImportRefused: it is larger than ``limits``, or a part is no well-formed XML.
        zipfile.BadZipFile: it is no ZIP file; RuntimeError, EOFError, zlib.error: a part cannot be unpacked.
    """
    shared: list[int] = []
    used: list[Counter[int]] = []
    unpacked = 0
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            part = _Part(path, limits)
            unpacked += part.read(archive, entry, limits.unpacked - unpacked)
            # Only one part has shared texts; were there two, the longer text of a number counts.
            shared = [max(pair) for pair in zip_longest(shared, part.lengths, fillvalue=0)]
            used.append(part.shared)
    for counts in used:
        _within(path, sum(count * shared[at] for at, count in counts.items() if at < len(shared)), limits.text)


def _within(path: Path, amount: int, limit: int) -> None:
    if amount > limit:
        raise ImportRefused(f"{path}: the workbook is too large to read; export the sheet as CSV or Parquet instead.")


class _Part:
    """One part of the archive, whatever its name says: its cells if it is a sheet, its texts if it has shared ones."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.lengths: list[int] = []
        self.shared: Counter[int] = Counter()
        self._path, self._limits = path, limits
        self._line = self._row = self._column = self._rows = self._columns = self._filled = 0
        self._positions: dict[str, int] = {}
        self._in_cell = self._has_value = self._is_shared = self._in_index = False
        self._index = ""

    def read(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limit: int) -> int:
        """Feed the part to the parser; returns its bytes, at most ``limit``."""
        parser = self._parser()
        failed: Exception | None = None
        size, tail, is_read = 0, b"", False
        with archive.open(entry) as file:
            while chunk := file.read(_CHUNK):
                size += len(chunk)
                _within(self._path, size, limit)
                is_read = is_read or _READ.search(tail + chunk) is not None
                tail = chunk[-_OVERLAP:]
                failed = failed or self._feed(parser, chunk, size)
        failed = failed or self._feed(parser, b"", size)
        if failed and size and (is_read or entry.filename.lower().endswith(_XML)):
            raise ImportRefused(
                f"{self._path}: a damaged workbook ({entry.filename}: {failed}). "
                "Open it in a spreadsheet program and save it again."
            )
        return size

    def _parser(self) -> expat.XMLParserType:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._doctype
        return parser

    def _feed(self, parser: expat.XMLParserType, chunk: bytes, size: int) -> Exception | None:
        """What is wrong with the XML so far."""
        try:
            parser.Parse(chunk, not chunk)
            if not chunk:
                self._count_cell()
        except (expat.ExpatError, LookupError, ValueError) as error:
            return error
        _within(self._path, max(self._rows * self._columns, self._filled, len(self.lengths)), self._limits.cells)
        # The parser looks again at an unfinished mark with every chunk.
        _within(self._path, size - parser.CurrentByteIndex if chunk else 0, self._limits.mark)
        return None

    def _doctype(self, *_declared: object) -> None:
        raise ValueError("it declares a document type, which no workbook does")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2] if ":" in name else name
        if local == "c":
            self._count_cell()
            self._place(attributes.get("r"))
            self._in_cell, self._is_shared, self._index = True, attributes.get("t") == "s", ""
        elif local == "row":
            self._count_cell()
            self._line, self._column = int(attributes.get("r", self._line + 1)), 0
        elif local == "si":
            self._in_cell = self._in_index = False
            self.lengths.append(0)
        elif self._in_cell:
            self._has_value = True
            self._in_index = self._is_shared and local == "v"

    def _text(self, data: str) -> None:
        if self._in_index:
            self._index = (self._index + data)[:_DIGITS]
        elif self.lengths:
            self.lengths[-1] += len(data)

    def _place(self, reference: str | None) -> None:
        """Cells without a reference stand in the row around them, behind the cell before."""
        if reference is None:
            self._row, self._column = self._line, self._column + 1
            return
        letters = reference.rstrip("0123456789")
        self._row = int(reference[len(letters) :])
        if letters not in self._positions:
            self._positions[letters] = _position(letters)
        self._column = self._positions[letters]

    def _count_cell(self) -> None:
        """Count the cell that ends here if it has a value; one that only has a format takes no room."""
        if self._has_value:
            self._filled += 1
            self._rows = max(self._rows, self._row)
            self._columns = max(self._columns, self._column)
            if self._in_index and self._index.strip().isdecimal():
                self.shared[int(self._index)] += 1
        self._in_cell = self._has_value = self._in_index = False


def _position(letters: str) -> int:
    position = 0
    for letter in letters.upper():
        if not "A" <= letter <= "Z":
            raise ValueError(f"no cell is called {letters[:20]!r}")
        position = position * 26 + ord(letter) - ord("A") + 1
    return position
