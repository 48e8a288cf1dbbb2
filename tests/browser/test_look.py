"""Light and dark, wide and narrow: accessible, nothing cut off, nothing from elsewhere, and light enough."""

import pytest
from browser_kit import Visitor
from kit import Served
from playwright.sync_api import expect

PAGES = {
    "procurement_manager": ("/overview", "/units", "/stock", "/product?product=BA-1150"),
    "sales_manager": ("/revenue", "/changes", "/classes", "/product?product=BA-1150", "/data"),
    "admin": ("/users", "/calendar"),
}
COLD, WARM = 650_000, 35_000


@pytest.mark.promise("accessible")
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("role", PAGES)
def test_axe_finds_nothing(visit, role: str, theme: str) -> None:
    visitor = visit(role, theme=theme)
    for path in PAGES[role]:
        visitor.page.goto(path)
        settled(visitor)
        visitor.page.evaluate("document.querySelectorAll('main details').forEach((one) => (one.open = true))")
        assert visitor.axe() == [], path


def settled(visitor: Visitor) -> None:
    expect(visitor.page.get_by_role("heading", level=1)).to_be_visible()
    visitor.page.wait_for_load_state("networkidle")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_before_sign_in(visit, theme: str) -> None:
    visitor = visit(theme=theme)
    visitor.page.goto("/sign-in")
    assert visitor.axe() == []


@pytest.mark.parametrize("role", PAGES)
def test_nothing_is_wider_than_a_phone(visit, role: str) -> None:
    visitor = visit(role, width=390)
    for path in PAGES[role]:
        visitor.page.goto(path)
        settled(visitor)
        assert visitor.page.evaluate("document.documentElement.scrollWidth") == 390, path


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("path", "part", "by", "said"),
    [("/stock", "worklist", "Days left", "Why"), ("/data", "checks", "Found", "What to do")],
)
def test_rows_of_sentences_are_stacked_on_a_phone(visit, path: str, part: str, by: str, said: str, theme: str) -> None:
    visitor = visit("procurement_manager", width=390, theme=theme)
    visitor.page.goto(path)
    settled(visitor)
    table = visitor.page.locator(f"[data-sg='{part}.table']")
    for place in visitor.page.locator(".sg-table:visible").all():
        assert place.evaluate("place => place.scrollWidth <= place.clientWidth"), place.inner_text()[:80]
    first = table.locator("tbody tr").first
    cells = first.locator("td:visible").evaluate_all("cells => cells.map((one) => one.getBoundingClientRect().right)")
    assert max(cells) <= 390
    label = first.locator("td.sg-cell-long").first.evaluate("cell => getComputedStyle(cell, '::before').content")
    assert f'"{said}' in label
    table.get_by_role("button", name=by).click()
    expect(table.get_by_role("columnheader", name=by)).to_have_attribute("aria-sort", "descending")
    expect(table.get_by_role("row")).not_to_have_count(0)
    assert visitor.axe() == []


@pytest.mark.promise("page weight")
def test_the_first_page_is_light_and_the_second_visit_lighter(visit, site: Served) -> None:
    visitor = visit("sales_manager")
    protocol = visitor.context.new_cdp_session(visitor.page)
    protocol.send("Network.enable")
    received: list[int] = []
    protocol.on("Network.loadingFinished", lambda event: received.append(int(event["encodedDataLength"])))
    weights = []
    visitor.page.goto("about:blank")  # what the page after the sign-in still asks for is not of this one
    protocol.send("Network.clearBrowserCache")
    for _ in range(2):
        received.clear()
        visitor.page.goto("/revenue")
        visitor.drawn()
        visitor.page.wait_for_load_state("networkidle")
        weights.append(sum(received))
    assert weights[0] <= COLD, weights
    assert weights[1] <= WARM, weights
