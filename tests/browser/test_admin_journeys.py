"""An administrator's day: requests, roles, the audit log, the access review, and closing accounts."""

import csv
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from browser_kit import Visitor
from kit import Installation, Served, serve
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import update

from dashboard.accounts import Accounts, Actor, NewUser, Origin, Registering
from dashboard.accounts.models import sessions, users

OPERATOR = Actor(0, "command line")
PASSWORD = "seven green herons at dusk"
PAGES = ("/users", "/roles", "/audit", "/review")


def add(accounts: Accounts, username: str, **changes: Any) -> int:
    """A Sales Manager, but for what nobody can be created with."""
    new = NewUser(username, f"{username}@example.com", "sales_manager", username.title(), "Test")
    user = accounts.create_user(new, OPERATOR, PASSWORD)
    if changes:
        with accounts.engine.begin() as connection:
            connection.execute(update(users).where(users.c.id == user.id).values(**changes))
    return user.id


def ask_for(accounts: Accounts, user_id: int, role: str) -> None:
    accounts.requests.ask(role, Actor(user_id, accounts.user(user_id).username))


@pytest.fixture
def accounts(own: Installation) -> Iterator[Accounts]:
    """The users of a site of its own, from behind."""
    opened = Accounts(own.settings)
    yield opened
    opened.close()


@pytest.fixture
def served(own: Installation) -> Iterator[Served]:
    yield from serve(own)


@pytest.fixture
def admin(visit: Any, served: Served) -> Iterator[Visitor]:
    visitor = visit("admin", served)
    visitor.page.goto("/users")
    yield visitor
    visitor.page.goto("about:blank")


def chosen(page: Page) -> Locator:
    return page.locator("[data-sg='users.chosen']")


def choose(page: Page, username: str) -> None:
    page.locator("[data-sg='users.table']").get_by_role("button", name=username).click()
    expect(chosen(page).get_by_role("heading", name=username)).to_be_visible()


def answer(page: Page, button: str) -> None:
    """Say yes in the dialog that is open."""
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name=button, exact=True).click()
    expect(dialog).to_have_count(0)


@pytest.mark.promise("role granted only by approval")
def test_a_request_is_approved_and_the_user_sees_the_page_at_the_next_click(
    accounts: Accounts, visit: Any, served: Served, admin: Visitor
) -> None:
    typed = Registering("nora", "nora@example.com", PASSWORD, "Nora", "North", "sales_manager", date(1990, 5, 17))
    accounts.registration.register(typed, Origin())
    registered = accounts.find("nora")
    assert registered is not None
    accounts.administration.verify_mail(registered.id, OPERATOR)
    nora = visit(None, served)
    nora.enter("nora", PASSWORD)
    nora.page.wait_for_url("**/account")
    nora.page.goto("/revenue")
    expect(nora.page.get_by_text("Your role does not allow this")).to_be_visible()
    admin.page.reload()
    expect(admin.page.get_by_role("heading", name="1 person asks for a role")).to_be_visible()
    admin.page.get_by_role("button", name="Approve Sales Manager for nora").first.click()
    expect(chosen(admin.page)).to_contain_text("nora has the role Sales Manager from the next click on")
    expect(admin.page.get_by_role("heading", name="asks for a role")).to_have_count(0)
    nora.page.goto("/revenue")
    nora.drawn()
    nora.wrong = [text for text in nora.wrong if "403" not in text]
    nora.page.goto("about:blank")


def test_a_request_is_refused_with_a_reason(accounts: Accounts, admin: Visitor) -> None:
    ask_for(accounts, add(accounts, "otto"), "procurement_manager")
    page = admin.page
    page.reload()
    page.get_by_role("button", name="Refuse Procurement Manager for otto").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Refuse", exact=True).click()
    expect(dialog).to_be_visible()  # the reason is missing
    dialog.get_by_label("Reason").fill("You have all you need.")
    answer(page, "Refuse")
    expect(chosen(page)).to_contain_text("otto is told the reason by mail")
    assert accounts.requests.open()[1] == 0


