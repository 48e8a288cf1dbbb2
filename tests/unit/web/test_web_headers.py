"""Headers and cookies on every answer."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from kit import enrol_totp
from web_kit import CALLBACK, Installation, form_token, install, script_token, sign_in
from werkzeug.test import TestResponse


def every_kind_of_answer(installation: Installation) -> dict[str, TestResponse]:
    anonymous, browser = installation.browser(), installation.signed_in("procurement_manager")
    token = script_token(browser)
    return {
        "sign-in": anonymous.get("/sign-in"),
        "redirect": anonymous.get("/units"),
        "health": anonymous.get("/health"),
        "public file": anonymous.get("/assets/salesgate.css"),
        "side update": anonymous.post("/_dash-update-component", json=CALLBACK),
        "page": browser.get("/units"),
        "file": browser.get("/assets/x.js"),
        "options": browser.options("/units"),
        "400": browser.post("/session/extend"),
        "401": anonymous.get("/_dash-layout"),
        "403": browser.get("/revenue"),
        "404": browser.get("/nowhere"),
        "404 file": browser.get("/assets/"),
        "405": browser.put("/account"),
        "413": anonymous.post("/sign-in", data={"username": "x" * 2_000_000}),
        "415": browser.post("/_dash-update-component", data="x", headers=token),
        "500": browser.get("/boom"),
        "status": browser.get("/session/status"),
        "out": browser.post("/sign-out", headers=token),
    }


@pytest.mark.promise("ASVS 3.4.3")
def test_every_answer_carries_the_security_headers(shared: Installation) -> None:
    for name, response in every_kind_of_answer(shared).items():
        if name[:3].isdigit():
            assert response.status_code == int(name[:3]), name
        headers = response.headers
        policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
        assert policy["default-src"] == policy["script-src"] == policy["connect-src"] == "'self'", name
        assert policy["object-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'", name
        assert policy["form-action"] == "'self'", name
        assert "unsafe-eval" not in headers["Content-Security-Policy"], name
        assert headers["X-Content-Type-Options"] == "nosniff", name
        assert headers["Referrer-Policy"] == "same-origin", name
        assert headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin", name
        assert "camera=()" in headers["Permissions-Policy"], name
        assert "Strict-Transport-Security" not in headers, name
        assert "Access-Control-Allow-Origin" not in headers, name
        assert len(headers["X-Request-ID"]) == 12, name


@pytest.mark.promise("ASVS 14.3.2")
def test_only_files_may_be_cached(shared: Installation) -> None:
    for name, response in every_kind_of_answer(shared).items():
        if name in {"public file", "file"}:
            assert response.headers["Cache-Control"] == "public", name
            assert "Vary" not in response.headers, name
        else:
            assert response.headers["Cache-Control"] == "no-store", name


def test_the_mounting_may_allow_inline_scripts_by_hash(installation: Installation) -> None:
    installation.site.script_hashes.append("'sha256-abc='")
    policy = installation.browser().get("/sign-in").headers["Content-Security-Policy"]
    assert "script-src 'self' 'sha256-abc='; " in policy


def test_the_mounting_may_give_files_a_fingerprint(installation: Installation) -> None:
    installation.site.asset_url = lambda name: f"/assets/{name}?v=1f"
    assert 'href="/assets/salesgate.css?v=1f"' in installation.browser().get("/sign-in").text
    assert installation.browser().get("/assets/salesgate.css?v=1f").status_code == 200


def cookies(response: TestResponse) -> dict[str, set[str]]:
    made = {}
    for header in response.headers.getlist("Set-Cookie"):
        name, *attributes = header.split("; ")
        made[name.partition("=")[0]] = set(attributes)
    return made


@pytest.mark.promise("ASVS 3.3.2")
def test_cookies_on_http(shared: Installation) -> None:
    browser = shared.browser()
    assert cookies(browser.get("/sign-in")) == {"salesgate_form": {"HttpOnly", "Path=/", "SameSite=Lax"}}
    made = cookies(sign_in(browser, "admin"))
    assert made["salesgate_session"] == {"HttpOnly", "Path=/", "SameSite=Lax"}
    assert cookies(browser.get("/account"))["_csrf_token"] == {"Path=/", "SameSite=Strict"}


@pytest.fixture(scope="module")
def https(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    made = install(tmp_path_factory.mktemp("https"), server={"https": True})
    yield made
    made.accounts.close()


@pytest.mark.promise("ASVS 3.3.1")
def test_cookies_on_https_are_secure_and_of_this_host_only(https: Installation) -> None:
    browser, secure = https.browser(), {"base_url": "https://sales.example"}
    token = form_token(browser.get("/sign-in", **secure))
    words = {"username": "admin", "password": "violet tram beside lake 4711", "csrf_token": token}
    signed_in = browser.post("/sign-in", data=words, **secure)
    given = cookies(signed_in)
    assert given["__Host-salesgate_session"] == {"HttpOnly", "Path=/", "SameSite=Lax", "Secure"}
    assert {"HttpOnly", "Path=/", "SameSite=Lax", "Secure"} < given["__Host-salesgate_device"]
    page = browser.get("/account", **secure)
    assert cookies(page)["__Host-salesgate_form"] == {"HttpOnly", "Path=/", "SameSite=Lax", "Secure"}
    assert cookies(page)["_csrf_token"] == {"Path=/", "SameSite=Strict", "Secure"}
    token = browser.get_cookie("_csrf_token", "sales.example")
    assert token
    out = browser.post("/sign-out", headers={"X-CSRFToken": token.value}, **secure)
    assert out.status_code == 303
    assert {"Secure", "Max-Age=0", "Path=/"} <= cookies(out)["__Host-salesgate_session"]


@pytest.mark.promise("ASVS 3.3.1", "ASVS 3.3.4")
def test_what_was_begun_is_kept_as_closely_as_a_session(https: Installation) -> None:
    enrol_totp(https.accounts, "sales_manager", https.clock.now)
    browser, secure = https.browser(), {"base_url": "https://sales.example"}
    token = form_token(browser.get("/sign-in", **secure))
    words = {"username": "sales_manager", "password": "violet tram beside lake 4711", "csrf_token": token}
    given = cookies(browser.post("/sign-in", data=words, **secure))
    assert "__Host-salesgate_session" not in given
    assert {"HttpOnly", "Path=/", "SameSite=Lax", "Secure", "Max-Age=600"} < given["__Host-salesgate_step"]


@pytest.mark.promise("ASVS 3.4.1")
def test_https_is_demanded_for_two_years(https: Installation) -> None:
    for path in ("/sign-in", "/units", "/assets/salesgate.css", "/_dash-layout"):
        header = https.browser().get(path).headers["Strict-Transport-Security"]
        assert header == "max-age=63072000; includeSubDomains"


def test_only_a_known_browser_keeps_a_cookie_when_it_is_closed(tmp_path: Path) -> None:
    made = install(tmp_path)
    browser = made.browser()
    answers = [browser.get("/sign-in"), sign_in(browser, "admin"), browser.get("/account")]
    given = [item for answer in answers for item in cookies(answer).items() if item[0] != "salesgate_device"]
    attributes = {part for _, kept in given for part in kept}
    assert not {part for part in attributes if part.startswith(("Max-Age", "Domain")) and part != "Max-Age=0"}
    made.accounts.close()
