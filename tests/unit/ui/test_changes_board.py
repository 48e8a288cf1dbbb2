"""The Changes page: what it shows whom, in which words, and where its links lead."""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any, cast

import pytest
from factories import Item, Line, make_rollup

from dashboard.access import built_in_roles
from dashboard.accounts import Accounts, Actor
from dashboard.charts import Money
from dashboard.reports import Gate
from dashboard.reports.anomaly_report import Flag
from dashboard.sales.measures import MEASURES
from dashboard.sales.rollup import Rollup
from dashboard.ui import board
from dashboard.ui.caller import Caller
from dashboard.ui.changes_tables import anomaly_table
from pages.changes import BOARD

ROLES = {role.key: role.viewer(1, role.key) for role in built_in_roles()}
VALUES = {"from": "2026-11", "to": "2026-11", "region": "*", "category": "*", "channel": "*"}


@dataclass
class Fixed:
    rollup: Rollup

    def current(self) -> Rollup:
        return self.rollup


def shop(seed: int = 1) -> Rollup:
    units, money = Random(3), Random(seed)
    lines = []
    for _ in range(900):
        day = date(2026, 3, 1) + timedelta(days=units.randrange(265))
        sold = (day, f"p{units.randrange(30):02}", units.randint(1, 9), money.randrange(10**9, 4 * 10**9))
        lines.append(Line(*sold, region=units.choice(["North", "South"])))
    items = [Item(f"p{i:02}", ("Kitchen", "Garden")[i % 2], first=date(2025, 1, 1)) for i in range(30)]
    return make_rollup(lines, items, complete_to=date(2026, 11, 20))


SHOP = shop()


def answer(role: str, rollup: Rollup = SHOP, states: Any = None, **changes: Any) -> dict[str, Any]:
    caller = Caller(ROLES[role], Actor(1, role), Gate(Fixed(rollup)), cast(Accounts, None))
    return board.answer(BOARD, caller, states or {}, VALUES | changes)


def test_a_sales_manager_sees_the_bridge_and_that_it_adds_up() -> None:
    parts = answer("sales_manager")["parts"]
    rows = parts["waterfall"]["table"]["rows"]
    assert [row[0] for row in rows] == ["Volume", "Mix", "Price", "New", "Lost", "Exchange rates", "Other", "In total"]
    assert sum(row[1][0] for row in rows[:-1]) == rows[-1][1][0]
    change, largest = parts["cards"][0], parts["cards"][-1]
    assert change["label"] == "Change of net sales"
    assert rows[-1][1][1] == change["value"]
    assert (largest["changes"][0]["figure"], largest["changes"][0]["tone"]) == ("Adds up:", "good")
    assert "1–20 November 2026 against 1–20 October 2026, 20 days" in parts["waterfall"]["note"]
    assert parts["products"]["table"]["columns"][-1]["label"] == "Of it by price"


def test_the_bridge_is_about_net_sales_only() -> None:
    assert answer("sales_manager", measure="net_units")["parts"]["waterfall"] is None


def test_procurement_sees_units_and_no_byte_that_follows_from_money() -> None:
    views = [answer("procurement_manager", shop(seed)) for seed in (1, 2)]
    assert views[0]["parts"]["waterfall"] is None
    assert [card["label"] for card in views[0]["parts"]["cards"]] == ["Change of net units", "Rises", "Falls"]
    assert json.dumps(views[0], default=str) == json.dumps(views[1], default=str)
    assert "not on offer" in answer("procurement_manager", measure="net_sales")["notice"]
    sales = [answer("sales_manager", shop(seed)) for seed in (1, 2)]
    assert json.dumps(sales[0], default=str) != json.dumps(sales[1], default=str)


def test_links_lead_to_products_with_the_months_kept_and_narrow_this_page() -> None:
    parts = answer("sales_manager", region="North")["parts"]
    first = parts["movers"]["table"]["rows"][0][0][0]
    link = parts["movers"]["figure"]["data"][0]["customdata"][0]
    assert link == f"/product?product={first}&from=2026-11&to=2026-11&region=North"
    assert "region" not in {part for part, content in parts.items() if content}
    narrow = parts["category"]["figure"]["data"][0]["customdata"]
    assert set(narrow) == {f"/changes?region=North&category={name}" for name in ("Kitchen", "Garden")}
    assert parts["cards"][1]["href"] == "/changes?region=North&products.only=up"


def test_the_table_is_paged_by_the_server() -> None:
    first = answer("procurement_manager")
    pages = first["parts"]["products"]["pages"]
    assert (pages["offset"], pages["size"], pages["sort"], pages["descending"]) == (0, 25, "size", True)
    state = {"products": {"only": "up", "offset": 0, "sort": "change", "descending": False}, "at": first["at"]}
    up = answer("procurement_manager", states=state)["parts"]["products"]
    assert up["pages"]["found"] < pages["found"]
    assert all(row[5].startswith("+") for row in up["table"]["rows"])
    beyond = {"products": {"offset": 1000}, "at": first["at"]}
    assert answer("procurement_manager", states=beyond)["parts"]["products"]["pages"]["offset"] == 0
    assert "no product filter" in answer("procurement_manager", states={"products": {"only": "x"}})["notice"]


def test_nothing_to_compare_with_says_why_and_still_shows_what_does_not_fit() -> None:
    parts = answer("sales_manager", against="year_before")["parts"]
    assert parts["cards"][0]["changes"][0]["words"] == "no comparison: the data begin on 1 March 2026"
    assert set(parts) == {"cards", "anomalies"}
    assert "October 2026 (no month of the period is finished yet" in parts["anomalies"]["note"]


def test_one_product_has_no_list_of_products() -> None:
    parts = answer("sales_manager", product="p03")["parts"]
    filled = {part for part, content in parts.items() if content}
    assert filled == {"findings", "cards", "waterfall", "region", "calendar", "anomalies"}
    assert "Product p03" in parts["cards"][0]["label"]


@pytest.mark.parametrize(
    ("value", "expected", "z", "said", "against"),
    [
        (1_234_00, 0, 123_400.0, "nearly no sales before", "6 months before (robust z +123,400.0)"),
        (-900_00, 1_00, -9_010.0, "nearly no sales before", "6 months before (robust z −9,010.0)"),
        (1_234_00, 900_00, 104.2, "+104.2", "6 months before"),
        (10_00, 0, 50.0, "+50.0", "6 months before"),
    ],
)
def test_a_distance_from_nearly_nothing_is_said_in_words(
    value: int, expected: int, z: float, said: str, against: str
) -> None:
    flag = Flag("p01", "Product p01", "2026-10", value, expected, z, False, 6, ())
    row = anomaly_table([flag], MEASURES["net_sales"], Money("EUR", 2))["rows"][0]
    assert row[4] == [z, said]
    assert row[5] == against


@pytest.mark.parametrize("role", ["sales_manager", "procurement_manager"])
def test_every_figure_says_how_it_was_made(role: str) -> None:
    parts = answer(role)["parts"]
    made = [*parts["cards"], *(parts[name] for name in ("movers", "products", "category", "anomalies"))]
    for content in made:
        terms = [term for term, _ in content["how"]["facts"]]
        assert {"Period", "Filters", "Complete to", "Data"} <= set(terms)
