"""People at their own account: password, second factor, passkey, devices; nothing is lost and nothing stays behind."""

import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from browser_kit import Visitor
from kit import Installation, Served, serve, with_users
from playwright.sync_api import Page, expect

from dashboard.accounts import Accounts, Actor

OPERATOR = Actor(0, "command line")
OTHER = "seven green herons at dusk"
NOTE = "[data-sg='account.{}.note']"
SECRET, CODES = ".sg-secret", ".sg-codes li"


@pytest.fixture(scope="module")
def served(demo: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A copy of the demo that these tests may change, at a name, for passkeys need one."""
    var = tmp_path_factory.mktemp("account") / "var"
    shutil.copytree(demo.var, var, ignore=shutil.ignore_patterns("import.lock"))
    made = with_users(var)
    accounts = Accounts(made.settings)
    for user in accounts.users()[0]:  # others may be signed in to the demo at this moment
        accounts.end_sessions(user.id, OPERATOR)
    accounts.close()
    yield from serve(made, name="localhost")


def account(visitor: Visitor) -> Page:
    visitor.page.goto("/account")
    expect(visitor.page.locator("[data-sg='account.sessions'] li").first).to_be_visible()
    return visitor.page


def note(page: Page, card: str, words: str) -> None:
    expect(page.locator(NOTE.format(card))).to_contain_text(words)


def button(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def me_of(visitor: Visitor, role: str) -> dict[str, str]:
    return visitor.served.installation.credentials[role]


def test_a_password_is_changed_and_the_other_device_is_out(visit, served: Served) -> None:
    visitor, phone = visit("procurement_manager", served), visit("procurement_manager", served)
    page, before = account(visitor), me_of(visitor, "procurement_manager")["password"]
    page.get_by_label("Current password").fill(before)
    page.get_by_label("New password", exact=True).fill("too short")
    expect(page.locator("[data-sg='account.strength']")).to_contain_text("more characters")
    page.get_by_label("New password again").fill("too short")
    button(page, "Change password")
    note(page, "password", "at least 15 characters")
    expect(page.get_by_label("Current password")).to_have_value(before)
    page.get_by_label("New password", exact=True).fill(OTHER)
    page.get_by_label("New password again").fill(OTHER)
    button(page, "Show what I type")
    expect(page.get_by_label("New password", exact=True)).to_have_attribute("type", "text")
    button(page, "Change password")
    note(page, "password", "One other device was signed out.")
    expect(page.get_by_label("Current password")).to_have_value("")
    expect(page.locator("[data-sg='account.events'] li").first).to_contain_text("Password changed")
    phone.page.goto("/units")
    expect(phone.page).to_have_url(re.compile("/sign-in"))
    me_of(visitor, "procurement_manager")["password"] = OTHER
    phone.sign_in("procurement_manager")


def test_an_authenticator_app_is_set_up_and_asked_for_at_the_next_sign_in(visit, served: Served) -> None:
    visitor = visit("sales_manager", served)
    page = account(visitor)
    button(page, "Set up")
    expect(page.get_by_alt_text("QR code for the authenticator app")).to_be_visible()
    secret = page.locator(SECRET).inner_text().replace(" ", "")
    app = pyotp.TOTP(secret)
    page.get_by_label("Code that the app shows").fill("12345")
    page.keyboard.press("Enter")
    note(page, "factors", "not right")
    expect(page.locator(SECRET)).to_be_visible()
    page.get_by_label("Code that the app shows").fill(app.now())
    button(page, "Confirm the code")
    expect(page.locator(CODES)).to_have_count(10)
    codes = page.locator(f"{CODES} code").all_inner_texts()
    assert secret not in page.content()
    with page.expect_download() as download:
        button(page, "Download")
    kept = Path(download.value.path()).read_text()
    assert all(code in kept for code in codes)
    button(page, "I have kept them")
    page.reload()
    expect(page.get_by_text("10 left")).to_be_visible()
    assert not [code for code in [*codes, secret] if code in page.content()]

    button(page, "Sign out")
    me = me_of(visitor, "sales_manager")
    visitor.enter(me["username"], me["password"])
    visitor.prove(app.at(time.time() + app.interval))
    page.wait_for_url("**/overview")
    page = account(visitor)
    page.get_by_role("listitem").filter(has_text="Authenticator app").get_by_role("button", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    note(page, "factors", "removed")


def test_recovery_codes_are_shown_once(visit, served: Served) -> None:
    visitor = visit("admin", served)
    page = account(visitor)
    expect(page.locator(".sg-due")).to_contain_text("you need a second factor")
    page.get_by_role("listitem").filter(has_text="Codes by mail").get_by_role("button", name="Turn on").click()
    expect(page.locator(CODES)).to_have_count(10)
    expect(page.locator(".sg-due")).to_be_hidden()
    first = page.locator(f"{CODES} code").first.inner_text()
    button(page, "Make new ones")
    page.get_by_role("dialog").get_by_role("button", name="Make new ones").click()
    expect(page.locator(f"{CODES} code").first).not_to_have_text(first)
    page.reload()
    expect(page.get_by_text("10 left")).to_be_visible()
    expect(page.locator(CODES)).to_have_count(0)
    button(page, "Turn off")
    page.get_by_role("dialog").get_by_role("button", name="Turn off").click()
    note(page, "factors", "off")


def test_a_passkey_is_added_named_and_removed(visit, served: Served) -> None:
    visitor = visit("procurement_manager", served)
    page = account(visitor)
    visitor.add_authenticator()
    page.get_by_label("Name for the new passkey").fill("Work laptop")
    button(page, "Add a passkey")
    note(page, "passkeys", "“Work laptop” is added")
    expect(page.locator("[data-sg='account.passkeys'] li")).to_contain_text(["Work laptop"])
    expect(page.locator(CODES)).to_have_count(10)
    button(page, "Add a passkey")
    note(page, "passkeys", "has a passkey for this account already")
    page.locator("[data-sg='account.passkeys']").get_by_role("button", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.locator("[data-sg='account.passkeys']")).to_contain_text("none yet")


def test_passkeys_are_explained_at_a_bare_address(visit) -> None:
    visitor = visit("procurement_manager")
    page = account(visitor)
    expect(page.locator("[data-sg='account.unsupported']")).to_contain_text("numeric address")
    expect(page.get_by_role("button", name="Add a passkey")).to_be_hidden()


@pytest.mark.promise("ASVS 7.5.2")
def test_another_device_is_ended_and_sent_to_sign_in(visit, served: Served) -> None:
    visitor, phone = visit("sales_manager", served), visit("sales_manager", served, width=390)
    phone.drawn()
    page = account(visitor)
    devices = page.locator("[data-sg='account.sessions'] li")
    expect(devices.filter(has_text="This device").get_by_role("button")).to_have_count(0)
    devices.get_by_role("button", name="End").first.click()
    note(page, "sessions", "signed out")
    phone.page.get_by_label("Region", exact=True).select_option(label="South")
    expect(phone.page).to_have_url(re.compile("/sign-in"))
    page.get_by_label("First name").fill("Samantha")
    button(page, "Save")
    note(page, "profile", "Saved.")
    expect(page.locator(".sg-who")).to_contain_text("Samantha")


def test_a_role_is_asked_for_and_withdrawn(visit, served: Served) -> None:
    page = account(visit("procurement_manager", served))
    page.get_by_label("Role to ask for").select_option(label="Sales Manager")
    button(page, "Ask for this role")
    expect(page.locator("[data-sg='account.request.state']")).to_contain_text("Sales Manager waits for an Admin")
    button(page, "Withdraw the request")
    expect(page.locator("[data-sg='account.request.state']")).to_contain_text("Withdrawn")


@pytest.mark.promise("ASVS 7.5.1")
def test_after_a_while_one_confirms_and_comes_back(visit, own: Installation) -> None:
    for site in serve(own, SALESGATE_SESSION__FRESH_MINUTES="0.1"):
        visitor = visit("sales_manager", site)
        page = account(visitor)
        page.wait_for_timeout(6500)
        button(page, "Set up")
        expect(page.get_by_role("alert").filter(has_text="Confirm that it is you")).to_be_visible()
        page.reload()
        expect(page.get_by_role("button", name="Set up")).to_be_disabled()
        expect(page.get_by_label("Current password")).to_be_disabled()
        page.get_by_role("link", name="confirm that it is you").first.click()
        page.get_by_label("Password").fill(site.installation.credentials["sales_manager"]["password"])
        page.get_by_role("button", name="Confirm").click()
        expect(page).to_have_url(f"{site.url}/account")
        expect(page.get_by_label("Current password")).to_be_enabled()
        page.goto("about:blank")
        # The browser's console and Dash each tell of the refusal, in their own time.
        visitor.wrong = [text for text in visitor.wrong if "403" not in text and "account-factors" not in text]


@pytest.mark.promise("accessible")
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(visit, served: Served, theme: str, width: int) -> None:
    visitor = visit("admin", served, theme=theme, width=width)
    page = account(visitor)
    button(page, "Set up")
    expect(page.locator(SECRET)).to_be_visible()
    page.get_by_label("New password", exact=True).fill("ada.admin")
    page.get_by_text("What may each role see?").click()
    expect(page.get_by_label("New address")).to_have_accessible_description(re.compile("A link goes to"))
    assert visitor.axe() == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    button(page, "Cancel")
    expect(page.locator(SECRET)).to_have_count(0)
