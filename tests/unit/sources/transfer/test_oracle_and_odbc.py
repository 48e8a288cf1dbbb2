"""What can be shown of Oracle and SQL Server without a server: their statements, and what becomes of their answers."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import oracledb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import Connection, column, create_engine, event, func, select, table
from sqlalchemy.dialects.mssql import pyodbc as mssql
from sqlalchemy.dialects.oracle import oracledb as oracle
from transfer_kit import BIND, bring

from dashboard.sources.errors import ImportRefused
from dashboard.sources.pushdown import odbc
from dashboard.sources.pushdown.answer import Answer
from dashboard.sources.pushdown.cancel import Cancel
from dashboard.sources.pushdown.readers import of_frames, read
from dashboard.sources.pushdown.rendering import with_literals

SALES = table("sales", column("day"), column("product"), column("units"))
GROUPED = pa.schema([("period", pa.date32()), ("product", pa.string()), ("units", pa.int64())])


def frame(*rows: tuple[datetime, str, Decimal | None], digits: int = 38) -> Any:
    """What ``fetch_df_batches`` gives: NUMBER(38) is a decimal, DATE has a time, names are in capitals."""
    days, products, units = zip(*rows, strict=True) if rows else ((), (), ())
    made = pa.table(
        {
            "PERIOD": pa.array(days, pa.timestamp("s")),
            "PRODUCT": pa.array(products, pa.string()),
            "UNITS": pa.array(units, pa.decimal128(digits, 2)),
        }
    )
    # By way of a reader: made of an empty table, a frame has no columns, which an empty answer of Oracle has.
    return oracledb.from_arrow(
        pa.RecordBatchReader.from_batches(made.schema, made.to_batches() or [_none(made.schema)])
    )


def _none(schema: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array([], kind) for kind in schema.types], schema=schema)


class OracleConnection:
    """Gives frames as python-oracledb's own connection does, and notes what it is asked."""

    def __init__(self, *frames: Any) -> None:
        self.frames, self.asked = frames, cast(tuple[Any, ...], ())

    def fetch_df_batches(self, statement: str, parameters: Any, **options: Any) -> Iterator[Any]:
        self.asked = (statement, parameters, options)
        yield from self.frames


def test_oracle_is_asked_for_frames_by_its_own_connection() -> None:
    raw = OracleConnection(frame((datetime(2026, 11, 1), "A-1", Decimal(3))), frame())
    dialect = oracle.dialect()
    dialect.server_version_info = (19,)
    connection = cast(Connection, SimpleNamespace(dialect=dialect, connection=SimpleNamespace(driver_connection=raw)))
    statement = (
        select(SALES.c.product, func.sum(SALES.c.units).label("units"))
        .where(SALES.c.day >= date(2026, 11, 1), SALES.c.product.in_(["A-1", "b"]))
        .group_by(SALES.c.product)
    )
    with read(connection, statement, BIND, Cancel()) as answer:
        assert answer.names == ("PERIOD", "PRODUCT", "UNITS")
        assert [batch[2].to_pylist() for batch in answer.batches if len(batch[2])] == [[Decimal("3.00")]]
    sql, binds, options = raw.asked
    assert "sales.day >= :day_1 AND sales.product IN (:product_1_1, :product_1_2)" in sql
    assert binds == {"day_1": date(2026, 11, 1), "product_1_1": "A-1", "product_1_2": "b"}
    assert options == {"size": BIND.arraysize, "fetch_decimals": True}


def test_oracle_frames_become_exactly_the_schema(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    frames = iter([frame((datetime(2026, 11, 1), "A-1", Decimal("3.00")), (datetime(2026, 12, 1), "é", None)), frame()])
    assert bring(monkeypatch, of_frames(frames), tmp_path / "x.parquet", GROUPED) == 2
    found = pq.read_table(tmp_path / "x.parquet")
    assert found.schema.equals(GROUPED)
    assert found.column("period").to_pylist() == [date(2026, 11, 1), date(2026, 12, 1)]
    assert found.column("units").to_pylist() == [3, None]


def test_an_oracle_answer_without_rows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert bring(monkeypatch, of_frames(iter([frame()])), tmp_path / "x.parquet", GROUPED) == 0


@pytest.mark.parametrize(
    ("day", "units", "named"),
    [(datetime(2026, 11, 1, 5), Decimal(1), "period"), (datetime(2026, 11, 1), Decimal("0.5"), "units")],
)
def test_an_oracle_value_that_does_not_fit_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, day: datetime, units: Decimal, named: str
) -> None:
    with pytest.raises(ImportRefused, match=f"The column '{named}' of the sqlite database"):
        bring(monkeypatch, of_frames(iter([frame((day, "A-1", units))])), tmp_path / "x.parquet", GROUPED)


def test_oracle_numbers_keep_their_digits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    units = Decimal("123456789012345678901234567890.25")
    bring(monkeypatch, of_frames(iter([frame((datetime(2026, 11, 1), "A", units))])), tmp_path / "x.parquet", None)
    assert pq.read_table(tmp_path / "x.parquet").column("UNITS").to_pylist() == [units]


def test_sql_server_literals_mean_the_same_in_every_language() -> None:
    statement = select(SALES.c.product).where(
        SALES.c.day >= date(2026, 11, 1),
        SALES.c.day < datetime(2026, 12, 1, 13, 30),
        SALES.c.product.in_(["O'Neill", "a?b%c"]),
        SALES.c.units > Decimal("1.50"),
    )
    connection = cast(Connection, SimpleNamespace(dialect=mssql.dialect()))
    assert with_literals(connection, statement).replace("\n", "") == (
        "SELECT sales.product FROM sales WHERE sales.day >= '20261101' AND sales.day < '2026-12-01T13:30:00.000' "
        "AND sales.product IN ('O''Neill', 'a?b%c') AND sales.units > 1.50"
    )


def test_sql_server_goes_by_arrow_where_the_library_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = cast(Connection, SimpleNamespace(dialect=mssql.dialect()))
    assert odbc.is_usable(connection)
    monkeypatch.setattr(odbc.locale, "getencoding", lambda: "ANSI_X3.4-1968")
    assert not odbc.is_usable(connection)
    monkeypatch.undo()

    def missing(name: str) -> Any:
        raise OSError("libodbc.so.2: cannot open shared object file")

    monkeypatch.setattr(odbc, "import_module", missing)
    assert not odbc.is_usable(connection)


def test_the_driver_is_handed_the_password_that_the_bind_adds() -> None:
    engine = create_engine("mssql+pyodbc:///?odbc_connect=Driver%3DX%3BUID%3Da")

    @event.listens_for(engine, "do_connect")
    def add(_dialect: Any, _record: Any, arguments: list[Any], _options: dict[str, Any]) -> None:
        arguments[0] += ";PWD={secret}"

    seen: list[str] = []

    def asked(**options: Any) -> Any:
        seen.append(options["connection_string"])
        return pa.RecordBatchReader.from_batches(pa.schema([("n", pa.int64())]), [])

    library = SimpleNamespace(read_arrow_batches_from_odbc=asked, TextEncoding=SimpleNamespace(UTF16=2))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(odbc, "_library", lambda: library)
        connection = cast(Connection, SimpleNamespace(dialect=engine.dialect, engine=engine))
        with odbc.read(connection, select(SALES.c.product), BIND, Cancel()) as answer:
            assert isinstance(answer, Answer)
            assert answer.names == ("n",)
    assert seen == ["Driver=X;UID=a;PWD={secret}"]
