"""Each check of the data fires on a file with that fault, and stays silent on one without."""

from datetime import date, timedelta
from typing import Any

import pytest
from shop_kit import Shop

from dashboard.sales.rollup import Check
from dashboard.sources import importer

COLUMNS = {"order": "no", "category": "group", "currency": "cur"}
MASTER = {"file": "products.csv", "columns": {"product": "code", "launch": "launch", "cost": "cost"}}
STOCK = {"file": "stock.csv", "columns": {"date": "day", "product": "code", "available": "units"}}
RATES = {"file": "rates.csv", "columns": {"date": "day", "currency": "cur", "rate": "rate"}}
SOUND = tuple(f"S{i},A,3,{date(2024, 1, 1) + timedelta(i)},5,Toys,EUR" for i in range(10))


def checks(shop: Shop, *lines: str, stock: tuple[str, ...] = ("2024-01-05,A,4",), cost: str = "2") -> dict[str, Check]:
    """Everything is mapped, so that every check applies; products A and B are in the master."""
    shop.write("day,cur,rate\n2024-01-01,USD,0.9\n", "rates.csv")
    shop.write(f"code,launch,cost\nA,2024-01-01,{cost}\nB,2024-01-03,{cost}\n", "products.csv")
    shop.write("day,code,units\n" + "".join(f"{row}\n" for row in stock), "stock.csv")
    text = "no,code,qty,date,price,group,cur\n" + "".join(f"{line}\n" for line in (*SOUND, *lines))
    report = shop.import_text(text, COLUMNS, products=MASTER, stock=STOCK, rates=RATES)
    assert shop.rollup.info.checks == report.info.checks
    return {check.key: check for check in report.info.checks}


ALL = {
    "repeated_lines",
    "no_product",
    "no_category",
    "future_date",
    "before_launch",
    "price_not_positive",
    "more_returned_than_sold",
    "no_exchange_rate",
    "load_gap",
    "month_off",
    "negative_stock",
    "stock_without_cost",
    "sold_without_cost",
}


def test_every_check_is_told_and_a_sound_file_passes_them(shop: Shop) -> None:
    found = checks(shop, "S90,B,1,2024-01-04,5,Toys,EUR")
    assert set(found) == ALL
    assert {key for key, check in found.items() if check.count} == set()
    assert not any(check.serious or check.examples for check in found.values())


B_HAS_A_GROUP = "S90,B,1,2024-01-04,5,Toys,EUR"


@pytest.mark.parametrize(
    ("key", "line", "example"),
    [
        ("repeated_lines", SOUND[0], "row 13, order S0, A, 1 January 2024"),
        ("no_product", "S7,,1,2024-01-01,5,Toys,EUR", "row 13, order S7, 1 January 2024"),
        ("no_category", "S7,C,1,2024-01-04,5,,EUR", "C"),
        ("future_date", "S7,A,1,2099-01-04,5,Toys,EUR", "row 13, order S7, A, 4 January 2099"),
        ("before_launch", "S7,B,1,2024-01-02,5,Toys,EUR", "row 13, order S7, B, 2 January 2024"),
        ("price_not_positive", "S7,A,1,2024-01-02,0,Toys,EUR", "row 13, order S7, A, 2 January 2024"),
        ("more_returned_than_sold", "R7,B,-2,2024-01-04,5,Toys,EUR", "B, first on 4 January 2024"),
        ("no_exchange_rate", "S7,A,1,2024-01-02,5,Toys,USD", "row 13, order S7, A, 2 January 2024"),
        ("sold_without_cost", "S7,C,1,2024-01-02,5,Toys,EUR", "row 13, order S7, C, 2 January 2024"),
    ],
)
def test_a_line_at_fault_is_found_and_named(shop: Shop, key: str, line: str, example: str) -> None:
    check = checks(shop, B_HAS_A_GROUP, line)[key]
    assert (check.count, check.examples) == (1, (example,))
    assert check.advice
    assert check.serious is (key in {"future_date", "no_exchange_rate"})
    assert check.priced is (key in {"price_not_positive", "no_exchange_rate", "sold_without_cost"})


def test_returns_of_a_day_are_set_against_its_sales_and_those_before(shop: Shop) -> None:
    sold, back = "S7,B,5,2024-01-04,5,Toys,EUR", "R{},B,-{},2024-01-{:02d},5,Toys,EUR"
    fine = checks(shop, sold, back.format(1, 2, 4), back.format(2, 3, 5))["more_returned_than_sold"]
    too_early = checks(shop, back.format(1, 2, 3), sold)["more_returned_than_sold"]
    assert (fine.count, too_early.count) == (0, 1)


