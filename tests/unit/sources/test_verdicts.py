from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shop_kit import HEADER, Shop, aside

from dashboard.sources.errors import ImportRefused
from dashboard.sources.importer import import_file
from dashboard.sources.reasons import FLAGGED, SET_ASIDE

GOOD = "A1,2,2024-01-31,2.50"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (",1,2024-01-31,2", "no_product"),
        ("   ,1,2024-01-31,2", "no_product"),
        ("A1,1,,2", "bad_date"),
        ("A1,1,soon,2", "bad_date"),
        ("A1,1,2024-02-30,2", "bad_date"),
        ("A1,1,31/01/2024,2", "bad_date"),
        ("A1,1,1969-12-31,2", "bad_date"),
        ("A1,1,2101-01-01,2", "bad_date"),
        ("A1,1,infinity,2", "bad_date"),
        ("A1,1,epoch,2", "bad_date"),
        ("A1,1,2024-01-31 25:00,2", "bad_date"),
        ("A1,,2024-01-31,2", "bad_quantity"),
        ("A1,many,2024-01-31,2", "bad_quantity"),
        ("A1,1.5,2024-01-31,2", "bad_quantity"),
        ("A1,1000000000,2024-01-31,2", "bad_quantity"),
        ("A1,1e400,2024-01-31,2", "bad_quantity"),
        ("A1,0x10,2024-01-31,2", "bad_quantity"),
        ("A1,1,2024-01-31,", "bad_price"),
        ("A1,1,2024-01-31,free", "bad_price"),
        ("A1,1,2024-01-31,NaN", "bad_price"),
        ("A1,1,2024-01-31,inf", "bad_price"),
        ("A1,1,2024-01-31,1 000", "bad_price"),
        ("A1,999999999,2024-01-31,9999999999", "bad_price"),
        ("A1,1,2024-01-31,0", "price_not_positive"),
        ("A1,1,2024-01-31,-2", "price_not_positive"),
        ("A1,0,2024-01-31,2", "not_sold"),
    ],
)
def test_each_reason(shop: Shop, line: str, reason: str) -> None:
    report = shop.import_lines(GOOD, line)
    assert {key: entry.lines for key, entry in aside(report).items()} == {reason: 1}
    assert (report.info.lines_read, report.info.lines_kept) == (2, 1)
    assert report.totals["gross_units"] == 2
    assert report.totals["gross_sales"] == 500


@pytest.mark.parametrize(
    "line", ["A1,1.0,2024-01-31,2", "A1, 1 ,2024-01-31, 2 ", "A1,+1,2024-01-31,+2.", "A1,1e0,2024-01-31,.2e1"]
)
def test_numbers_that_are_read(shop: Shop, line: str) -> None:
    report = shop.import_lines(line)
    assert (report.totals["gross_units"], report.totals["gross_sales"]) == (1, 200)


def test_years_at_the_edge_are_kept(shop: Shop) -> None:
    assert shop.import_lines("A1,1,1970-01-01,2", "A1,1,2100-12-31,2").info.lines_kept == 2


def test_negative_quantity_is_a_return_only_by_that_rule(shop: Shop) -> None:
    by_sign = shop.import_lines(GOOD, "A1,-3,2024-01-31,2")
    assert by_sign.totals["returned_units"] == 3
    by_code = shop.import_text(
        "code,qty,date,price,kind\nA1,2,2024-01-31,2.50,sale\nA1,-3,2024-01-31,2,sale\nA1,3,2024-01-31,2,back\n",
        returns={"by": "value", "column": "kind", "values": ["back"]},
    )
    assert aside(by_code)["not_sold"].units == -3
    assert by_code.totals["returned_units"] == 3
    assert by_code.totals["returned_sales"] == 600


def test_returns_by_prefix_count_as_absolute_values(shop: Shop) -> None:
    report = shop.import_text(
        "order,code,qty,date,price\n1,A1,5,2024-01-31,2\nC2,A1,-1,2024-01-31,2\nC3,A1,1,2024-01-31,-2\nc4,A1,7,2024-01-31,2\n",
        returns={"by": "prefix", "column": "order", "values": ["C", "R"]},
    )
    assert (report.totals["returned_units"], report.totals["returned_sales"]) == (2, 400)
    assert (report.totals["gross_units"], report.totals["gross_sales"]) == (12, 2400)


def test_left_out_lines_are_counted_by_rule(shop: Shop) -> None:
    rules = [
        {"column": "state", "by": "value", "values": ["cancelled", "unpaid"], "why": "never paid"},
        {"column": "code", "by": "prefix", "values": ["X"], "why": "internal"},
    ]
    text = "code,qty,date,price,state\nA1,1,2024-01-31,2,ok\nA1,4,2024-01-31,2,unpaid\nA1,2,2024-01-31,2, cancelled \n"
    report = shop.import_text(f"{text}XY,8,2024-01-31,2,ok\nXZ,16,x,2,unpaid\n", leave_out=rules)
    entry = aside(report)["left_out"]
    assert (entry.lines, entry.units, entry.note) == (4, 30, "never paid: 3; internal: 1")
    assert report.info.lines_kept == 1


