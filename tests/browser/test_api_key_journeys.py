"""API keys in a browser: made and shown once, revoked by owner or Admin, and used by the script of another site."""

import http.server
import re
import shutil
import threading
from collections.abc import Iterator

import pytest
from browser_kit import Visitor
from kit import Installation, Served, serve, with_users
from playwright.sync_api import Page, expect

NAME = "Reports of the shop"
SECRET = re.compile(r"sgk_[a-z0-9]{8}_[A-Za-z0-9_-]{43}")
CALL = """async ([url, key]) => {
  try {
    const answer = await fetch(url, {headers: {"X-API-Key": key}});
    return [answer.status, (await answer.json()).username, answer.headers.get("RateLimit-Limit")];
  } catch (error) { return [String(error.name)]; }
}"""


class EmptyPage(http.server.BaseHTTPRequestHandler):
    """Another web site: an empty page at every address."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def other_site() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), EmptyPage)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def served(demo: Installation, tmp_path_factory: pytest.TempPathFactory, other_site: str) -> Iterator[Served]:
    var = tmp_path_factory.mktemp("keys") / "var"
    shutil.copytree(demo.var, var, ignore=shutil.ignore_patterns("import.lock"))
    yield from serve(with_users(var), SALESGATE_API__ORIGINS=f'["{other_site}"]')


def account(visitor: Visitor) -> Page:
    visitor.page.goto("/account")
    expect(visitor.page.get_by_role("heading", name="API keys")).to_be_visible()
    return visitor.page


def make(page: Page, name: str = NAME) -> str:
    page.get_by_text("Make a key", exact=True).click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("See units sold, returned and ranked").check()
    page.get_by_label("Addresses it may come from").fill("127.0.0.0/8\n::1")
    page.get_by_role("button", name="Make the key").click()
    shown = page.locator("[data-sg='account.secret'] code")
    expect(shown).to_have_text(SECRET)
    return shown.inner_text()


@pytest.mark.promise("an API key is shown once")
@pytest.mark.promise("ASVS 3.4.2")
def test_a_key_is_made_used_by_another_sites_script_and_revoked(visit, served: Served, other_site: str) -> None:
    visitor = visit("sales_manager", served)
    page = account(visitor)
    page.get_by_text("Make a key", exact=True).click()
    page.get_by_role("button", name="Make the key").click()
    expect(page.locator("[data-sg='account.keys.note']")).to_contain_text("Choose at least one permission")
    page.reload()
    secret = make(page)
    expect(page.get_by_role("heading", name="Your new key")).to_be_focused()
    page.get_by_role("button", name="I have kept it").click()
    page.reload()
    row = page.locator("[data-sg='account.keys'] li")
    told = f"{NAME}.*{secret[:12]}.*May see units sold, returned and ranked.*Never used"
    expect(row).to_contain_text([re.compile(told, re.DOTALL)])
    assert secret[13:] not in page.content()

    elsewhere = visit(None, served)
    elsewhere.wrong = Unheard()
    url = f"{served.url}/api/v1/me"
    elsewhere.page.goto(other_site)
    assert elsewhere.page.evaluate(CALL, [url, secret]) == [200, visitor_name(visitor), "600"]
    elsewhere.page.goto(other_site.replace("127.0.0.1", "localhost"))
    assert elsewhere.page.evaluate(CALL, [url, secret]) == ["TypeError"], "a site that is not listed"

    page.reload()
    expect(row).to_contain_text(["Last used"])
    page.get_by_role("button", name=f"Revoke the key {NAME}").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.locator("[data-sg='account.keys.note']")).to_contain_text("does not work any more")
    expect(row).to_have_count(0)
    elsewhere.page.goto(other_site)
    assert elsewhere.page.evaluate(CALL, [url, secret])[0] == 401


class Unheard(list):  # type: ignore[type-arg]
    """Where the other site's page is meant to be told no."""

    def append(self, _text: object) -> None:
        pass


def visitor_name(visitor: Visitor) -> str:
    return visitor.served.installation.credentials["sales_manager"]["username"]


def test_an_admin_sees_and_revokes_the_keys_of_others(visit, served: Served) -> None:
    secret = make(account(visit("sales_manager", served)), "Night job")
    admin = visit("admin", served)
    page = admin.page
    page.goto("/users?q=sam")
    page.locator("[data-sg='users.table'] button.sg-choose").first.click()
    chosen = page.locator("[data-sg='users.chosen']")
    expect(chosen).to_contain_text(secret[:12])
    assert secret[13:] not in page.content()
    chosen.get_by_role("button", name="Revoke the key Night job").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(chosen).to_contain_text("That key is revoked.")
    expect(chosen).not_to_contain_text(secret[:12])


@pytest.mark.promise("accessible")
@pytest.mark.parametrize(("width", "theme"), [(390, "dark")])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(visit, served: Served, width: int, theme: str) -> None:
    visitor = visit("procurement_manager", served, theme=theme, width=width)
    page = account(visitor)
    make(page, f"A name of {width} " + "x" * 60)
    page.get_by_text("Make a key", exact=True).click()
    assert visitor.axe() == []
    assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.promise("accessible")
def test_code_on_the_page_about_the_api_is_as_easy_to_read_as_the_words_around_it(visit, served: Served) -> None:
    """What axe would say of its contrast, which takes half a minute on so long a page."""
    page = visit("procurement_manager", served, theme="light", width=390).page
    page.goto("/api-docs")
    paler = """[...document.querySelectorAll("main code")].filter(
        (one) => getComputedStyle(one).color !== getComputedStyle(one.parentElement).color).length"""
    assert page.locator("main code").count() > 100
    assert page.evaluate(paler) == 0
    assert page.evaluate("document.documentElement.scrollWidth") == 390
