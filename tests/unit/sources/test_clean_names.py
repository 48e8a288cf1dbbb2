"""What people are shown by name: without what cannot be seen, and never too long."""

import unicodedata
from collections.abc import Iterator

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shop_kit import Shop, aside

from dashboard.sources import values
from dashboard.sources.reading import Column

NAMES = {"name": "name", "region": "region", "category": "category", "channel": "channel"}
HEADER = "code,qty,date,price,name,region,category,channel\n"
HIDDEN = ["\u202e", "\u200b", "\u2066", "\ufeff", "\u00ad", "\x1b", "\x07", "\x7f", "\x9b", "\U000e0041"]


def line(text: str, code: str = "A1") -> str:
    return f"{code},1,2024-01-31,2{f',{text}' * 4}\n"


def shown(shop: Shop) -> list[tuple[str, ...]]:
    rollup = shop.rollup
    return [rollup.products.name, rollup.regions, rollup.categories, rollup.channels]


@pytest.mark.parametrize("hidden", HIDDEN, ids=[f"U+{ord(mark):04X}" for mark in HIDDEN])
def test_what_cannot_be_seen_is_taken_out_of_all_names(shop: Shop, hidden: str) -> None:
    shop.import_text(HEADER + line(f"{hidden}No{hidden}rth {hidden}") + line("North"), NAMES)
    assert shown(shop) == [("North",)] * 4


@pytest.mark.parametrize("text", ['"North\nSea"', '"North\r\n\tSea"', "North\u2028Sea", "North\x85Sea"])
def test_line_breaks_become_a_blank(shop: Shop, text: str) -> None:
    shop.import_text(HEADER + line(text), NAMES)
    assert shown(shop) == [("North Sea",)] * 4


@pytest.mark.parametrize("text", ["Größe ½  rot", "日本 🧶", "שלום", "e\u0301"])
def test_other_text_stays_as_it_is(shop: Shop, text: str) -> None:
    shop.import_text(HEADER + line(text), NAMES)
    assert shown(shop) == [(text,)] * 4


def test_names_of_nothing_but_hidden_characters_are_none(shop: Shop) -> None:
    shop.import_text(HEADER + line("\u202e\u200b"), NAMES)
    assert shown(shop) == [("A1",), ("(none)",), ("(none)",), ("(none)",)]


@pytest.mark.parametrize(("length", "expected"), [(200, "é" * 200), (201, "é" * 199 + "…"), (5000, "é" * 199 + "…")])
def test_long_names_are_cut(shop: Shop, length: int, expected: str) -> None:
    shop.import_text(HEADER + line("é" * length), NAMES)
    assert shown(shop) == [(expected,)] * 4


def test_codes_are_cleaned_before_they_are_compared(shop: Shop) -> None:
    products = {"pattern": "[A-Z][0-9]", "not_products": ("B2",)}
    report = shop.import_lines(
        "A1,1,2024-01-31,2",
        "\u200bA1\u202e,1,2024-01-31,2",
        "B\u200b2,1,2024-01-31,2",
        "\u200b,1,2024-01-31,2",
        products=products,
    )
    assert shop.rollup.products.code == ("A1",)
    assert {key: entry.lines for key, entry in aside(report).items()} == {"no_product": 1, "not_a_product": 1}


def test_codes_that_are_too_long_are_no_products(shop: Shop) -> None:
    report = shop.import_lines(
        f"{'x' * 100},1,2024-01-31,2", f"{'y' * 101},3,2024-01-31,2", f"{'z' * 9000},1,2024-01-31,2"
    )
    assert shop.rollup.products.code == ("x" * 100,)
    assert (aside(report)["not_a_product"].lines, aside(report)["not_a_product"].units) == (2, 4)
    assert aside(report)["not_a_product"].note == f"first: row 3, '{'y' * 100}'"


def test_the_value_at_fault_is_shown_in_part(shop: Shop) -> None:
    report = shop.import_lines("A1,1,2024-01-31,2", f"A1,1,2024-01-31,{'9' * 5000}x")
    assert aside(report)["bad_price"].note == f"first: row 3, '{'9' * 100}'"


def test_names_and_currencies_of_companions_are_cleaned_too(shop: Shop) -> None:
    shop.write("code,name,category\nA\u200b1,La\u202emp,Li\u2066ght\n", "products.csv")
    shop.write("day,cur,rate\n2024-01-31,U\u200bSD,0.5\n", "rates.csv")
    columns = {"product": "code", "name": "name", "category": "category"}
    report = shop.import_text(
        "code,qty,date,price,cur\nA1,1,2024-01-31,2,USD\nA1,1,2024-01-31,2,\u202eusd\nA1,1,2024-01-31,2,C\u202eHF\n",
        {"currency": "cur"},
        products={"file": "products.csv", "columns": columns},
        rates={"file": "rates.csv", "columns": {"date": "day", "currency": "cur", "rate": "rate"}},
    )
    assert (shop.rollup.products.name, shop.rollup.categories) == (("Lamp",), ("Light",))
    assert report.totals["gross_sales"] == 200
    assert aside(report, kept=True)["no_exchange_rate"].note == "not in net sales: 2.00 CHF"


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(":memory:") as opened:
        yield opened


@given(text=st.text(st.characters(codec="utf-8"), max_size=300))
def test_a_name_can_be_seen_is_short_and_stays_when_cleaned_again(
    connection: duckdb.DuckDBPyConnection, text: str
) -> None:
    def cleaned(raw: str) -> str | None:
        sql = f"SELECT {values.label(Column('c0', 'VARCHAR'))} FROM (SELECT ? AS c0)"
        return connection.execute(sql, [raw]).fetchall()[0][0]  # type: ignore[no-any-return]

    name = cleaned(text)
    if name is not None:
        assert 0 < len(name) <= 200
        assert not {unicodedata.category(letter) for letter in name} & {"Cc", "Cf", "Zl", "Zp"}
        assert cleaned(name) == name
