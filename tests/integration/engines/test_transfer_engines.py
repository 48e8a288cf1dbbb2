"""One answer from real servers through every driver: the same file, to the byte of every value."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from engines.clickhouse_kit import ClickHouse
from engines.mariadb_kit import MariaDB
from engines.odbc_kit import mariadb_through_odbc, postgres_through_odbc
from postgres_kit import Postgres
from sqlalchemy import Connection, Engine, create_engine, event, text

from dashboard.settings.binds import Bind
from dashboard.sources.pushdown import odbc, readers
from dashboard.sources.pushdown.cancel import Cancel
from dashboard.sources.pushdown.groups import GROUPS
from dashboard.sources.pushdown.transfer import fetch

ROWS = 12_001
LIMITS = Bind(url="sqlite:////shop.db", arraysize=1000)
BIG = 2**60 + 1

# {n} counts from 1; {text} makes text of a number, {big} a whole number of the type that SUM gives there.
GROUPED = (
    "SELECT 2024 AS period_year, 1 + ({n} % 12) AS period_month, {product} AS product, 'Überlingen' AS region, "
    "'' AS channel, NULL AS currency, 0 AS verdict, 1 AS is_return, 0 AS costed, {n} AS {lines}, {n} * 2 AS units, "
    "{big} AS gross_minor, -{n} AS discount_minor, 0 AS cost_minor FROM {series}"
)
RAW = "SELECT {n} AS number, {product} AS name, CAST({n} / {hundred} AS DECIMAL(20, 2)) AS price FROM {series}"
WAYS = {
    "sqlite": {
        "n": "n",
        "product": "CASE WHEN n % 1000 = 0 THEN NULL ELSE 'é ' || n END",
        "big": f"n + {BIG}",
        "series": f"(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s LIMIT {ROWS}) SELECT n FROM s) x",
    },
    "duckdb": {
        "n": "n",
        "product": "CASE WHEN n % 1000 = 0 THEN NULL ELSE 'é ' || n END",
        "big": f"CAST(n + {BIG} AS DECIMAL(38, 0))",
        "series": f"range(1, {ROWS + 1}) s(n)",
    },
    "postgresql": {
        "n": "n",
        "product": "CASE WHEN n % 1000 = 0 THEN NULL ELSE 'é ' || n END",
        "big": f"CAST(n + {BIG} AS NUMERIC(38, 0))",
        "series": f"generate_series(1, {ROWS}) s(n)",
    },
    "mariadb": {
        "n": "seq",
        "product": "CASE WHEN seq % 1000 = 0 THEN NULL ELSE CONCAT('é ', seq) END",
        "big": f"CAST(seq + {BIG} AS DECIMAL(38, 0))",
        "series": f"seq_1_to_{ROWS}",
        "lines": "`lines`",
    },
    "clickhouse": {
        "n": "n",
        "product": "CASE WHEN n % 1000 = 0 THEN NULL ELSE concat('é ', toString(n)) END",
        "big": f"n + {BIG}",
        "series": f"(SELECT toInt64(number + 1) AS n FROM system.numbers LIMIT {ROWS})",
    },
}


@pytest.fixture(params=["sqlite", "duckdb", "postgres", "postgres by odbc", "mariadb", "mariadb by odbc", "clickhouse"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    which = request.param
    if which.startswith("postgres"):
        postgres: Postgres = request.getfixturevalue("postgres")
        url = postgres.fresh()
        return create_engine(postgres_through_odbc(url) if "odbc" in which else url)
    if which.startswith("mariadb"):
        mariadb: MariaDB = request.getfixturevalue("mariadb")
        url = mariadb.fresh()
        return create_engine(mariadb_through_odbc(url) if "odbc" in which else url)
    if which == "clickhouse":
        clickhouse: ClickHouse = request.getfixturevalue("clickhouse")
        made = create_engine(clickhouse.fresh())
        event.listen(made, "close", lambda connection, _: connection.transport.disconnect())
        return made
    return create_engine(f"{which}:///{tmp_path / 'shop.db'}")


def statement(engine: Engine, template: str) -> str:
    return template.format(**{"lines": "lines", "hundred": "100.0", **WAYS[engine.dialect.name]})


def bring(engine: Engine, sql: str, path: Path, schema: pa.Schema | None, cancel: Cancel | None = None) -> pa.Table:
    with engine.connect() as connection:
        rows = fetch(connection, [text(sql)], path, schema, LIMITS, lambda _: None, cancel or Cancel())
    engine.dispose()
    found = pq.read_table(path)
    assert found.num_rows == rows
    return found


def test_groups_are_the_same_from_every_engine(engine: Engine, tmp_path: Path) -> None:
    found = bring(engine, statement(engine, GROUPED), tmp_path / "groups.parquet", GROUPS)
    assert found.schema.equals(GROUPS)
    rows = sorted(found.to_pylist(), key=lambda row: row["lines"])
    assert [row["lines"] for row in rows] == list(range(1, ROWS + 1))
    for number in (1, 1000, ROWS):
        assert rows[number - 1] == {
            "period": date(2024, 1 + number % 12, 1),
            "product": None if number % 1000 == 0 else f"é {number}",
            "region": "Überlingen",
            "channel": None,
            "currency": None,
            "verdict": 0,
            "is_return": 1,
            "costed": 0,
            "lines": number,
            "units": number * 2,
            "gross_minor": BIG + number,
            "discount_minor": -number,
            "cost_minor": 0,
        }


def test_postgresql_sends_what_looks_like_text_as_text(postgres: Postgres, tmp_path: Path) -> None:
    """Of numbers it sends the bits, and of types that only it knows as well."""
    engine = create_engine(postgres.fresh())
    with engine.begin() as connection:
        connection.execute(text("CREATE TYPE shop AS ENUM ('Süd', 'Nord')"))
        connection.execute(text("CREATE DOMAIN code AS varchar(9)"))
    number = "5d2b7ab2-1f1e-4f6a-9d0b-6d5f5f0d1c11"
    rows = [("'A'::code", "A"), ("'B'::char(3)", "B  "), ("'C'::name", "C"), (f"'{number}'::uuid", number)]
    for product, expected in rows:
        sql = (
            f"SELECT DATE '2026-01-01' AS period, {product} AS product, 'Süd'::shop AS region, NULL AS channel, "
            "'EUR' AS currency, 0::smallint AS verdict, 1 AS is_return, 0 AS costed, 1 AS lines, 2::bigint AS units, "
            "3::numeric AS gross_minor, -4::bigint AS discount_minor, 0.0::float8 AS cost_minor"
        )
        (row,) = bring(engine, sql, tmp_path / "groups.parquet", GROUPS).to_pylist()
        assert (row["product"], row["region"], row["channel"]) == (expected, "Süd", None)
        assert list(row.values())[5:] == [0, 1, 0, 1, 2, 3, -4, 0]


def test_an_answer_without_rows(engine: Engine, tmp_path: Path) -> None:
    sql = statement(engine, GROUPED + " WHERE {n} < 0")
    assert bring(engine, sql, tmp_path / "groups.parquet", GROUPS).num_rows == 0


def test_arrow_through_odbc_brings_what_pyodbc_brings(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sql = (
        "SELECT n, CAST(n / 8.0 AS NUMERIC(20, 4)) AS price, 'é €' AS name, DATE '9999-12-31' AS stop, "
        "TIMESTAMP '2026-11-20 12:30:00.25' AS at, CASE WHEN n > 5000 THEN n END AS late "
        f"FROM generate_series(1, {ROWS}) s(n)"
    )
    url = postgres_through_odbc(postgres.fresh())
    by_rows = bring(create_engine(url), sql, tmp_path / "rows.parquet", None)
    monkeypatch.setattr(odbc, "is_usable", lambda _: True)
    by_arrow = bring(create_engine(url), sql, tmp_path / "arrow.parquet", None)
    assert by_arrow.to_pylist() == by_rows.to_pylist()
    assert by_arrow.column("price").to_pylist()[0] == Decimal("0.1250")
    assert by_arrow.column("stop").to_pylist()[0] == date(9999, 12, 31)
    assert by_arrow.column("at").to_pylist()[0] == datetime(2026, 11, 20, 12, 30, 0, 250_000)


def test_arrow_through_odbc_never_shows_the_password(mariadb: MariaDB, tmp_path: Path) -> None:
    engine = create_engine(mariadb_through_odbc(mariadb.fresh().replace("Coati", "Koati")))
    connection = cast(Connection, SimpleNamespace(dialect=engine.dialect, engine=engine))
    with pytest.raises(Exception, match="Access denied") as refused:  # noqa: SIM117
        with odbc.read(connection, text("SELECT 1"), LIMITS, Cancel()):
            pytest.fail("a wrong password must be refused")
    assert "Ring-Tailed" not in str(refused.value) + repr(refused.value)
    assert readers.odbc is odbc
