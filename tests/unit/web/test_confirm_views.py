"""Proving once more who one is, before something sensitive."""

from datetime import timedelta

import pyotp
import pytest
from flask.testing import FlaskClient
from kit import enrol_totp
from mail_kit import deliver, latest
from test_next_page import HOSTILE
from web_kit import PASSWORD, Installation, cookie, form_token, prove, script_token, sign_in
from werkzeug.test import TestResponse

from dashboard.accounts import Actor

SESSION, STEP = "salesgate_session", "salesgate_step"
CONFIRM, SECOND = "/confirm", "/confirm/second"


def stale(installation: Installation, role: str = "sales_manager") -> FlaskClient:
    """A browser whose sign-in is no longer fresh."""
    browser = installation.signed_in(role)
    for _ in range(2):
        installation.clock.forward(minutes=8)
        assert browser.get("/account").status_code == 200
    return browser


def confirm(browser: FlaskClient, password: str = PASSWORD, **more: str) -> TestResponse:
    token = form_token(browser.get(CONFIRM))
    return browser.post(CONFIRM, data={"password": password, "csrf_token": token, **more})


def with_totp(installation: Installation, role: str = "sales_manager") -> pyotp.TOTP:
    return enrol_totp(installation.accounts, role, installation.clock.now)


def stale_with_totp(installation: Installation) -> tuple[FlaskClient, pyotp.TOTP]:
    app = with_totp(installation)
    browser = installation.browser()
    sign_in(browser, "sales_manager")
    assert prove(browser, app.at(installation.clock.now)).status_code == 303
    for _ in range(2):
        installation.clock.forward(minutes=8)
        browser.get("/account")
    return browser, app


def is_fresh(browser: FlaskClient) -> bool:
    return browser.get(CONFIRM).status_code == 303


@pytest.mark.promise("ASVS 7.2.4", "ASVS 7.5.1")
def test_the_password_makes_the_session_fresh_and_its_token_new(installation: Installation) -> None:
    browser = stale(installation)
    before = cookie(browser, SESSION)
    assert before
    done = confirm(browser, next="/account?tab=factors")
    assert (done.status_code, done.location) == (303, "/account?tab=factors")
    assert is_fresh(browser)
    assert cookie(browser, SESSION) not in {None, before}
    thief = installation.browser()
    thief.set_cookie(SESSION, before)
    assert thief.get("/units").status_code == 302


@pytest.mark.promise("ASVS 3.5.1")
def test_what_was_rendered_before_is_dead(installation: Installation) -> None:
    browser = stale(installation)
    old = script_token(browser)
    confirm(browser)
    assert browser.post("/session/extend", headers=old).status_code == 400
    assert browser.post("/session/extend", headers=script_token(browser)).status_code == 200


def test_whoever_is_fresh_is_sent_on(installation: Installation) -> None:
    browser = installation.signed_in("sales_manager")
    assert browser.get(f"{CONFIRM}?next=/account").location == "/account"


@pytest.mark.promise("ASVS 3.7.2")
@pytest.mark.parametrize("target", [target for target in HOSTILE if target is not None])
def test_it_never_leads_to_another_site(installation: Installation, target: str) -> None:
    browser = stale(installation)
    page = browser.get(CONFIRM, query_string={"next": target}).text
    assert 'href="/">Back without changing anything' in page
    assert confirm(browser, next=target).location == "/"


@pytest.mark.promise("ASVS 6.3.1")
def test_guessing_here_locks_the_account_as_at_sign_in(installation: Installation) -> None:
    browser = stale(installation)
    browser.delete_cookie("salesgate_device")
    answers = [confirm(browser, "wrong") for _ in range(5)]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text.partition("<form")[0] for answer in answers}) == 1
    assert confirm(browser).status_code == 401
    assert sign_in(installation.browser(), "sales_manager").status_code == 401
    assert browser.get("/units").status_code == 200
    assert not is_fresh(browser)


@pytest.mark.promise("ASVS 6.3.4")
def test_whoever_has_a_second_factor_proves_it_too(installation: Installation) -> None:
    browser, app = stale_with_totp(installation)
    before = cookie(browser, SESSION)
    asked = confirm(browser, next="/account")
    assert asked.location == f"{SECOND}?next=%2Faccount"
    assert cookie(browser, SESSION) == before
    assert not is_fresh(browser)
    done = prove(browser, app.at(installation.clock.now), at=SECOND, next="/account")
    assert done.location == "/account"
    assert cookie(browser, SESSION) not in {None, before}
    assert cookie(browser, STEP) is None
    assert is_fresh(browser)


