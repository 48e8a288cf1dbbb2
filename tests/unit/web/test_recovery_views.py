"""Getting back in by a browser: the mailed link, the date, the second factor, the new password."""

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from flow_kit import CHOSEN, PERSON, kinds, link, registered, said, send
from kit import PLENTY, enrol_totp
from web_kit import OPERATOR, PASSWORD, Installation, cookie, form_token, install, prove, sign_in
from werkzeug.test import TestResponse

NEW = "four grey herons on a pier"
BORN = {"day": "9", "month": "12", "year": "1984"}
ADA = PERSON["email"]


@pytest.fixture
def ada(installation: Installation) -> Installation:
    """An installation in which Ada has registered, with a date of birth."""
    registered(installation)
    return installation


def asked(installation: Installation, name: str = ADA) -> str:
    """Path of the mailed link."""
    assert send(installation.browser(), "/recover", name=name).status_code == 200
    return link(installation, ADA, "recovery")


def choose(browser: FlaskClient, password: str = NEW) -> TestResponse:
    return send(browser, "/recovery/password", password=password)


@pytest.mark.promise("recovery")
def test_the_whole_way_back_in(ada: Installation) -> None:
    elsewhere = ada.browser()
    assert sign_in(elsewhere, "ada", CHOSEN).status_code == 303
    path = asked(ada, "ada")
    browser = ada.browser()
    page = browser.get(path)
    assert "••.••.•••4" in page.text
    step = send(browser, path, **BORN)
    assert (step.status_code, step.location) == (303, "/recovery/password")
    form = browser.get("/recovery/password")
    assert 'autocomplete="new-password"' in form.text
    assert re.search(r'autocomplete="username" value="ada"', form.text)
    done = choose(browser)
    assert done.status_code == 200
    assert "Your password is set" in done.text
    assert cookie(browser, "salesgate_step") is None
    assert elsewhere.get("/account").status_code == 302
    assert sign_in(ada.browser(), "ada", CHOSEN).status_code == 401
    assert sign_in(ada.browser(), "ada", NEW).status_code == 303
    assert "password_changed" in kinds(ada, ADA)


@pytest.mark.promise("ASVS 14.2.1")
def test_what_was_begun_travels_in_a_cookie_and_in_no_address(ada: Installation) -> None:
    path = asked(ada)
    browser = ada.browser()
    step = send(browser, path, **BORN)
    pending = cookie(browser, "salesgate_step")
    assert pending
    assert pending not in step.location
    given = next(one for one in step.headers.getlist("Set-Cookie") if one.startswith("salesgate_step="))
    assert "HttpOnly" in given
    assert "SameSite=" in given
    page = browser.get("/recovery/password")
    assert pending not in page.text
    assert path.rpartition("/")[2] not in page.text


@pytest.mark.promise("ASVS 6.3.8")
def test_asking_is_answered_alike_for_everybody(ada: Installation) -> None:
    ada.accounts.disable_user(ada.users["procurement_manager"].id, OPERATOR)
    names = (
        "ada",
        ADA,
        "ADA",
        "nobody",
        "nobody@example.com",
        "procurement_manager",
        "procurement_manager@example.com",
        "no name \U0001f600",
    )
    answers = {str(said(send(ada.browser(), "/recover", name=name))) for name in names}
    assert len(answers) == 1
    assert kinds(ada, "procurement_manager@example.com") == []
    assert kinds(ada, "nobody@example.com") == ["recovery_unknown"]


@pytest.mark.parametrize("name", ["", " ", "x" * 255, "a\x00b", "a\r\nBcc: b@c.example"])
def test_a_name_that_is_none_is_said_at_its_field(ada: Installation, name: str) -> None:
    page = send(ada.browser(), "/recover", name=name)
    assert page.status_code == 400
    assert 'id="name-error"' in page.text
    assert 'aria-invalid="true"' in page.text


@pytest.mark.promise("ASVS 6.4.2")
@pytest.mark.promise("the masked hint stands behind a valid link only")
def test_the_hint_is_nowhere_without_the_link(ada: Installation) -> None:
    path = asked(ada)
    browser = ada.browser()
    for other in ("/recover", "/recover/made-up", path[:-1], path + "x", "/recovery/password", "/recovery/second"):
        assert "•••4" not in browser.get(other, follow_redirects=True).text
    assert "•••4" not in kinds_text(ada)


