"""The Overview: the viewer's own figures, and no byte of anybody else's."""

import json
from dataclasses import dataclass, replace
from datetime import date
from random import Random
from typing import Any

from factories import Item, Line, make_rollup

from dashboard.access import Permission, Scope, Viewer, built_in_roles
from dashboard.reports import Gate, Question
from dashboard.sales.rollup import Rollup
from dashboard.ui.asked import Asked
from dashboard.ui.overview_board import SHOWN, build

ROLES = {role.key: role.viewer(1, role.key) for role in built_in_roles()}
NOV = Question("2026-11", "2026-11")


@dataclass
class Fixed:
    rollup: Rollup

    def current(self) -> Rollup:
        return self.rollup


def shop(money: int = 1) -> Rollup:
    prices, lines = Random(money), []
    for number in range(12):
        for day in (date(2025, 11, 3), date(2026, 10, 3), date(2026, 11, 3), date(2026, 11, 20)):
            units, price = 10 + number, prices.randrange(10**7, 10**8)
            region = "North" if day.day == 3 else "South"
            lines.append(Line(day, f"p{number:02}", units, units * price, region=region))
    return make_rollup(lines, [Item(f"p{number:02}", first=date(2025, 1, 1)) for number in range(14)])


def parts(viewer: Viewer, question: Question = NOV, rollup: Rollup | None = None) -> dict[str, Any]:
    return build(Gate(Fixed(rollup or shop())).open(viewer), Asked(question))


def test_each_role_gets_the_cards_of_its_measures_and_its_main_measure_by_month() -> None:
    sales, procurement = parts(ROLES["sales_manager"]), parts(ROLES["procurement_manager"])
    assert [card["label"] for card in sales["cards"]] == ["Net sales", "Net units", "Returned units"]
    assert [card["label"] for card in procurement["cards"]] == ["Net units", "Returned units"]
    assert sales["monthly"]["title"] == "Net sales, EUR by month"
    assert procurement["monthly"]["title"] == "Net units by month"
    assert procurement["cards"][0]["value"] == "372"
    assert procurement["best"]["title"] == "Best sellers by net units"


def test_every_card_and_chart_says_how_it_was_made() -> None:
    shown = parts(ROLES["sales_manager"])
    for content in (*shown["cards"], shown["monthly"], shown["best"], shown["worst"]):
        assert {"Period", "Filters", "Lines read", "Complete to", "Data"} < {
            term for term, _ in content["how"]["facts"]
        }


def test_bars_and_sentences_lead_to_pages_that_keep_the_filters() -> None:
    shown = parts(ROLES["procurement_manager"], replace(NOV, region=frozenset({"North"})))
    [first, *_] = shown["best"]["figure"]["data"]
    assert first["customdata"][0] == "/product?product=p11&from=2026-11&to=2026-11&region=North"
    assert len(first["customdata"]) == len(first["x"]) == SHOWN
    monthly = shown["monthly"]["figure"]["data"][0]
    assert monthly["customdata"][-2] == "/units?from=2026-10&to=2026-10&region=North"
    assert all("region=North" in one["href"] for one in shown["findings"]["items"])


def test_not_a_byte_follows_from_money_without_the_right() -> None:
    one, other = shop(1), shop(2)
    told = json.dumps(parts(ROLES["procurement_manager"], rollup=one))
    assert told == json.dumps(parts(ROLES["procurement_manager"], rollup=other))
    assert "revenue" not in told
    assert "sales," not in told
    assert json.dumps(parts(ROLES["sales_manager"], rollup=one)) != json.dumps(
        parts(ROLES["sales_manager"], rollup=other)
    )


def test_a_viewer_of_a_region_is_told_no_count_of_the_company() -> None:
    south = replace(ROLES["procurement_manager"], scope=Scope(region=frozenset({"South"})), policy_version="south")
    shown = parts(south)
    assert shown["cards"][0]["value"] == "186"
    assert not any("counted" in item["text"] for item in shown["data"]["items"])


def test_units_alone_are_enough() -> None:
    shown = parts(Viewer(9, "u", "own", frozenset({Permission.MEASURE_UNITS}), policy_version="own"))
    assert [card["label"] for card in shown["cards"]] == ["Net units", "Returned units"]


def test_filters_that_leave_nothing_leave_words() -> None:
    rollup = make_rollup(
        [Line(date(2026, 10, 3), "a", 5, 500)], [Item("a", end=date(2026, 10, 31))], complete_to=date(2026, 11, 20)
    )
    shown = parts(ROLES["sales_manager"], Question("2026-10", "2026-10"), rollup)
    assert shown["worst"]["figure"] is None
    assert "No product to rank in October 2026" in shown["worst"]["empty"]
