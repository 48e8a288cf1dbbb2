"""Signing in and out, sessions that end, and what a page says when something goes wrong."""

import re

import pytest
from kit import Installation, Served, run_command, serve
from playwright.sync_api import Route, expect


def test_signing_in_leads_to_the_page_asked_for_and_signing_out_ends_it(visit) -> None:
    visitor = visit()
    page = visitor.page
    page.goto("/units?show=5")
    expect(page).to_have_url(re.compile("/sign-in"))
    me = visitor.served.installation.credentials["procurement_manager"]
    page.get_by_label("User name").fill(me["username"])
    page.get_by_label("Password").fill(me["password"])
    page.get_by_role("button", name="Sign in", exact=True).click()
    visitor.drawn()
    assert page.url.endswith("/units?show=5")
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/sign-in"))
    page.goto("/units")
    expect(page).to_have_url(re.compile("/sign-in"))
    page.go_back()
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()


def test_a_wrong_password_is_refused_in_words(visit) -> None:
    visitor = visit()
    visitor.enter("sam.sales", "certainly not this one")
    expect(visitor.page.get_by_role("alert")).to_contain_text("not right")
    visitor.wrong = [text for text in visitor.wrong if "401" not in text]


def test_a_session_that_ended_leads_to_the_sign_in_page_and_back(visit, site: Served) -> None:
    visitor = visit("procurement_manager")
    page = visitor.page
    page.goto("/units?from=2026-10&to=2026-10")
    visitor.drawn()
    ended = run_command(site.installation.var, "users", "end-sessions", "petra.procurement")
    assert ended.returncode == 0, ended.stderr
    page.get_by_label("Region", exact=True).select_option(label="South")
    expect(page).to_have_url(re.compile(r"/sign-in\?ended=signed-out&next="))
    me = site.installation.credentials["procurement_manager"]
    page.get_by_label("User name").fill(me["username"])
    page.get_by_label("Password").fill(me["password"])
    page.get_by_role("button", name="Sign in", exact=True).click()
    visitor.drawn()
    expect(page.locator(".sg-window")).to_have_text("October 2026")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (403, "You are not allowed to see that."),
        (429, "Too many requests."),
        (500, "Something went wrong"),
        (0, "cannot be reached"),
    ],
)
def test_a_failed_request_is_said_aloud(visit, code: int, words: str) -> None:
    visitor = visit("procurement_manager")
    page = visitor.page
    visitor.drawn()

    def fail(route: Route) -> None:
        route.fulfill(status=code, json={}) if code else route.abort()

    page.route("**/_dash-update-component*", fail)
    page.get_by_label("Region", exact=True).select_option(label="South")
    expect(page.get_by_role("alert").filter(has_text=words)).to_be_visible()
    page.unroute("**/_dash-update-component*")
    visitor.pick("Region", "North")
    expect(page.get_by_role("alert").filter(has_text=words)).to_have_count(0)
    visitor.wrong.clear()


def test_an_admin_invites_a_user_and_closes_the_account_again(visit, own: Installation) -> None:
    for served in serve(own):
        admin = visit("admin", served)
        page = admin.page
        page.wait_for_url("**/users")
        pages = ["Users", "Roles", "Audit log", "Access review", "Sources", "Calendar"]
        expect(page.locator(".sg-nav a")).to_have_text(pages)
        page.get_by_label("User name").fill("nora.north")
        page.get_by_label("E-mail").fill("nora@example.com")
        page.get_by_label("First name").fill("Nora")
        page.get_by_label("Last name").fill("North")
        page.locator("#users-new-role").select_option(label="Sales Manager")
        page.get_by_role("button", name="Create user").click()
        link = page.get_by_label("Invitation link").input_value()
        expect(page.locator("[data-sg='users.table']")).to_contain_text("invited")

        nora = visit(None, served)
        nora.page.goto(link)
        nora.page.get_by_label("New password", exact=True).fill("seven green herons at dusk")
        nora.page.get_by_role("button", name="Save password").click()
        nora.enter("nora.north", "seven green herons at dusk", "/revenue")
        nora.page.wait_for_url("**/revenue")
        nora.drawn()

        page.locator("[data-sg='users.table']").get_by_role("button", name="nora.north").click()
        page.get_by_role("button", name="Disable…").click()
        page.get_by_role("dialog").get_by_role("button", name="Disable").click()
        expect(page.locator("[data-sg='users.chosen']")).to_contain_text("signed out everywhere")
        nora.page.get_by_label("Region", exact=True).select_option(label="South")
        expect(nora.page).to_have_url(re.compile("/sign-in"))
        for visitor in (admin, nora):
            visitor.page.goto("about:blank")


def test_a_user_that_cannot_be_created_is_refused_in_words(visit) -> None:
    visitor = visit("admin")
    visitor.page.get_by_label("User name").fill("ada.admin")
    visitor.page.get_by_label("E-mail").fill("ada2@example.com")
    visitor.page.get_by_role("button", name="Create user").click()
    expect(visitor.page.locator("[data-sg='users.refused']")).to_contain_text("ada.admin")
