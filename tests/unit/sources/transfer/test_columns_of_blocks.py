"""Blocks of columns, as drivers with Arrow read them, and columns of one value over and over."""

from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from transfer_kit import bring

from dashboard.sources.errors import ImportRefused
from dashboard.sources.pushdown.answer import of_arrow
from dashboard.sources.pushdown.columns import arrow_column
from dashboard.sources.pushdown.groups import LABELS


def test_blocks_are_brought_whole(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    block = pa.record_batch([["A100", "B200"], ["Bear", None], [None, None], [1, 2]], names=LABELS.names)
    answer = of_arrow([block, block.slice(0, 0), block], block.schema)
    assert bring(monkeypatch, answer, tmp_path / "labels.parquet", LABELS) == 4
    assert pq.read_table(tmp_path / "labels.parquet").column("lines").to_pylist() == [1, 2] * 2


def test_blocks_of_documents_are_cut_to_the_bytes_of_a_batch() -> None:
    block = pa.record_batch([["x" * 2**20] * 100], names=["note"])
    pieces = [len(columns[0]) for columns in of_arrow([block], block.schema).batches]
    assert sum(pieces) == 100
    assert max(pieces) <= 32


@pytest.mark.parametrize("count", [1, 2, 7])
@pytest.mark.parametrize(
    ("value", "kind"), [(None, pa.null()), (0, pa.int64()), (5, pa.int64()), (2**63, pa.decimal128(19, 0))]
)
def test_one_value_over_and_over(value: int | None, kind: pa.DataType, count: int) -> None:
    for values in ([value] * count, (value,) * count):
        made = arrow_column(values, whole=False, what="It")
        assert made.to_pylist() == list(values)
        assert made.type == kind


def test_values_that_are_only_equal_keep_their_kinds() -> None:
    assert arrow_column([0, 0.5, 0], False, "It").to_pylist() == [0, 0.5, 0]
    assert arrow_column([0, Decimal("0.00"), 0], True, "It").to_pylist() == [0, 0, 0]
    with pytest.raises(ImportRefused, match="int and str"):
        arrow_column([0, "0", 0], False, "It")
