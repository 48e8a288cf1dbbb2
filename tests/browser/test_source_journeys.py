"""Two sources side by side: split by source, narrow to one by its bar, and back; with one source there is no filter."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from browser_kit import SECONDS
from factories import Item, Line, make_rollup
from kit import Served, serve, with_users
from playwright.sync_api import expect

from dashboard.sources.store import RollupStore

START, DAYS = date(2026, 9, 1), 60
# Head office sells for 20.00 a day, the web shop for 10.00.
LINES = [
    Line(START + timedelta(days=n), f"p{n % 3}", 2, amount, source=name)
    for n in range(DAYS)
    for name, amount in (("Head office", 20_00), ("Web shop", 10_00))
]


@pytest.fixture(scope="module")
def two_sources(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    var = tmp_path_factory.mktemp("two-sources") / "var"
    RollupStore(var / "rollup").write(make_rollup(LINES, [Item(f"p{n}", first=START) for n in range(3)]))
    yield from serve(with_users(var))


def test_sources_stand_side_by_side_and_each_alone(visit, two_sources: Served) -> None:
    visitor = visit("sales_manager", served=two_sources)
    page = visitor.page
    page.goto("/revenue?from=2026-10&to=2026-10&split=source")
    visitor.drawn()
    expect(visitor.bars("split")).to_have_count(2)
    told = page.locator("[data-sg='split.plot']")
    expect(told).to_have_attribute(
        "aria-label", "Net sales split, EUR by source. Head office: €600.00; Web shop: €300.00"
    )
    field = page.get_by_label("Source", exact=True)
    assert field.locator("option").all_inner_texts()[1:] == ["All sources", "Head office", "Web shop"]
    with page.expect_response("**/_dash-update-component*"):
        visitor.click_bar("split", 1)
    expect(field).to_have_value("Web shop", timeout=SECONDS)
    value = page.locator("[data-sg='cards'] .sg-value").first
    expect(value).to_contain_text("€300.00", timeout=SECONDS)
    page.wait_for_url("**source=Web+shop**")
    page.emulate_media(media="print")
    assert "Web shop" in page.locator(".sg-window").evaluate("place => getComputedStyle(place, '::after').content")
    page.emulate_media(media="screen")
    page.get_by_role("link", name="Changes").click()
    expect(page.get_by_label("Source", exact=True)).to_have_value("Web shop", timeout=SECONDS)
    visitor.pick("Source", "All sources")
    title = "Change by source: net sales, EUR"
    expect(page.locator("[data-sg='source.title']")).to_have_text(title, timeout=SECONDS)
    assert visitor.axe() == []


def test_with_one_source_there_is_nothing_to_choose(visit) -> None:
    visitor = visit("sales_manager")
    visitor.page.goto("/changes")
    expect(visitor.page.locator("[data-sg='channel.plot']")).to_be_visible(timeout=SECONDS)
    expect(visitor.page.get_by_label("Source", exact=True)).to_be_hidden()
    expect(visitor.page.locator("[data-sg='source']")).to_be_hidden()