def test_a_role_with_a_scope_is_made_given_and_explained(
    accounts: Accounts, visit: Any, served: Served, admin: Visitor
) -> None:
    add(accounts, "nora")
    page = admin.page
    page.goto("/roles")
    page.get_by_label("Name", exact=True).fill("Sales North")
    page.get_by_label("see net sales, discounts, returns and prices").check()
    page.get_by_role("group", name="Regions").get_by_label("only these", exact=True).check()
    page.get_by_label("Only these regions").fill("North\n")
    page.get_by_role("button", name="Make role").click()
    expect(page.get_by_text("Sales North is saved.")).to_be_visible()
    expect(page.locator("[data-sg='roles.matrix'] thead")).to_contain_text("Sales North")
    expect(page).to_have_url(re.compile("role=sales_north"))

    page.goto("/users")
    choose(page, "nora")
    page.get_by_role("button", name="Change role…").click()
    page.get_by_role("dialog").get_by_label("Role").select_option(label="Sales North")
    expect(page.get_by_role("dialog")).to_contain_text("Rows: region North.")
    answer(page, "Change role")
    expect(chosen(page)).to_contain_text("nora has the role Sales North")

    nora = visit(None, served)
    nora.enter("nora", PASSWORD, "/revenue")
    nora.page.wait_for_url("**/revenue")
    nora.drawn()
    expect(nora.page.get_by_label("Region", exact=True)).to_be_hidden()
    nora.page.goto("about:blank")

    page.get_by_role("link", name="What this user can see").click()
    explained = page.locator("[data-sg='roles.user']")
    expect(explained).to_contain_text("region North")
    expect(explained).to_contain_text("Net sales by measure:revenue")
    expect(explained).not_to_contain_text("Net units")
    page.get_by_label("Find a user").fill("sam")
    page.get_by_role("button", name="sam.sales").click()
    expect(explained).to_contain_text("all rows")


def test_a_role_that_is_refused_keeps_what_was_typed(admin: Visitor) -> None:
    page = admin.page
    page.goto("/roles")
    page.get_by_label("Name", exact=True).fill("Another Admin")
    page.get_by_label("Key").fill("admin")
    page.get_by_label("read the audit log").check()
    page.get_by_role("button", name="Make role").click()
    expect(page.locator("[data-sg='roles.said']")).to_contain_text("There is a role with the key admin already")
    page.wait_for_load_state("networkidle")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Another Admin")
    expect(page.get_by_label("read the audit log")).to_be_checked()


@pytest.mark.promise("audit log filtered, exported, verified")
def test_the_log_is_filtered_exported_and_verified(admin: Visitor, tmp_path: Path) -> None:
    page = admin.page
    page.goto("/audit")
    table = page.locator("[data-sg='audit.table'] tbody tr")
    with page.expect_response("**/_dash-update-component*"):
        page.get_by_label("Kind").select_option(label="User created")
    expect(table).to_have_count(3)
    with page.expect_response("**/_dash-update-component*"):
        page.get_by_label("Who, whom or address").fill("sam")
    expect(table).to_have_count(1)
    expect(page).to_have_url(re.compile("kind=user_created&text=sam"))
    page.get_by_text("User sam.sales created").click()
    expect(page.locator("[data-sg='audit.table'] dl")).to_contain_text("sales_manager")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Export as CSV").click()
    waiting.value.save_as(tmp_path / "log.csv")
    with (tmp_path / "log.csv").open(newline="", encoding="utf-8") as file:
        assert [row["target"] for row in csv.DictReader(file)] == ["sam.sales"]
    page.get_by_role("button", name="Verify the chain").click()
    expect(page.locator("[data-sg='audit.verdict']")).to_contain_text("events are whole")
    page.reload()
    expect(table).to_have_count(1)
    page.get_by_label("From day (UTC)").fill("2099-01-01")
    expect(page.locator("[data-sg='audit.status']")).to_contain_text("No event fits")


def test_a_user_is_deleted_after_typing_the_name(accounts: Accounts, admin: Visitor) -> None:
    add(accounts, "olga")
    page = admin.page
    page.reload()
    choose(page, "olga")
    page.get_by_role("button", name="Delete…").click()
    dialog = page.get_by_role("dialog")
    assert admin.axe() == []
    dialog.get_by_label("Type olga to confirm").fill("olg")
    dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert accounts.find("olga") is not None
    page.get_by_role("button", name="Delete…").click()
    dialog.get_by_label("Type olga to confirm").fill("olga")
    answer(page, "Delete")
    expect(chosen(page)).to_contain_text("olga was deleted")
    expect(page.locator("[data-sg='users.table']")).not_to_contain_text("olga")
    assert accounts.find("olga") is None


