"""Managers at work: filter, drill, read, come back."""

import pytest
from kit import Served
from playwright.sync_api import expect


def test_a_procurement_manager_filters_and_comes_back_to_the_same_page(visit) -> None:
    visitor = visit("procurement_manager")
    page = visitor.page
    visitor.drawn()
    expect(page.get_by_role("heading", level=1)).to_have_text("Units sold")
    expect(page.locator(".sg-nav a", has_text="Units")).to_have_count(1)
    expect(page.locator(".sg-nav a", has_text="Revenue")).to_have_count(0)
    all_units = page.locator(".sg-value").first.inner_text()
    visitor.pick("Region", "North")
    expect(page.locator(".sg-value").first).not_to_have_text(all_units)
    north = page.locator(".sg-value").first.inner_text()
    visitor.pick("Show", "5 products")
    expect(visitor.bars("best")).to_have_count(5)
    assert "region=North" in page.url
    page.reload()
    visitor.drawn()
    expect(page.locator(".sg-value").first).to_have_text(north)
    expect(page.get_by_label("Region", exact=True)).to_have_value("North")
    expect(visitor.bars("best")).to_have_count(5)


def test_a_bar_chooses_its_month_and_a_preset_a_period(visit) -> None:
    visitor = visit("procurement_manager")
    visitor.drawn()
    visitor.click_bar("monthly", 30)
    expect(visitor.page.locator(".sg-window")).to_have_text("June 2026")
    expect(visitor.page.get_by_label("From")).to_have_value("2026-06")
    visitor.page.get_by_role("button", name="Last 12 full months").click()
    expect(visitor.page.locator(".sg-window")).to_have_text("November 2025 – October 2026")


def test_the_back_button_takes_a_choice_back(visit) -> None:
    visitor = visit("procurement_manager")
    page = visitor.page
    visitor.drawn()
    visitor.click_bar("monthly", 30)
    expect(page.locator(".sg-window")).to_have_text("June 2026")
    visitor.click_bar("best", 0)
    expect(page.locator(".sg-crumb strong")).to_be_visible()
    page.go_back()
    expect(page.locator(".sg-crumb strong")).to_be_hidden()
    expect(page.locator(".sg-window")).to_have_text("June 2026")
    page.go_back()
    expect(page.locator(".sg-window")).to_contain_text("November 2026")
    page.go_forward()
    expect(page.locator(".sg-window")).to_have_text("June 2026")


def test_a_product_that_sold_nothing_can_be_followed_by_its_name(visit) -> None:
    visitor = visit("procurement_manager")
    page = visitor.page
    visitor.drawn()
    label = page.locator("[data-sg='worst.plot'] .annotation-text").nth(4)
    name = (label.text_content() or "").split("\u00a0")[-1].split("  ")[-1].strip()
    label.evaluate("label => label.scrollIntoView({block: 'center'})")
    box = label.bounding_box()
    assert box
    page.mouse.move(box["x"] + 30, box["y"] + 12)
    page.mouse.click(box["x"] + 30, box["y"] + 12)
    expect(page.locator(".sg-crumb strong")).to_have_text(name)
    expect(page.locator(".sg-crumb strong")).to_be_in_viewport()
    expect(page.locator("[data-sg='monthly.title']")).to_have_text(f"Net units by month: {name}")


def test_a_sales_manager_drills_from_month_to_product_and_back(visit) -> None:
    visitor = visit("sales_manager")
    page = visitor.page
    page.goto("/revenue?from=2026-10&to=2026-10")
    visitor.drawn()
    all_products = page.locator(".sg-value").first.inner_text()
    visitor.click_bar("best", 2)
    crumb = page.locator(".sg-crumb strong")
    expect(crumb).to_be_visible()
    name = crumb.inner_text()
    expect(page.locator(".sg-value").first).not_to_have_text(all_products)
    expect(page.locator("[data-sg='best.plot']")).to_be_visible()
    assert "product=" in page.url
    page.reload()
    expect(crumb).to_have_text(name)
    page.locator(".sg-crumb").get_by_role("button", name="October 2026").click()
    expect(page.locator(".sg-value").first).to_have_text(all_products)
    expect(page.locator(".sg-crumb strong")).to_be_hidden()


