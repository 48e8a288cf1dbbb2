"""Registering, verifying, getting back in: by the mails, in a browser, with scripts and without."""

from pathlib import Path

import pytest
from browser_kit import Visitor
from kit import Installation, serve
from mail_kit import latest
from playwright.sync_api import Browser, Page, expect

from dashboard.accounts.password_policy import Owner, objections

GOOD, NEW = "seven brass kettles under snow", "twelve quiet oxen by a gate"
MAIL = "ada.quill@example.com"
# What the server refuses for what it is made of; the lists of known passwords are not in the browser.
REFUSED = (
    "short",
    "fourteen chars",
    "ada quill ada quill",
    "quill.quill.quill",
    "abcabcabcabcabcabc",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjkl",
    "aaaaaaaaaaaaaaaaaaaa",
    "Salesgate Salesgate",
    "123456789012345678",
)


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def refused(visitor: Visitor) -> None:
    """A page that refuses is answered with its code, which the browser notes as an error."""
    visitor.wrong = [text for text in visitor.wrong if not any(code in text for code in ("400", "401", "410"))]


def fill(page: Page, password: str = GOOD, email: str = MAIL) -> None:
    for label, text in {
        "First name": "Ada",
        "Last name": "Quill",
        "E-mail address": email,
        "User name": "ada",
        "Day": "9",
        "Month": "12",
        "Year": "1984",
    }.items():
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_label("Password", exact=True).fill(password)


def register(page: Page) -> None:
    page.goto("/register")
    fill(page)
    page.get_by_label("Sales Manager").check()
    page.get_by_role("button", name="Create account").click()
    heading(page, "Check your mail")


def go_back_in(page: Page, var: Path) -> None:
    page.goto("/sign-in")
    page.get_by_role("link", name="Forgot your password?").click()
    page.get_by_label("User name or e-mail address").fill("ada")
    page.get_by_role("button", name="Send the link").click()
    heading(page, "Check your mail")
    page.goto(latest(var, MAIL, "recovery").link)


@pytest.mark.promise("registration")
@pytest.mark.promise("recovery")
@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
def test_from_the_first_form_to_a_new_password(chromium: Browser, own: Installation, width: int, theme: str) -> None:
    for served in serve(own, name="localhost"):
        visitor = Visitor(chromium, served, width, theme)
        page = visitor.page
        page.goto("/sign-in")
        page.get_by_role("link", name="Create an account").click()
        expect(page.get_by_label("First name")).to_be_focused()
        assert visitor.axe() == []
        register(page)
        assert visitor.axe() == []
        page.goto(latest(own.var, MAIL, "verify").link)
        assert visitor.axe() == []
        page.get_by_role("button", name="Confirm").click()
        expect(page.get_by_role("main")).to_contain_text("You asked for the role Sales Manager.")
        visitor.enter("ada", GOOD)
        page.wait_for_url("**/account")
        page.get_by_role("button", name="Sign out").click()
        heading(page, "Sign in")
        go_back_in(page, own.var)
        expect(page.get_by_label("Day")).to_be_focused()
        expect(page.get_by_role("main")).to_contain_text("••.••.•••4")
        assert visitor.axe() == []
        for part, text in {"Day": "9", "Month": "12", "Year": "1984"}.items():
            page.get_by_label(part).fill(text)
        page.get_by_role("button", name="Continue").click()
        heading(page, "Choose a new password")
        assert visitor.axe() == []
        page.get_by_label("New password").fill(NEW)
        page.get_by_role("button", name="Save password").click()
        heading(page, "Your password is set")
        page.get_by_role("link", name="Sign in").click()
        visitor.enter("ada", NEW)
        page.wait_for_url("**/account")
        page.goto("about:blank")
        visitor.close()


def test_what_is_wrong_is_where_the_cursor_is(visit) -> None:
    visitor = visit()
    page = visitor.page
    page.goto("/register")
    page.locator("form").evaluate("form => { form.noValidate = true; }")
    fill(page, "short", email="nobody")
    page.get_by_role("button", name="Create account").click()
    email = page.get_by_label("E-mail address")
    expect(email).to_be_focused()
    expect(email).to_have_accessible_description("This is not an e-mail address. We mail you a link to confirm it.")
    expect(email).to_have_value("nobody")
    password = page.get_by_label("Password", exact=True)
    expect(password).to_have_value("")
    assert visitor.axe() == []
    expect(page.locator("#password-error")).to_be_visible()
    password.fill("x")
    expect(page.locator("#password-error")).to_have_count(0)
    refused(visitor)


