"""What the catalogue says of mapped columns, and what is told where it does not have them."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Connection, StaticPool, create_engine, types
from sqlalchemy.dialects import mssql, oracle, postgresql

from dashboard.sources.errors import ImportRefused
from dashboard.sources.pushdown.kinds import shape_of
from dashboard.sources.pushdown.mapping import Source
from dashboard.sources.pushdown.shapes import read_shapes
from dashboard.sources.pushdown.statement import groups_statement

COLUMNS = {"product": "Artikel", "quantity": "qty", "date": "sold", "amount": "amount"}


@pytest.fixture
def shop() -> Iterator[Connection]:
    engine = create_engine("duckdb:///:memory:", poolclass=StaticPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(
            'CREATE TABLE "Lines" ("Artikel" VARCHAR NOT NULL, qty INTEGER NOT NULL, sold TIMESTAMP, '
            "amount DECIMAL(12, 2), note VARCHAR, number INTEGER)"
        )
        yield connection


@pytest.mark.parametrize(
    ("reflected", "dialect", "family", "digits", "scale"),
    [
        (types.SmallInteger(), "postgresql", "integer", 5, 0),
        (types.INTEGER, "postgresql", "integer", 10, 0),
        (types.BigInteger(), "mysql", "integer", 20, 0),
        (oracle.NUMBER(9, 0), "oracle", "decimal", 9, 0),
        (oracle.NUMBER(), "oracle", "decimal", None, None),
        (oracle.DATE(), "oracle", "timestamp", None, None),
        (oracle.TIMESTAMP(timezone=True), "oracle", "instant", None, None),
        (oracle.BINARY_DOUBLE(), "oracle", "float", None, None),
        (mssql.MONEY(), "mssql", "decimal", None, None),
        (mssql.SMALLMONEY(), "mssql", "decimal", None, None),
        (types.INTEGER(), "oracle", "integer", 38, 0),
        (mssql.DATETIMEOFFSET(), "mssql", "instant", None, None),
        (mssql.DATETIME2(3), "mssql", "timestamp", None, None),
        (mssql.SMALLDATETIME(), "mssql", "timestamp", None, None),
        (mssql.BIT(), "mssql", "boolean", None, None),
        (postgresql.DOUBLE_PRECISION(), "postgresql", "float", None, None),
        (postgresql.JSONB(), "postgresql", "other", None, None),
        (types.DECIMAL(12, 2), "sqlite", "float", None, None),
        (types.DATE(), "sqlite", "date", None, None),
    ],
)
def test_types_mean_what_they_hold(reflected: Any, dialect: str, family: str, digits: Any, scale: Any) -> None:
    found = shape_of(reflected, True, dialect)
    assert (found.family, found.digits, found.scale) == (family, digits, scale)


def test_types_and_emptiness_come_from_the_catalogue(shop: Connection) -> None:
    shapes = read_shapes(shop, _source())
    assert [shapes.line(name).nullable for name in ("Artikel", "qty", "sold")] == [False, False, True]
    assert (shapes.line("amount").digits, shapes.line("amount").scale) == (10, 2)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"product": "artikel"}, r"lines: the table 'Lines' has no column 'artikel'. Like it: 'Artikel'."),
        ({"amount": "zzz"}, "no column 'zzz'. It has: "),
        ({"table": "lines_"}, r"there is no table or view 'lines_' that this account may read. Like it: 'Lines'."),
    ],
)
def test_what_is_missing_is_told_with_what_is_like_it(shop: Connection, changes: dict[str, str], said: str) -> None:
    with pytest.raises(ImportRefused, match=said):
        read_shapes(shop, _source(**changes))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"amount": "note"}, "columns.amount: the column is of type VARCHAR, which holds no numbers."),
        ({"quantity": "sold"}, "columns.quantity: the column is of type TIMESTAMP, which holds no numbers."),
        ({"date": "note"}, "columns.date: the column is of type VARCHAR, which holds no dates."),
    ],
)
def test_a_column_of_another_kind_is_refused(shop: Connection, changes: dict[str, str], said: str) -> None:
    source = _source(**changes)
    with pytest.raises(ImportRefused, match=said):
        groups_statement(source, read_shapes(shop, source), "month", date(2026, 1, 1), date(2026, 2, 1))


def test_a_value_that_a_number_cannot_have_is_refused(shop: Connection) -> None:
    source = _source(only={"number": ("1", "one")})
    with pytest.raises(ImportRefused, match=r"lines.only: 'one' can never stand in the column 'number'"):
        groups_statement(source, read_shapes(shop, source), "month", date(2026, 1, 1), date(2026, 2, 1))


def _source(table: str = "Lines", only: Any = None, **columns: str) -> Source:
    lines = {"table": table, "columns": {**COLUMNS, **columns}, "only": only or {}}
    return Source.model_validate(
        {"name": "shop", "bind": "erp", "label": "Shop", "currency": "EUR", "time_zone": "UTC", "lines": lines}
    )
