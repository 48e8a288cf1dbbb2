"""Signing in with more than a password: authenticator app, mailed code, passkey; and being asked once more."""

import re
from pathlib import Path
from urllib.parse import quote

import pyotp
import pytest
from browser_kit import Visitor
from kit import Installation, enrol_totp, serve
from mail_kit import latest, mails
from playwright.sync_api import expect

from dashboard.accounts import Accounts

NO_GRACE = {"SALESGATE_SECOND_FACTOR__GRACE_UNTIL": ""}


def refused(visitor: Visitor) -> None:
    """A page that refuses is answered with its code, which the browser notes as an error."""
    visitor.wrong = [text for text in visitor.wrong if "401" not in text]


def with_totp(own: Installation, username: str) -> pyotp.TOTP:
    accounts = Accounts(own.settings)
    try:
        return enrol_totp(accounts, username)
    finally:
        accounts.close()


def away(*visitors: Visitor) -> None:
    """Leave the site before it stops, so that no page asks it anything any more."""
    for visitor in visitors:
        visitor.page.goto("about:blank")


def password(visitor: Visitor, role: str, target: str = "/") -> None:
    me = visitor.served.installation.credentials[role]
    visitor.page.goto(f"/sign-in?next={quote(target)}")
    visitor.page.get_by_label("User name").fill(me["username"])
    visitor.page.get_by_label("Password").fill(me["password"])
    visitor.page.get_by_role("button", name="Sign in", exact=True).click()


@pytest.mark.promise("sign in with an authenticator app")
def test_a_manager_signs_in_with_an_authenticator_app(visit, own: Installation) -> None:
    app = with_totp(own, "petra.procurement")
    for served in serve(own):
        visitor = visit(None, served)
        page = visitor.page
        password(visitor, "procurement_manager", "/units?show=5")
        expect(page.get_by_role("heading", level=1)).to_have_text("One more step")
        assert visitor.axe() == []
        visitor.prove("12")
        expect(page.get_by_role("alert")).to_be_visible()
        expect(page.get_by_label("Code from your authenticator app")).to_be_focused()
        refused(visitor)
        visitor.prove(app.now())
        visitor.drawn()
        assert page.url.endswith("/units?show=5")
        away(visitor)


@pytest.mark.promise("ASVS 6.3.3")
def test_an_admin_has_to_set_up_an_authenticator_app_and_keeps_the_codes(
    visit, own: Installation, tmp_path: Path
) -> None:
    for served in serve(own, name="localhost", **NO_GRACE):
        visitor = visit(None, served)
        page = visitor.page
        password(visitor, "admin")
        expect(page.get_by_role("heading", level=1)).to_have_text("Set up a second step")
        assert visitor.axe() == []
        page.get_by_role("button", name="Use an authenticator app").click()
        picture = page.get_by_role("img", name="QR code")
        expect(picture).to_be_visible()
        assert picture.evaluate("image => image.naturalWidth") > 100
        page.get_by_text("Cannot scan?").click()
        app = pyotp.TOTP(page.locator(".gate-key").inner_text().replace(" ", ""))
        assert visitor.axe() == []
        page.get_by_label("Code from the app").fill(app.now())
        page.get_by_role("button", name="Finish").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Keep your recovery codes")
        assert visitor.axe() == []
        codes = page.locator("#codes li").all_inner_texts()
        assert len(codes) == 10
        with page.expect_download() as download:
            page.get_by_role("link", name="Download").click()
        download.value.save_as(tmp_path / "codes.txt")
        assert [line for line in (tmp_path / "codes.txt").read_text().splitlines() if line in codes] == codes
        visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.get_by_role("button", name="Copy").click()
        expect(page.get_by_role("button", name="Copied")).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()").splitlines() == codes
        page.get_by_role("link", name="I have kept them").click()
        page.wait_for_url("**/users")

        page.get_by_role("button", name="Sign out").click()
        password(visitor, "admin")
        page.get_by_role("link", name="One of your recovery codes").click()
        page.get_by_label("Recovery code").fill(codes[3])
        page.get_by_role("button", name="Continue").click()
        page.wait_for_url("**/users")
        away(visitor)


@pytest.mark.promise("sign in with a mailed code")
def test_an_admin_takes_codes_by_mail(visit, own: Installation) -> None:
    for served in serve(own, **NO_GRACE):
        visitor = visit(None, served)
        page = visitor.page
        password(visitor, "admin")
        page.get_by_role("button", name="Use codes by mail").click()
        expect(page.get_by_role("status")).to_contain_text("a•••@example.com")
        page.get_by_label("Code from the mail").fill(latest(own.var, "ada.admin@example.com", "mail_code").code)
        page.get_by_role("button", name="Continue").click()
        page.get_by_role("link", name="I have kept them").click()
        page.wait_for_url("**/users")
        page.get_by_role("button", name="Sign out").click()

        before = len(mails(own.var, "ada.admin@example.com", "mail_code"))
        password(visitor, "admin")
        page.get_by_role("button", name="Send the code").click()
        expect(page.get_by_label("Code from the mail")).to_be_focused()
        for _ in range(50):
            page.wait_for_timeout(200)
            if len(mails(own.var, "ada.admin@example.com", "mail_code")) > before:
                break
        page.get_by_label("Code from the mail").fill(latest(own.var, "ada.admin@example.com", "mail_code").code)
        page.get_by_role("button", name="Continue").click()
        page.wait_for_url("**/users")
        away(visitor)


