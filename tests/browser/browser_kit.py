"""A person at a browser: Chromium of the machine, driven by Playwright, with an ear for anything that goes wrong."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from kit import Served
from playwright.sync_api import Browser, CDPSession, Locator, Page, expect, sync_playwright

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
SECONDS = 15_000
# Most journeys begin on the page of the role's own measure, not on the Overview.
BEGIN = {"procurement_manager": "/units", "sales_manager": "/revenue"}


@contextmanager
def launch() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


class Visitor:
    """One browser profile of its own.

    Attributes:
        wrong: console errors, page errors and requests to other sites, unless a test takes them out.
    """

    def __init__(self, browser: Browser, served: Served, width: int = 1440, theme: str = "light") -> None:
        self.served = served
        self.context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=theme, base_url=served.url, reduced_motion="reduce"
        )  # type: ignore[arg-type]
        self.context.set_default_timeout(SECONDS)
        self.page: Page = self.context.new_page()
        self.wrong: list[str] = []
        self.page.on("console", lambda m: self.wrong.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda e: self.wrong.append(str(e)))
        self.page.on("request", lambda r: None if r.url.startswith((served.url, "data:")) else self.wrong.append(r.url))

    def sign_in(self, role: str) -> None:
        me = self.served.installation.credentials[role]
        self.enter(me["username"], me["password"], BEGIN.get(role, ""))
        self.page.wait_for_url(lambda url: "/sign-in" not in url)

    def enter(self, username: str, password: str, then: str = "") -> None:
        self.page.goto(f"/sign-in?next={then}" if then else "/sign-in")
        self.page.get_by_label("User name").fill(username)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in", exact=True).click()

    def prove(self, code: str) -> None:
        """Type a code of the authenticator app at the second step."""
        self.page.get_by_label("Code from your authenticator app").fill(code)
        self.page.get_by_role("button", name="Continue").click()

    def add_authenticator(self) -> tuple[CDPSession, str]:
        """Give this browser a fingerprint reader that says yes; the protocol session and the reader's id.

        Passkeys work at a name only: serve the site with ``name="localhost"``.
        """
        protocol = self.context.new_cdp_session(self.page)
        protocol.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        made = protocol.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        return protocol, made["authenticatorId"]

    def bars(self, chart: str) -> Locator:
        """The bars of a drawn chart."""
        return self.page.locator(f"[data-sg='{chart}.plot'] .barlayer .trace:first-child .point path")

    def click_bar(self, chart: str, position: int) -> None:
        """Click in the middle of a bar; plotly listens on a layer above it."""
        bar = self.bars(chart).nth(position)
        bar.evaluate("bar => bar.scrollIntoView({block: 'center'})")
        box = bar.bounding_box()
        assert box
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.page.mouse.move(x, y)
        self.page.mouse.click(x, y)

    def drawn(self) -> None:
        """Wait until all charts are there."""
        for chart in ("monthly", "best", "split"):
            expect(self.bars(chart).first).to_be_visible(timeout=SECONDS)

    def pick(self, label: str, value: str) -> None:
        """Choose in a select, and wait for the answer."""
        with self.page.expect_response("**/_dash-update-component*"):
            self.page.get_by_label(label, exact=True).select_option(label=value)
        self.page.wait_for_load_state("networkidle")

    def axe(self) -> list[Any]:
        """What axe finds wrong with the page as it stands."""
        found = Axe().run(self.page, options={"resultTypes": ["violations"]})
        return [(v["id"], [n["target"] for n in v["nodes"]][:3]) for v in found.response["violations"]]

    def close(self) -> None:
        wrong = [text for text in self.wrong if text]
        self.context.close()
        assert wrong == []
