"""Texts of events that can stand on a line: no event can begin a line of its own, or be taken for a formula."""

import csv
import io
from collections.abc import Sequence

# The wide forms count as well where a spreadsheet runs in Japanese.
_FORMULA = tuple("=+-@＝＋－＠")


def readable(text: str, limit: int) -> str:
    """At most ``limit`` characters, all of them visible: others become escapes such as ``\\n`` and ``\\u202e``."""
    escaped = (char if char.isprintable() else char.encode("unicode_escape").decode() for char in text[:limit])
    return "".join(escaped)[:limit]


def csv_line(values: Sequence[str | int]) -> str:
    """One line of CSV with its end. Whatever a text holds, it stays one line, and one cell, and no formula."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow([_cell(value) for value in values])
    return line.getvalue()


def _cell(value: str | int) -> str | int:
    if isinstance(value, int):
        return value
    text = readable(value, len(value) * 10)
    return f"'{text}" if text.startswith(_FORMULA) else text
