"""Signing in and out: what the browser gets, and what an old cookie is worth."""

import re
import time
from pathlib import Path
from typing import Any

import pytest
from itsdangerous import TimestampSigner
from test_next_page import HOSTILE
from web_kit import OPERATOR, PASSWORD, Installation, cookie, form_token, install, script_token, sign_in

from dashboard.accounts import sign_in as domain

SESSION = "salesgate_session"
REFUSED = "The user name or password is not right, or the account is locked for a while."


def without_token(page: str) -> str:
    return re.sub(r'(name="csrf_token"[^>]*value=)"[^"]+"', r"\1", page)


def test_the_form_works_without_scripts_and_with_password_managers(shared: Installation) -> None:
    page = shared.browser().get("/sign-in?next=/units").text
    for part in ('autocomplete="username"', 'autocomplete="current-password"', 'method="post"', 'type="password"'):
        assert part in page
    for field in re.findall(r'<input[^>]*id="(username|password)"', page):
        assert f'<label class="form-label" for="{field}">' in page
    assert 'name="next" type="hidden" value="/units"' in page
    assert "onclick" not in page
    assert "<style" not in page


@pytest.mark.parametrize(
    ("ended", "words"),
    [
        ("idle", "Your session has ended because it was not used. Sign in to go on where you were."),
        ("expired", "because its time was up"),
        ("signed-out", "You are signed out. Sign in to go on where you were."),
        ("step", "too many wrong answers"),
    ],
)
def test_the_reason_for_being_here_is_said(shared: Installation, ended: str, words: str) -> None:
    page = shared.browser().get(f"/sign-in?ended={ended}&next=/units").text
    assert words in page
    assert 'name="next" type="hidden" value="/units"' in page


@pytest.mark.promise("ASVS 1.2.1")
@pytest.mark.parametrize("ended", ["", "x", "<script>alert(1)</script>", "Call 555 0100 at once", "idle ", "IDLE"])
def test_nothing_else_of_the_address_is_shown(shared: Installation, ended: str) -> None:
    plain = without_token(shared.browser().get("/sign-in").text)
    shown = shared.browser().get("/sign-in", query_string={"ended": ended})
    assert without_token(shown.text) == plain


def test_the_page_offers_what_the_settings_allow(shared: Installation, tmp_path: Path) -> None:
    page = shared.browser().get("/sign-in").text
    for part in ("Keep me signed in", "for 14 days. Not for Admins.", 'href="/register"', 'href="/recover"'):
        assert part in page
    assert 'data-passkey="get"' in page
    strict = install(
        tmp_path,
        session={"remember_days": 0},
        registration={"mode": "invited"},
        server={"public_url": "https://192.0.2.7"},
    )
    page = strict.browser().get("/sign-in").text
    for part in ("Keep me signed in", "/register", "data-passkey"):
        assert part not in page
    assert 'href="/recover"' in page
    strict.accounts.close()


def test_signing_in_leads_to_the_page_asked_for(shared: Installation) -> None:
    browser = shared.browser()
    response = sign_in(browser, "sales_manager", next="/revenue?month=2026-10")
    assert (response.status_code, response.location) == (303, "/revenue?month=2026-10")
    assert browser.get("/revenue").text == "<html><body>page of sales_manager</body></html>"


@pytest.mark.promise("ASVS 3.7.2")
@pytest.mark.parametrize("target", [target for target in HOSTILE if target is not None])
def test_signing_in_never_leads_to_another_site(shared: Installation, target: str) -> None:
    assert sign_in(shared.browser(), "sales_manager", next=target).location == "/"


@pytest.mark.promise("ASVS 3.7.2")
def test_who_is_signed_in_already_is_sent_on_but_never_to_another_site(shared: Installation) -> None:
    browser = shared.signed_in("admin")
    assert browser.get("/sign-in?next=/users").location == "/users"
    assert browser.get("/sign-in?next=//evil.example").location == "/"


