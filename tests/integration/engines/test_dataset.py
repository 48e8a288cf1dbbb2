"""What the expectation of the common data set says is right: by hand, and by the import of files."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from clickhouse_sqlalchemy.exceptions import DatabaseException
from engines import clickhouse_kit, mariadb_kit
from engines.clickhouse_kit import ClickHouse
from engines.dataset import MONTHS, STORES, Dataset, dataset, mapping
from engines.dialects import NAMES, dialect
from engines.expectation import LEFT_OUT, REASONS, Groups, Line, expected, fold, judged, outside
from engines.loading import load, load_clickhouse, unload
from engines.mariadb_kit import MariaDB
from engines.nasty import MOMENTS, NASTY_LINES
from engines.odbc_kit import mariadb_through_odbc, postgres_through_odbc
from engines.orafce_kit import Orafce
from postgres_kit import Postgres
from sqlalchemy import URL, case, column, create_engine, func, inspect, make_url, select, table, text
from sqlalchemy.exc import DatabaseError

from dashboard.sources import engine
from dashboard.sources.classify import create_lines
from dashboard.sources.companions import create_master, create_rates
from dashboard.sources.mapping import load_mapping
from dashboard.sources.pushdown.load import load_source
from dashboard.sources.reading import open_table

GIFT, CARRIAGE = LEFT_OUT + 1, LEFT_OUT
# For each of NASTY_LINES: what becomes of it, then its units, and for counted ones gross, discount and cost in cents.
BY_HAND: tuple[tuple[str | int, ...], ...] = (
    ("", 1, 999, 0, 0),
    ("", 1, 999, 0, 0),
    ("bad_quantity", 0),
    ("bad_quantity", 0),
    ("bad_quantity", 0),
    ("", 999_999_999, 999_999_999, 0, 0),
    ("bad_quantity", 0),
    ("not_sold", 0),
    ("bad_price", 1),
    ("bad_price", 1),
    ("bad_price", 1),
    ("bad_price", 100_000),
    ("price_not_positive", 1),
    ("price_not_positive", 1),
    ("", 2, 1998, 0, 0),
    ("", 1, 101, 0, 0),
    ("", 1, 100, 0, 0),
    ("", 1, 101, 0, 0),
    ("", 3, 2, 0, 0),
    ("", 1, 0, 0, 0),
    ("", 1, 999, 999, 0),
    ("bad_discount", 1),
    ("bad_discount", 1),
    ("", 1, 999, 101, 0),
    ("", 1, 999, 0, 0),
    ("", 1, 999, 0, 0),
    ("", 2, 1998, 0, 401),
    ("", 1, 999, 0, 0),
    ("", 1, 999, 0, 0),
    (CARRIAGE, 1),
    ("", 1, 999, 0, 0),
    (CARRIAGE, 1),
    ("", 1, 999, 0, 0),
    (GIFT, 1),
    (GIFT, 1),
    ("", 1, 999, 0, 0),
    (GIFT, 0),
    ("", 1, 999, 0, 0),
    ("bad_quantity", 0),
)
DAYS_BY_HAND = (
    *("2023-03-31", "2023-04-01", "2023-10-31", "2023-11-01", "2024-02-29", "2024-03-01", "2024-12-31", "2025-01-01"),
    *("2023-03-25", "2023-03-26", "2023-03-26", "2023-03-26", "2023-03-26", "2023-03-27"),
    *("2023-10-28", "2023-10-29", "2023-10-29", "2023-10-29", "2023-10-29", "2023-10-30"),
    *(None, None, None, None),
)


@pytest.fixture(scope="module")
def lines() -> list[Line]:
    return list(judged(dataset(), mapping(dataset())))


def test_each_nasty_line_becomes_what_a_person_says(lines: list[Line]) -> None:
    nasty = lines[-len(NASTY_LINES) - 2 : -2]
    for line, (reason, *sums), given in zip(nasty, BY_HAND, NASTY_LINES, strict=True):
        verdict = reason if isinstance(reason, int) else REASONS.index(reason)
        assert line.key[4] == verdict, given
        assert line.sums == (1, *sums, *[0] * (4 - len(sums))), given
        assert line.day == date(2024, 5, 5)
    assert lines[-2] == lines[-3], "a line that is not counted anyway is no repeat"
    assert (lines[-1].day, lines[-1].sums[1]) == (None, 2), "a line whose order does not exist has no date"
    returned = [number for number, line in enumerate(nasty) if line.key[5]]
    assert [NASTY_LINES[number]["quantity"] for number in returned] == [Decimal(-2), Decimal(-1), Decimal(-1)]
    assert [number for number, line in enumerate(nasty) if line.key[6]] == [26]


def test_each_moment_falls_on_the_day_that_a_calendar_says(lines: list[Line]) -> None:
    first = len(lines) - len(NASTY_LINES) - 2 - len(MOMENTS)
    found = [line.day and line.day.isoformat() for line in lines[first : first + len(MOMENTS)]]
    assert found == list(DAYS_BY_HAND)
    assert outside(dataset(), mapping(dataset())) == (5, 6)


def test_the_data_hold_what_they_promise() -> None:
    source = mapping(dataset())
    months, days = expected(dataset(), source), expected(dataset(), source, "day")
    assert len({key[0] for key in months}) == MONTHS
    assert {key[5] for key in months} == {*range(len(REASONS)), CARRIAGE, GIFT} - {1}
    assert {key[1] for key in months} >= {"A100", "a100", "A100 ", 'Ä-Ö "X"', "日本-1", None}
    assert {key[4] for key in months} == {"EUR", "USD", "usd"}
    assert fold((key[0].replace(day=1), *key[1:], *sums) for key, sums in days.items()) == months
    assert not any(key[0] for key in expected(dataset(), {**source, "lines": {**source["lines"], "table": "No Sales"}}))


@pytest.mark.parametrize("columns", [{}, {"amount": "amount"}, {"price": "price_float"}], ids=str)
def test_the_import_of_a_file_says_the_same(columns: dict[str, str], tmp_path: Path) -> None:
    source = mapping(dataset(), joined=False, **columns)
    path = tmp_path / "sales.parquet"
    _write_own_lines(dataset(), path)
    assert _imported(source, path, tmp_path) == _told_by_month(expected(dataset(), source))


def test_repeats_can_be_kept_and_days_need_no_zone() -> None:
    kept = expected(dataset(), mapping(dataset(), key=False))
    assert not [key for key in kept if key[5] == REASONS.index("repeat")]
    assert kept == expected(dataset(), mapping(dataset(), joined=False, key=False))
    assert kept == expected(dataset(), mapping(dataset(), joined=False, key=False, date="day"))


def test_each_server_takes_the_data_and_adds_it_up(
    postgres: Postgres, mariadb: MariaDB, orafce: Orafce, clickhouse: ClickHouse, tmp_path: Path
) -> None:
    in_postgres, in_mariadb, spread = postgres.fresh(), mariadb.fresh(), clickhouse.fresh()
    quoted = [f"sqlite:///{tmp_path / 'a.db'}", f"duckdb:///{tmp_path / 'a.duckdb'}", in_postgres, in_mariadb]
    answers = {url: _loaded(url, dataset()) for url in quoted}
    answers |= {url: _loaded(url, dataset(quotes=False)) for url in (orafce.fresh(), orafce.fresh("11.2"))}
    load_clickhouse(clickhouse, spread, dataset(quotes=False))
    answers[spread] = _asked(spread, dataset(quotes=False))
    through_odbc = (postgres_through_odbc(in_postgres), mariadb_through_odbc(in_mariadb))
    answers |= {url: _asked(url, dataset()) for url in through_odbc}
    rows = [row for row in dataset().lines.records() if row["cost"] is not None]
    right = (len(rows), sum(row["order"] for row in rows), max(row["cost"] for row in rows))
    assert answers == dict.fromkeys(answers, right)


@pytest.mark.parametrize("name", NAMES)
def test_each_dialect_writes_a_statement_without_its_driver(name: str) -> None:
    asked = select(func.sum(column("Unit Price €"))).where(column("qty") > 1)
    written = str(asked.compile(dialect=dialect(name)))
    assert "sum(" in written
    assert "Unit Price €" in written


def test_the_mapping_is_one_and_the_data_can_be_taken_away(tmp_path: Path) -> None:
    source = load_source("shop", {**mapping(dataset()), "bind": "erp"})
    assert (source.lines.table, source.timestamp_zone) == (dataset().lines.name, "UTC")
    made = create_engine(f"sqlite:///{tmp_path / 'a.db'}")
    load(made, dataset())
    assert len(inspect(made).get_table_names()) == len(dataset().tables)
    unload(made, dataset())
    assert inspect(made).get_table_names() == []
    made.dispose()


def test_both_nodes_hold_a_part_and_a_reader_changes_nothing(clickhouse: ClickHouse) -> None:
    url, found = clickhouse.fresh(), dataset(quotes=False)
    load_clickhouse(clickhouse, url, found)
    database = url.rsplit("/", 1)[1]
    parts = [node.ask(f"SELECT count(*) FROM {database}.`{found.lines.name} here`") for node in clickhouse.nodes]
    assert sum(parts) == len(found.lines.rows)
    assert min(parts) > 5000
    reader = make_url(clickhouse.reader(url)).set(password=clickhouse_kit.PASSWORD)
    _reads_only(reader, "CREATE TABLE x (y Int8) ENGINE = Log")


def test_a_reader_of_mariadb_changes_nothing_and_the_server_comes_back(mariadb: MariaDB) -> None:
    url = mariadb.fresh()
    reader = make_url(mariadb.reader(url)).set(password=mariadb_kit.PASSWORD)
    _reads_only(reader, "CREATE TABLE x (y INT)")
    mariadb.kill()
    mariadb.start()
    _reads_only(reader, "CREATE TABLE x (y INT)")


def _reads_only(url: URL, change: str) -> None:
    made = create_engine(url)
    with made.connect() as connection:
        assert connection.execute(select(1)).scalar() == 1
        with pytest.raises((DatabaseError, DatabaseException), match=r"denied|readonly"):
            connection.execute(text(change))
    made.dispose()


def _loaded(url: str, found: Dataset) -> tuple[int, int, Decimal]:
    made = create_engine(url)
    load(made, found)
    made.dispose()
    return _asked(url, found)


def _asked(url: str, found: Dataset) -> tuple[int, int, Decimal]:
    """How many lines have a cost, the sum of their order numbers, and the largest cost."""
    made = create_engine(url)
    lines = table(found.lines.name, *[column(known.name) for known in found.lines.columns])
    cost, order = lines.c[found.lines.named("cost")], lines.c[found.lines.named("order")]
    chosen = select(func.count(cost), func.sum(case((cost.is_not(None), order), else_=0)), func.max(cost))
    with made.connect() as connection:
        counted, summed, largest = connection.execute(chosen).one()
    made.dispose()
    return int(counted), int(summed), Decimal(str(largest))


def _write_own_lines(found: Dataset, path: Path) -> None:
    """The lines that the mapping takes, as a file; codes are judged elsewhere, so all have one."""
    rows = [row for row in found.lines.records() if row["store"] in STORES and (row["product"] or "").strip()]
    types = {"decimal": pa.decimal128(18, 4), "moment": pa.timestamp("us"), "float": pa.float64()}
    columns = [known for known in found.lines.columns if known.key != "day"]
    arrays = {known.name: pa.array([row[known.key] for row in rows], types.get(known.kind)) for known in columns}
    pq.write_table(pa.table(arrays), path)


def _imported(source: dict[str, Any], path: Path, work: Path) -> dict[tuple[Any, ...], tuple[int, ...]]:
    lines = source["lines"]
    columns = {name: known for name, known in lines["columns"].items() if name not in {"key", "currency"}}
    shared = {name: source[name] for name in ("currency", "time_zone", "timestamps", "minor_digits")}
    rules = load_mapping(
        {"source": "The shop", **shared, "columns": columns, "leave_out": lines["leave_out"], "repeats": "set_aside"}
    )
    with engine.connect(work) as connection:
        raw = open_table(connection, path, "raw_sales", rules, work)
        create_rates(connection, path, rules, work)
        create_master(connection, path, rules, work)
        create_lines(connection, raw, rules)
        found = connection.execute(
            "SELECT CAST(date_trunc('month', sold_at) AS DATE), verdict, rule, is_return, count(*), "
            "sum(coalesce(quantity, 0)), sum(gross_minor), sum(discount_minor), sum(coalesce(cost_minor, 0)) "
            "FROM lines WHERE sold_at IS NOT NULL GROUP BY ALL"
        ).fetchall()
    told = {}
    for month, verdict, rule, is_return, *sums in found:
        number = LEFT_OUT + rule if verdict == "left_out" else REASONS.index(verdict)
        told[month, number, is_return] = tuple(sums if number == 0 else [*sums[:2], 0, 0, 0])
    return told


def _told_by_month(groups: Groups) -> dict[tuple[Any, ...], tuple[int, ...]]:
    told: dict[tuple[Any, ...], list[int]] = {}
    for (month, product, _, _, _, verdict, is_return, _), sums in groups.items():
        if (product or "").strip():
            total = told.setdefault((month, verdict, is_return), [0] * len(sums))
            total[:] = [one + other for one, other in zip(total, sums, strict=True)]
    return {key: tuple(total) for key, total in told.items()}
