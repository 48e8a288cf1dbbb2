"""From a figure to what stands behind it and back: the boards as managers, buyers and an Admin use them."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from browser_kit import Visitor
from kit import Installation, Served, serve
from playwright.sync_api import Locator, Page, expect

OCTOBER = "from=2026-10&to=2026-10"
BAR_OF_OCTOBER = 34
ANSWERS = "**/_dash-update-component*"


@pytest.fixture
def served(own: Installation) -> Iterator[Served]:
    yield from serve(own)


def title(page: Page) -> Locator:
    return page.get_by_role("heading", level=1)


def block(page: Page, part: str) -> Locator:
    return page.locator(f"[data-sg='{part}']")


def rows(page: Page, part: str) -> Locator:
    return page.locator(f"[data-sg='{part}.table'] tbody tr")


def status(page: Page, part: str) -> Locator:
    return page.locator(f"[data-sg='{part}.status']")


def written(page: Page, chart: str) -> str:
    """The first words on a chart itself."""
    return page.locator(f"[data-sg='{chart}.plot'] .annotation-text").first.text_content() or ""


def number(words: str) -> int:
    """The first number in ``words``."""
    found = re.search(r"[\d,]+", words)
    assert found, words
    return int(found[0].replace(",", ""))


def test_a_sales_manager_goes_from_a_year_down_to_one_order_and_back(visit: Any) -> None:
    visitor: Visitor = visit("sales_manager")
    page = visitor.page
    page.goto("/revenue?split=category")
    visitor.drawn()
    crumb = page.locator(".sg-crumb")
    crumb.get_by_role("button", name="2026", exact=True).click()
    expect(crumb).to_have_text("All months › 2026")
    visitor.click_bar("monthly", BAR_OF_OCTOBER)
    expect(crumb).to_have_text("All months › 2026 › October 2026")
    visitor.click_bar("split", 0)
    expect(page.get_by_label("Split", exact=True)).to_have_value("region")
    category = page.get_by_label("Category", exact=True).input_value()
    expect(crumb).to_have_text(f"All months › 2026 › October 2026 › {category}")
    visitor.click_bar("best", 0)
    name = crumb.locator("strong").inner_text()
    visitor.click_bar("split", 0)
    expect(page.get_by_label("Region", exact=True)).not_to_have_value("*")
    region = page.get_by_label("Region", exact=True).input_value()
    expect(crumb).to_contain_text(f"All months › 2026 › October 2026 › {category} › {name} › {region}")
    drilled = page.url

    crumb.get_by_role("link", name="All about this product").click()
    expect(block(page, "about").get_by_role("heading")).to_have_text(name)
    expect(page.locator(".sg-window")).to_have_text("October 2026")
    expect(page.get_by_label("Region", exact=True)).to_have_value(region)
    order = rows(page, "lines").first.get_by_role("link").first
    key = order.inner_text()
    order.click()
    expect(block(page, "order").get_by_role("heading")).to_have_text(f"Order {key}")
    expect(rows(page, "order").filter(has_text=name).first).to_be_visible()

    page.go_back()
    expect(block(page, "lines")).to_be_visible()
    expect(block(page, "order")).to_be_hidden()
    page.go_back()
    expect(page).to_have_url(drilled)
    crumb.get_by_role("button", name=category).click()
    expect(crumb).to_have_text(f"All months › 2026 › October 2026 › {category}")
    crumb.get_by_role("button", name="All months").click()
    expect(crumb).to_have_text("All months")


def test_a_bar_of_the_largest_changes_opens_its_product_with_the_months_kept(visit: Any) -> None:
    visitor: Visitor = visit("sales_manager")
    page = visitor.page
    page.goto(f"/changes?{OCTOBER}")
    expect(visitor.bars("movers").first).to_be_visible()
    name = written(page, "movers").strip()
    visitor.click_bar("movers", 0)
    expect(title(page)).to_have_text("Product")
    expect(block(page, "about").get_by_role("heading")).to_have_text(name)
    expect(page.locator(".sg-window")).to_have_text("October 2026")
    assert OCTOBER in page.url


def test_one_of_the_nine_boxes_filters_the_list_of_products(visit: Any) -> None:
    visitor: Visitor = visit("sales_manager")
    page = visitor.page
    page.goto("/classes")
    expect(visitor.bars("boxes").first).to_be_visible()
    count = int(rows(page, "policies").first.locator("td").nth(1).inner_text())
    visitor.click_bar("boxes", 0)
    expect(status(page, "list")).to_contain_text(f"of {count}, only: ")
    expect(block(page, "list")).to_be_in_viewport()
    chip = block(page, "list").locator(".sg-chips [aria-pressed='true']")
    expect(chip).to_have_text("class A, steady")
    block(page, "list").get_by_role("button", name="All", exact=True).click()
    expect(status(page, "list")).not_to_contain_text("only")
    assert "list.only" not in page.url


def test_a_buyer_goes_from_the_overview_to_what_to_reorder(visit: Any) -> None:
    visitor: Visitor = visit("procurement_manager")
    page = visitor.page
    page.goto("/overview")
    page.locator("main a[href^='/stock']").first.click()
    expect(title(page)).to_have_text("Stock")
    chip = block(page, "worklist").locator(".sg-chips").get_by_role("button", name=re.compile("^Reorder"))
    count = number(chip.inner_text())
    chip.click()
    expect(status(page, "worklist")).to_contain_text(f"of {count}, only: reorder")
    assert "worklist.only=reorder" in page.url
    for row in rows(page, "worklist").all_inner_texts():
        assert "Reorder" in row
    product = rows(page, "worklist").first.get_by_role("link").first
    name = product.inner_text()
    product.click()
    expect(block(page, "about").get_by_role("heading")).to_have_text(name)
    expect(block(page, "cards")).to_contain_text("Days of supply")


def test_sorting_and_paging_keep_the_filters(visit: Any) -> None:
    visitor: Visitor = visit("sales_manager")
    page = visitor.page
    page.goto(f"/changes?{OCTOBER}&region=North")
    chip = block(page, "products").locator(".sg-chips").get_by_role("button", name="fell")
    found = number(chip.inner_text())
    chip.click()
    expect(status(page, "products")).to_contain_text(f"1–25 of {found}, only: fell")
    block(page, "products").get_by_role("button", name="Code", exact=True).click()
    header = block(page, "products").get_by_role("columnheader", name="Code")
    expect(header).to_have_attribute("aria-sort", "ascending")
    first = rows(page, "products").all_inner_texts()
    block(page, "products").get_by_role("button", name="Next").click()
    expect(status(page, "products")).to_contain_text(f"26–50 of {found}, only: fell")
    expect(header).to_have_attribute("aria-sort", "ascending")
    assert not set(first) & set(rows(page, "products").all_inner_texts())
    expect(page.get_by_label("Region", exact=True)).to_have_value("North")
    assert f"{OCTOBER}&region=North" in page.url
    visitor.pick("Region", "South")
    expect(status(page, "products")).to_contain_text("1–25 of ")
    expect(status(page, "products")).to_contain_text("only: fell")


def test_a_view_of_a_board_is_saved_opened_renamed_and_removed(visit: Any) -> None:
    visitor: Visitor = visit("sales_manager")
    page = visitor.page
    page.goto(f"/changes?{OCTOBER}&region=North")
    expect(visitor.bars("movers").first).to_be_visible()
    page.get_by_text("Views", exact=True).click()
    page.get_by_label("Save what you see as").fill("North, why")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("button", name="Rename North, why").click()
    page.get_by_label("New name").fill("Why the North moved")
    page.get_by_role("button", name="Rename", exact=True).click()
    link = page.get_by_role("link", name="Why the North moved")
    expect(link).to_be_visible()
    page.goto("/classes")
    page.get_by_text("Views", exact=True).click()
    link.click()
    expect(title(page)).to_have_text("Changes")
    expect(page.get_by_label("Region", exact=True)).to_have_value("North")
    expect(page.locator(".sg-window")).to_have_text("October 2026")
    page.get_by_text("Views", exact=True).click()
    page.get_by_role("button", name="Remove Why the North moved").click()
    expect(page.get_by_text("No view is saved yet.")).to_be_visible()


def test_the_menu_keeps_the_filters_and_back_and_forward_keep_their_steps(visit: Any) -> None:
    visitor: Visitor = visit("sales_manager")
    page = visitor.page
    page.goto(f"/changes?{OCTOBER}")
    expect(visitor.bars("movers").first).to_be_visible()
    visitor.pick("Region", "North")
    expect(page).to_have_url(re.compile("region=North"))
    region = page.get_by_label("Region", exact=True)
    page.locator(".sg-nav a", has_text="Revenue").click()
    expect(title(page)).to_have_text("Revenue")
    expect(region).to_have_value("North")
    expect(page.locator(".sg-window")).to_have_text("October 2026")
    page.locator(".sg-nav a", has_text="Classes").click()
    expect(title(page)).to_have_text("Classes")
    expect(region).to_have_value("North")
    page.go_back()
    expect(title(page)).to_have_text("Revenue")
    page.go_back()
    expect(title(page)).to_have_text("Changes")
    expect(region).to_have_value("North")
    page.go_back()
    expect(region).to_have_value("*")
    page.go_forward()
    expect(region).to_have_value("North")
    page.go_forward()
    expect(title(page)).to_have_text("Revenue")


@pytest.mark.parametrize(("path", "to"), [("/revenue", "Changes"), ("/changes", "Revenue")])
def test_the_menu_keeps_filters_that_are_not_answered_yet(visit: Any, path: str, to: str) -> None:
    visitor: Visitor = visit("sales_manager")
    page = visitor.page
    page.goto(f"{path}?{OCTOBER}&channel=Online")
    expect(visitor.bars("monthly" if path == "/revenue" else "movers").first).to_be_visible()
    page.route(ANSWERS, lambda route: None)  # which never come
    page.get_by_label("Region", exact=True).select_option(label="North")
    page.get_by_label("Category", exact=True).select_option(label="Kitchen")
    page.get_by_label("Channel", exact=True).select_option(label="All channels")
    with page.expect_request(ANSWERS):
        page.get_by_label("From", exact=True).select_option(label="Aug 2026")
    assert "region" not in page.url
    page.unroute(ANSWERS)
    page.locator(".sg-nav a", has_text=to).click()
    expect(title(page)).to_have_text(to)
    for label, value in (("Region", "North"), ("Category", "Kitchen"), ("Channel", "*"), ("From", "2026-08")):
        expect(page.get_by_label(label, exact=True)).to_have_value(value)
    expect(page.locator(".sg-window")).to_have_text("August 2026 – October 2026")


def test_an_admin_adds_a_holiday_and_removes_it(visit: Any, served: Served) -> None:
    visitor: Visitor = visit("admin", served)
    page = visitor.page
    page.goto("/calendar")
    page.get_by_label("Day", exact=True).fill("2026-12-25")
    page.get_by_label("Name", exact=True).fill("Christmas <b>Day</b>")
    page.get_by_label("Closed: nothing was sold on that day").check()
    page.get_by_role("button", name="Add", exact=True).click()
    row = rows(page, "calendar").filter(has_text="Christmas <b>Day</b>")
    expect(row).to_contain_text("closed")
    page.reload()
    expect(row).to_contain_text("25 Dec 2026")
    row.get_by_role("button", name=re.compile("^Remove")).click()
    page.get_by_role("dialog").get_by_role("button", name="Remove", exact=True).click()
    expect(row).to_have_count(0)
    expect(page.locator("[data-sg='calendar.said']")).to_contain_text("is an ordinary day again")
    page.goto("about:blank")


def test_a_board_on_paper_has_no_menu_and_no_filters(visit: Any) -> None:
    visitor: Visitor = visit("sales_manager", theme="dark")
    page = visitor.page
    page.goto(f"/changes?{OCTOBER}")
    expect(visitor.bars("movers").first).to_be_visible()
    page.emulate_media(media="print")
    for hidden in (".sg-bar", ".sg-filters", "[data-sg='products'] .sg-chips", "[data-sg='products'] .sg-steps"):
        expect(page.locator(hidden)).to_be_hidden()
    for shown in (".sg-window", "[data-sg='findings']", "[data-sg='waterfall.plot']", "[data-sg='products.table']"):
        expect(page.locator(shown)).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
