import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from classes_kit import PROCUREMENT, SALES, reports, shop, viewer

from dashboard.access import Permission, Viewer
from dashboard.reports import BadQuestionError, Reports
from dashboard.sales.nine_box import BOXES
from dashboard.sales.rollup import Rollup
from dashboard.ui.asked import TableState, read
from dashboard.ui.board import Asked
from dashboard.ui.classes_board import build
from dashboard.ui.classes_words import filter_words
from pages.classes import BOARD

SHOP = shop()


def ask(
    rollup: Rollup = SHOP, who: Viewer = PROCUREMENT, table: TableState | None = None, **given: str
) -> dict[str, Any]:
    opened = reports(rollup, who)
    asked = asked_of(opened, given)
    return build(opened, Asked(asked.question, asked.extras, (("list", table),)) if table else asked)


def asked_of(opened: Reports, given: dict[str, str]) -> Asked:
    return read(given, opened.options(), BOARD.offers(opened), BOARD.tables)


def test_every_block_is_filled_and_can_be_sent() -> None:
    parts = ask()
    assert set(parts) == {block.part for block in BOARD.blocks}
    del parts["findings"]  # too little is sold here for any to stand out
    assert json.loads(json.dumps(parts)) == parts
    explained = [*parts["cards"], *(parts[name] for name in parts if name != "cards")]
    assert all(["Period", "November 2025 – October 2026"] in one["how"]["facts"] for one in explained)


def test_the_cards_count_every_product_and_lead_to_them() -> None:
    *classes, moved = ask()["cards"]
    assert [card["value"] for card in classes] == ["2", "1", "3"]
    assert classes[0]["changes"][0] == {"figure": "92.6 %", "words": "of net units", "tone": "flat"}
    for card, key in zip([*classes], "ABC", strict=True):
        there = {name: values[0] for name, values in parse_qs(urlsplit(card["href"]).query).items()}
        assert ask(**there)["list"]["pages"]["found"] == int(card["value"])
        assert there["list.only"] == key
    assert (moved["value"], moved["href"]) == ("0", "")


def test_a_click_on_a_box_leads_to_its_products_and_keeps_every_choice() -> None:
    parts = ask(who=SALES, measure="net_units", since="3", region="South", to="2026-10")
    addresses = parts["boxes"]["figure"]["data"][0]["customdata"]
    rows = parts["policies"]["table"]["rows"]
    assert {row[0][0] for row in rows} <= set(addresses)
    for row in rows:
        there = {name: values[0] for name, values in parse_qs(urlsplit(row[0][0]).query).items()}
        assert {"measure": "net_units", "since": "3", "region": "South", "to": "2026-10"}.items() <= there.items()
        assert ask(who=SALES, **there)["list"]["pages"]["found"] == row[1][0]


def test_the_table_is_sorted_and_paged_as_asked_and_the_largest_come_first_if_not() -> None:
    usual = ask()["list"]
    assert (usual["pages"]["sort"], usual["pages"]["descending"]) == ("value", True)
    assert [row[1] for row in usual["table"]["rows"]][:2] == ["big", "mid"]
    names = ask(table=TableState("product", False, 4, "", "", 2))["list"]
    assert [row[1] for row in names["table"]["rows"]] == ["new", "none"]
    assert {column["sort"] for column in names["table"]["columns"] if "sort" in column} >= {"cv", "adi", "cv2"}
    assert ask(table=TableState(search="zebra"))["list"]["empty"] == "No product fits."


@pytest.mark.promise("ASVS 8.1.1")
def test_no_byte_of_a_procurement_page_follows_from_money() -> None:
    def page(price: int, **given: str) -> str:
        return json.dumps(ask(shop(price), **given))

    for given in ({}, {"since": "6"}, {"list.only": "AX"}):
        assert page(100, **given) == page(7919, **given)
    assert "net sales" not in page(100).lower()
    assert ask(who=SALES)["cards"] != ask(who=SALES, measure="net_units")["cards"]


@pytest.mark.parametrize(
    "given", [{"measure": "net_sales"}, {"measure": "margin"}, {"since": "99"}, {"list.only": "ZZ"}]
)
def test_what_is_not_on_offer_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(BadQuestionError):
        ask(**given)


def test_it_says_what_does_not_count_and_why() -> None:
    stocked, scoped = shop(stock=True), viewer(Permission.MEASURE_UNITS, Permission.MEASURE_STOCK, region="South")
    assert "not finished does not count" in ask()["list"]["note"]
    assert "not finished" not in ask(to="2026-10")["list"]["note"]
    assert "stock plays no part here" in ask()["boxes"]["note"]
    assert "stock has no region" in ask(stocked, scoped)["boxes"]["note"]
    assert "stock" not in ask(stocked)["boxes"]["note"]
    young = ask(shop(start="2026-05"))
    assert "The data hold no more" in young["list"]["note"]
    assert "that needs 13 full months" in young["movers"]["empty"]
    assert "No month is finished up to November 2026" in ask(shop(start="2026-11"))["list"]["empty"]


def test_every_filter_has_words() -> None:
    assert [filter_words(key) for key in ("", "A", "U", "CZ", "moved")] == [
        "", "class A", "not known", "class C, erratic", "changed class",
    ]  # fmt: skip
    assert len({filter_words(key) for key in BOXES}) == len(BOXES)
