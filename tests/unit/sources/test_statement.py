from datetime import date

import pytest
from sqlalchemy import Engine, create_engine, insert
from sqlalchemy.dialects import mssql, oracle, postgresql, sqlite
from sqlalchemy.engine import Dialect

from dashboard.sources.statement import LINES, Grain, count_statement, rollup_statement

JANUARY = (date(2024, 1, 1), date(2024, 2, 1))
SUMS = (
    "CAST(sum(CASE WHEN (sales_lines.is_return = 1) THEN 0 ELSE sales_lines.quantity END) AS {big}) AS gross_units, "
    "CAST(sum(CASE WHEN (sales_lines.is_return = 1) THEN sales_lines.quantity ELSE 0 END) AS {big}) AS returned_units, "
    "CAST(sum(CASE WHEN (sales_lines.is_return = 1) THEN 0 ELSE sales_lines.gross_minor END) AS {big}) AS gross_sales, "
    "CAST(sum(CASE WHEN (sales_lines.is_return = 1) THEN 0 ELSE sales_lines.discount_minor END) AS {big}) "
    "AS discounts, "
    "CAST(sum(CASE WHEN (sales_lines.is_return = 1) THEN sales_lines.gross_minor - sales_lines.discount_minor "
    "ELSE 0 END) AS {big}) AS returned_sales, "
    "CAST(sum(CASE WHEN (sales_lines.cost_minor IS NULL) THEN 0 WHEN (sales_lines.is_return = 1) "
    "THEN sales_lines.discount_minor - sales_lines.gross_minor "
    "ELSE sales_lines.gross_minor - sales_lines.discount_minor END) AS {big}) AS costed_sales, "
    "CAST(sum(CASE WHEN (sales_lines.cost_minor IS NULL) THEN 0 WHEN (sales_lines.is_return = 1) "
    "THEN -sales_lines.cost_minor ELSE sales_lines.cost_minor END) AS {big}) AS cost_of_goods, "
    "CAST(sum(CASE WHEN (sales_lines.is_return = 1) THEN -sales_lines.constant_minor "
    "ELSE sales_lines.constant_minor END) AS {big}) AS constant_sales"
)
B_IN_JANUARY = (2024, 1, "B", "N", "Web", 4, 0, 40, 0, 0, 0, 0, 40)
KEYS = "sales_lines.product, sales_lines.region, sales_lines.channel"
YEAR = {
    "oracle": "EXTRACT({0} FROM sales_lines.business_date)",
    "postgresql": "EXTRACT({0} FROM sales_lines.business_date)",
    "mssql": "DATEPART({0}, sales_lines.business_date)",
    "sqlite": "CAST(STRFTIME('{0}', sales_lines.business_date) AS INTEGER)",
}
UNIT = {"sqlite": ("%Y", "%m")}
BIG = {"oracle": "NUMBER(19)"}
BINDS = {
    "oracle": (":business_date_1", ":business_date_2"),
    "postgresql": ("%(business_date_1)s::DATE", "%(business_date_2)s::DATE"),
    "mssql": (":business_date_1", ":business_date_2"),
    "sqlite": ("?", "?"),
}
DIALECTS: list[Dialect] = [
    oracle.dialect(),
    mssql.dialect(paramstyle="named"),
    postgresql.dialect(),
    sqlite.dialect(),
]


def squeezed(sql: object) -> str:
    return " ".join(str(sql).split())


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: str(dialect.name))
def test_golden_sql_by_month(dialect: Dialect) -> None:
    name = dialect.name
    year, month = (YEAR[name].format(unit) for unit in UNIT.get(name, ("year", "month")))
    first, stop = BINDS[name]
    assert squeezed(rollup_statement("month", *JANUARY).compile(dialect=dialect)) == (
        f"SELECT {year} AS period_year, {month} AS period_month, {KEYS}, {SUMS.format(big=BIG.get(name, 'BIGINT'))} "
        f"FROM sales_lines WHERE sales_lines.business_date >= {first} AND sales_lines.business_date < {stop} "
        f"GROUP BY {year}, {month}, {KEYS}"
    )


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: str(dialect.name))
def test_the_source_is_one_more_key_and_nothing_else(dialect: Dialect) -> None:
    plain, by_source = (
        squeezed(rollup_statement("month", *JANUARY, by_source=asked).compile(dialect=dialect))
        for asked in (False, True)
    )
    assert by_source == plain.replace(KEYS, f"{KEYS}, sales_lines.source")


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: str(dialect.name))
def test_golden_sql_by_day(dialect: Dialect) -> None:
    first, stop = BINDS[dialect.name]
    sums = SUMS.format(big=BIG.get(dialect.name, "BIGINT"))
    assert squeezed(rollup_statement("day", *JANUARY).compile(dialect=dialect)) == (
        f"SELECT sales_lines.business_date AS business_date, {KEYS}, {sums} "
        f"FROM sales_lines WHERE sales_lines.business_date >= {first} AND sales_lines.business_date < {stop} "
        f"GROUP BY sales_lines.business_date, {KEYS}"
    )


@pytest.fixture
def sqlite_engine() -> Engine:
    engine = create_engine("sqlite://")
    LINES.metadata.create_all(engine)
    rows = [
        ("2023-12-31", "A", 0, 100, 1000, 0, 1000, 700),
        ("2024-01-01", "A", 0, 1, 10, 2, 9, 5),
        ("2024-01-31", "A", 0, 2, 20, 0, 21, 11),
        ("2024-01-31", "A", 1, 1, 10, 3, 8, 4),
        ("2024-01-31", "B", 0, 4, 40, 0, 40, None),
        ("2024-02-01", "A", 0, 200, 2000, 0, 2000, None),
    ]
    names = ("business_date", "product", "is_return", "quantity", "gross_minor", "discount_minor")
    names += ("constant_minor", "cost_minor")
    with engine.begin() as connection:
        for row in rows:
            values = dict(zip(names, row, strict=True)) | {"business_date": date.fromisoformat(row[0])}
            connection.execute(insert(LINES), {"region": "N", "channel": "Web", **values})
    return engine


@pytest.mark.parametrize(
    ("grain", "expected"),
    [
        ("month", [(2024, 1, "A", "N", "Web", 3, 1, 30, 2, 7, 21, 12, 22), B_IN_JANUARY]),
        (
            "day",
            [
                (date(2024, 1, 1), "A", "N", "Web", 1, 0, 10, 2, 0, 8, 5, 9),
                (date(2024, 1, 31), "A", "N", "Web", 2, 1, 20, 0, 7, 13, 7, 13),
                (date(2024, 1, 31), "B", "N", "Web", 4, 0, 40, 0, 0, 0, 0, 40),
            ],
        ),
    ],
)
def test_another_database_gives_the_right_sums_of_the_half_open_range(
    sqlite_engine: Engine, grain: Grain, expected: list[tuple[object, ...]]
) -> None:
    with sqlite_engine.connect() as connection:
        rows = connection.execute(rollup_statement(grain, *JANUARY)).all()
        count = connection.execute(count_statement(grain, *JANUARY)).scalar_one()
    assert sorted(tuple(row) for row in rows) == expected
    assert count == len(expected)
    sqlite_engine.dispose()