def test_pattern_must_match_the_whole_raw_code(shop: Shop) -> None:
    lines = [
        "12345,1,2024-01-31,2",
        "12345a,1,2024-01-31,2",
        "A12345,1,2024-01-31,2",
        "12345 ,1,2024-01-31,2",
        "POST,1,2024-01-31,2",
    ]
    products = {"pattern": "[0-9]{5}[a-z]?"}
    strict = shop.import_lines(*lines, products=products, codes={"trim": False})
    assert aside(strict)["not_a_product"].lines == 3
    assert aside(strict)["not_a_product"].note == "first: row 4, 'A12345'"
    trimmed = shop.import_lines(*lines, products=products)
    assert aside(trimmed)["not_a_product"].lines == 2
    assert shop.rollup.products.code == ("12345", "12345a")


def test_not_products_are_compared_as_codes_are_kept(shop: Shop) -> None:
    lines = [GOOD, "post,1,2024-01-31,2", "POST ,1,2024-01-31,2", "Post,1,2024-01-31,2"]
    folded = shop.import_lines(*lines, products={"not_products": ["Post"]}, codes={"case": "upper"})
    assert aside(folded)["not_a_product"].lines == 3
    exact = shop.import_lines(*lines, products={"not_products": ["POST"]})
    assert aside(exact)["not_a_product"].lines == 1


def test_codes_fold_to_upper_case(shop: Shop) -> None:
    shop.import_lines(
        "85123a,1,2024-01-31,2", "85123A,1,2024-01-31,2", "straße,1,2024-01-31,2", codes={"case": "upper"}
    )
    assert len(shop.rollup.products) == 2
    shop.import_lines("85123a,1,2024-01-31,2", "85123A,1,2024-01-31,2")
    assert shop.rollup.products.code == ("85123A", "85123a")


def test_blank_dimensions_are_kept_under_none_and_flagged(shop: Shop) -> None:
    report = shop.import_text(
        "code,qty,date,price,region,channel,category\nA1,1,2024-01-31,2,North,Store,Toys\nA2,4,2024-01-31,2, ,,\n",
        {"region": "region", "channel": "channel", "category": "category"},
    )
    rollup = shop.rollup
    assert (rollup.regions, rollup.channels, rollup.categories) == (
        ("(none)", "North"),
        ("(none)", "Store"),
        ("(none)", "Toys"),
    )
    assert {key: (entry.lines, entry.units) for key, entry in aside(report, kept=True).items()} == {
        "no_region": (1, 4),
        "no_channel": (1, 4),
    }
    assert report.info.lines_kept == 2


def test_lines_after_the_complete_to_date_are_kept_and_flagged(shop: Shop) -> None:
    report = shop.import_lines(GOOD, "A1,4,2024-02-01,2", complete_to=date(2024, 1, 31))
    assert aside(report, kept=True)["after_complete_to"].units == 4
    assert report.info.lines_kept == 2


def test_a_file_without_a_usable_line_names_every_reason_largest_first(shop: Shop) -> None:
    with pytest.raises(ImportRefused) as caught:
        shop.import_lines("A1,1,2024-01-31,0", "A1,x,2024-01-31,1", "A1,y,2024-01-31,1")
    assert str(caught.value).splitlines()[1:] == [
        "  2: quantity is no whole number (first: row 3, 'x'); check columns.quantity, csv.decimal in the mapping",
        "  1: price is zero or negative (first: row 2, '0'); check columns.price, columns.amount in the mapping",
    ]


cells = st.sampled_from(
    ["", "A1", "B2", "0", "1", "-1", "2.5", "7", "x", "2024-01-31", "2024-02-01 10:00", "soon", "1e99", "EUR", "USD"]
)


@given(
    st.lists(st.tuples(cells, cells, cells, cells, cells, cells), max_size=12), st.sampled_from(["keep", "set_aside"])
)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_read_is_always_kept_plus_set_aside(shop: Shop, rows: list[tuple[str, ...]], repeats: str) -> None:
    """Whatever stands in the cells: every line has one verdict, and the rollup holds the kept ones."""
    text = "code,qty,date,price,off,cur\nA1,1,2024-01-31,2,,EUR\n" + "".join(",".join(row) + "\n" for row in rows)
    path = shop.write(text)
    mapping = shop.mapping({"discount": "off", "currency": "cur"}, repeats=repeats)
    report = import_file(path, mapping, shop.settings)
    info = report.info
    assert info.lines_read == 1 + len(rows)
    assert info.lines_read == info.lines_kept + sum(entry.lines for entry in info.set_aside if not entry.kept)
    assert all(entry.reason in (FLAGGED if entry.kept else SET_ASIDE) for entry in info.set_aside)
    sums = {name: int(values.sum()) for name, values in shop.rollup.monthly.values.items()}
    assert sums == report.totals


def test_header_alone_does_not_count_as_a_line(shop: Shop) -> None:
    assert shop.import_text(HEADER + GOOD).info.lines_read == 1