def kinds_text(installation: Installation) -> str:
    kinds(installation)
    folder = installation.site.settings.var / "outbox"
    return "".join(path.read_text() for path in folder.glob("*.eml"))


@pytest.mark.promise("ASVS 6.1.3")
def test_wrong_dates_lock_the_account_and_end_the_link(ada: Installation) -> None:
    path = asked(ada)
    browser = ada.browser()
    for _ in range(4):
        wrong = send(browser, path, **{**BORN, "day": "10"})
        assert wrong.status_code == 401
        assert "not the date of birth that we know" in wrong.text
        assert "•••4" in wrong.text
    last = send(browser, path, **{**BORN, "day": "10"})
    assert last.status_code == 410
    assert "locked" in last.text
    assert ada.browser().get(path).status_code == 410
    late = ada.browser().post(path, data={**BORN, "csrf_token": form_token(browser.get("/sign-in"))})
    assert late.status_code == 400
    assert sign_in(ada.browser(), "ada", CHOSEN).status_code == 401
    assert kinds(ada, ADA)[-1] == "locked"


@pytest.mark.parametrize(
    "typed",
    [
        {"day": "", "month": "", "year": ""},
        {"day": "31", "month": "2", "year": "1984"},
        {"day": "9", "month": "12", "year": "0"},
        {"day": "9", "month": "12", "year": "99999999"},
        {"day": "9" * 5000, "month": "12", "year": "1984"},
        {"day": "9", "month": "12", "year": "1984\x00"},
        {"day": "९", "month": "12", "year": "1984"},
        {"day": "1e1", "month": "12", "year": "1984"},
    ],
)
def test_what_is_no_date_costs_no_attempt(ada: Installation, typed: dict[str, str]) -> None:
    path = asked(ada)
    browser = ada.browser()
    for _ in range(6):
        page = send(browser, path, **typed)
        assert page.status_code == 400
        assert 'id="day-error"' in page.text
    assert send(browser, path, **BORN).status_code == 303


@pytest.mark.promise("ASVS 3.5.3")
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_opening_the_link_changes_nothing(ada: Installation, method: str) -> None:
    path = asked(ada)
    before = ada.events()
    for _ in range(8):
        assert ada.browser().open(path, method=method).status_code == 200
    assert ada.events() == before
    assert send(ada.browser(), path, **BORN).status_code == 303


@pytest.mark.promise("ASVS 6.4.3")
def test_the_second_factor_is_asked_and_cannot_be_passed_by(ada: Installation) -> None:
    app = enrol_totp(ada.accounts, "ada", ada.clock.now)
    ada.clock.forward(minutes=5)
    path = asked(ada)
    browser = ada.browser()
    assert send(browser, path, **BORN).location == "/recovery/second"
    page = browser.get("/recovery/second")
    assert 'autocomplete="one-time-code"' in page.text
    assert browser.get("/recovery/password").location == "/recovery/second"
    token = form_token(page)
    skipped = browser.post("/recovery/password", data={"password": NEW, "csrf_token": token})
    assert (skipped.status_code, skipped.location) == (303, "/recovery/second")
    wrong = prove(browser, "000000", at="/recovery/second")
    assert wrong.status_code == 401
    assert sign_in(ada.browser(), "ada", NEW).status_code == 401
    right = prove(browser, app.at(ada.clock.now), at="/recovery/second")
    assert (right.status_code, right.location) == (303, "/recovery/password")
    assert 'minlength="8"' in browser.get("/recovery/password").text
    assert choose(browser).status_code == 200
    signed = sign_in(ada.browser(), "ada", NEW)
    assert signed.location.startswith("/sign-in/second")


@pytest.mark.promise("ASVS 6.6.3")
def test_five_wrong_codes_lead_back_to_the_start(ada: Installation) -> None:
    enrol_totp(ada.accounts, "ada", ada.clock.now)
    ada.clock.forward(minutes=5)
    browser = ada.browser()
    send(browser, asked(ada), **BORN)
    answers = [prove(browser, "000000", at="/recovery/second") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 401, 303]
    assert answers[-1].location.startswith("/recover?ended=step")
    assert "too many wrong answers" in browser.get(answers[-1].location).text
    assert cookie(browser, "salesgate_step") is None


