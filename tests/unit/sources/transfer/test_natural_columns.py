"""Small raw tables keep their types, decided by every row of every batch."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from transfer_kit import bring, lists

from dashboard.sources.errors import ImportRefused

DAY, NOON = date(9999, 12, 31), datetime(2026, 11, 20, 12)


def natural(monkeypatch: pytest.MonkeyPatch, folder: Path, *batches: object) -> tuple[pa.DataType, list[object]]:
    path = folder / "raw.parquet"
    bring(monkeypatch, lists(["value"], [[batch] for batch in batches]), path, None)
    table = pq.read_table(path)
    return table.schema.field("value").type, table.column("value").to_pylist()


@pytest.mark.parametrize(
    ("batches", "kind", "values"),
    [
        (((1, 2), (3,)), pa.int64(), [1, 2, 3]),
        (((Decimal("1.5"),), (Decimal("1234.25"), None), (7,)), pa.decimal128(21, 2), ["1.5", "1234.25", None, "7"]),
        (((Decimal(10) ** 30,), (Decimal("0.01"),)), pa.decimal128(33, 2), [10**30, "0.01"]),
        (((2**63,), (Decimal("0.5"),)), pa.decimal128(20, 1), [2**63, "0.5"]),
        (((1,), (0.5,)), pa.float64(), [1.0, 0.5]),
        (((True, None), (2,)), pa.int64(), [1, None, 2]),
        (((None,), ("a", "")), pa.string(), [None, "a", None]),
        (((None,), (None,)), pa.string(), [None, None]),
        (((), ()), pa.string(), []),
        (((b"\xc3\xa9",),), pa.string(), ["é"]),
        (((UUID(int=5),),), pa.string(), [str(UUID(int=5))]),
        (((DAY,), (NOON,)), pa.timestamp("us"), [datetime(9999, 12, 31), NOON]),
        (((DAY,),), pa.date32(), [DAY]),
        (
            ((NOON.replace(tzinfo=timezone(timedelta(hours=2))),),),
            pa.timestamp("us", "UTC"),
            [datetime(2026, 11, 20, 10, tzinfo=UTC)],
        ),
        ((pa.array([1.5], pa.float32()),), pa.float64(), [1.5]),
        ((pa.array([NOON], pa.timestamp("ns")),), pa.timestamp("us"), [NOON]),
        ((pa.array([True]),), pa.int64(), [1]),
    ],
)
def test_types_hold_every_value(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    batches: tuple[object, ...],
    kind: pa.DataType,
    values: list[object],
) -> None:
    found, rows = natural(monkeypatch, tmp_path, *batches)
    exact = pa.types.is_decimal(kind)
    assert (found, rows) == (kind, [v if v is None or not exact else Decimal(v) for v in values])


@pytest.mark.parametrize(
    "batches",
    [
        (("a", 1),),
        (("a",), (1,)),
        ((DAY,), (1,)),
        ((NOON, NOON.replace(tzinfo=UTC)),),
        ((NOON,), (NOON.replace(tzinfo=UTC),)),
        ((Decimal(10) ** 37,), (Decimal("0.01"),)),
        ((Decimal(10) ** 40,),),
        ((0.5,), (2**53 + 1,)),
        ((Decimal("0.5"),), (0.5,)),
        ((timedelta(1),),),
        ((b"\xff",),),
        (pa.array([2**64 - 1], pa.uint64()),),
        (pa.array([[1]]),),
    ],
)
def test_what_one_type_cannot_hold_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, batches: tuple[object, ...]
) -> None:
    with pytest.raises(ImportRefused, match=r"'value' of the sqlite database 'shop.db'"):
        natural(monkeypatch, tmp_path, *batches)
    assert list(tmp_path.iterdir()) == []