@pytest.mark.promise("sign in with a passkey")
def test_a_passkey_is_the_second_step_and_then_all_that_is_needed(visit, own: Installation) -> None:
    for served in serve(own, name="localhost", **NO_GRACE):
        visitor = visit(None, served)
        page = visitor.page
        protocol, reader = visitor.add_authenticator()
        password(visitor, "admin")
        page.get_by_role("button", name="Make a passkey").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Keep your recovery codes")
        assert len(protocol.send("WebAuthn.getCredentials", {"authenticatorId": reader})["credentials"]) == 1
        page.get_by_role("link", name="I have kept them").click()
        page.wait_for_url("**/users")
        page.get_by_role("button", name="Sign out").click()

        password(visitor, "admin")
        page.get_by_role("button", name="Use your passkey").click()
        page.wait_for_url("**/users")
        page.get_by_role("button", name="Sign out").click()

        page.goto("/sign-in?next=/account")
        page.get_by_role("button", name="Sign in with a passkey").click()
        page.wait_for_url("**/account")

        page.get_by_role("button", name="Sign out").click()
        protocol.send("WebAuthn.setUserVerified", {"authenticatorId": reader, "isUserVerified": False})
        page.get_by_role("button", name="Sign in with a passkey").click()
        expect(page.get_by_role("alert")).to_contain_text("was not used")
        expect(page.get_by_role("button", name="Sign in with a passkey")).to_be_enabled()
        away(visitor)


def test_a_passkey_proves_who_one_is_in_place_of_the_password(visit, own: Installation) -> None:
    # Fresh for three seconds.
    for served in serve(own, name="localhost", **NO_GRACE, SALESGATE_SESSION__FRESH_MINUTES="0.05"):
        visitor = visit(None, served)
        page = visitor.page
        visitor.add_authenticator()
        password(visitor, "admin")
        page.get_by_role("button", name="Make a passkey").click()
        page.get_by_role("link", name="I have kept them").click()
        page.wait_for_url("**/users")
        page.wait_for_timeout(3500)
        page.goto("/confirm?next=/account")
        expect(page.get_by_role("heading", level=1)).to_have_text("Confirm that it is you")
        assert visitor.axe() == []
        page.get_by_role("button", name="Confirm with a passkey").click()
        page.wait_for_url("**/account")

        page.wait_for_timeout(3500)
        page.goto("/confirm?next=/account")
        page.get_by_label("Password").fill(own.credentials["admin"]["password"])
        page.get_by_role("button", name="Confirm", exact=True).click()
        page.get_by_role("button", name="Use your passkey").click()
        page.wait_for_url("**/account")
        away(visitor)


def test_at_an_address_no_passkey_is_offered(visit) -> None:
    visitor = visit()
    visitor.page.goto("/sign-in")
    expect(visitor.page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    expect(visitor.page.get_by_role("button", name="Sign in with a passkey")).to_have_count(0)


@pytest.mark.promise("works without JavaScript")
def test_all_but_passkeys_works_without_scripts(chromium, own: Installation) -> None:
    app = with_totp(own, "ada.admin")
    for served in serve(own, **NO_GRACE):
        context = chromium.new_context(java_script_enabled=False, base_url=served.url)
        page = context.new_page()
        me = own.credentials["admin"]
        page.goto("/sign-in?next=/health")
        page.get_by_label("User name").fill(me["username"])
        page.get_by_label("Password").fill(me["password"])
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.get_by_label("Code from your authenticator app").fill(app.now())
        page.get_by_role("button", name="Continue").click()
        expect(page).to_have_url(re.compile("/health$"))
        context.close()


@pytest.mark.promise("accessible")
def test_the_pages_fit_a_phone_and_axe_finds_nothing(visit, own: Installation) -> None:
    with_totp(own, "petra.procurement")
    for served in serve(own):
        for theme in ("light", "dark"):
            visitor = visit(None, served, width=390, theme=theme)
            password(visitor, "procurement_manager")
            visitor.page.wait_for_url("**/sign-in/second*")
            for path in ("/sign-in?ended=idle", "/sign-in/second", "/sign-in/second?way=recovery"):
                visitor.page.goto(path)
                assert visitor.axe() == [], path
                assert visitor.page.evaluate("document.documentElement.scrollWidth") == 390, path
            away(visitor)
