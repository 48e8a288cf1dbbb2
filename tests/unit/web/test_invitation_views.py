"""Setting the first password by a one-time link."""

import re

import pytest
from flask.testing import FlaskClient
from web_kit import OPERATOR, Installation, cookie, form_token, sign_in
from werkzeug.test import TestResponse

from dashboard.accounts import NewUser, User

CHOSEN = "seven brass kettles under snow"


@pytest.fixture
def newcomer(installation: Installation) -> User:
    new = NewUser(username="newcomer", email="newcomer@example.com", role="sales_manager")
    return installation.accounts.create_user(new, OPERATOR)


def choose(browser: FlaskClient, path: str, password: str) -> TestResponse:
    token = form_token(browser.get(path))
    return browser.post(path, data={"password": password, "csrf_token": token})


@pytest.mark.promise("ASVS 6.4.1")
def test_a_newcomer_chooses_a_password_and_signs_in(installation: Installation, newcomer: User) -> None:
    path = "/invitation/" + installation.accounts.invite(newcomer.id, OPERATOR)
    browser = installation.browser()
    page = browser.get(path).text
    assert 'autocomplete="new-password"' in page
    assert 'value="newcomer"' in page
    done = choose(browser, path, CHOSEN)
    assert done.status_code == 200
    assert 'href="/sign-in"' in done.text
    assert sign_in(browser, "newcomer", CHOSEN).status_code == 303


@pytest.mark.promise("ASVS 6.5.1")
def test_a_link_is_good_once(installation: Installation, newcomer: User) -> None:
    path = "/invitation/" + installation.accounts.invite(newcomer.id, OPERATOR)
    browser, other = installation.browser(), installation.browser()
    late = form_token(other.get(path))
    assert choose(browser, path, CHOSEN).status_code == 200
    assert browser.get(path).status_code == 410
    data = {"password": "another one of mine 99", "csrf_token": late}
    assert other.post(path, data=data).status_code == 410
    assert sign_in(browser, "newcomer", "another one of mine 99").status_code == 401


@pytest.mark.promise("ASVS 3.5.3")
def test_opening_the_link_changes_nothing(installation: Installation, newcomer: User) -> None:
    path = "/invitation/" + installation.accounts.invite(newcomer.id, OPERATOR)
    before = installation.events()
    for method in ("GET", "HEAD", "OPTIONS", "GET"):
        assert installation.browser().open(path, method=method).status_code == 200
    assert installation.events() == before
    assert choose(installation.browser(), path, CHOSEN).status_code == 200


def test_a_late_link_says_whom_to_ask(installation: Installation, newcomer: User) -> None:
    path = "/invitation/" + installation.accounts.invite(newcomer.id, OPERATOR)
    installation.clock.forward(hours=49)
    response = installation.browser().get(path)
    assert response.status_code == 410
    assert "Ask your administrator for a new one" in response.text


@pytest.mark.promise("ASVS 6.2.1")
def test_a_password_that_does_not_do_is_explained(installation: Installation, newcomer: User) -> None:
    path = "/invitation/" + installation.accounts.invite(newcomer.id, OPERATOR)
    browser = installation.browser()
    weak = choose(browser, path, "short")
    assert weak.status_code == 400
    assert 'role="alert"' in weak.text
    assert "15 characters" in weak.text
    assert re.search(r'name="password"[^>]* value="">', weak.text)
    long = choose(browser, path, "x" * 1025)
    assert long.status_code == 400
    assert 'aria-describedby="password-error password-help"' in long.text
    assert "x" * 50 not in long.text
    assert choose(browser, path, CHOSEN).status_code == 200


def test_a_link_needs_the_token_of_its_form(installation: Installation, newcomer: User) -> None:
    path = "/invitation/" + installation.accounts.invite(newcomer.id, OPERATOR)
    assert installation.browser().post(path, data={"password": CHOSEN}).status_code == 400
    assert installation.browser().get(path).status_code == 200


def test_the_link_counts_and_not_who_is_signed_in(installation: Installation, newcomer: User) -> None:
    path = "/invitation/" + installation.accounts.invite(newcomer.id, OPERATOR)
    browser = installation.signed_in("admin")
    before = cookie(browser, "salesgate_session")
    assert choose(browser, path, CHOSEN).status_code == 200
    assert cookie(browser, "salesgate_session") == before
    assert browser.get("/users").text == "<html><body>page of admin</body></html>"
