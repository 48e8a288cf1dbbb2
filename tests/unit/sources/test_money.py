from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shop_kit import Shop, aside

from dashboard.sources.errors import ImportRefused

RATES = {"file": "rates.csv", "columns": {"date": "day", "currency": "cur", "rate": "rate"}}
IN_CURRENCY = {"currency": "cur", "discount": "off"}


def minor(amount: Decimal, digits: int = 2) -> int:
    return int((amount * 10**digits).quantize(Decimal(1), ROUND_HALF_UP))


def import_currency(shop: Shop, *lines: str, rates: str = "", **keys: Any) -> dict[str, int]:
    shop.write("day,cur,rate\n" + rates, "rates.csv")
    text = "code,qty,date,price,cur,off\n" + "".join(f"{line}\n" for line in lines)
    return shop.import_text(text, IN_CURRENCY, rates=RATES, **keys).totals


@pytest.mark.parametrize(
    ("price", "quantity", "digits", "expected"),
    [
        ("0.005", 1, 2, 1),
        ("0.0049999", 1, 2, 0),
        ("1.005", 1, 2, 101),
        ("2.675", 1, 2, 268),
        ("0.125", 1, 2, 13),
        ("0.375", 1, 2, 38),
        ("0.333", 3, 2, 100),
        ("0.00123456", 1_000_000, 2, 123456),
        ("12.5", 1, 0, 13),
        ("13.5", 1, 0, 14),
        ("1.0005", 1, 3, 1001),
        ("9999999999.99", 1, 2, 999999999999),
    ],
)
def test_a_line_is_rounded_once_half_up(shop: Shop, price: str, quantity: int, digits: int, expected: int) -> None:
    report = shop.import_lines(f"A1,{quantity},2024-01-31,{price}", minor_digits=digits)
    assert report.totals["gross_sales"] == expected


def test_rounding_is_by_line_and_sums_are_whole(shop: Shop) -> None:
    assert shop.import_lines(*["A1,1,2024-01-31,0.005"] * 10).totals["gross_sales"] == 10


def test_sums_beyond_the_reach_of_floats_are_exact(shop: Shop) -> None:
    lines = ["A1,1000,2024-01-31,9000000000.01"] * 2 + [f"A1,1,2024-01-{day:02d},0.01" for day in range(1, 8)]
    report = shop.import_lines(*lines)
    assert report.totals["gross_sales"] == 2 * 900_000_000_001_000 + 7
    assert int(shop.rollup.monthly.values["gross_sales"].sum()) == 1_800_000_000_002_007