@pytest.mark.promise("ASVS 6.3.8")
def test_every_failure_looks_the_same(installation: Installation) -> None:
    users, accounts = installation.users, installation.accounts
    accounts.disable_user(users["sales_manager"].id, OPERATOR)
    answers = set()
    for username, password in (
        ("nobody", PASSWORD),
        ("procurement_manager", "wrong"),
        ("sales_manager", PASSWORD),
        ("' OR 1=1 --", "x"),
    ):
        response = sign_in(installation.browser(), username, password)
        names = frozenset(name for name, _ in response.headers)
        answers.add((response.status_code, without_token(response.text), names))
    for _ in range(6):
        sign_in(installation.browser(), "procurement_manager", "wrong")
    locked = sign_in(installation.browser(), "procurement_manager", PASSWORD)
    answers.add((locked.status_code, without_token(locked.text), frozenset(name for name, _ in locked.headers)))
    assert len(answers) == 1
    assert locked.status_code == 401
    assert REFUSED in locked.text


@pytest.mark.promise("ASVS 7.2.4")
def test_the_session_is_a_new_one_at_each_sign_in_and_the_old_one_dead(installation: Installation) -> None:
    browser = installation.browser()
    browser.set_cookie(SESSION, "planted-by-somebody-else")
    sign_in(browser, "sales_manager")
    first = cookie(browser, SESSION)
    assert first
    assert first != "planted-by-somebody-else"

    again = installation.browser()
    token = form_token(again.get("/sign-in"))
    again.set_cookie(SESSION, first)
    again.post("/sign-in", data={"username": "sales_manager", "password": PASSWORD, "csrf_token": token})
    assert cookie(again, SESSION) not in {None, first}
    assert browser.get("/units").status_code == 302
    assert again.get("/units").status_code == 200


@pytest.mark.promise("ASVS 7.2.4")
def test_a_failed_sign_in_gives_no_session(installation: Installation) -> None:
    browser = installation.browser()
    assert sign_in(browser, "sales_manager", "wrong").status_code == 401
    assert cookie(browser, SESSION) is None


@pytest.mark.promise("ASVS 3.5.1")
def test_a_token_from_before_sign_in_is_dead_afterwards(installation: Installation) -> None:
    browser = installation.browser()
    before = form_token(browser.get("/sign-in"))
    form_cookie = cookie(browser, "salesgate_form")
    assert form_cookie
    sign_in(browser, "sales_manager")
    browser.get("/account")
    assert browser.post("/session/extend", headers={"X-CSRFToken": before}).status_code == 400
    # Nor does planting the cookie it came with bring it back.
    browser.set_cookie("salesgate_form", form_cookie)
    assert browser.post("/session/extend", headers={"X-CSRFToken": before}).status_code == 400
    assert browser.post("/session/extend", headers=script_token(browser)).status_code == 200


