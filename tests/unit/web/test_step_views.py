"""Signing in step by step: the second factor, and the one that has to be set up first."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import pyotp
import pytest
from flask.testing import FlaskClient
from kit import PLENTY, enrol_totp
from mail_kit import deliver, latest
from test_next_page import HOSTILE
from web_kit import PASSWORD, Installation, cookie, form_token, install, prove, script_token, sign_in
from werkzeug.test import TestResponse

from dashboard.accounts import Actor

SESSION, STEP = "salesgate_session", "salesgate_step"
SECOND, ENROL = "/sign-in/second", "/sign-in/enrol"
BEGIN_AGAIN = "/sign-in?ended=step&next=%2F"


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[Installation]:
    """An installation whose Admins need a second factor today."""
    made = install(tmp_path / "var", limits=PLENTY, second_factor={"grace_until": ""})
    yield made
    made.accounts.close()


def with_totp(installation: Installation, username: str = "sales_manager") -> pyotp.TOTP:
    return enrol_totp(installation.accounts, username, installation.clock.now)


def halfway(installation: Installation, username: str = "sales_manager", **more: str) -> FlaskClient:
    """A browser whose password was right."""
    browser = installation.browser()
    assert sign_in(browser, username, **more).status_code == 303
    assert cookie(browser, SESSION) is None
    return browser


def wrong(app: pyotp.TOTP, installation: Installation) -> str:
    near = {app.at(installation.clock.now + timedelta(seconds=late)) for late in (-30, 0, 30)}
    return next(code for code in ("000000", "111111", "222222", "333333") if code not in near)


def send(browser: FlaskClient, path: str, page: TestResponse, **more: str) -> TestResponse:
    return browser.post(path, data={"csrf_token": form_token(page), "next": "/units", **more})


@pytest.mark.promise("ASVS 6.3.4")
def test_the_password_alone_is_not_enough(installation: Installation) -> None:
    app = with_totp(installation)
    browser = installation.browser()
    response = sign_in(browser, "sales_manager", next="/revenue?month=2026-10")
    assert (response.status_code, response.location) == (303, f"{SECOND}?next=%2Frevenue%3Fmonth%3D2026-10")
    assert cookie(browser, SESSION) is None
    assert browser.get("/units").status_code == 302

    step = browser.get_cookie(STEP)
    assert step
    assert (step.http_only, step.same_site, step.path, step.max_age) == (True, "Lax", "/", 600)
    done = prove(browser, app.at(installation.clock.now), next="/revenue?month=2026-10")
    assert (done.status_code, done.location) == (303, "/revenue?month=2026-10")
    assert cookie(browser, STEP) is None
    assert browser.get("/revenue").text == "<html><body>page of sales_manager</body></html>"


def test_the_code_is_asked_for_so_that_phones_and_password_managers_help(installation: Installation) -> None:
    with_totp(installation)
    page = halfway(installation).get(SECOND).text
    for part in ('autocomplete="one-time-code"', 'inputmode="numeric"', '<label class="form-label" for="answer">'):
        assert part in page
    assert "onclick" not in page


def test_the_other_ways_are_a_link_away(installation: Installation) -> None:
    with_totp(installation)
    browser = halfway(installation)
    page = browser.get(f"{SECOND}?next=/units").text
    ways = [unescape(way) for way in re.findall(rf'<li><a href="({SECOND}[^"]*)"', page)]
    assert ways == [f"{SECOND}?way=recovery&next=%2Funits"]
    other = browser.get(ways[0]).text
    assert "Recovery code" in other
    assert 'name="next" value="/units"' in other


@pytest.mark.parametrize("way", ["mail", "pwd", "link", "x", "<script>", ""])
def test_a_way_that_is_not_asked_for_is_not_shown(installation: Installation, way: str) -> None:
    with_totp(installation)
    page = halfway(installation).get(SECOND, query_string={"way": way}).text
    assert "Code from your authenticator app" in page
    assert "<script>" not in page


def test_a_recovery_code_opens_once(installation: Installation) -> None:
    user = installation.users["sales_manager"]
    with_totp(installation)
    code = installation.accounts.factors.new_codes(Actor(user.id, user.username))[0]
    assert prove(halfway(installation), code, "recovery").location == "/"
    again = prove(halfway(installation), code, "recovery")
    assert again.status_code == 401
    assert 'role="alert"' in again.text


@pytest.mark.promise("ASVS 6.5.1")
def test_a_code_works_once_and_a_step_too_also_by_cookie_replay(installation: Installation) -> None:
    app = with_totp(installation)
    browser = halfway(installation)
    step = cookie(browser, STEP)
    assert step
    code = app.at(installation.clock.now)
    page = browser.get(SECOND)
    assert prove(browser, code).status_code == 303

    thief = installation.browser()
    thief.get("/sign-in")
    thief.set_cookie(STEP, step)
    assert thief.get(SECOND).location == BEGIN_AGAIN
    token = form_token(thief.get("/sign-in"))
    assert thief.post(SECOND, data={"method": "totp", "answer": code, "csrf_token": token}).location == BEGIN_AGAIN
    assert cookie(thief, SESSION) is None
    assert prove(halfway(installation), code).status_code == 401
    assert page.status_code == 200


@pytest.mark.promise("ASVS 6.3.1")
def test_wrong_codes_end_the_step_and_lock_the_account(installation: Installation) -> None:
    app = with_totp(installation)
    browser = halfway(installation)
    guess = wrong(app, installation)
    answers = [prove(browser, guess, next="/units") for _ in range(4)]
    assert {answer.status_code for answer in answers} == {401}
    assert all('role="alert"' in answer.text for answer in answers)
    last = prove(browser, guess, next="/units")
    assert (last.status_code, last.location) == (303, "/sign-in?ended=step&next=%2Funits")
    assert cookie(browser, STEP) is None
    stranger = installation.browser()
    assert sign_in(stranger, "sales_manager").status_code == 401
    assert "too many wrong answers" in browser.get(last.location or "").text


def test_a_step_is_over_after_ten_minutes(installation: Installation) -> None:
    app = with_totp(installation)
    browser = halfway(installation)
    token = form_token(browser.get(SECOND))
    installation.clock.forward(minutes=10, seconds=1)
    late = {"method": "totp", "answer": app.at(installation.clock.now), "csrf_token": token}
    assert browser.post(SECOND, data=late).location == BEGIN_AGAIN
    assert cookie(browser, SESSION) is None


@pytest.mark.promise("ASVS 3.7.2")
@pytest.mark.parametrize("target", [target for target in HOSTILE if target is not None])
def test_no_step_leads_to_another_site(installation: Installation, target: str) -> None:
    app = with_totp(installation)
    browser = halfway(installation, next=target)
    assert 'name="next" value="/"' in browser.get(SECOND, query_string={"next": target}).text
    assert prove(browser, app.at(installation.clock.now), next=target).location == "/"


@pytest.mark.promise("ASVS 3.5.1")
@pytest.mark.parametrize("path", [SECOND, f"{SECOND}/mail", f"{SECOND}/options"])
def test_a_step_needs_the_token_of_its_form(installation: Installation, path: str) -> None:
    app = with_totp(installation)
    browser = halfway(installation)
    data = {"method": "totp", "answer": app.at(installation.clock.now)}
    assert browser.post(path, data=data).status_code == 400
    assert cookie(browser, SESSION) is None


@pytest.mark.promise("ASVS 15.3.5")
@pytest.mark.parametrize("answer", ["", " ", "\0", "1" * 20_001, "１２３４５６", "12345", "null", '{"id": 1}', "é"])
@pytest.mark.parametrize("method", ["totp", "recovery", "mail", "passkey", "pwd", "", "x"])
def test_any_answer_is_refused_and_breaks_nothing(installation: Installation, method: str, answer: str) -> None:
    with_totp(installation)
    browser = halfway(installation)
    assert prove(browser, answer, method).status_code in {400, 401}
    assert cookie(browser, SESSION) is None


@pytest.mark.parametrize("forged", ["", "x" * 20, "a" * 43, "é" * 30, "x" * 3000, "'; DROP TABLE pending; --"])
def test_a_made_up_step_is_over(shared: Installation, forged: str) -> None:
    browser = shared.browser()
    browser.set_cookie(STEP, forged)
    for path in (SECOND, ENROL):
        assert browser.get(path).location == BEGIN_AGAIN
        data = {"csrf_token": form_token(browser.get("/sign-in")), "method": "totp", "answer": "123456"}
        browser.set_cookie(STEP, forged)
        assert browser.post(path, data=data).location == BEGIN_AGAIN


@pytest.mark.promise("ASVS 7.2.4")
def test_the_session_before_is_dead_after_the_second_step(installation: Installation) -> None:
    browser = installation.signed_in("sales_manager")
    first = cookie(browser, SESSION)
    assert first
    app = with_totp(installation)
    planted = installation.browser()
    token = form_token(planted.get("/sign-in"))
    planted.set_cookie(SESSION, first)
    planted.post("/sign-in", data={"username": "sales_manager", "password": PASSWORD, "csrf_token": token})
    prove(planted, app.at(installation.clock.now))
    assert cookie(planted, SESSION) not in {None, first}
    assert browser.get("/units").status_code == 302


def test_a_mailed_code_is_sent_when_asked_for_and_to_a_masked_address(installation: Installation) -> None:
    user = installation.users["sales_manager"]
    installation.accounts.factors.set_mail(True, Actor(user.id, user.username))
    browser = halfway(installation)
    page = browser.get(SECOND)
    assert "s•••@example.com" in page.text
    assert "sales_manager@example.com" not in page.text
    assert 'name="answer"' not in page.text
    sent = send(browser, f"{SECOND}/mail", page)
    assert sent.location == f"{SECOND}?way=mail&sent=1&next=%2Funits"
    asked = browser.get(sent.location)
    assert "We have sent a code to" in asked.text
    deliver(installation.accounts)
    code = latest(installation.site.settings.var, user.email, "mail_code").code
    answer = send(browser, SECOND, asked, method="mail", answer=code)
    assert answer.location == "/units"
    assert browser.get("/units").status_code == 200


@pytest.mark.promise("ASVS 6.6.2")
def test_a_mailed_code_of_one_sign_in_opens_no_other(installation: Installation) -> None:
    user = installation.users["sales_manager"]
    installation.accounts.factors.set_mail(True, Actor(user.id, user.username))
    one, other = halfway(installation), halfway(installation)
    send(one, f"{SECOND}/mail", one.get(SECOND))
    deliver(installation.accounts)
    code = latest(installation.site.settings.var, user.email, "mail_code").code
    assert prove(other, code, "mail").status_code in {303, 401}
    assert cookie(other, SESSION) is None


def test_a_code_that_cannot_be_mailed_is_explained(installation: Installation) -> None:
    with_totp(installation)
    browser = halfway(installation)
    refused = send(browser, f"{SECOND}/mail", browser.get(SECOND))
    assert refused.status_code == 400
    assert 'role="alert"' in refused.text


def test_whoever_has_no_passkey_gets_no_options(installation: Installation) -> None:
    with_totp(installation)
    browser = halfway(installation)
    headers = {"X-CSRFToken": form_token(browser.get(SECOND)), "Accept": "application/json"}
    for path in (f"{SECOND}/options", f"{ENROL}/options"):
        answer = browser.post(path, headers=headers)
        assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")


@pytest.mark.promise("ASVS 6.3.3")
def test_an_admin_sets_a_second_factor_up_before_anything_else(strict: Installation) -> None:
    browser = strict.browser()
    begun = sign_in(browser, "admin", next="/users")
    assert begun.location == f"{ENROL}?next=%2Fusers"
    assert cookie(browser, SESSION) is None
    assert browser.get("/users").status_code == 302
    page = browser.get(begun.location)
    assert "Your role asks for more than a password" in page.text
    shown = send(browser, f"{ENROL}/totp", page, next="/users")
    secret = re.search(r'<code class="gate-key">([A-Z2-7 ]+)</code>', shown.text)
    assert secret
    assert '<img class="gate-qr" src="data:image/svg+xml' in shown.text
    app = pyotp.TOTP(secret[1].replace(" ", ""))

    refused = send(browser, ENROL, shown, method="totp", answer=wrong(app, strict), next="/users")
    assert refused.status_code == 401
    assert secret[1] in refused.text  # the same one: it was scanned already
    done = send(browser, ENROL, refused, method="totp", answer=app.at(strict.clock.now), next="/users")
    assert done.status_code == 200
    codes = re.findall(r"<li><code>([^<]+)</code></li>", done.text)
    assert len(set(codes)) == 10
    assert 'href="/users">I have kept them' in done.text
    assert browser.get("/users").status_code == 200


@pytest.mark.promise("ASVS 7.4.4")
def test_the_codes_can_be_kept_without_scripts_and_one_can_leave(strict: Installation) -> None:
    browser = halfway(strict, "admin")
    shown = send(browser, f"{ENROL}/totp", browser.get(ENROL))
    app = pyotp.TOTP(re.findall(r'<code class="gate-key">([A-Z2-7 ]+)</code>', shown.text)[0].replace(" ", ""))
    done = send(browser, ENROL, shown, method="totp", answer=app.at(strict.clock.now))
    codes = re.findall(r"<li><code>([^<]+)</code></li>", done.text)
    download = re.search(r'download="([^"]+)"\s+href="data:text/plain;charset=utf-8,([^"]+)"', done.text)
    assert download
    assert download[1] == "salesgate-recovery-codes.txt"
    assert all(code in unquote(download[2]) for code in codes)
    assert done.headers["Cache-Control"] == "no-store"
    assert browser.post("/sign-out", data={"csrf_token": form_token(done)}).location == "/sign-in"
    assert browser.get("/users").status_code == 302


@pytest.mark.promise("ASVS 3.5.1")
def test_the_token_of_the_codes_page_is_that_of_the_new_session(strict: Installation) -> None:
    browser = halfway(strict, "admin")
    shown = send(browser, f"{ENROL}/totp", browser.get(ENROL))
    app = pyotp.TOTP(re.findall(r'<code class="gate-key">([A-Z2-7 ]+)</code>', shown.text)[0].replace(" ", ""))
    send(browser, ENROL, shown, method="totp", answer=app.at(strict.clock.now))
    token = cookie(browser, "_csrf_token")
    assert token
    assert browser.post("/session/extend", headers={"X-CSRFToken": token}).status_code == 200
    assert browser.post("/session/extend", headers={"X-CSRFToken": form_token(shown)}).status_code == 400


def test_an_admin_may_choose_codes_by_mail(strict: Installation) -> None:
    browser = halfway(strict, "admin")
    sent = send(browser, f"{ENROL}/mail", browser.get(ENROL))
    assert sent.location == f"{ENROL}?way=mail&sent=1&next=%2Funits"
    deliver(strict.accounts)
    code = latest(strict.site.settings.var, "admin@example.com", "mail_code").code
    done = send(browser, ENROL, browser.get(sent.location), method="mail", answer=code)
    assert "Keep your recovery codes" in done.text
    assert browser.get("/users").status_code == 200


def test_the_options_of_a_new_passkey_name_the_site(strict: Installation) -> None:
    browser = halfway(strict, "admin")
    headers = {"X-CSRFToken": form_token(browser.get(ENROL)), "Accept": "application/json"}
    options = browser.post(f"{ENROL}/options", headers=headers)
    assert options.mimetype == "application/json"
    assert (options.json or {})["rp"]["id"] == "localhost"
    assert (options.json or {})["authenticatorSelection"]["userVerification"] == "required"


def test_whoever_has_a_second_factor_is_not_asked_to_set_one_up(installation: Installation) -> None:
    with_totp(installation)
    browser = halfway(installation)
    assert browser.get(f"{ENROL}?next=/units").location == f"{SECOND}?next=%2Funits"
    page = browser.get(SECOND)
    for path in (f"{ENROL}/totp", f"{ENROL}/mail", ENROL):
        assert send(browser, path, page, method="totp", answer="123456").location == f"{SECOND}?next=%2Funits"


@pytest.mark.parametrize("method", ["pwd", "recovery", "link", "", "x"])
def test_only_what_is_offered_can_be_set_up(strict: Installation, method: str) -> None:
    browser = halfway(strict, "admin")
    refused = send(browser, ENROL, browser.get(ENROL), method=method, answer="123456")
    assert refused.status_code == 400
    assert cookie(browser, SESSION) is None


def test_what_is_switched_off_is_not_offered(tmp_path: Path) -> None:
    made = install(tmp_path, limits=PLENTY, second_factor={"grace_until": "", "methods": ["mail"]})
    page = halfway(made, "admin").get(ENROL).text
    assert "Use codes by mail" in page
    assert "authenticator app" not in page
    assert "data-passkey" not in page
    made.accounts.close()
    none = install(tmp_path / "none", limits=PLENTY, second_factor={"grace_until": "", "methods": []})
    assert "Ask your administrator" in halfway(none, "admin").get(ENROL).text
    none.accounts.close()


def test_the_options_of_a_sign_in_by_passkey_name_nobody(shared: Installation) -> None:
    browser = shared.browser()
    headers = {"X-CSRFToken": form_token(browser.get("/sign-in")), "Accept": "application/json"}
    options = browser.post("/sign-in/passkey/options", headers=headers)
    assert (options.json or {})["userVerification"] == "required"
    assert not (options.json or {}).get("allowCredentials")
    assert cookie(browser, STEP)


@pytest.mark.promise("ASVS 15.3.5")
@pytest.mark.parametrize("answer", ["", "x", "{}", "[]", "null", '{"id": {}}', "\0", "x" * 20_001])
def test_a_made_up_passkey_opens_nothing(shared: Installation, answer: str) -> None:
    browser = shared.browser()
    token = form_token(browser.get("/sign-in"))
    browser.post("/sign-in/passkey/options", headers={"X-CSRFToken": token, "Accept": "application/json"})
    refused = browser.post("/sign-in/passkey", data={"csrf_token": token, "answer": answer, "next": "/units"})
    assert refused.status_code in {400, 401}
    assert "That passkey does not open an account here." in refused.text
    assert 'name="next" type="hidden" value="/units"' in refused.text
    assert cookie(browser, SESSION) is None


def test_where_the_site_has_no_name_there_is_no_passkey(tmp_path: Path) -> None:
    made = install(tmp_path, limits=PLENTY, server={"public_url": "http://192.0.2.7:8050"})
    browser = made.browser()
    headers = {"X-CSRFToken": form_token(browser.get("/sign-in")), "Accept": "application/json"}
    assert browser.post("/sign-in/passkey/options", headers=headers).status_code == 400
    made.accounts.close()


def test_being_signed_in_elsewhere_is_no_way_around_the_second_step(installation: Installation) -> None:
    browser = installation.signed_in("procurement_manager")
    with_totp(installation)
    token = form_token(halfway(installation).get(SECOND))
    assert browser.post(SECOND, data={"csrf_token": token}).status_code == 400
    assert browser.get(SECOND).location == BEGIN_AGAIN
    assert script_token(browser)