@given(
    st.lists(
        st.tuples(
            st.decimals(min_value="0.0001", max_value="99999", places=4),
            st.integers(1, 5000),
            st.booleans(),
            st.decimals(min_value="0.0001", max_value="900", places=6),
        ),
        min_size=1,
        max_size=10,
    )
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_amounts_equal_pythons_decimals(shop: Shop, lines: list[tuple[Decimal, int, bool, Decimal]]) -> None:
    rows, rates, sold, returned = [], [], 0, 0
    for day, (price, quantity, back, rate) in enumerate(lines, 1):
        rows.append(f"A1,{-quantity if back else quantity},2024-01-{day:02d},{price},USD,")
        rates.append(f"2024-01-{day:02d},USD,{rate}\n")
        amount = minor(price * quantity * rate)
        sold, returned = (sold, returned + amount) if back else (sold + amount, returned)
    totals = import_currency(shop, *rows, rates="".join(rates))
    assert (totals["gross_sales"], totals["returned_sales"]) == (sold, returned)


def test_each_line_is_converted_at_the_rate_of_its_business_date(shop: Shop) -> None:
    totals = import_currency(
        shop,
        "A1,1,2024-01-30,10,USD,",
        "A1,1,2024-01-31 23:59,10,usd,",
        "A1,1,2024-01-31,10,EUR,",
        rates="2024-01-30,USD,0.5\n2024-01-31,usd,0.25\n2024-01-31,EUR,99\n",
    )
    assert totals["gross_sales"] == 500 + 250 + 1000


def test_lines_without_a_rate_keep_their_units_and_never_count_as_rate_one(shop: Shop) -> None:
    totals = import_currency(
        shop,
        "A1,1,2024-01-31,10,EUR,",
        "A1,3,2024-01-30,10,USD,1.5",
        "A1,-1,2024-01-30,10,USD,",
        "A1,2,2024-01-31,5,CHF,",
        "A1,4,2024-01-31,5,,",
        rates="2024-01-31,USD,0.9\n",
    )
    assert (totals["gross_units"], totals["returned_units"]) == (10, 1)
    assert (totals["gross_sales"], totals["discounts"], totals["returned_sales"]) == (1000, 0, 0)
    flag = next(entry for entry in shop.rollup.info.set_aside if entry.reason == "no_exchange_rate")
    assert (flag.kept, flag.lines, flag.units) == (True, 4, 8)
    assert flag.note == "not in net sales: 20.00 (no currency); 10.00 CHF; 18.50 USD"


def test_without_rates_only_the_reporting_currency_counts_as_money(shop: Shop) -> None:
    report = shop.import_text(
        "code,qty,date,price,cur\nA1,1,2024-01-31,2,EUR\nA1,1,2024-01-31,2,USD\n", {"currency": "cur"}
    )
    assert report.totals["gross_sales"] == 200
    assert aside(report, kept=True)["no_exchange_rate"].lines == 1


@pytest.mark.parametrize(
    ("rates", "expected"),
    [
        ("2024-01-31,USD,0.9\n2024-01-30,USD,0\n", r"rates.csv: row 3: no usable rate \(2024-01-30, USD, 0E-10\)"),
        ("2024-01-31,USD,-1\n", "row 2: no usable rate"),
        ("2024-01-31,USD,much\n", r"row 2: no usable rate \(2024-01-31, USD, unreadable or empty\)"),
        ("soon,USD,1\n", "row 2: no usable rate"),
        ("2024-01-31,,1\n", "row 2: no usable rate"),
        ("2024-01-31,USD,1\n2024-01-31,usd,1\n", "rows 2 and 3 say the same"),
        ("", "but no row below it"),
    ],
)
def test_bad_rates_are_refused(shop: Shop, rates: str, expected: str) -> None:
    with pytest.raises(ImportRefused, match=expected):
        import_currency(shop, "A1,1,2024-01-31,10,USD,", rates=rates)


def test_discounts_of_sales_and_of_returns(shop: Shop) -> None:
    totals = import_currency(
        shop,
        "A1,2,2024-01-31,10,EUR,3.005",
        "A1,-1,2024-01-31,10,EUR,1.50",
        "A1,-1,2024-01-31,10,EUR,-1.50",
        "A1,1,2024-01-31,10,USD,4",
        rates="2024-01-31,USD,0.5\n",
    )
    assert totals["gross_sales"] == 2000 + 500
    assert totals["discounts"] == 301 + 200
    assert totals["returned_sales"] == 2 * 850


@pytest.mark.parametrize("discount", ["-1", "10.01", "some"])
def test_a_discount_outside_the_value_of_the_line_is_set_aside(shop: Shop, discount: str) -> None:
    report = shop.import_text(
        f"code,qty,date,price,off\nA1,1,2024-01-31,10,{discount}\nA1,1,2024-01-31,10,10\n", {"discount": "off"}
    )
    assert aside(report)["bad_discount"].lines == 1
    assert report.totals["discounts"] == 1000


def test_amount_of_the_line_instead_of_a_price(shop: Shop) -> None:
    report = shop.import_text(
        "code,qty,date,total\nA1,3,2024-01-31,10.005\nA1,-3,2024-01-31,-4\n", {"price": "", "amount": "total"}
    )
    assert (report.totals["gross_sales"], report.totals["returned_sales"]) == (1001, 400)


def test_a_huge_converted_amount_is_set_aside_instead_of_overflowing(shop: Shop) -> None:
    totals = import_currency(
        shop, "A1,1,2024-01-31,9999999999,USD,", "A1,1,2024-01-31,1,EUR,", rates="2024-01-31,USD,999999\n"
    )
    assert totals["gross_sales"] == 100
