"""The question before a session ends, and what stands there when it has ended. The settings shorten the time."""

import re
from collections.abc import Iterator

import pytest
from browser_kit import Visitor
from kit import Installation, Served, run_command, serve
from playwright.sync_api import Locator, expect

# Sixteen seconds without use, the last eight of them with the question.
SHORT = {"SALESGATE_SESSION__IDLE_MINUTES": "0.27", "SALESGATE_SESSION__TOUCH_SECONDS": "0"}
ASKED = 15_000
ENDED = 25_000


@pytest.fixture(scope="module")
def short(demo: Installation) -> Iterator[Served]:
    yield from serve(demo, **SHORT)


def question(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("alertdialog", name="Are you still there?")


def expiry(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("alertdialog", name="Your session has expired")


@pytest.mark.promise("ASVS 7.3.1")
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_asks_and_stays_when_told_so(visit, short: Served, theme: str) -> None:
    visitor = visit("procurement_manager", short, theme=theme)
    visitor.drawn()
    expect(question(visitor)).to_be_visible(timeout=ASKED)
    expect(question(visitor)).to_contain_text(re.compile(r"signed out in 0:0\d"))
    expect(visitor.page.get_by_role("button", name="Stay signed in")).to_be_focused()
    assert visitor.axe() == []
    visitor.page.get_by_role("button", name="Stay signed in").click()
    expect(question(visitor)).to_have_count(0)
    visitor.page.wait_for_timeout(4000)
    expect(question(visitor)).to_have_count(0)
    visitor.pick("Region", "North")
    expect(visitor.page).to_have_url(re.compile("region=North"))
    visitor.page.goto("about:blank")


def test_escape_means_that_somebody_is_there(visit, short: Served) -> None:
    visitor = visit("procurement_manager", short)
    visitor.drawn()
    expect(question(visitor)).to_be_visible(timeout=ASKED)
    visitor.page.keyboard.press("Escape")
    expect(question(visitor)).to_have_count(0)
    visitor.page.wait_for_timeout(3000)
    expect(expiry(visitor)).to_have_count(0)
    visitor.page.goto("about:blank")


def test_one_can_sign_out_of_the_question(visit, short: Served) -> None:
    visitor = visit("procurement_manager", short)
    visitor.drawn()
    expect(question(visitor)).to_be_visible(timeout=ASKED)
    question(visitor).get_by_role("button", name="Sign out").click()
    expect(visitor.page).to_have_url(re.compile(r"/sign-in$"))


@pytest.mark.promise("ASVS 7.3.1")
def test_an_expired_session_blocks_the_page_and_leads_back_to_it(visit, short: Served) -> None:
    visitor = visit("procurement_manager", short)
    page = visitor.page
    page.goto("/units?from=2026-10&to=2026-10")
    visitor.drawn()
    expect(expiry(visitor)).to_be_visible(timeout=ENDED)
    assert visitor.axe() == []
    for _ in range(3):
        page.keyboard.press("Escape")
    expect(expiry(visitor)).to_be_visible()
    page.get_by_role("link", name="Sign in again").click()
    expect(page).to_have_url(re.compile(r"/sign-in\?ended=idle&next="))
    expect(page.get_by_role("status")).to_contain_text("because it was not used")
    me = short.installation.credentials["procurement_manager"]
    page.get_by_label("User name").fill(me["username"])
    page.get_by_label("Password").fill(me["password"])
    page.get_by_role("button", name="Sign in", exact=True).click()
    visitor.drawn()
    expect(page.locator(".sg-window")).to_have_text("October 2026")
    assert page.url.endswith("/units?from=2026-10&to=2026-10")
    page.goto("about:blank")


@pytest.mark.promise("ASVS 7.3.2")
def test_at_the_absolute_limit_there_is_nothing_to_ask(visit, demo: Installation) -> None:
    # Fifteen seconds, however it is used.
    for served in serve(demo, SALESGATE_SESSION__ABSOLUTE_HOURS="0.0042"):
        visitor = visit("procurement_manager", served)
        visitor.page.wait_for_timeout(4000)
        expect(question(visitor)).to_have_count(0)
        expect(expiry(visitor)).to_be_visible(timeout=ENDED)
        visitor.page.get_by_role("link", name="Sign in again").click()
        expect(visitor.page.get_by_role("status")).to_contain_text("because its time was up")
        visitor.page.goto("about:blank")


def test_work_in_one_tab_keeps_the_other_quiet(visit, short: Served) -> None:
    visitor = visit("procurement_manager", short)
    visitor.drawn()
    other = visitor.context.new_page()
    other.goto("/units")
    shown = "document.querySelectorAll('dialog[open]').length"
    for region in ("North", "South", "West", "North", "South"):
        visitor.pick("Region", region)
        visitor.page.wait_for_timeout(3000)
        assert other.evaluate(shown) == visitor.page.evaluate(shown) == 0
    expect(question(visitor)).to_be_visible(timeout=ENDED)
    visitor.page.get_by_role("button", name="Stay signed in").click()
    other.wait_for_timeout(1500)
    assert other.evaluate(shown) == 0
    other.close()
    visitor.page.goto("about:blank")


def test_a_page_that_wakes_up_knows_that_its_time_is_over(visit, site: Served) -> None:
    visitor = visit("procurement_manager", site)
    page = visitor.page
    visitor.drawn()
    ended = run_command(site.installation.var, "users", "end-sessions", "petra.procurement")
    assert ended.returncode == 0, ended.stderr
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    dialog = page.get_by_role("alertdialog", name="You are signed out")
    expect(dialog).to_be_visible()
    dialog.get_by_role("link", name="Sign in again").click()
    expect(page.get_by_role("status")).to_contain_text("You are signed out.")
    me = site.installation.credentials["procurement_manager"]
    visitor.enter(me["username"], me["password"], "/units")
    visitor.drawn()


def test_tabs_come_back_together(visit, site: Served) -> None:
    visitor = visit("procurement_manager", site)
    visitor.drawn()
    other = visitor.context.new_page()
    other.goto("/units?show=5")
    other.wait_for_load_state("networkidle")
    visitor.page.get_by_role("button", name="Sign out").click()
    visitor.page.wait_for_url("**/sign-in")
    other.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(other.get_by_role("alertdialog", name="You are signed out")).to_be_visible()
    visitor.sign_in("procurement_manager")
    visitor.drawn()
    other.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(other.get_by_role("alertdialog")).to_have_count(0)
    expect(other.locator(".sg-cards")).to_be_visible()
    other.close()


def test_a_remembered_session_is_not_asked(visit, demo: Installation) -> None:
    for served in serve(demo, **SHORT):
        visitor = visit(None, served)
        page = visitor.page
        me = demo.credentials["procurement_manager"]
        page.goto("/sign-in?next=/units")
        page.get_by_label("User name").fill(me["username"])
        page.get_by_label("Password").fill(me["password"])
        page.get_by_label("Keep me signed in").check()
        page.get_by_role("button", name="Sign in", exact=True).click()
        visitor.drawn()
        page.wait_for_timeout(17_000)
        expect(page.get_by_role("alertdialog")).to_have_count(0)
        visitor.pick("Region", "North")
        page.goto("about:blank")


def test_nothing_is_wider_than_a_phone_with_the_question(visit, short: Served) -> None:
    visitor = visit("procurement_manager", short, width=390)
    expect(question(visitor)).to_be_visible(timeout=ENDED)
    box = question(visitor).bounding_box()
    assert box
    assert box["x"] >= 8
    assert box["x"] + box["width"] <= 382
    visitor.page.goto("about:blank")
