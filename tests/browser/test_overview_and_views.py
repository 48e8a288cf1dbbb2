"""The Overview, the menu on a phone, saved views and paper."""

import pytest
from playwright.sync_api import expect


@pytest.mark.promise("accessible")
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_overview_is_accessible_and_no_wider_than_a_phone(visit, theme: str) -> None:
    visitor = visit("procurement_manager", theme=theme, width=390)
    page = visitor.page
    page.goto("/overview")
    expect(visitor.bars("best").first).to_be_visible()
    page.get_by_text("Views", exact=True).click()
    expect(page.get_by_label("Save what you see as")).to_be_focused()
    page.get_by_text("How was this number made?").first.click()
    assert visitor.axe() == []
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    active = page.locator(".sg-nav .active")
    page.goto("/data")
    expect(active).to_have_text("Data")
    expect(active).to_be_in_viewport(ratio=0.9)


def test_a_view_is_kept_and_brings_the_filters_back(visit) -> None:
    visitor = visit("procurement_manager")
    page = visitor.page
    page.goto("/units?from=2026-10&to=2026-10&region=North")
    visitor.drawn()
    page.get_by_text("Views", exact=True).click()
    page.get_by_label("Save what you see as").fill("<b>North</b> in October")
    page.get_by_role("button", name="Save", exact=True).click()
    link = page.get_by_role("link", name="<b>North</b> in October")
    expect(link).to_be_visible()
    page.keyboard.press("Escape")
    expect(link).to_be_hidden()
    page.goto("/account")
    page.get_by_text("Views", exact=True).click()
    link.click()
    visitor.drawn()
    expect(page.get_by_label("Region", exact=True)).to_have_value("North")
    expect(page.locator(".sg-window")).to_have_text("October 2026")
    page.get_by_text("Views", exact=True).click()
    page.get_by_role("button", name="Remove <b>North</b> in October").click()
    expect(page.get_by_text("No view is saved yet.")).to_be_visible()


def test_paper_has_the_report_alone_in_light_colours(visit) -> None:
    visitor = visit("procurement_manager", theme="dark")
    page = visitor.page
    page.goto("/overview")
    bar = visitor.bars("best").first
    expect(bar).to_be_visible()
    fill = "bar => getComputedStyle(bar).fill"
    dark = bar.evaluate(fill)
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    for hidden in (".sg-bar", ".sg-filters"):
        expect(page.locator(hidden)).to_be_hidden()
    for shown in (".sg-window", ".sg-about", "[data-sg='findings.items'] a"):
        expect(page.locator(shown).first).to_be_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert bar.evaluate(fill) == "rgb(0, 114, 178)" != dark
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    assert bar.evaluate(fill) == dark
