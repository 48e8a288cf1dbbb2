"""What SQL Server and Oracle are sent, where neither runs: read by another parser, and T-SQL by DuckDB after it."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest
import sqlglot
from engines.catalogue import shapes_of, source_of
from engines.dataset import Dataset, dataset, mapping
from engines.dialects import dialect
from engines.expectation import KEYS, SUMS, expected, fold
from engines.loading import load
from sqlalchemy import Connection, Dialect, Select, StaticPool, create_engine, types
from sqlalchemy.dialects import mssql
from sqlglot import exp

from dashboard.sources.binds import proof_mssql, proof_oracle
from dashboard.sources.doctor.columns import mapped_columns
from dashboard.sources.doctor.look import _twice
from dashboard.sources.doctor.sample import lines_sample
from dashboard.sources.proving.plain import plain_statement
from dashboard.sources.pushdown.mapping import Source
from dashboard.sources.pushdown.rendering import with_literals
from dashboard.sources.pushdown.shapes import Shapes
from dashboard.sources.pushdown.statement import (
    bounds_statement,
    count_groups_statement,
    duplicates_statement,
    groups_statement,
    labels_statement,
    loaded_statement,
    table_statement,
)

START, STOP = date(2022, 1, 1), date(2026, 1, 1)
ORACLES = ("oracle-19", "oracle-11.2")
DIALECTS = {"mssql": "tsql", **dict.fromkeys(ORACLES, "oracle")}
NAMED = {"name": "kind", "category": "channel"}
# What of the mapping differs, and of the types.
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "joined": (NAMED, {}),
    "amounts": ({"amount": "amount"}, {"amount": mssql.MONEY(), "discount": mssql.SMALLMONEY()}),
    "floats": ({"price": "price_float", "joined": False}, {"moment": mssql.DATETIME()}),
    "days": ({"joined": False, "date": "day"}, {}),
    "instants": ({"joined": False}, {"moment": mssql.DATETIMEOFFSET()}),
    "small dates": ({"joined": False}, {"moment": mssql.SMALLDATETIME()}),
    "identifiers": ({"product": "kind"}, {"kind": mssql.UNIQUEIDENTIFIER(), "order": mssql.UNIQUEIDENTIFIER()}),
}


class NoConnection:
    """All that is needed of a connection to write a statement as text."""

    def __init__(self, written_for: Dialect) -> None:
        self.dialect = written_for


def case(name: str, case: str, **also: Any) -> tuple[Source, Shapes, Dialect]:
    written_for = dialect(name)
    changes, kinds = CASES[case]
    found = dataset(written_for.name == "mssql")
    more = {"loaded": {"table": "No Sales", "schema": "etl", "column": "Sold At"}, **also}
    source = source_of({**mapping(found, **changes), **more})
    return source, shapes_of(found, source, written_for.name, **kinds), written_for


def statements(source: Source, shapes: Shapes) -> Iterator[Select[Any]]:
    for grain in ("month", "day"):
        yield groups_statement(source, shapes, grain, START, STOP)  # type: ignore[arg-type]
    yield count_groups_statement(source, shapes, "month", START, STOP)
    yield bounds_statement(source, shapes)
    yield plain_statement(source, shapes, START, STOP)
    columns = [one for one in mapped_columns(source) if one.key.startswith(("lines.", "returns."))]
    yield lines_sample(source, shapes, columns, START)
    assert source.master
    yield _twice(source.master, shapes)
    yield from (duplicates_statement(source, shapes, join) for join in source.lines.joins)
    others = [table_statement(source, shapes, part) for part in ("master", "stock", "receipts", "rates")]
    others += [labels_statement(source, shapes, START, STOP), loaded_statement(source, shapes)]
    yield from (one for one in others if one is not None)


def literal(statement: Select[Any], written_for: Dialect) -> str:
    return with_literals(NoConnection(written_for), statement)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "which"),
    [*(("mssql", which) for which in CASES), *((name, which) for name in ORACLES for which in ("joined", "days"))],
)
def test_another_parser_reads_every_statement(name: str, which: str) -> None:
    # Without these days the statement that asks for bounds spells out every change of the clocks until 2100.
    source, shapes, written_for = case(name, which, start=START, stop=STOP)
    for statement in statements(source, shapes):
        text = str(statement.compile(dialect=written_for, compile_kwargs={"render_postcompile": True}))
        (found,) = sqlglot.parse(text, read=DIALECTS[name], error_level=sqlglot.ErrorLevel.RAISE)
        assert isinstance(found, exp.Select)
        assert not list(found.find_all(exp.Command))


def test_another_parser_reads_what_proves_read_only() -> None:
    of_mssql = (proof_mssql.MEMBERSHIPS, proof_mssql.RIGHTS, proof_mssql.TABLES)
    of_oracle = (proof_oracle.SYSTEM, proof_oracle.TABLES, proof_oracle.PUBLIC, proof_oracle.OWN, proof_oracle.USER)
    for read, texts in (("tsql", of_mssql), ("oracle", of_oracle)):
        for text in texts:
            assert isinstance(sqlglot.parse_one(text, read=read), exp.Query)


@pytest.fixture(scope="module")
def loaded() -> Iterator[tuple[Connection, Dataset]]:
    """The data in DuckDB, with what T-SQL has and DuckDB does not."""
    found = dataset()
    engine = create_engine("duckdb:///:memory:", poolclass=StaticPool)
    load(engine, found)
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE MACRO datalength(t) AS 2 * octet_length(encode(t))")
        yield connection, found
    engine.dispose()


@pytest.mark.parametrize("which", ["joined", "amounts", "floats"])
def test_tsql_means_what_plain_python_expects(loaded: tuple[Connection, Dataset], which: str) -> None:
    """As sqlglot understands it: DuckDB has other collations, and no padding."""
    connection, found = loaded
    source, shapes, written_for = case("mssql", which)
    tree = sqlglot.parse_one(literal(groups_statement(source, shapes, "month", START, STOP), written_for), read="tsql")
    rows = connection.exec_driver_sql(tree.transform(_for_duckdb).sql("duckdb")).mappings()
    folded = fold(
        (
            date(row["period_year"], row["period_month"], 1),
            *(row[name] or None for name in KEYS[1:5]),
            *(int(row[name]) for name in (*KEYS[5:], *SUMS)),
        )
        for row in rows
    )
    changes, _ = CASES[which]
    assert folded == expected(found, mapping(found, **changes))


def _for_duckdb(node: exp.Expression) -> exp.Expression:
    if isinstance(node, exp.Collate):
        return node.this
    if isinstance(node, exp.National):
        return exp.Literal.string(node.name)
    return exp.DataType.build("varchar") if isinstance(node, exp.DataType) and node.this.name == "NVARCHAR" else node


@pytest.mark.parametrize("zones", [("utc", "Europe/Berlin"), ("America/New_York", "Australia/Sydney")])
def test_cases_are_nested_ten_deep_at_most_and_binds_stay_below_two_thousand(zones: tuple[str, str]) -> None:
    """SQL Server takes no more of either; all years and many lists are the worst that can be asked for."""
    source, shapes, written_for = case("mssql", "joined")
    lists = {name: tuple(map(str, range(25))) for name in ("store", "kind", "region", "Channel", "qty", "order_no")}
    lists["AMOUNT"] = tuple(map(str, range(2000)))
    table = source.model_dump(by_alias=True) | {"timestamps": zones[0], "time_zone": zones[1]}
    table["lines"]["only"] = lists
    worst = source_of(table)
    shapes = shapes_of(dataset(), worst, "mssql")
    for statement in (bounds_statement(worst, shapes), groups_statement(worst, shapes, "month", date.min, date.max)):
        compiled = statement.compile(dialect=written_for, compile_kwargs={"render_postcompile": True})
        assert len(compiled.params) < 2000
        assert _depth(str(compiled)) <= 10


def _depth(text: str) -> int:
    depth = deepest = 0
    for word in re.findall(r"\b(CASE|END)\b", text):
        depth += 1 if word == "CASE" else -1
        deepest = max(deepest, depth)
    return deepest


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (mssql.DATE(), "CAST('20220101' AS DATE)"),
        (mssql.DATETIME(), "CAST('2021-12-31T23:00:00.000' AS DATETIME)"),
        (mssql.DATETIME2(3), "CAST('2021-12-31T23:00:00.000' AS DATETIME2(3))"),
        (mssql.SMALLDATETIME(), "CAST('2021-12-31T23:00:00.000' AS SMALLDATETIME)"),
        (mssql.DATETIMEOFFSET(), "TODATETIMEOFFSET(CAST('2021-12-31T23:00:00.000' AS DATETIME2), '+00:00')"),
    ],
)
def test_a_date_is_compared_with_one_of_its_own_type_in_every_language(kind: Any, said: str) -> None:
    found = dataset()
    source = source_of(mapping(found, joined=False))
    shapes = shapes_of(found, source, "mssql", moment=kind)
    text = literal(groups_statement(source, shapes, "month", START, STOP), dialect("mssql"))
    assert f"line.[Sold At] >= {said}" in text


def test_no_bound_lies_beyond_the_end_of_small_dates() -> None:
    source, shapes, written_for = case("mssql", "small dates")
    compiled = bounds_statement(source, shapes).compile(dialect=written_for)
    cast = re.findall(r"CAST\(:(\w+) AS SMALLDATETIME\)", str(compiled))
    values = {compiled.params[name] for name in cast}
    assert values == {datetime(1969, 12, 31, 23), datetime(2079, 6, 6, 23, 59)}


def test_texts_are_unicode_first_and_told_apart_by_blanks_at_their_end() -> None:
    """A collation alone may bring another code page, which loses letters; and all collations pad with blanks."""
    found = dataset()
    source = source_of(mapping(found, joined=False, key=True))
    shapes = shapes_of(found, source, "mssql", product=types.VARCHAR(20), order=types.VARCHAR(9))
    text = literal(groups_statement(source, shapes, "month", START, STOP), dialect("mssql"))
    assert "AS NVARCHAR(20)) COLLATE Latin1_General_100_BIN2 AS product" in text
    assert "DATALENGTH(checked.key_0) ORDER BY" in text
    grouped = text.rsplit("GROUP BY", 1)[1]
    assert [f"DATALENGTH(judged.{name})" in grouped for name in ("product", "region", "channel", "currency")] == [
        True
    ] * 4


def test_a_value_with_letters_beyond_ascii_is_unicode_wherever_it_stands_in_its_list() -> None:
    source, shapes, written_for = case("mssql", "joined")
    assert "IN (N'Nord', N'Süd')" in literal(groups_statement(source, shapes, "month", START, STOP), written_for)


def test_no_product_has_more_digits_than_its_places_have_room_for() -> None:
    """abs() of a decimal has 38 digits; times a quantity, SQL Server would cut it to six places."""
    source, shapes, written_for = case("mssql", "floats")
    text = literal(groups_statement(source, shapes, "month", START, STOP), written_for)
    assert not re.search(r"abs\([^()]*\) \*", text)
    assert "abs(line_read.value * CAST(" in text