@pytest.mark.promise("ASVS 6.2.6")
@pytest.mark.promise("ASVS 6.2.7")
def test_a_password_can_be_shown_and_pasted_and_goes_out_hidden(visit) -> None:
    visitor = visit()
    page = visitor.page
    page.goto("/register")
    field = page.get_by_label("Password", exact=True)
    page.get_by_label("First name").fill(GOOD)
    page.get_by_label("First name").press("Control+a")
    page.keyboard.press("Control+c")
    field.press("Control+v")
    expect(field).to_have_value(GOOD)
    expect(field).to_have_attribute("type", "password")
    page.get_by_role("button", name="Show").click()
    expect(field).to_have_attribute("type", "text")
    expect(page.get_by_role("button", name="Hide")).to_have_attribute("aria-pressed", "true")
    page.locator("form").evaluate("form => form.addEventListener('submit', event => event.preventDefault())")
    fill(page)
    page.get_by_role("button", name="Create account").click()
    expect(field).to_have_attribute("type", "password")


def test_the_meter_teaches_and_never_praises_what_the_server_refuses(visit) -> None:
    visitor = visit()
    page = visitor.page
    page.goto("/register")
    owner = Owner("ada", MAIL, "", "Ada", "Quill")
    meter = page.locator("[data-strength]")
    for password in REFUSED:
        assert objections(password, owner), password
        fill(page, password)
        expect(meter).to_have_attribute("data-level", "0")
        expect(meter.get_by_role("status")).not_to_be_empty()
    assert objections(GOOD, owner) == ()
    fill(page, GOOD)
    expect(meter).to_have_attribute("data-level", "2")
    expect(meter.get_by_role("status")).to_have_text("Good. Use it nowhere else.")
    # What others know of the person counts also when it is typed later.
    fill(page, "old barnacle bill 1")
    expect(meter).to_have_attribute("data-level", "1")
    page.get_by_label("User name").fill("old.barnacle.bill")
    expect(meter).to_have_attribute("data-level", "0")
    page.get_by_label("Password", exact=True).fill("")
    expect(meter).to_be_empty()


@pytest.mark.promise("ASVS 6.4.3")
def test_whoever_has_a_passkey_needs_it_to_get_back_in(visit, own: Installation) -> None:
    for served in serve(own, name="localhost", SALESGATE_SECOND_FACTOR__GRACE_UNTIL=""):
        visitor = visit(None, served)
        page, me = visitor.page, own.credentials["admin"]
        visitor.add_authenticator()
        visitor.enter(me["username"], me["password"])
        page.get_by_role("button", name="Make a passkey").click()
        page.get_by_role("link", name="I have kept them").click()
        page.wait_for_url("**/users")
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url("**/sign-in**")
        page.goto("/recover")
        page.get_by_label("User name or e-mail address").fill(me["username"])
        page.get_by_role("button", name="Send the link").click()
        page.goto(latest(own.var, "ada.admin@example.com", "recovery").link)
        page.get_by_role("button", name="Continue").click()
        heading(page, "One more step")
        assert visitor.axe() == []
        page.goto("/recovery/password")
        heading(page, "One more step")
        page.get_by_role("button", name="Use your passkey").click()
        heading(page, "Choose a new password")
        # Beside a passkey eight characters are enough.
        page.get_by_label("New password").fill("wq7-tern")
        page.get_by_role("button", name="Save password").click()
        heading(page, "Your password is set")
        visitor.enter(me["username"], "wq7-tern")
        heading(page, "One more step")
        page.goto("about:blank")


@pytest.mark.promise("account flows work without scripts")
def test_everything_works_without_scripts(chromium: Browser, own: Installation) -> None:
    for served in serve(own, name="localhost"):
        context = chromium.new_context(base_url=served.url, java_script_enabled=False)
        page = context.new_page()
        register(page)
        page.get_by_role("button", name="Send it again").click()
        heading(page, "Check your mail")
        page.goto(latest(own.var, MAIL, "verify").link)
        page.get_by_role("button", name="Confirm").click()
        heading(page, "Welcome")
        go_back_in(page, own.var)
        for part, text in {"Day": "9", "Month": "12", "Year": "1984"}.items():
            page.get_by_label(part).fill(text)
        page.get_by_role("button", name="Continue").click()
        page.get_by_label("New password").fill(NEW)
        page.get_by_role("button", name="Save password").click()
        heading(page, "Your password is set")
        context.close()
