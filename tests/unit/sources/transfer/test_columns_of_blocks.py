"""Blocks of columns, as ClickHouse's driver reads them, and columns of one value over and over."""

from collections.abc import Iterator
from contextlib import nullcontext
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import text
from transfer_kit import BIND, bring

from dashboard.sources.errors import ImportRefused
from dashboard.sources.pushdown import readers
from dashboard.sources.pushdown.answer import of_columns
from dashboard.sources.pushdown.cancel import Cancel
from dashboard.sources.pushdown.columns import arrow_column
from dashboard.sources.pushdown.groups import LABELS

_BLOCK = (("A100", "B200", "C300"), ("Bear", None, "Cup"), (None, None, None), (1, 2, 3))


class Rows:
    """What the driver itself makes of packets."""


class Client:
    """A driver's client: a header, progress in between, blocks of columns and an empty one at the end."""

    iter_query_result_cls: Any = Rows

    def execute_iter(self, _sql: str, _binds: dict[str, Any]) -> Iterator[Any]:
        blocks = [_block(()), None, _block(_BLOCK), None, _block(_BLOCK), _block(())]
        packets = (SimpleNamespace() if block is None else SimpleNamespace(block=block) for block in blocks)
        for found in self.iter_query_result_cls(packets, with_column_types=False):
            yield from found


def _block(columns: Any) -> SimpleNamespace:
    named = [(name, "String") for name in LABELS.names]
    return SimpleNamespace(
        columns_with_types=named, num_rows=len(columns[0]) if columns else 0, get_columns=lambda: columns
    )


def test_blocks_of_clickhouse_stay_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    client: Any = Client()
    raw = SimpleNamespace(transport=client)
    connection: Any = SimpleNamespace(connection=SimpleNamespace(driver_connection=raw))
    monkeypatch.setattr(readers, "with_binds", lambda *_: ("SELECT 1", {}))
    monkeypatch.setattr(readers, "stops", lambda *_: ())
    monkeypatch.setattr(readers, "_to_the_end", lambda _: nullcontext())
    with readers._clickhouse(connection, text("SELECT 1"), BIND, Cancel()) as answer:
        assert answer.names == tuple(LABELS.names)
        assert list(answer.batches) == [list(_BLOCK), list(_BLOCK)]
    assert client.iter_query_result_cls is Rows


def test_blocks_are_cut_to_the_rows_of_a_round_trip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    answer = of_columns(LABELS.names, [_BLOCK, _BLOCK], 2)
    pieces = list(of_columns(LABELS.names, [_BLOCK, _BLOCK], 2).batches)
    assert [len(piece[0]) for piece in pieces] == [2, 1, 2, 1]
    assert bring(monkeypatch, answer, tmp_path / "labels.parquet", LABELS) == 6
    assert pq.read_table(tmp_path / "labels.parquet").column("lines").to_pylist() == [1, 2, 3] * 2


def test_blocks_of_documents_are_cut_to_the_bytes_of_a_batch() -> None:
    document = "x" * 2**20
    pieces = list(of_columns(["note"], [((document,) * 100,)], 5000).batches)
    assert sum(len(piece[0]) for piece in pieces) == 100
    assert max(len(piece[0]) for piece in pieces) <= 32


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