def test_a_sales_manager_goes_down_by_clicks_and_takes_the_filters_along(visit) -> None:
    """Year, category, region, product; back a step; then to another page of figures."""
    visitor = visit("sales_manager")
    page = visitor.page
    page.goto("/revenue?split=category")
    visitor.drawn()
    crumb = page.locator(".sg-crumb")
    expect(crumb).to_have_text("All months › 2026 › November 2026")
    crumb.get_by_role("button", name="2026", exact=True).click()
    expect(crumb).to_have_text("All months › 2026")
    split = page.locator("figure", has=page.locator("[data-sg='split.plot']"))
    split.get_by_text("Show as table").click()
    split.locator("tbody").get_by_role("button", name="Garden", exact=True).click()
    expect(crumb).to_have_text("All months › 2026 › Garden")
    expect(page.get_by_label("Split", exact=True)).to_have_value("region")
    visitor.click_bar("split", 0)
    expect(crumb).to_contain_text("Garden › ")
    expect(page.get_by_label("Region", exact=True)).not_to_have_value("*")
    crumb.get_by_role("button", name="Garden").click()
    expect(page.get_by_label("Region", exact=True)).to_have_value("*")
    visitor.click_bar("best", 1)
    link = crumb.get_by_role("link", name="All about this product")
    assert "from=2026-01&to=2026-11&category=Garden" in (link.get_attribute("href") or "")
    page.locator(".sg-nav a", has_text="Units").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Units sold")
    expect(crumb).to_have_text("All months › 2026 › Garden")
    assert page.url.endswith("/units?from=2026-01&to=2026-11&category=Garden")


def test_the_lists_are_switched_and_the_rest_is_a_click_away(visit) -> None:
    visitor = visit("procurement_manager")
    page = visitor.page
    visitor.drawn()
    visitor.pick("Rank by", "Per stock day")
    expect(page.locator("[data-sg='best.title']")).to_have_text("Best sellers by net units, per day in stock")
    visitor.pick("Lists", "Rise and fall")
    expect(page.locator("[data-sg='worst.title']")).to_have_text("Fallers by net units")
    expect(page.locator("[data-sg='worst.note']")).to_contain_text("1–20 November 2026 against 1–20 October 2026")
    page.locator("[data-sg='worst.left_out']").get_by_role("button", name="List the others").click()
    expect(page.locator("[data-sg='products.status']")).to_contain_text("only: fallers")
    expect(page.locator("[data-sg='products.status']")).to_contain_text("11–")
    page.locator(".sg-card details").first.click()
    expect(page.locator(".sg-card dl").first).to_contain_text("Units sold less units returned")


def test_the_unfinished_month_is_hatched_and_compared_like_for_like(visit) -> None:
    visitor = visit("sales_manager")
    visitor.page.goto("/revenue")
    visitor.drawn()
    fill = visitor.bars("monthly").last.evaluate("bar => getComputedStyle(bar).fill + bar.getAttribute('style')")
    assert "url(" in fill
    expect(visitor.page.locator(".sg-change").first).to_contain_text("for 1–20 Nov 2026 against 1–20 Oct 2026")


def test_what_was_left_out_is_a_click_away(visit) -> None:
    visitor = visit("procurement_manager")
    page = visitor.page
    visitor.drawn()
    left_out = page.locator("[data-sg='worst.left_out'] button", has_text="new")
    count = int(left_out.inner_text().split()[0])
    left_out.click()
    status = page.locator("[data-sg='products.status']")
    expect(status).to_contain_text(f"of {count} products, only: new")
    expect(page.locator("[data-sg='products.table'] tbody tr")).to_have_count(count)
    page.get_by_role("button", name="Show all").click()
    expect(status).not_to_contain_text("only")


def test_zero_sellers_can_be_left_out(visit) -> None:
    visitor = visit("procurement_manager")
    visitor.drawn()
    visitor.page.get_by_label("Worst sellers include zero-sellers").uncheck()
    expect(visitor.page.locator("[data-sg='worst.left_out']")).to_contain_text("zero-sellers")


