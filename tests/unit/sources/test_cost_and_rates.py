"""Cost of goods and sales at fixed rates, from the file to the totals, against Python's own decimals."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shop_kit import Shop

MASTER = {"file": "products.csv", "columns": {"product": "code", "cost": "cost"}}
RATES = {"file": "rates.csv", "columns": {"date": "day", "currency": "cur", "rate": "rate"}}
HEADER = "code,qty,date,price,off,cur,unit\n"
COLUMNS = {"discount": "off", "currency": "cur"}
MONEY = ("costed_sales", "cost_of_goods", "constant_sales")


def totals(
    shop: Shop, *lines: str, costs: str = "A,4.00\nB,\n", rates: str = "", columns: dict[str, str] | None = None
) -> tuple[int, ...]:
    shop.write("code,cost\n" + costs, "products.csv")
    keys: dict[str, Any] = {"products": MASTER}
    if rates:
        shop.write("day,cur,rate\n" + rates, "rates.csv")
        keys["rates"] = RATES
    text = HEADER + "".join(f"{line}\n" for line in lines)
    found = shop.import_text(text, COLUMNS if columns is None else {**COLUMNS, **columns}, **keys).totals
    return tuple(found[name] for name in MONEY)


def test_sales_and_returns_count_at_cost_and_products_without_a_cost_are_left_out(shop: Shop) -> None:
    lines = ("A,3,2024-01-01,10,1,EUR,", "A,-1,2024-01-02,10,,EUR,", "B,5,2024-01-01,2,,EUR,")
    assert totals(shop, *lines) == (3000 - 100 - 1000, 3 * 400 - 400, 3000 - 100 - 1000 + 1000)


@pytest.mark.parametrize(
    ("unit", "cost"),
    [("2.5", 500), ("0", 800), ("", 800), ("-1", 800), ("much", 800)],
    ids=["line wins", "zero is unknown", "empty", "negative is unknown", "unreadable is unknown"],
)
def test_a_cost_on_the_line_wins_over_the_master(shop: Shop, unit: str, cost: int) -> None:
    assert totals(shop, f"A,2,2024-01-01,10,,EUR,{unit}", columns={"cost": "unit"})[1] == cost


def test_a_cost_of_zero_is_no_known_cost(shop: Shop) -> None:
    assert totals(shop, "A,1,2024-01-01,10,,EUR,", costs="A,0\n")[:2] == (0, 0)


def test_lines_without_a_rate_have_neither_cost_nor_sales(shop: Shop) -> None:
    assert totals(shop, "A,1,2024-01-01,10,,USD,", "A,1,2024-01-02,10,,USD,", rates="2024-01-02,USD,0.5\n") == (
        500,
        400,
        500,
    )


def test_the_fixed_rate_is_the_newest_of_the_file(shop: Shop) -> None:
    rates = "2024-01-03,USD,0.9\n2024-01-01,USD,0.5\n2024-01-02,USD,0.6\n"
    found = totals(shop, "B,1,2024-01-01,10,2,USD,", "B,-1,2024-01-02,10,,USD,", "B,1,2024-01-01,7,,EUR,", rates=rates)
    assert found[2] == 720 - 900 + 700


money = st.decimals("0.01", "500", places=4)
lines_of = st.lists(
    st.tuples(
        st.sampled_from("ABC"), st.integers(1, 40), st.booleans(), money, st.sampled_from(["EUR", "USD"]), st.booleans()
    ),
    min_size=1,
    max_size=25,
)


def minor(amount: Decimal) -> int:
    return int((amount * 100).quantize(Decimal(1), ROUND_HALF_UP))


@given(lines_of, st.tuples(money, money), st.tuples(money, money))
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_totals_are_those_of_an_independent_sum(
    shop: Shop,
    lines: list[tuple[str, int, bool, Decimal, str, bool]],
    costs: tuple[Decimal, Decimal],
    rates: tuple[Decimal, Decimal],
) -> None:
    known = dict(zip("AB", costs, strict=True))
    rows, expected = [], [0, 0, 0]
    for code, units, back, price, currency, late in lines:
        day, sign = 2 if late else 1, -1 if back else 1
        rows.append(f"{code},{sign * units},2024-01-0{day},{price},,{currency},")
        rate, fixed = (Decimal(1), Decimal(1)) if currency == "EUR" else (rates[late], rates[1])
        expected[2] += sign * minor(units * price * fixed)
        if code in known:
            expected[0] += sign * minor(units * price * rate)
            expected[1] += sign * minor(units * known[code])
    master = "".join(f"{code},{cost}\n" for code, cost in known.items()) + "C,\n"
    table = "".join(f"2024-01-0{day},USD,{rate}\n" for day, rate in enumerate(rates, 1))
    assert totals(shop, *rows, costs=master, rates=table) == tuple(expected)


@given(st.lists(st.tuples(st.integers(1, 9), st.booleans(), money), min_size=1, max_size=20))
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_in_one_currency_fixed_rates_change_nothing(shop: Shop, lines: list[tuple[int, bool, Decimal]]) -> None:
    rows = [f"A,{-units if back else units},2024-01-01,{price}" for units, back, price in lines]
    found = shop.import_lines(*rows).totals
    assert found["constant_sales"] == found["gross_sales"] - found["discounts"] - found["returned_sales"]
    assert (found["costed_sales"], found["cost_of_goods"]) == (0, 0)