def test_a_mailed_code_does_as_well(installation: Installation) -> None:
    user = installation.users["sales_manager"]
    browser = stale(installation)
    session = installation.accounts.open_sessions(user.id)[0].session
    installation.accounts.factors.set_mail(True, Actor(user.id, user.username, session=session))
    confirm(browser)
    page = browser.get(SECOND)
    assert "s•••@example.com" in page.text
    sent = browser.post(f"{SECOND}/mail", data={"csrf_token": form_token(page), "next": "/account"})
    assert sent.location == f"{SECOND}?way=mail&sent=1&next=%2Faccount"
    deliver(installation.accounts)
    code = latest(installation.site.settings.var, user.email, "mail_code").code
    assert prove(browser, code, "mail", SECOND, next="/account").location == "/account"


@pytest.mark.promise("ASVS 6.5.1")
def test_the_step_of_one_session_is_worth_nothing_in_another(installation: Installation) -> None:
    browser, app = stale_with_totp(installation)
    confirm(browser)
    step = cookie(browser, STEP)
    assert step
    other = stale(installation, "procurement_manager")
    before = cookie(other, SESSION)
    other.set_cookie(STEP, step)
    installation.accounts.end_sessions(installation.users["sales_manager"].id, Actor(0, "operator"))
    token = script_token(other)
    data = {"method": "totp", "answer": app.at(installation.clock.now)}
    assert other.post(SECOND, data=data, headers=token).location == f"{CONFIRM}?ended=step&next=%2F"
    assert cookie(other, SESSION) == before
    assert not is_fresh(other)


def test_too_many_wrong_codes_lead_back_to_the_start(installation: Installation) -> None:
    browser, app = stale_with_totp(installation)
    confirm(browser)
    near = {app.at(installation.clock.now + timedelta(seconds=late)) for late in (-30, 0, 30)}
    guess = next(code for code in ("000000", "111111", "222222", "333333") if code not in near)
    for _ in range(4):
        assert prove(browser, guess, at=SECOND).status_code == 401
    over = prove(browser, guess, at=SECOND, next="/account")
    assert over.location == f"{CONFIRM}?ended=step&next=%2Faccount"
    assert "too many wrong answers" in browser.get(over.location).text


def test_nothing_begun_leads_to_the_start(installation: Installation) -> None:
    browser = stale(installation)
    assert browser.get(f"{SECOND}?next=/account").location == f"{CONFIRM}?ended=step&next=%2Faccount"


def test_without_a_passkey_there_are_no_options(installation: Installation) -> None:
    browser = stale(installation)
    headers = {**script_token(browser), "Accept": "application/json"}
    for path in (f"{SECOND}/options", f"{SECOND}/options?alone=1"):
        assert browser.post(path, headers=headers).status_code == 400
    assert "passkey" not in browser.get(CONFIRM).text.partition("<script")[0]


@pytest.mark.promise("ASVS 15.3.5")
@pytest.mark.parametrize("password", ["", "\0", "x" * 1025, "a\nb"])
def test_what_is_no_password_is_400(installation: Installation, password: str) -> None:
    browser = stale(installation)
    refused = confirm(browser, password)
    assert refused.status_code == 400
    assert "Enter your password." in refused.text


@pytest.mark.promise("ASVS 8.2.1")
def test_nobody_confirms_anything(shared: Installation) -> None:
    for path in (CONFIRM, SECOND):
        assert (shared.browser().get(path).location or "").startswith("/sign-in?next=")
    for path in (CONFIRM, SECOND, f"{SECOND}/mail", f"{SECOND}/options"):
        assert shared.browser().post(path).status_code == 401


@pytest.mark.promise("ASVS 7.4.4")
def test_one_can_sign_out_here(installation: Installation) -> None:
    browser = stale(installation)
    page = browser.get(CONFIRM)
    out = page.text[page.text.index('action="/sign-out"') :]
    assert 'name="csrf_token"' in out
    assert browser.post("/sign-out", data={"csrf_token": form_token(page)}).location == "/sign-in"


def test_a_remembered_session_stays_remembered(installation: Installation) -> None:
    browser = installation.browser()
    sign_in(browser, "sales_manager", remember="y")
    installation.clock.forward(minutes=20)
    browser.get("/units")
    confirm(browser)
    kept = browser.get_cookie(SESSION)
    assert kept
    assert kept.max_age == 14 * 24 * 3600
