"""What comes back is exactly the schema, or it is refused with the column and the database named."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from dashboard.sources.errors import ImportRefused
from dashboard.sources.pushdown.normalise import conform

WHERE = "the mysql database 'shop'"
DAY = date(2026, 11, 20)
UNITS, PERIOD, PRODUCT = (
    pa.schema([(name, kind)])
    for name, kind in (("units", pa.int64()), ("period", pa.date32()), ("product", pa.string()))
)


def only(schema: pa.Schema, column: object) -> list[object]:
    (array,) = conform(schema.names, [column], schema, WHERE)
    assert array.type == schema.types[0]
    return array.to_pylist()


@pytest.mark.parametrize(
    "column",
    [
        (3, None, -4),
        (Decimal("3.000"), None, Decimal(-4)),
        (Decimal(3), None, -4),
        (3.0, None, -4.0),
        ("3", None, "-4"),
        (" +3.0", None, "-4."),
        (b"3", None, b"-4"),
        pa.array([Decimal("3.00"), None, Decimal("-4.00")], pa.decimal128(38, 2)),
        pa.array([3, None, -4], pa.int32()),
        pa.array(["3", None, "-4"]).dictionary_encode(),
        pa.chunked_array([[3.0], [None, -4.0]]),
    ],
)
def test_whole_numbers_of_every_driver(column: object) -> None:
    assert only(UNITS, column) == [3, None, -4]


@pytest.mark.parametrize(
    "column",
    [
        (2.5,),
        (Decimal("2.5"),),
        (Decimal("2.5"), 1),
        (Decimal("NaN"),),
        (Decimal("Infinity"),),
        (float("nan"),),
        (float("inf"),),
        (2.0**53,),
        (-(2.0**60),),
        (2**63,),
        (Decimal(2**63),),
        (str(2**63),),
        ("2.5",),
        ("",),
        ("1e3",),
        ("2", 2),
        (DAY,),
        (datetime(2026, 11, 20),),
        (object(),),
        pa.array([Decimal("2.5")]),
        pa.array([2**64 - 1], pa.uint64()),
        pa.array([2.0**53]),
    ],
)
def test_no_number_is_rounded_cut_or_guessed(column: object) -> None:
    with pytest.raises(ImportRefused, match="'units' of the mysql database 'shop'"):
        only(UNITS, column)


def test_a_small_integer_does_not_overflow() -> None:
    with pytest.raises(ImportRefused, match="'verdict' of"):
        conform(["verdict"], [(70_000,)], pa.schema([("verdict", pa.int16())]), WHERE)


@pytest.mark.parametrize(
    "column",
    [
        (DAY, None),
        (datetime(2026, 11, 20), None),
        (DAY, datetime(2026, 11, 20)),
        ("2026-11-20", None),
        ("2026-11-20 00:00:00.000000", None),
        ("2026-11-20T00:00:00", None),
        pa.array([datetime(2026, 11, 20), None], pa.timestamp("ns")),
        pa.array([DAY, None], pa.date64()),
    ],
)
def test_days_of_every_driver(column: tuple[object, ...]) -> None:
    assert set(only(PERIOD, column)) <= {DAY, None}
    assert only(PERIOD, column)[0] == DAY


@pytest.mark.parametrize(
    "column",
    [
        (datetime(2026, 11, 20, 23, 59, 59),),
        (DAY, datetime(2026, 11, 20, 5)),
        (datetime(2026, 11, 20, tzinfo=UTC),),
        (DAY, datetime(2026, 11, 20, tzinfo=UTC)),
        ("2026-11-20 05:00",),
        ("20.11.2026",),
        ("2026-02-30",),
        (20261120,),
        (1.5,),
        pa.array([datetime(2026, 11, 20, 5)]),
    ],
)
def test_no_time_of_day_is_cut_from_a_day(column: object) -> None:
    with pytest.raises(ImportRefused, match="'period' of the mysql database 'shop'"):
        only(PERIOD, column)


def test_empty_text_is_none_and_bytes_are_utf8() -> None:
    assert only(PRODUCT, ("é ", "", None)) == ["é ", None, None]
    assert only(PRODUCT, ("é".encode(), b"", bytearray(b"x"))) == ["é", None, "x"]
    assert only(PRODUCT, (17, None)) == ["17", None]
    assert only(PRODUCT, pa.array([b"\xc3\xa9", b""])) == ["é", None]


@pytest.mark.parametrize("column", [(b"\xff",), ("a\udc80",), pa.array([b"\xff"]), (1.5,), (b"a", "b"), ([1],)])
def test_what_is_no_text_is_refused(column: object) -> None:
    with pytest.raises(ImportRefused, match="'product' of the mysql database 'shop'"):
        only(PRODUCT, column)


def test_year_and_month_become_the_first_of_the_month() -> None:
    schema = pa.schema([("period", pa.date32()), ("units", pa.int64())])
    found = conform(["PERIOD_YEAR", "period_month", "UNITS"], [(2024.0, 1969), ("02", "12"), (1, 2)], schema, WHERE)
    assert found[0].to_pylist() == [date(2024, 2, 1), date(1969, 12, 1)]
    for year, month in ((2024, 13), (0, 1), (None, 1), (2024, 0)):
        with pytest.raises(ImportRefused, match="month that is none"):
            conform(["period_year", "period_month", "units"], [(year,), (month,), (1,)], schema, WHERE)


def test_other_columns_are_refused() -> None:
    with pytest.raises(ImportRefused, match="answered with the columns price, not units"):
        conform(["price"], [(1,)], UNITS, WHERE)
