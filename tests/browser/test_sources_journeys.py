"""An Admin and the databases behind the figures: begin, follow and cancel a refresh, and read what failed."""

import re
import shutil
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser_kit import Visitor
from kit import Installation, Served, free_port, serve
from playwright.sync_api import Locator, Page, expect

from dashboard.settings import PROJECT, load_settings
from dashboard.sources.refresh.control import cancel_refresh
from dashboard.sources.refresh.status import read_status

WAIT = 180_000  # a refresh is a process of its own, which takes a while to begin on a busy machine
LINES = "CREATE TABLE sold (id INTEGER PRIMARY KEY, day DATE, code VARCHAR(9), units INTEGER, amount NUMERIC(9, 2))"
VIEW = "CREATE VIEW lines AS SELECT id, day, code, units, amount FROM sold"
# Counting that far takes SQLite minutes.
SLOW = (
    ", (WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 100000000) SELECT max(n) m FROM c) w"
    " WHERE w.m > 0"
)
BY_HAND = {"SALESGATE_REFRESH__EVERY_MINUTES": "0"}
SECTIONS = """
[binds.erp]
url = "sqlite:///{database}"
[binds.shop]
url = "postgresql+psycopg://reader@127.0.0.1:{port}/shop"
connect_seconds = 3
"""
SOURCE = """
[sources.{name}]
bind = "{name}"
label = "{label}"
currency = "EUR"
time_zone = "Europe/Berlin"
[sources.{name}.lines]
table = "lines"
columns = {{product = "code", quantity = "units", date = "day", amount = "amount", key = ["id"]}}
"""


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("erp") / "erp.db"
    with sqlite3.connect(path) as connection:
        connection.execute(LINES)
        rows = [(n, f"2026-{1 + n % 10:02}-{1 + n % 28:02}", f"P{n % 7}", 1 + n % 3, 9.5) for n in range(700)]
        connection.executemany("INSERT INTO sold VALUES (?, ?, ?, ?, ?)", rows)
    return path


def define(database: Path, more: str) -> None:
    """What the source reads from: at once, or after a long wait."""
    with sqlite3.connect(database) as connection:
        connection.execute("DROP VIEW IF EXISTS lines")
        connection.execute(VIEW + more)


@pytest.fixture(scope="module")
def sourced(demo: Installation, database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A site over two databases, one of which does not answer; nothing is read yet."""
    var = tmp_path_factory.mktemp("sourced") / "var"
    shutil.copytree(demo.var, var, ignore=shutil.ignore_patterns("*.lock"))
    plain = (PROJECT / "settings.toml").read_text(encoding="utf-8")
    binds = SECTIONS.format(database=database, port=free_port())
    sources = [SOURCE.format(name=name, label=label) for name, label in (("erp", "Head office"), ("shop", "Web shop"))]
    settings = var.parent / "settings.toml"
    settings.write_text("\n".join([plain, binds, *sources]), encoding="utf-8")
    yield from serve(Installation(var, demo.credentials), SALESGATE_SETTINGS=str(settings), **BY_HAND)
    # Whatever a test that failed has left behind: a refresh outlives the site.
    deadline = time.monotonic() + 30
    while read_status(var).running is not None and time.monotonic() < deadline:
        cancel_refresh(load_settings(var=var))
        time.sleep(0.2)


def said(page: Page) -> Locator:
    return page.locator("[data-sg='sources.said']")


def run(page: Page) -> Locator:
    return page.get_by_role("region", name="The refresh under way")


def act(page: Page, name: str) -> Locator:
    return page.get_by_role("group", name="Refresh").get_by_role("button", name=name)


def row(page: Page, label: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_text(label, exact=True))


def test_an_administrator_follows_cancels_and_reads(visit: Any, sourced: Served, database: Path) -> None:
    admin: Visitor = visit("admin", sourced)
    page = admin.page
    page.goto("/sources")
    expect(row(page, "Head office")).to_contain_text("never read")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/sources/state" in request.url else None)
    other = admin.context.new_page()
    other.goto("/sources")
    expect(row(other, "Head office")).to_contain_text("never read")

    define(database, SLOW)
    act(page, "Refresh now").click()
    expect(said(page)).to_contain_text("Starting")
    # Both tabs follow it.
    for one in (page, other):
        expect(run(one)).to_contain_text("Head office", timeout=WAIT)
        expect(one.get_by_role("progressbar")).to_have_attribute("aria-valuenow", re.compile(r"\d+"))
        expect(act(one, "Refresh now")).to_have_attribute("aria-disabled", "true")
    act(other, "Cancel").click()
    expect(said(page)).to_have_text("Cancelled: the figures read before stay.", timeout=WAIT)
    expect(run(page)).to_be_hidden()
    expect(act(page, "Cancel")).to_be_hidden()

    define(database, "")
    act(page, "Refresh now").click()
    expect(said(page)).to_contain_text("Failed: Web shop. Why, and what to do, stands below. The others", timeout=WAIT)
    head_office, web_shop = row(page, "Head office"), row(page, "Web shop")
    expect(head_office).to_contain_text(re.compile(r"SQLite.*up to date.*700.*proved", re.DOTALL))
    expect(web_shop).to_contain_text(
        re.compile(r"failed.*takes no connections|nothing there takes connections", re.DOTALL)
    )
    # Nothing is asked any more once nothing goes on.
    count = len(asked)
    page.wait_for_timeout(2500)
    assert len(asked) == count

    act(page, "Read everything again").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    act(page, "Verify").click()
    expect(said(page)).to_contain_text("all the same", timeout=WAIT)
    page.goto("/users")
    expect(page.get_by_role("link", name=re.compile("Figures of Web shop are missing.*See Sources"))).to_be_visible()
    page.goto("/audit")
    for words in ("Asked to refresh the sources", "Asked to cancel the refresh", "Asked to verify the sources"):
        expect(page.locator("[data-sg='audit.table']").get_by_text(words).first).to_be_visible()


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")])
def test_the_page_is_accessible_and_not_wider_than_the_screen(
    visit: Any, sourced: Served, width: int, theme: str
) -> None:
    admin: Visitor = visit("admin", sourced, width=width, theme=theme)
    admin.page.goto("/sources")
    expect(row(admin.page, "Web shop")).to_contain_text("failed")
    assert admin.axe() == []
    assert admin.page.evaluate("document.documentElement.scrollWidth") == width


def test_a_manager_is_told_of_it_without_host_or_account(visit: Any, sourced: Served) -> None:
    manager: Visitor = visit("procurement_manager", sourced)
    page = manager.page
    page.goto("/units")
    page.get_by_role("link", name=re.compile("Figures of Web shop are missing; the refresh failed")).click()
    expect(page).to_have_url(re.compile("/data$"))
    sources = page.locator("[data-sg='sources']")
    expect(sources).to_contain_text("The refresh failed: the database did not answer")
    expect(sources.get_by_role("row").filter(has_text="Head office")).to_contain_text("700")
    for secret in ("127.0.0.1", "reader", "psycopg", "erp.db"):
        assert secret not in page.content()
    assert manager.axe() == []


def test_without_a_source_the_page_says_how_to_connect_one(visit: Any) -> None:
    admin: Visitor = visit("admin")
    admin.page.goto("/sources")
    expect(admin.page.get_by_text("python -m dashboard sources add")).to_be_visible()
    assert admin.axe() == []