def test_the_table_behind_a_chart_sorts_and_keeps_the_keyboard(visit) -> None:
    visitor = visit("procurement_manager")
    page = visitor.page
    visitor.drawn()
    figure = page.locator("figure", has=page.locator("[data-sg='best.plot']"))
    figure.get_by_text("Show as table").click()
    names = [text.split("  ")[-1] for text in figure.locator("tbody .sg-choose").all_inner_texts()]
    assert len(names) == 10
    header = figure.get_by_role("columnheader", name="Product").get_by_role("button")
    header.focus()
    page.keyboard.press("Enter")
    assert figure.locator("tbody .sg-choose").all_inner_texts() == sorted(names, key=str.casefold)
    expect(figure.get_by_role("columnheader", name="Product")).to_have_attribute("aria-sort", "ascending")
    assert page.evaluate("document.activeElement.textContent") == "Product"


def test_the_product_table_is_sorted_searched_and_paged_by_the_server(visit) -> None:
    visitor = visit("sales_manager")
    page = visitor.page
    page.goto("/revenue")
    visitor.drawn()
    table = page.locator("[data-sg='products.table']")
    table.get_by_role("button", name="Code").click()
    expect(table.get_by_role("columnheader", name="Code")).to_have_attribute("aria-sort", "ascending")
    expect(table.locator("tbody tr").first).to_contain_text("BA-")
    page.locator("#revenue-all").get_by_role("button", name="Next").click()
    expect(page.locator("[data-sg='products.status']")).to_contain_text("26–50 of")
    page.get_by_label("Find a product").fill("tea")
    expect(page.locator("[data-sg='products.status']")).to_contain_text("1–")
    for row in table.locator("tbody tr").all_inner_texts():
        assert "tea" in row.casefold()


def test_the_theme_is_switched_drawn_and_kept(visit) -> None:
    visitor = visit("procurement_manager")
    page = visitor.page
    visitor.drawn()
    colour = "bar => getComputedStyle(bar).fill"
    assert visitor.bars("best").first.evaluate(colour) == "rgb(0, 114, 178)"
    page.get_by_role("button", name="Switch between light and dark").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    expect(visitor.bars("best").first).to_have_css("fill", "rgb(86, 180, 233)")
    page.reload()
    visitor.drawn()
    expect(visitor.bars("best").first).to_have_css("fill", "rgb(86, 180, 233)")


def test_a_bad_address_is_explained(visit) -> None:
    visitor = visit("procurement_manager")
    visitor.page.goto("/units?from=1999-01")
    expect(visitor.page.locator(".sg-notice")).to_contain_text("There are no data for 1999-01")


def test_no_sales_are_explained(visit) -> None:
    visitor = visit("procurement_manager")
    page = visitor.page
    page.goto("/units?region=Islands&category=Garden&channel=Wholesale&from=2023-12&to=2023-12&product=SE-1024")
    expect(page.locator("[data-sg='split.empty']")).to_contain_text("No sales in December 2023")
    expect(page.locator("[data-sg='split.plot']")).to_be_hidden()
    expect(page.locator("[data-sg='best.plot']")).to_be_visible()


@pytest.mark.promise("real input")
@pytest.mark.parametrize(
    ("role", "path", "best"), [("procurement_manager", "/units", "14,883"), ("sales_manager", "/revenue", "£34,422.09")]
)
def test_both_pages_work_on_real_sales(visit, retail_site: Served, role: str, path: str, best: str) -> None:
    visitor = visit(role, retail_site)
    visitor.page.goto(f"{path}?from=2011-11&to=2011-11")
    visitor.drawn()
    expect(visitor.page.locator("[data-sg='best.plot'] .bartext").first).to_have_text(best)
    expect(visitor.page.locator("[data-sg='best.plot'] .annotation-text").first).to_contain_text("RABBIT NIGHT LIGHT")
    expect(visitor.page.get_by_label("Category", exact=True)).to_be_hidden()
