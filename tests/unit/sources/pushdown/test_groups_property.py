"""Whatever small table there is, DuckDB's groups are those of a fold in plain Python."""

from collections import Counter
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import StaticPool, create_engine, types

from dashboard.sources.pushdown.groups import GROUPS, VERDICTS
from dashboard.sources.pushdown.kinds import shape_of
from dashboard.sources.pushdown.mapping import Source
from dashboard.sources.pushdown.shapes import Shapes
from dashboard.sources.pushdown.statement import groups_statement

FIRST = date(2026, 1, 30)
ENGINE = create_engine("duckdb:///:memory:", poolclass=StaticPool)
TYPES: dict[str, Any] = {
    "day": types.DATE(),
    "code": types.VARCHAR(),
    "kind": types.VARCHAR(),
    "units": types.Numeric(18, 3),
    "value": types.Numeric(18, 4),
    "tax": types.Numeric(9, 2),
    "off": types.Numeric(9, 3),
    "unit_cost": types.Numeric(9, 4),
}
ARROW = {
    "day": pa.date32(),
    "code": pa.string(),
    "kind": pa.string(),
    "units": pa.decimal128(18, 3),
    "value": pa.decimal128(18, 4),
    "tax": pa.decimal128(9, 2),
    "off": pa.decimal128(9, 3),
    "unit_cost": pa.decimal128(9, 4),
}
COLUMNS = {"product": "code", "quantity": "units", "date": "day", "amount": "value", "tax": "tax"} | {
    "discount": "off",
    "cost": "unit_cost",
}


def _decimals(low: int, high: int, places: int) -> st.SearchStrategy[Decimal | None]:
    return st.none() | st.integers(low, high).map(lambda number: Decimal(number).scaleb(-places))


ROWS = st.lists(
    st.tuples(
        st.integers(0, 4).map(lambda days: FIRST + timedelta(days)),
        st.sampled_from(["A", "a", "A ", None]),
        st.sampled_from(["SALE", "RET", "RET2", "ret", "GIFT", " GIFT", None]),
        st.integers(-3, 3).map(Decimal) | st.sampled_from([None, Decimal("0.5"), Decimal(10**9), Decimal(-(10**9))]),
        _decimals(-200_000, 200_000, 4) | st.sampled_from([Decimal("99999999999999"), Decimal("1.005")]),
        _decimals(-300, 300, 2),
        _decimals(-3000, 9000, 3),
        _decimals(-10_000, 50_000, 4),
    ),
    max_size=25,
)


@settings(max_examples=40)
@given(rows=ROWS, net=st.booleans(), by_kind=st.booleans(), by_day=st.booleans())
def test_duckdb_groups_as_python_folds(rows: list[Any], net: bool, by_kind: bool, by_day: bool) -> None:
    source = _source(net, by_kind)
    shapes = Shapes("duckdb", {"lines": {name: shape_of(kind, True, "duckdb") for name, kind in TYPES.items()}})
    grain = "day" if by_day else "month"
    with ENGINE.connect() as connection:
        _fill(connection, rows)
        statement = groups_statement(source, shapes, grain, FIRST, FIRST + timedelta(4))
        result = connection.execute(statement)
        assert list(result.keys()) == GROUPS.names
        found = {tuple(row[:8]): tuple(map(int, row[8:])) for row in result}
    inside = [row for row in rows if row[0] < FIRST + timedelta(4)]
    assert found == _folded(inside, net, by_kind, by_day)


def _source(net: bool, by_kind: bool) -> Source:
    return Source.model_validate(
        {
            "name": "shop",
            "bind": "erp",
            "label": "Shop",
            "currency": "EUR",
            "time_zone": "UTC",
            "lines": {
                "table": "sales",
                "columns": COLUMNS,
                "amount_is": "net" if net else "gross",
                "leave_out": ({"column": "kind", "by": "value", "values": ("GIFT",)},),
            },
            "returns": {"by": "prefix", "column": "kind", "values": ("RET",)} if by_kind else {},
        }
    )


def _fill(connection: Any, rows: list[Any]) -> None:
    raw = connection.connection.driver_connection
    columns = list(zip(*rows, strict=True)) or [()] * len(ARROW)
    arrays = [pa.array(values, kind) for values, kind in zip(columns, ARROW.values(), strict=True)]
    raw.register("given", pa.table(arrays, list(ARROW)))
    raw.execute("CREATE OR REPLACE TEMP TABLE sales AS FROM given")
    raw.unregister("given")


def _folded(rows: list[Any], net: bool, by_kind: bool, by_day: bool) -> dict[Any, Any]:
    lines: Counter[Any] = Counter()
    sums: dict[Any, list[int]] = {}
    for day, code, kind, quantity, value, tax, off, cost in rows:
        usable = quantity is not None and quantity == int(quantity) and abs(quantity) < 10**9
        units = abs(int(quantity)) if usable else 0
        back = (kind or "").startswith("RET") if by_kind else usable and quantity < 0
        signed = abs if back else Decimal
        discount = signed(off or Decimal(0))
        in_range = value is not None and abs(value) < 10**13
        gross = signed(value) - signed(tax or Decimal(0)) + (discount if net else 0) if in_range else None
        reason = _reason(quantity, usable, gross, back, discount)
        verdict = 100 if (kind or "").strip(" ") == "GIFT" else VERDICTS.index(reason)
        known = int(cost is not None and cost > 0)
        period = day if by_day else day.replace(day=1)
        key = (period, code, None, None, None, verdict, int(back), known)
        lines[key] += 1
        total = sums.setdefault(key, [0, 0, 0, 0])
        total[0] += units
        if verdict == 0:
            total[1] += _minor(gross)
            total[2] += _minor(discount)
            total[3] += _minor(cost * units) if known else 0
    return {key: (lines[key], *total) for key, total in sums.items()}


def _reason(quantity: Any, usable: bool, gross: Any, back: bool, discount: Decimal) -> str:
    if not usable:
        return "bad_quantity"
    if gross is None:
        return "bad_price"
    if gross <= 0:
        return "price_not_positive"
    if quantity == 0 or (quantity < 0 and not back):
        return "not_sold"
    return "" if 0 <= discount <= gross else "bad_discount"


def _minor(amount: Decimal | None) -> int:
    assert amount is not None
    return int((amount * 100).quantize(Decimal(1), ROUND_HALF_UP))
