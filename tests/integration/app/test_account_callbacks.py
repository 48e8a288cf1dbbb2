"""The Account page over HTTP: open to everybody who is signed in, about nobody but themselves."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from app_kit import ROLES, Person, callbacks
from flask import Flask
from kit import PLENTY
from sqlalchemy import update
from werkzeug.test import TestResponse

from dashboard import create_app
from dashboard.access import NO_ROLE
from dashboard.accounts import Accounts, Origin
from dashboard.accounts.demo import ensure_demo_users
from dashboard.accounts.models import users
from dashboard.settings import load_settings

TYPED: Mapping[str, Any] = {
    "first-name": "Petra", "last-name": "Purchase", "born": "", "email": "x@example.com", "wanted-role": "admin",
    "current": "", "new": "", "again": "", "code": "", "passkey-name": "", "events-paging": {"offset": 0},
    "key-name": "", "key-scopes": [], "key-days": 1, "key-networks": "",
}  # fmt: skip
CARDS = ("profile", "mail", "request", "password", "factors", "passkeys", "keys", "sessions")
WISHES = {
    "profile": "save",
    "mail": "ask",
    "request": "ask",
    "password": "change",
    "factors": "show",
    "passkeys": "offer",
    "keys": "show",
    "sessions": "show",
}


def site(var: Path, **settings: Any) -> Flask:
    loaded = load_settings(var=var, limits=PLENTY, **settings)
    ensure_demo_users(loaded)
    return create_app(loaded)


def accounts_of(app: Flask) -> Accounts:
    found: Accounts = app.extensions["salesgate"].accounts
    return found


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    made = site(tmp_path / "var")
    yield made
    accounts_of(made).close()


def ask(person: Person, card: str, what: Any, more: Mapping[str, Any] | None = None, **typed: Any) -> TestResponse:
    values = {**TYPED, **typed, f"{card}-act": {"do": what, **(more or {})}}
    return person.call(f"account-{card}.data", values)


def answer(response: TestResponse) -> dict[str, Any]:
    assert response.status_code == 200, response.get_data(as_text=True)
    (card,) = response.json["response"].values()
    data: dict[str, Any] = card["data"]
    return data


@pytest.mark.promise("ASVS 8.2.1")
@pytest.mark.parametrize("role", ROLES)
def test_everybody_who_is_signed_in_has_the_page_and_its_callbacks(app: Flask, role: str) -> None:
    person = Person(app, role)
    assert person.client.get("/account").status_code == 200
    assert "Your account" in person.open("/account").get_data(as_text=True)
    for card, what in WISHES.items():
        assert ask(person, card, what).status_code == 200, card
    assert person.call("account-events.data", TYPED).status_code == 200
    declared = {output for output in callbacks(app) if output.startswith("account-")}
    assert declared == {f"account-{card}.data" for card in (*CARDS, "events", "views")}


def test_a_stranger_has_none_of_it(app: Flask) -> None:
    person = Person(app, "sales_manager")
    accounts = accounts_of(app)
    found = accounts.find("sam.sales")
    assert found
    ended = ask(person, "sessions", "end_others")
    assert ended.status_code == 200
    for one in accounts.open_sessions(found.id):
        ask(person, "sessions", "end", {"id": one.session})
    for card, what in WISHES.items():
        assert ask(person, card, what).headers.get("X-Signed-Out") == "1", card
    assert app.test_client().get("/account").headers["Location"].startswith("/sign-in")


@pytest.mark.promise("ASVS 3.5.1")
def test_without_the_csrf_token_nothing_is_done(app: Flask) -> None:
    person = Person(app, "sales_manager")
    declared = callbacks(app)["account-sessions.data"]
    value = {**declared["inputs"][0], "value": {"do": "end_others"}}
    body = {
        "output": "account-sessions.data",
        "outputs": {"id": "account-sessions", "property": "data"},
        "inputs": [value],
        "changedPropIds": ["account-sessions-act.data"],
    }
    assert person.client.post("/_dash-update-component", json=body).status_code == 400
    assert person.post(body).status_code == 200


@pytest.mark.promise("ASVS 7.5.1")
def test_a_sensitive_change_after_a_while_leads_to_confirming(tmp_path: Path) -> None:
    app = site(tmp_path / "var", session={"fresh_minutes": 1e-6})
    person = Person(app, "sales_manager")
    password = ensure_demo_users(app.extensions["salesgate"].settings)["sales_manager"]["password"]
    new = "eleven quiet rivers in june"
    for card, what in (("password", "change"), ("factors", "offer_totp"), ("passkeys", "offer"), ("mail", "ask")):
        refused = ask(person, card, what, current=password, new=new, again=new)
        assert (refused.status_code, refused.headers.get("X-Confirm")) == (403, "1"), card
    assert ask(person, "sessions", "show").status_code == 200
    assert "confirm that it is you" in person.open("/account").get_data(as_text=True)
    assert accounts_of(app).authenticate("sam.sales", password, Origin())
    accounts_of(app).close()


@pytest.mark.promise("ASVS 15.3.3")
def test_no_field_gives_a_role_or_names_somebody_else(app: Flask) -> None:
    person, accounts = Person(app, "sales_manager"), accounts_of(app)
    sam, ada = accounts.find("sam.sales"), accounts.find("ada.admin")
    assert sam
    assert ada
    grab = {"role": "admin", "user_id": ada.id, "id": ada.id, "active": False, "is_original_admin": True}
    saved = answer(ask(person, "profile", "save", grab))
    assert saved["name"] == "Petra Purchase"
    assert answer(ask(person, "request", "ask", grab))["state"] == "open"
    now = accounts.find("sam.sales")
    assert now
    assert (now.role, now.active, now.is_original_admin) == ("sales_manager", True, False)
    assert accounts.find("ada.admin") == ada
    state = {"id": "account-first-name", "property": "value", "value": "x"}
    declared = callbacks(app)["account-sessions.data"]
    smuggled = {
        "output": "account-sessions.data",
        "outputs": {"id": "account-sessions", "property": "data"},
        "inputs": [{**declared["inputs"][0], "value": {"do": "show"}}],
        "state": [state],
        "changedPropIds": [],
    }
    assert person.post(smuggled).status_code == 400


def test_without_a_role_the_account_is_the_home_page_and_says_what_it_waits_for(app: Flask) -> None:
    accounts = accounts_of(app)
    with accounts.engine.begin() as connection:
        connection.execute(update(users).where(users.c.username == "sam.sales").values(role=NO_ROLE))
    person = Person(app, "sales_manager")
    assert person.client.get("/").headers["Location"] == "/account"
    assert "Ask for one below" in person.open("/account").get_data(as_text=True)
    ask(person, "request", "ask", **{"wanted-role": "procurement_manager"})
    waiting = person.open("/account").get_data(as_text=True)
    assert "Your request for Procurement Manager waits for an Admin" in waiting
    assert person.open("/units").status_code == 403


def test_the_shell_says_from_when_a_second_factor_is_needed(app: Flask) -> None:
    admin, other = Person(app, "admin"), Person(app, "sales_manager")
    shell = json.dumps(admin.client.get("/_dash-layout").json)
    assert "From 1 January 2100 you need a second factor" in shell
    assert '"href": "/account#factors"' in shell
    assert "second factor" not in json.dumps(other.client.get("/_dash-layout").json)
