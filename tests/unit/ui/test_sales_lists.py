"""What the sales pages say beside their totals: the way down, the pair of lists, cards of ratios, columns."""

from dataclasses import dataclass, replace
from datetime import date

import pytest
from factories import Item, Line, Stock, make_rollup

from dashboard.access import Permission, Scope, Viewer
from dashboard.charts import Money
from dashboard.reports import BadQuestionError, ChangeKind, Gate, Options, Reports
from dashboard.reports.products import Page
from dashboard.sales.measures import MEASURES
from dashboard.sales.ratios import RATIOS
from dashboard.sales.rollup import Rollup
from dashboard.ui.choice import Choice, check_rank
from dashboard.ui.crumbs import crumb
from dashboard.ui.lists import pair
from dashboard.ui.view import build_products, build_view
from dashboard.ui.words import move_words
from pages import revenue, units

OPTIONS = Options(("2025-11", "2025-12", "2026-01", "2026-02"), ("North",), ("Bath", "Garden"), ("Store",))
EURO, SALES, UNITS = Money("EUR", 2), MEASURES["net_sales"], MEASURES["net_units"]
ALL, EVERYWHERE = frozenset(Permission), Scope()
DAY, C = date(2026, 11, 5), date(2026, 11, 20)
OLD = date(2025, 1, 1)


@dataclass
class Fixed:
    rollup: Rollup

    def current(self) -> Rollup:
        return self.rollup


def reports(permissions: frozenset[Permission] = ALL, *, cost: int = 0, scope: Scope = EVERYWHERE) -> Reports:
    lines = [
        Line(date(2026, 10, 1), "a", 40, 400_00),
        Line(DAY, "a", 100, 1000_00, 2, 20_00, discounts=80_00, costed_sales=900_00 * bool(cost), cost_of_goods=cost),
        Line(DAY, "b", 42, 42_00, region="South"),
        Line(C, "c", 1, 1_00),
    ]
    items = [Item(code, first=OLD, name=f"Product {code}") for code in "abcd"]
    stock = [Stock("2026-11", code, 20, days) for code, days in {"a": 20, "b": 14, "c": 20, "d": 20}.items()]
    rollup = make_rollup(lines, items, stock, complete_to=C)
    return Gate(Fixed(rollup)).open(Viewer(1, "x", "x", permissions, scope, "p"))


NOV = Choice("2026-11", "2026-11", split="region")


def steps(choice: Choice) -> list[str]:
    return [step["text"] for step in crumb(choice, OPTIONS, "Iron pan")["steps"]]


@pytest.mark.parametrize(
    ("months", "words"),
    [
        (("2025-11", "2026-02"), ["All months"]),
        (("2025-12", "2026-01"), ["All months", "December 2025 – January 2026"]),
        (("2026-01", "2026-02"), ["All months", "2026"]),
        (("2026-02", "2026-02"), ["All months", "2026", "February 2026"]),
    ],
)
def test_the_way_down_begins_with_time(months: tuple[str, str], words: list[str]) -> None:
    assert steps(Choice(*months)) == words


def test_each_step_back_clears_what_stands_after_it() -> None:
    choice = Choice("2026-02", "2026-02", "North", "Bath", "Store", product="pan")
    found = crumb(choice, OPTIONS, "Iron pan")
    assert steps(choice)[3:] == ["Bath", "Iron pan", "North", "Store"]
    assert found["steps"][1]["set"] == {
        "region": "*", "category": "*", "channel": "*", "source": "*", "product": "",
        "from": "2026-01", "to": "2026-02",
    }  # fmt: skip
    assert found["steps"][4]["set"] | {"product": "pan", "category": "Bath", "region": "*"} == found["steps"][4]["set"]
    assert found["links"][0]["href"] == (
        "/product?product=pan&from=2026-02&to=2026-02&region=North&category=Bath&channel=Store"
    )
    assert crumb(Choice("2026-02", "2026-02"), OPTIONS, "")["links"] == []


@pytest.mark.parametrize(
    ("change", "current", "base", "kind", "words"),
    [
        (25_00, 125_00, 100_00, ChangeKind.PERCENT, "+€25.00 (+25.0 %)"),
        (5_00, 5_00, 0, ChangeKind.NEW, "+€5.00 (new)"),
        (-5_00, 0, 5_00, ChangeKind.DIFFERENCE, "−€5.00 (none now)"),
        (-9_00, -4_00, 5_00, ChangeKind.DIFFERENCE, "−€9.00 (was €5.00)"),
        (3_00, 8_00, 5_00, ChangeKind.COUNTS, "+€3.00 (€8.00, was €5.00)"),
    ],
)
def test_a_move_is_said_with_its_percentage_as_decoration(
    change: int, current: int, base: int, kind: ChangeKind, words: str
) -> None:
    assert move_words(change, current, base, kind, SALES, EURO) == words


