"""Worksheets of an XLSX file as rows of text, batch by batch."""

import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, WorksheetNotFound

from dashboard.sources.errors import ImportRefused

BATCH_ROWS = 20_000
MAX_UNPACKED = 2 * 1024**3
MAX_CELLS = 40_000_000
_HEAD = 4096
_DIMENSION = re.compile(rb'<dimension ref="[A-Z]+\d+:([A-Z]+)(\d+)"')


def open_sheet(path: Path, sheet: str | None) -> CalamineSheet:
    """The named sheet, or the first.

    Raises:
        ImportRefused: no workbook, a password, no such sheet, or a sheet too large for memory.
    """
    try:
        _check_size(path)
        book = CalamineWorkbook.from_path(path)
        return book.get_sheet_by_name(sheet) if sheet else book.get_sheet_by_index(0)
    except WorksheetNotFound:
        names = ", ".join(repr(name) for name in book.sheet_names)
        raise ImportRefused(f"{path}: no sheet {sheet!r}. Set xlsx.sheet in the mapping to one of: {names}.") from None
    except PasswordError:
        raise ImportRefused(f"{path}: the workbook has a password; save it without one.") from None
    except (CalamineError, zipfile.BadZipFile, IndexError) as error:
        raise ImportRefused(
            f"{path}: no XLSX workbook, or a damaged one ({error}). Open it in a spreadsheet program and save it again."
        ) from None


def rows(sheet: CalamineSheet) -> Iterator[list[str | None]]:
    """All rows from the top of the sheet; a cell is text, None where it is empty."""
    for row in sheet.iter_rows():
        yield [_text(cell) for cell in row]


def batches(table: Iterator[list[str | None]], width: int, first_row: int) -> Iterator[pa.Table]:
    """Rows as Arrow tables with columns ``row, c0, c1, ...``; rows without any value are left out."""
    numbered = ((number, row) for number, row in enumerate(table, first_row) if any(cell is not None for cell in row))
    while batch := list(islice(numbered, BATCH_ROWS)):
        columns: dict[str, Any] = {"row": pa.array([number for number, _ in batch], pa.int64())}
        for index in range(width):
            columns[f"c{index}"] = pa.array([row[index] for _, row in batch], pa.string())
        yield pa.table(columns)


def _text(cell: object) -> str | None:
    if cell is None or cell == "":
        return None
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else format(Decimal(repr(cell)), "f")
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return str(cell)


def _check_size(path: Path) -> None:
    """A workbook is held in memory as a full rectangle: refuse what would not fit before it is read."""
    with zipfile.ZipFile(path) as archive:
        sheets = [entry for entry in archive.infolist() if entry.filename.startswith("xl/worksheets/sheet")]
        cells = max((_cells(archive, entry) for entry in sheets), default=0)
        if cells > MAX_CELLS or sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED:
            raise ImportRefused(
                f"{path}: the workbook is too large to read; export the sheet as CSV or Parquet instead."
            )


def _cells(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> int:
    with archive.open(entry) as file:
        found = _DIMENSION.search(file.read(_HEAD))
    if not found:
        return 0
    width = 0
    for letter in found[1]:
        width = width * 26 + letter - ord("A") + 1
    return width * int(found[2])