def test_an_account_is_edited_locked_and_opened_again(accounts: Accounts, admin: Visitor) -> None:
    add(accounts, "mia")
    page = admin.page
    page.reload()
    choose(page, "mia")
    page.get_by_role("button", name="Edit name and mail…").click()
    page.get_by_role("dialog").get_by_label("Last name").fill("Mann")
    answer(page, "Save")
    expect(chosen(page)).to_contain_text("Mia Mann")
    page.get_by_role("button", name="Lock…").click()
    answer(page, "Lock")
    expect(chosen(page)).to_contain_text("locked by an administrator")
    expect(page.get_by_role("button", name="Lock…")).to_have_count(0)
    page.get_by_role("button", name="Take the lock off").click()
    expect(chosen(page)).to_contain_text("The lock is off.")
    page.get_by_role("button", name="Lock…").wait_for()


def test_the_list_is_searched_sorted_and_kept_in_the_address(accounts: Accounts, admin: Visitor) -> None:
    for number in range(30):
        add_quietly(accounts, number)
    page = admin.page
    page.reload()
    names = page.locator("[data-sg='users.table'] tbody tr td:first-child")
    expect(page.locator("[data-sg='users.status']")).to_contain_text("1–25 of 33 users")
    page.get_by_role("button", name="Next").focus()
    page.keyboard.press("Enter")
    expect(names).to_have_count(8)
    page.get_by_role("button", name="User name").click()
    expect(names.first).to_have_text("sam.sales")
    expect(page.get_by_role("columnheader", name="User name")).to_have_attribute("aria-sort", "descending")
    page.get_by_label("Find").fill("clerk2")
    expect(names).to_have_count(10)
    page.reload()
    expect(names).to_have_count(10)
    page.get_by_label("State").select_option(label="Disabled")
    expect(page.locator("[data-sg='users.status']")).to_have_text("No user fits. Choose other filters.")


def add_quietly(accounts: Accounts, number: int) -> None:
    accounts.create_user(NewUser(f"clerk{number:02}", f"clerk{number:02}@example.com", "sales_manager"), OPERATOR)


def test_the_review_leads_to_the_user(accounts: Accounts, admin: Visitor) -> None:
    add(accounts, "vera", verified_at=None)
    page = admin.page
    page.goto("/review")
    page.get_by_role("button", name="Mail not verified (1)").click()
    expect(page.locator("[data-sg='review.table'] tbody tr")).to_have_count(1)
    page.get_by_role("link", name="vera").click()
    expect(chosen(page)).to_contain_text("mail not verified")
    page.get_by_role("button", name="Mark the mail as verified…").click()
    answer(page, "Mark as verified")
    expect(chosen(page)).to_contain_text("the user can sign in")


@pytest.mark.promise("ASVS 7.5.1")
def test_a_stale_sign_in_is_told_ahead_and_led_to_the_proof_and_back(
    accounts: Accounts, served: Served, admin: Visitor
) -> None:
    add(accounts, "nora")
    page = admin.page
    page.reload()
    choose(page, "nora")
    with accounts.engine.begin() as connection:
        long_ago = datetime(2026, 1, 1, tzinfo=UTC)
        connection.execute(update(sessions).values(authenticated_at=long_ago))
    page.get_by_role("button", name="Change role…").click()
    answer(page, "Change role")
    expect(page.locator("#sg-alerts")).to_contain_text("Confirm that it is you")
    assert accounts.find("nora").role == "sales_manager"  # type: ignore[union-attr]
    page.get_by_role("link", name="Confirm that it is you").click()
    page.get_by_label("Password").fill(served.installation.credentials["admin"]["password"])
    page.get_by_role("button", name=re.compile("Confirm|Continue")).first.click()
    expect(page).to_have_url(re.compile(r"/users\?user=\d+"))
    expect(chosen(page).get_by_role("heading", name="nora")).to_be_visible()
    admin.wrong = [text for text in admin.wrong if "403" not in text and "Callback error" not in text]


@pytest.mark.promise("accessible")
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_the_admin_pages(visit: Any, theme: str) -> None:
    visitor = visit("admin", theme=theme)
    for path in (*PAGES, "/users?user=2", "/roles?user=2&role=sales_manager"):
        visitor.page.goto(path)
        expect(visitor.page.get_by_role("heading", level=1)).to_be_visible()
        visitor.page.wait_for_load_state("networkidle")
        assert visitor.axe() == [], path


def test_no_admin_page_is_wider_than_a_phone(visit: Any) -> None:
    visitor = visit("admin", width=390)
    for path in (*PAGES, "/users?user=2"):
        visitor.page.goto(path)
        expect(visitor.page.get_by_role("heading", level=1)).to_be_visible()
        visitor.page.wait_for_load_state("networkidle")
        assert visitor.page.evaluate("document.documentElement.scrollWidth") == 390, path