def test_a_form_left_open_for_hours_still_works(shared: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = shared.browser()
    with monkeypatch.context() as earlier:
        earlier.setattr(TimestampSigner, "get_timestamp", lambda _: int(time.time()) - 5 * 3600)
        token = form_token(browser.get("/sign-in"))
    data = {"username": "admin", "password": PASSWORD, "csrf_token": token}
    assert browser.post("/sign-in", data=data).status_code == 303


@pytest.mark.promise("ASVS 3.5.1")
def test_a_token_of_another_session_is_worth_nothing(installation: Installation) -> None:
    one, other = installation.signed_in("sales_manager"), installation.signed_in("admin")
    theirs, their_cookie = script_token(other), cookie(other, "salesgate_form")
    assert their_cookie
    one.set_cookie("salesgate_form", their_cookie)
    assert one.post("/session/extend", headers=theirs).status_code == 400


def test_sign_in_without_a_token_is_refused_before_the_password_is_looked_at(installation: Installation) -> None:
    browser = installation.browser()
    for _ in range(10):
        assert browser.post("/sign-in", data={"username": "admin", "password": "wrong"}).status_code == 400
    assert sign_in(browser, "admin").status_code == 303


@pytest.mark.promise("ASVS 7.4.1")
def test_after_signing_out_the_cookie_is_worth_nothing(installation: Installation) -> None:
    browser = installation.signed_in("sales_manager")
    replayed = cookie(browser, SESSION)
    assert replayed
    response = browser.post("/sign-out", headers=script_token(browser))
    assert (response.status_code, response.location) == (303, "/sign-in")
    assert cookie(browser, SESSION) is None
    assert cookie(browser, "_csrf_token") is None
    assert cookie(browser, "salesgate_form") is None
    browser.set_cookie(SESSION, replayed)
    assert browser.get("/units").status_code == 302
    assert installation.events()[-1]["kind"] == "sign_out"


@pytest.mark.promise("ASVS 14.3.1")
def test_signing_out_clears_what_the_browser_kept(installation: Installation) -> None:
    browser = installation.signed_in("sales_manager")
    response = browser.post("/sign-out", headers=script_token(browser))
    assert response.headers["Clear-Site-Data"] == '"cache", "storage"'


@pytest.mark.promise("ASVS 3.5.3")
def test_signing_out_is_not_a_link(installation: Installation) -> None:
    browser = installation.signed_in("sales_manager")
    assert browser.get("/sign-out").status_code == 404
    assert browser.get("/units").status_code == 200


@pytest.mark.promise("ASVS 7.4.2")
def test_disabling_ends_the_session_and_enabling_does_not_bring_it_back(installation: Installation) -> None:
    browser = installation.signed_in("sales_manager")
    user = installation.users["sales_manager"]
    installation.accounts.disable_user(user.id, OPERATOR)
    assert browser.get("/units").status_code == 302
    installation.accounts.enable_user(user.id, OPERATOR)
    assert browser.get("/units").status_code == 302
    assert sign_in(browser, "sales_manager").status_code == 303


@pytest.mark.promise("ASVS 7.4.2")
def test_an_account_disabled_between_password_and_session_stays_out(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    user, check = installation.users["sales_manager"], domain.check

    def check_and_disable(*given: Any) -> Any:
        found = check(*given)
        installation.accounts.disable_user(user.id, OPERATOR)
        return found

    monkeypatch.setattr(domain, "check", check_and_disable)
    browser = installation.browser()
    response = sign_in(browser, "sales_manager")
    assert response.status_code == 401
    assert REFUSED in response.text
    assert cookie(browser, SESSION) is None


def test_a_browser_that_signed_in_is_known_from_then_on(installation: Installation) -> None:
    browser = installation.signed_in("sales_manager")
    device = browser.get_cookie("salesgate_device")
    assert device
    assert (device.http_only, device.same_site, device.max_age) == (True, "Lax", 90 * 24 * 3600)
    browser.post("/sign-out", headers=script_token(browser))
    assert cookie(browser, "salesgate_device") == device.value
    for _ in range(6):
        assert sign_in(installation.browser(), "sales_manager", "wrong").status_code == 401
    assert sign_in(installation.browser(), "sales_manager").status_code == 401
    assert sign_in(browser, "sales_manager").status_code == 303


@pytest.mark.promise("ASVS 7.4.5")
def test_an_admin_ends_all_sessions_of_a_person(installation: Installation) -> None:
    browsers = [installation.signed_in("sales_manager") for _ in range(2)]
    other = installation.signed_in("admin")
    assert installation.accounts.end_sessions(installation.users["sales_manager"].id, OPERATOR) == 2
    assert [browser.get("/units").status_code for browser in browsers] == [302, 302]
    assert other.get("/users").status_code == 200


@pytest.mark.promise("ASVS 7.2.1")
@pytest.mark.parametrize("forged", ["", "x", "0" * 64, "a" * 3000, "%00", "é", "'; DROP TABLE users; --"])
def test_a_made_up_cookie_is_nobody(shared: Installation, forged: str) -> None:
    browser = shared.browser()
    browser.set_cookie(SESSION, forged)
    assert browser.get("/units").status_code == 302
