"""A server with stand-ins for what Dash mounts, three users, and browsers to ask it with."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask, g
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dashboard.access import Permission
from dashboard.accounts import Accounts, Actor, NewUser, User
from dashboard.reports import open_gate
from dashboard.settings import load_settings
from dashboard.web.server import create_server
from dashboard.web.site import Site
from dashboard.web.viewer import current_viewer

PASSWORD = "violet tram beside lake 4711"
OPERATOR = Actor(0, "operator")
ROLES = ("procurement_manager", "sales_manager", "admin")
CALLBACK = {"output": "x.children", "inputs": [], "changedPropIds": []}


@dataclass
class Clock:
    """A clock that stands still until it is moved."""

    now: datetime = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **delta: float) -> None:
        self.now += timedelta(**delta)


@dataclass
class Installation:
    """A server, its accounts and its users by role; the user name of each is the key of the role."""

    server: Flask
    accounts: Accounts
    clock: Clock
    users: dict[str, User] = field(default_factory=dict)
    callbacks: dict[str, Any] = field(default_factory=dict)

    @property
    def site(self) -> Site:
        here = self.server.extensions["salesgate"]
        assert isinstance(here, Site)
        return here

    def browser(self) -> FlaskClient:
        return self.server.test_client()

    def signed_in(self, role: str) -> FlaskClient:
        browser = self.browser()
        assert sign_in(browser, role).status_code == 303
        return browser

    def events(self) -> list[dict[str, Any]]:
        with self.accounts.engine.connect() as connection:
            return [dict(row) for row in connection.exec_driver_sql("SELECT * FROM audit_events").mappings()]


def form_token(page: TestResponse) -> str:
    """The CSRF token of the form on ``page``."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


def sign_in(browser: FlaskClient, username: str, password: str = PASSWORD, **more: str) -> TestResponse:
    """Load the form and send it."""
    token = form_token(browser.get("/sign-in"))
    return browser.post("/sign-in", data={"username": username, "password": password, "csrf_token": token, **more})


def prove(
    browser: FlaskClient, answer: str, method: str = "totp", at: str = "/sign-in/second", **more: str
) -> TestResponse:
    """Load the page that asks for a second factor, and answer it."""
    token = form_token(browser.get(at))
    return browser.post(at, data={"method": method, "answer": answer, "csrf_token": token, **more})


def cookie(browser: FlaskClient, name: str) -> str | None:
    """The value of the browser's cookie ``name``."""
    found = browser.get_cookie(name)
    return found.value if found else None


def get_raw(browser: FlaskClient, path: str, **headers: str) -> TestResponse:
    """Ask for ``path`` as it stands; the test client takes a host out of paths that begin with two slashes."""
    return browser.get("/", headers=headers, environ_overrides={"PATH_INFO": path})


def script_token(browser: FlaskClient) -> dict[str, str]:
    """The header that Dash sends, from the cookie that an HTML page sets."""
    browser.get("/account")
    token = cookie(browser, "_csrf_token")
    assert token
    return {"X-CSRFToken": token}


def mount_stand_ins(server: Flask) -> None:
    """Routes of the shapes that Dash registers, and the pages of the site."""
    here = server.extensions["salesgate"]
    here.gate, pages = open_gate(here.settings), here.pages
    pages.update(
        {
            "/units": Permission.MEASURE_UNITS,
            "/revenue": Permission.MEASURE_REVENUE,
            "/users": Permission.USERS_MANAGE,
            "/account": None,
        }
    )
    server.add_url_rule("/", "index", _page)
    server.add_url_rule("/<path:path>", "catch-all", _page)
    server.add_url_rule("/_dash-layout", "layout", lambda: {"seen": current_viewer().role})
    server.add_url_rule(
        "/assets/<path:path>",
        "assets",
        lambda path: (f"/* {path} */", {"Cache-Control": "public", "Content-Type": "text/css"}),
    )
    server.add_url_rule("/_dash-component-suites/<package>/<path:path>", "suites", lambda **_: "js")
    server.add_url_rule("/_dash-update-component", "callback", lambda: {"response": g.viewer.role}, methods=["POST"])
    server.add_url_rule("/boom", "boom", _boom)
    pages["/boom"] = None


def _page(**_: str) -> str:
    return f"<html><body>page of {current_viewer().username}</body></html>"


def _boom() -> str:
    raise ValueError("the secret is 12345")


def install(var: Path, stand_ins: bool = True, **settings: Any) -> Installation:
    """A fresh installation in the folder ``var``, with a user for each built-in role."""
    clock = Clock()
    loaded = load_settings(var=var, **settings)
    accounts = Accounts(loaded, clock=clock)
    server = create_server(loaded, accounts)
    if stand_ins:
        mount_stand_ins(server)
    made = Installation(server, accounts, clock)
    for role in ROLES:
        new = NewUser(username=role, email=f"{role}@example.com", role=role)
        made.users[role] = accounts.create_user(new, OPERATOR, password=PASSWORD)
    return made
