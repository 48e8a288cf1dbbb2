"""Units of whole numbers are added up before their sign is taken off: where a group has one sign, nothing is lost."""

from collections import defaultdict
from datetime import date
from typing import Any

import pytest
from sqlalchemy import StaticPool, create_engine, types
from sqlalchemy.dialects import mssql, postgresql

from dashboard.sources.pushdown.groups import VERDICTS
from dashboard.sources.pushdown.kinds import shape_of
from dashboard.sources.pushdown.mapping import Source
from dashboard.sources.pushdown.shapes import Shapes
from dashboard.sources.pushdown.statement import groups_statement

START, STOP = date(2026, 1, 1), date(2026, 2, 1)
TYPES: dict[str, Any] = {"day": types.DATE(), "code": types.VARCHAR(), "qty": types.INTEGER()} | {
    "amount": types.Numeric(12, 2),
    "kind": types.VARCHAR(),
}
# quantity, amount, kind -> reason and whether it is a return
LINES: list[tuple[int | None, str, str, str, int]] = [
    (3, "9.99", "S", "", 0),
    (4, "1", "S", "", 0),
    (-2, "-4", "R", "", 1),
    (-5, "4", "R", "", 1),
    (None, "1", "S", "bad_quantity", 0),
    (10**9, "1", "S", "bad_quantity", 0),
    (-(10**9), "1", "S", "bad_quantity", 0),
    (2_147_483_647, "1", "S", "bad_quantity", 0),
    (-2_147_483_648, "1", "S", "bad_quantity", 0),
    (6, "0", "S", "price_not_positive", 0),
    (7, "-1", "S", "price_not_positive", 0),
    (-7, "0", "R", "price_not_positive", 1),
    (0, "1", "S", "not_sold", 0),
]


def source(**more: Any) -> Source:
    columns = {"product": "code", "quantity": "qty", "date": "day", "amount": "amount"}
    lines = {"table": "sales", "columns": columns, **more.pop("lines", {})}
    plain = {"name": "shop", "bind": "erp", "label": "Shop", "currency": "EUR", "time_zone": "UTC"}
    return Source.model_validate({**plain, **more, "lines": lines})


def shapes(dialect: str) -> Shapes:
    return Shapes(dialect, {"lines": {name: shape_of(kind, True, dialect) for name, kind in TYPES.items()}})


@pytest.mark.parametrize("by_kind", [False, True])
def test_units_of_every_verdict_are_absolute(by_kind: bool) -> None:
    engine = create_engine("duckdb:///:memory:", poolclass=StaticPool)
    chosen = source(**({"returns": {"by": "value", "column": "kind", "values": ("R",)}} if by_kind else {}))
    wanted: dict[tuple[str, int], list[int]] = defaultdict(lambda: [0, 0])
    for quantity, _, _, reason, is_return in LINES:
        wanted[reason, is_return][0] += 1
        wanted[reason, is_return][1] += 0 if reason == "bad_quantity" else abs(quantity or 0)
    with engine.connect() as connection:
        raw: Any = connection.connection.driver_connection
        raw.execute("CREATE TABLE sales (day DATE, code VARCHAR, qty INTEGER, amount DECIMAL(12, 2), kind VARCHAR)")
        for quantity, amount, kind, *_ in LINES:
            raw.execute("INSERT INTO sales VALUES ('2026-01-05', 'A', ?, ?, ?)", [quantity, amount, kind])
        rows = connection.execute(groups_statement(chosen, shapes("duckdb"), "month", START, STOP)).mappings().all()
    found = {(VERDICTS[row["verdict"]], row["is_return"]): [row["lines"], row["units"]] for row in rows}
    assert found == dict(wanted)
    assert {row["is_return"]: row["gross_minor"] for row in rows if row["verdict"] == 0} == {0: 1099, 1: 800}


def test_signs_are_left_only_where_a_group_has_one_and_sums_are_wide() -> None:
    """SQL Server's sum of integers is an integer; a rule of leave_out comes before quantities are judged."""
    rule = {"column": "kind", "by": "value", "values": ("GIFT",), "why": "gifts"}
    assert "abs(CAST(sum(judged.units) AS BIGINT))" in text(source(), postgresql.dialect())
    assert "abs(CAST(sum(judged.units) AS BIGINT))" not in text(
        source(lines={"leave_out": (rule,)}), postgresql.dialect()
    )
    assert "abs(CAST(sum(judged.units) AS BIGINT))" not in text(source(), mssql.dialect())


def text(chosen: Source, dialect: Any) -> str:
    return str(groups_statement(chosen, shapes(dialect.name), "month", START, STOP).compile(dialect=dialect))
