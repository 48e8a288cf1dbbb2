"""The Stock page in words and blocks."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from plotly.io.json import to_json_plotly
from stock_kit import BUYER, PRICED, TODAY, reports, shop

from dashboard.access import Permission, Scope, Viewer
from dashboard.charts.stock_bars import age_bars, outage_bars
from dashboard.reports import Question
from dashboard.reports.stock_periods import stock_outs
from dashboard.sales.rollup import Rollup
from dashboard.sales.stocked import StockRules
from dashboard.ui.asked import Asked, TableState
from dashboard.ui.stock_board import build, filter_words
from dashboard.ui.stock_words import NO_ADVICE, due, why
from pages import stock

NOVEMBER = Question("2026-11", "2026-11")
SHOP = shop()


def parts(viewer: Viewer = BUYER, rollup: Rollup = SHOP, question: Question = NOVEMBER, **state: Any) -> dict[str, Any]:
    tables = (("worklist", TableState(**state)),) if state else ()
    return build(reports(viewer, rollup), Asked(question, (), tables))


PARTS = parts()


def rows(found: dict[str, Any]) -> dict[str, list[Any]]:
    return {row[1][0]: row for row in found["worklist"]["table"]["rows"]}


def test_the_line_of_domain_md() -> None:
    """19 days left, supplier takes 14 +- 3; order 120 (5 cases) by 24 Nov."""
    row = {
        "reason": "low",
        "action": "reorder",
        "quantity": 120,
        "pack": 24,
        "cover": 19.4,
        "days_left": 4.4,
        "available": 76,
        "on_order": 0,
        "lead": 14.0,
        "lead_sd": 3.0,
    }
    said = "19 days left, supplier takes 14 ± 3; order 120 (5 cases) by 24 Nov"
    assert why(row, TODAY, StockRules()) == said
    late = row | {"days_left": -2.0, "lead_sd": float("nan"), "available": 0, "on_order": 30, "pack": 1}
    said = "Out of stock and 30 on the way, supplier takes 14 (spread not known); order 120 at once"
    assert why(late, TODAY, StockRules()) == said
    assert due(row | {"days_left": 3.0}, date(2026, 12, 30)) == "2 Jan 2027"


def test_every_reason_is_one_short_line() -> None:
    said = {code: row[2] for code, row in rows(PARTS).items()}
    assert said["low"] == "19 days left, supplier takes 14 ± 3; order 144 (6 cases) by 24 Nov"
    assert said["slow"].startswith("Lasts 200 days at 0.5 a day; 55 units more than 90 days need")
    assert said["new"] == "In stock on 10 of the last 56 days: its demand needs 14"
    assert said["nolead"] == "20 days left; enter how long its supplier takes"
    assert "the smallest order of 5,016 would last more than the 180 days it may" in said["huge"]
    assert "too little data" in said["seldom"]
    assert said["enough"].startswith("50 days left, supplier takes 14 ± 3; enough until about")
    assert all(0 < len(text) < 140 and "nan" not in text for text in said.values())


def test_no_advice_is_counted_by_reason_and_each_can_be_listed() -> None:
    block = PARTS["no_advice"]
    assert block["title"] == "No advice for 6 products, because"
    assert len(block["items"]) == len(NO_ADVICE)
    assert all(item["href"].startswith("/stock?worklist.only=") for item in block["items"])
    only = parts(only="few_sales")["worklist"]
    assert [row[1][0] for row in only["table"]["rows"]] == ["seldom"]
    assert only["pages"]["only"] == filter_words("few_sales") == "sold too seldom"
    assert {"key": "few_sales", "text": "Sold too seldom 1"} in only["pages"]["filters"]


def test_it_says_that_it_is_advice_and_that_months_play_no_part() -> None:
    assert "advice, not an order" in PARTS["worklist"]["note"]
    other = parts(question=Question("2026-06", "2026-07"))
    assert other["worklist"]["table"] == PARTS["worklist"]["table"]
    assert other["outs"] != PARTS["outs"]


def test_cost_is_on_the_page_by_grant_alone() -> None:
    dear = shop(price=999_999, cost=777, unit_cost=123_457)
    assert json.dumps(parts(rollup=dear)) == json.dumps(PARTS)
    labels = [card["label"] for card in PARTS["cards"]]
    priced = parts(PRICED)
    assert [card["label"] for card in priced["cards"]] == [*labels, "Stock at cost", "Turns at cost", "GMROI"]
    assert "At cost, EUR" in [column["label"] for column in priced["dead"]["table"]["columns"]]
    assert rows(priced) == rows(PARTS)


def test_sums_too_large_for_64_bits_are_written_out_and_can_be_sent() -> None:
    priced = parts(PRICED, shop(unit_cost=10**18))
    dead = {row[0][0]: row[-1] for row in priced["dead"]["table"]["rows"]}
    assert dead["dead"] == [3e19, "€300,000,000,000,000,000.00"]
    ages = [row[-1][1] for row in priced["ages"]["table"]["rows"]]
    total = sum(int(text.removeprefix("€").replace(",", "").replace(".", "")) for text in ages)
    cards = {card["label"]: card["value"] for card in priced["cards"]}
    assert cards["Stock at cost"] == f"€{total // 100:,}.00"
    assert '"dead"' in to_json_plotly(priced)


@pytest.mark.parametrize(
    ("viewer", "rollup", "words"),
    [
        (replace(PRICED, scope=Scope(region=frozenset({"North"}))), SHOP, "by region or channel"),
        (BUYER, replace(SHOP, stock_days=None), "[stock]"),
        (replace(BUYER, permissions=frozenset({Permission.MEASURE_STOCK, Permission.MEASURE_REVENUE})), SHOP, "units"),
    ],
)
def test_where_there_is_nothing_to_say_it_says_why_and_what_to_do(viewer: Viewer, rollup: Rollup, words: str) -> None:
    found = parts(viewer, rollup)
    assert list(found) == ["missing"]
    assert any(words in item["text"] for item in found["missing"]["items"])
    assert not any(letter.isdigit() for letter in json.dumps(found["missing"]))


def test_without_receipts_and_supply_the_rest_is_there() -> None:
    found = parts(PRICED, replace(SHOP, receipts=None, supply=None))
    assert found["ages"] is None
    assert "of opening stock alone" in [card["unit"] for card in found["cards"]]
    assert not any(card["label"] == "GMROI" for card in found["cards"])


def test_months_before_the_stock_are_said_politely() -> None:
    found = parts(question=Question("2026-05", "2026-05"))
    assert {card["label"]: card["value"] for card in found["cards"]}["Sell-through"] == "–"
    late = replace(
        SHOP,
        stock_days=replace(SHOP.stock_days, first_day=date(2026, 10, 1), available=SHOP.stock_days.available[-51:]),
    )
    assert "not kept" in parts(rollup=late, question=Question("2026-05", "2026-06"))["outs"]["empty"]


def test_the_blocks_of_the_page_are_those_that_are_filled() -> None:
    declared = [block.part for block in stock.BOARD.blocks]
    assert sorted(declared) == sorted([*PARTS, "missing"])
    assert stock.BOARD.permission is stock.PERMISSION is Permission.MEASURE_STOCK


def test_the_chart_of_stock_outs_has_a_range_for_each_bar_and_leads_to_the_product() -> None:
    found = stock_outs(reports(BUYER, SHOP), NOVEMBER)
    figure = outage_bars(found.frame, ["text"] * 3, ["/product?product=out", "", ""])
    bar, ranges, area = figure["data"]
    assert bar["x"][0] == found.frame["lost"].iloc[0]
    assert ranges["x"][:3] == [found.frame["low"].iloc[0], found.frame["high"].iloc[0], None]
    assert area["customdata"][0] == "/product?product=out"
    assert all(isinstance(value, float) for value in bar["x"])
    assert "nan" not in json.dumps(PARTS["outs"]["figure"]).lower()


def test_the_chart_of_ages_sets_the_unknown_apart() -> None:
    figure = age_bars(["new", "not known"], [5, 2], ["5", "2"])
    assert figure["data"][0]["marker"]["color"] == ["$series", "$quiet"]