def test_quotients_are_written_as_prices_and_percentages() -> None:
    assert EURO.ratio(RATIOS["average_price"], 100_00, 3) == "€33.33"
    assert EURO.ratio(RATIOS["return_rate"], 5, 2) == "250.0 %"
    assert EURO.ratio(RATIOS["return_rate"], 5, 0) == "–"
    assert (EURO.rate(3.0, UNITS), EURO.rate(-12.34, UNITS), EURO.rate(12_345.6, SALES)) == ("3.00", "−12.3", "€123.46")


def test_chart_table_and_words_of_a_list_say_the_same() -> None:
    asked = reports()
    for lists, rank in (("ends", "total"), ("ends", "day"), ("movers", "total")):
        choice = replace(NOV, lists=lists, rank=rank, size=2)
        for part in pair(asked, choice, UNITS, "November 2026").values():
            if part["figure"] is None:
                assert part["empty"]
                continue
            bar = part["figure"]["data"][0]
            assert bar["customdata"] == [row[2] for row in part["table"]["rows"]]
            assert all(text in part["label"] for text in bar["text"])
            terms = [term for term, _ in part["how"]["facts"]]
            assert {"Net units", "Period", "Filters", "Complete to", "Data"} <= set(terms)


def test_risers_without_a_base_say_why() -> None:
    part = pair(reports(), replace(NOV, first="2026-10", last="2026-10", lists="movers"), UNITS, "")["best"]
    assert part["empty"] == "No comparison: the data begin on 1 October 2026."


def cards(view: dict) -> dict[str, str]:
    return {card["label"]: card["value"] for card in view["cards"]}


def test_margin_has_a_card_where_the_viewer_may_see_it_and_a_cost_is_known() -> None:
    sales = frozenset({Permission.MEASURE_UNITS, Permission.MEASURE_REVENUE})
    seen = cards(build_view(revenue.PAGE, reports(sales, cost=600_00), NOV))
    assert seen["Average price"] == "€6.69"  # 943.00 / 141 units
    assert seen["Discount rate"] == "7.7 %"
    assert "Margin" not in seen
    assert "Margin" not in cards(build_view(revenue.PAGE, reports(), NOV))
    view = build_view(revenue.PAGE, reports(cost=600_00), NOV)
    assert (cards(view)["Margin"], cards(view)["Margin rate"]) == ("€300.00", "33.3 %")
    margin = next(card for card in view["cards"] if card["label"] == "Margin")
    assert ["Known cost", "95.4 % of net sales has a known cost; the rest is in no margin."] in margin["how"]["facts"]


def headings(page, permissions: frozenset[Permission], scope: Scope = EVERYWHERE) -> list[str]:
    table = build_products(page.PAGE, reports(permissions, cost=1, scope=scope), NOV, Page(page.PAGE.measure))
    return [column["label"] for column in table["columns"]]


def test_columns_are_those_the_viewer_may_see() -> None:
    buyer = frozenset({Permission.MEASURE_UNITS, Permission.MEASURE_STOCK})
    assert headings(units, buyer) == [
        "Product", "Code", "Net units", "Gross units", "Returned units", "Return rate", "Per day in stock",
        "Against 1–20 Oct 2026", "State",
    ]  # fmt: skip
    assert "Per day in stock" not in headings(units, buyer, Scope(region=frozenset({"North"})))
    assert "Per day in stock" not in headings(units, buyer - {Permission.MEASURE_STOCK})
    money = {"Average price, EUR", "Discount rate", "Margin, EUR", "Margin rate"}
    assert money <= set(headings(revenue, ALL))
    assert not {"Margin, EUR", "Margin rate"} & set(headings(revenue, ALL - {Permission.MEASURE_MARGIN}))
    assert "Average price, EUR" not in headings(revenue, ALL - {Permission.MEASURE_UNITS})


def test_a_ranking_per_day_in_stock_that_cannot_be_is_explained() -> None:
    asked = reports(frozenset({Permission.MEASURE_UNITS}))
    with pytest.raises(BadQuestionError, match="daily stock"):
        check_rank(replace(NOV, rank="day"), asked)
    check_rank(replace(NOV, rank="day"), reports())
