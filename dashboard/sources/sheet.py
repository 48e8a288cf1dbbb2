"""Worksheets of an XLSX file as rows of text, batch by batch."""

import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, WorksheetNotFound

from dashboard.sources.errors import ImportRefused
from dashboard.sources.workbook import check_workbook

BATCH_ROWS = 20_000
# RuntimeError: a part with a password, or packed in a way that cannot be unpacked.
_DAMAGED = (CalamineError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, IndexError)


def open_sheet(path: Path, sheet: str | None) -> CalamineSheet:
    """The named sheet, or the first.

    Raises:
        ImportRefused: no workbook, a password, no such sheet, or a sheet too large for memory.
    """
    try:
        check_workbook(path)
        book = CalamineWorkbook.from_path(path)
        return book.get_sheet_by_name(sheet) if sheet else book.get_sheet_by_index(0)
    except WorksheetNotFound:
        names = ", ".join(repr(name) for name in book.sheet_names)
        raise ImportRefused(f"{path}: no sheet {sheet!r}. Set xlsx.sheet in the mapping to one of: {names}.") from None
    except PasswordError:
        raise ImportRefused(f"{path}: the workbook has a password; save it without one.") from None
    except _DAMAGED as error:
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