def test_stock_below_zero_and_without_a_cost(shop: Shop) -> None:
    found = checks(shop, stock=("2024-01-05,A,-4", "2024-01-07,A,-1", "2024-01-08,A,6", "2024-01-08,B,0"), cost="")
    assert found["negative_stock"].examples == ("A, last on 7 January 2024",)
    assert found["stock_without_cost"].examples == ("A",)
    assert found["stock_without_cost"].priced
    assert found["sold_without_cost"].count == len(SOUND)


def test_five_examples_and_the_whole_count(shop: Shop) -> None:
    check = checks(shop, *(f"S{i},,1,2024-01-01,5,Toys,EUR" for i in range(30, 38)))["no_product"]
    assert (check.count, len(check.examples)) == (8, 5)
    assert check.examples[0].startswith("row 12, order S30")


def test_checks_that_the_mapping_gives_nothing_for_are_left_out(shop: Shop) -> None:
    keys = {check.key for check in shop.import_lines("A,1,2024-01-01,2").info.checks}
    absent = {"no_category", "before_launch", "no_exchange_rate", "negative_stock", "stock_without_cost"}
    assert ALL - keys == absent | {"sold_without_cost"}


def open_days(shop: Shop, first: date, last: date, closed: set[date], **checked: Any) -> Check:
    """Open from Monday to Saturday but on ``closed``."""
    days = (first + timedelta(i) for i in range((last - first).days + 1))
    lines = [f"A,1,{day},2" for day in days if day.isoweekday() < 7 and day not in closed]
    settings = shop.settings.model_copy(update={"checks": shop.settings.checks.model_copy(update=checked)})
    text = "code,qty,date,price\n" + "".join(f"{line}\n" for line in lines)
    report = importer.import_file(shop.write(text), shop.mapping(), settings)
    return next(check for check in report.info.checks if check.key == "load_gap")


def test_days_without_lines_are_gaps_but_not_usual_rest_days(shop: Shop) -> None:
    closed = {date(2024, 2, 6), date(2024, 2, 20)}
    gap = open_days(shop, date(2024, 1, 1), date(2024, 3, 31), closed)
    assert (gap.count, gap.serious) == (2, False)
    assert gap.examples == ("Tuesday 20 February 2024", "Tuesday 6 February 2024")


def test_three_missing_days_in_a_row_are_serious_also_over_a_rest_day(shop: Shop) -> None:
    closed = {date(2024, 2, day) for day in (9, 10, 12)}
    gap = open_days(shop, date(2024, 1, 1), date(2024, 3, 31), closed)
    assert (gap.count, gap.serious) == (3, True)
    assert not open_days(shop, date(2024, 1, 1), date(2024, 3, 31), closed, gap_days=4).serious


def test_a_day_on_which_nothing_is_sold_in_any_year_is_a_holiday(shop: Shop) -> None:
    always = {date(year, 12, 25) for year in (2023, 2024, 2025)}
    gap = open_days(shop, date(2023, 11, 1), date(2026, 1, 31), always | {date(2024, 12, 27)})
    assert gap.examples == ("Friday 27 December 2024",)


@pytest.mark.parametrize(
    ("units", "expected"),
    [
        ((100, 110, 90, 105, 95, 100, 300), ("July 2024",)),
        ((100, 110, 90, 105, 95, 100, 138), ("July 2024",)),
        ((100, 110, 90, 105, 95, 100, 137), ()),
        ((100, 100, 100, 100, 100, 100, 300), ()),
        ((100, 110, 90, 105, 300), ()),
    ],
    ids=["far", "just beyond", "within", "no spread", "too few months"],
)
def test_months_far_from_the_others(shop: Shop, units: tuple[int, ...], expected: tuple[str, ...]) -> None:
    """Median 100; distances 0, 0, 5, 5, 10, 10, n: median 5, so 5 robust standard deviations are 37.065."""
    lines = [f"A,{n},2024-{month:02d}-01,2" for month, n in enumerate(units, 1)]
    unfinished = f"2024-{len(units) + 1:02d}-01"
    report = shop.import_lines(*lines, f"A,1,{unfinished},2")
    check = next(check for check in report.info.checks if check.key == "month_off")
    assert check.examples == expected