@pytest.mark.promise("ASVS 6.5.1")
def test_a_recovery_is_good_once_also_when_its_cookie_is_replayed(ada: Installation) -> None:
    path = asked(ada)
    browser, thief = ada.browser(), ada.browser()
    send(browser, path, **BORN)
    thief.set_cookie("salesgate_step", cookie(browser, "salesgate_step") or "")
    token = form_token(thief.get("/recovery/password"))
    assert choose(browser).status_code == 200
    late = thief.post("/recovery/password", data={"password": "another one of theirs 77", "csrf_token": token})
    assert (late.status_code, late.location[:21]) == (303, "/recover?ended=step&n")
    assert browser.get(path).status_code == 410
    assert sign_in(ada.browser(), "ada", NEW).status_code == 303


@pytest.mark.parametrize("path", ["/recovery/password", "/recovery/second"])
@pytest.mark.parametrize("token", ["", "made-up", "a" * 43, "\u2028", "x" * 3000])
def test_no_step_can_be_entered_from_the_middle(ada: Installation, path: str, token: str) -> None:
    browser = ada.browser()
    if token:
        browser.set_cookie("salesgate_step", token.encode("utf-8").decode("latin-1"))
    assert browser.get(path).location.startswith("/recover?ended=step")
    data = {"password": NEW, "method": "totp", "answer": "1", "csrf_token": form_token(browser.get("/sign-in"))}
    assert browser.post(path, data=data).location.startswith("/recover?ended=step")


def test_a_sign_in_that_was_begun_is_no_recovery(ada: Installation) -> None:
    enrol_totp(ada.accounts, "ada", ada.clock.now)
    browser = ada.browser()
    assert sign_in(browser, "ada", CHOSEN).location.startswith("/sign-in/second")
    assert browser.get("/recovery/password").location.startswith("/recover?ended=step")


@pytest.mark.promise("ASVS 6.2.1")
def test_a_password_that_does_not_do_is_explained(ada: Installation) -> None:
    browser = ada.browser()
    send(browser, asked(ada), **BORN)
    for password, words in (
        ("short", "Use at least 15 characters"),
        ("ada quill ada quill", "made of your user name"),
        ("", "Choose a password."),
        ("x" * 1025, "1024"),
        ("a\x00" * 10, "characters that cannot be used"),
    ):
        page = choose(browser, password)
        assert page.status_code == 400
        assert words in page.text
        assert re.search(r'name="password"[^>]* value="">', page.text)
    assert choose(browser).status_code == 200


def test_without_the_date_the_link_alone_leads_on(tmp_path: Path) -> None:
    made = install(tmp_path / "var", limits=PLENTY, recovery={"date_of_birth": False})
    registered(made)
    path = asked(made)
    page = made.browser().get(path)
    assert "•" not in page.text
    assert 'name="day"' not in page.text
    browser = made.browser()
    assert send(browser, path).location == "/recovery/password"
    assert choose(browser).status_code == 200
    made.accounts.close()


def test_the_link_counts_and_not_who_is_signed_in(ada: Installation) -> None:
    path = asked(ada)
    browser = ada.signed_in("admin")
    before = cookie(browser, "salesgate_session")
    assert send(browser, path, **BORN).status_code == 303
    assert choose(browser).status_code == 200
    assert cookie(browser, "salesgate_session") == before
    assert "page of admin" in browser.get("/users").text
    assert sign_in(ada.browser(), "admin", PASSWORD).status_code == 303


def test_a_late_link_says_what_to_do(ada: Installation) -> None:
    path = asked(ada)
    ada.clock.forward(minutes=61)
    page = ada.browser().get(path)
    assert page.status_code == 410
    assert '<a class="btn btn-primary w-100" href="/recover">Ask for a new link</a>' in page.text


def test_waiting_too_long_in_the_middle_leads_back(ada: Installation) -> None:
    browser = ada.browser()
    send(browser, asked(ada), **BORN)
    ada.clock.forward(minutes=61)
    assert browser.get("/recovery/password").location.startswith("/recover?ended=step")
