"""Cycles of objects are not looked for while rows are read, and always are afterwards."""

import gc
from pathlib import Path

import pyarrow as pa
import pytest
from transfer_kit import bring

from dashboard.sources.errors import ImportRefused
from dashboard.sources.pushdown.answer import Answer
from dashboard.sources.pushdown.groups import LABELS

ROW = [("A100",), ("Bear",), (None,), (1,)]


def test_not_while_rows_are_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    looked_for = []
    answer = Answer(tuple(LABELS.names), (looked_for.append(gc.isenabled()) or ROW for _ in range(2)))
    assert bring(monkeypatch, answer, tmp_path / "labels.parquet", LABELS) == 2
    assert looked_for == [False, False]
    assert gc.isenabled()


def test_again_after_a_fault(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    answer = Answer(("count",), iter([[("many",)]]))
    with pytest.raises(ImportRefused):
        bring(monkeypatch, answer, tmp_path / "counts.parquet", pa.schema([("count", pa.int64())]))
    assert gc.isenabled()
