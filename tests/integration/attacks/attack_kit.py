"""The whole application without sales data, people in it, and a browser that does what attackers do."""

import re
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from kit import PLENTY
from werkzeug.test import TestResponse

from dashboard import create_app
from dashboard.accounts import Accounts, Actor, NewUser, User
from dashboard.settings import load_settings

OPERATOR = Actor(0, "operator")
PASSWORD = "violet tram beside lake 4711"
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
ROLES = ("procurement_manager", "sales_manager", "admin")
HOME = {"procurement_manager": "/overview", "sales_manager": "/overview", "admin": "/users"}


def make_app(var: Path, **settings: Any) -> Flask:
    """The application with one user for each role, whose user name is the key of the role."""
    app = create_app(load_settings(var=var, **{"limits": PLENTY, **settings}))
    for role in ROLES:
        accounts_of(app).create_user(NewUser(role, f"{role}@example.com", role), OPERATOR, PASSWORD)
    return app


def accounts_of(app: Flask) -> Accounts:
    accounts = app.extensions["salesgate"].accounts
    assert isinstance(accounts, Accounts)
    return accounts


def user_of(app: Flask, name: str) -> User:
    found = accounts_of(app).find(name)
    assert found
    return found


def send(browser: FlaskClient, path: str, data: dict[str, Any], page: str = "", **headers: str) -> TestResponse:
    """Load the form on ``page``, or ``path``, and send it with ``data``."""
    found = TOKEN.search(browser.get(page or path).text)
    assert found
    return browser.post(path, data={**data, "csrf_token": found[1]}, headers=headers)


def sign_in(browser: FlaskClient, name: str, password: str = PASSWORD, **more: str) -> TestResponse:
    return send(browser, "/sign-in", {"username": name, "password": password, **more})


def signed_in(app: Flask, role: str) -> FlaskClient:
    browser = app.test_client()
    assert sign_in(browser, role).status_code == 303
    return browser


def session_cookie(browser: FlaskClient) -> str:
    found = browser.get_cookie("salesgate_session")
    assert found
    return str(found.value)


def with_cookie(app: Flask, value: str) -> FlaskClient:
    """A browser that has nothing but a stolen session cookie."""
    thief = app.test_client()
    thief.set_cookie("salesgate_session", value)
    return thief


def is_in(browser: FlaskClient, path: str) -> bool:
    """Whether ``path`` is answered as to somebody who is signed in."""
    answer = browser.get(path)
    assert answer.status_code in {200, 302, 403}, answer.status
    return answer.status_code != 302
