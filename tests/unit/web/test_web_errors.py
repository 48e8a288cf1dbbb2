"""What a person reads when something fails, and what nobody reads."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask import abort
from flask_wtf.csrf import CSRFError
from web_kit import CALLBACK, OPERATOR, PASSWORD, Installation, cookie, install, script_token, sign_in
from werkzeug.exceptions import BadRequestKeyError
from werkzeug.test import TestResponse

from dashboard.accounts import AccountError, NotFreshError
from dashboard.accounts.keys import secret_key
from dashboard.web.denials import MOST, Denials
from dashboard.web.error_texts import TEXTS
from dashboard.web.trace import trace_of


@pytest.mark.promise("ASVS 16.5.1")
def test_an_unexpected_failure_tells_a_number_and_no_more(
    shared: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        response = shared.signed_in("admin").get("/boom")
    assert response.status_code == 500
    for private in ("12345", "ValueError", "Traceback", "web_kit"):
        assert private not in response.text
    number = response.headers["X-Request-ID"]
    assert number in response.text
    assert number in caplog.text
    assert "the secret is 12345" in caplog.text


@pytest.mark.promise("ASVS 16.4.1")
def test_no_exception_writes_lines_of_its_own(shared: Installation, caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> str:
        try:
            raise ValueError("first\n2026-11-20 INFO forged one")
        except ValueError as error:
            raise KeyError("\r\n2026-11-20 INFO forged two\x1b[2J\u2028forged three" + "x" * 10_000) from error

    with pytest.MonkeyPatch.context() as patch, caplog.at_level(logging.ERROR):
        patch.setitem(shared.server.view_functions, "boom", fail)
        assert shared.signed_in("admin").get("/boom").status_code == 500
    first, *others = caplog.text.splitlines()
    assert "failed" in first
    assert len(others) > 5
    assert all(line.startswith("  | ") and len(line) < 450 for line in others)
    assert "forged two" in caplog.text
    assert "\x1b" not in caplog.text


def test_a_trace_is_cut_in_the_middle() -> None:
    trace = trace_of(ValueError("\n".join(f"line {n}" for n in range(1000)))).splitlines()
    assert len(trace) == 61
    assert trace[0] == "  | ValueError: line 0"
    assert trace[30] == "  | ... 940 lines ..."
    assert trace[-1] == "  | line 999"


@pytest.mark.promise("ASVS 16.3.2")
def test_a_refusal_that_is_repeated_is_audited_once_a_minute_with_how_often(installation: Installation) -> None:
    now = [0.0]
    installation.site.denials = Denials(lambda: now[0])
    browser, other = installation.signed_in("procurement_manager"), installation.signed_in("procurement_manager")

    def denied() -> list[tuple[str, str]]:
        return [(e["target"], e["detail"]) for e in installation.events() if e["kind"] == "access_denied"]

    assert [browser.get(path).status_code for path in ["/revenue"] * 40 + ["/users"] * 2] == [403] * 42
    first = [("/revenue", '{"permission":"measure:revenue"}'), ("/users", '{"permission":"users:manage"}')]
    assert denied() == first
    other.get("/revenue")
    assert denied() == [*first, first[0]]
    now[0] = 59.9
    browser.get("/revenue")
    assert len(denied()) == 3
    now[0] = 60.0
    browser.get("/revenue")
    assert denied()[3:] == [("/revenue", '{"left_out":40,"permission":"measure:revenue"}')]
    now[0] = 120.0
    browser.get("/revenue")
    assert denied()[4:] == [("/revenue", '{"permission":"measure:revenue"}')]


def test_refusals_take_limited_memory_and_count_right_among_threads() -> None:
    denials = Denials(lambda: 0.0)
    for n in range(2 * MOST):
        assert denials.left_out(f"session {n}", "x") == 0
    assert len(denials._seen) == MOST
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda _: denials.left_out("one", "x"), range(800)))
    assert (told.count(0), told.count(None)) == (1, 799)


def test_a_request_id_is_never_the_clients(shared: Installation) -> None:
    response = shared.browser().get("/sign-in", headers={"X-Request-ID": "0123456789ab"})
    assert response.headers["X-Request-ID"] != "0123456789ab"


CODES = (400, 401, 403, 404, 405, 410, 413, 415, 429, 500, 503)
PAGE, SCRIPT = {"Accept": "text/html"}, {"Accept": "application/json"}


def failing(here: Installation, error: Callable[[], object], path: str = "/boom", **request: Any) -> TestResponse:
    """What somebody signed in reads where a view fails so."""
    browser = here.signed_in("admin")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(here.server.view_functions, "boom", error)
        return browser.get(path, **request)


def raising(error: Exception) -> Callable[[], object]:
    def view() -> object:
        raise error

    return view


@pytest.mark.promise("every failure has a page, and JSON for scripts")
@pytest.mark.parametrize("code", CODES)
def test_each_code_has_a_page_and_json(shared: Installation, code: int) -> None:
    title, text = TEXTS[code]
    page = failing(shared, lambda: abort(code), headers=PAGE)
    assert (page.status_code, page.mimetype) == (code, "text/html")
    assert f"<title>{title} · Salesgate</title>" in page.text
    assert title in page.text.partition("<h1")[2].partition("</h1>")[0]
    assert text.replace("'", "&#39;") in page.text
    assert f"Error {code} · number {page.headers['X-Request-ID']}" in page.text
    body = failing(shared, lambda: abort(code), headers=SCRIPT)
    assert (body.status_code, body.mimetype) == (code, "application/problem+json")
    assert body.json
    assert (body.json["status"], body.json["detail"], body.json["type"]) == (code, text, "about:blank")
    assert body.json["request"] == body.headers["X-Request-ID"]


def test_every_text_belongs_to_a_code_and_says_what_to_do() -> None:
    assert set(TEXTS) == set(CODES)
    assert all(title and not title.endswith(".") and text.endswith(".") for title, text in TEXTS.values())


@pytest.mark.parametrize("code", [400, 403, 404, 410, 503])
def test_our_own_words_are_shown_as_text(shared: Installation, code: int) -> None:
    words = "The figures of <b>May</b> are not there yet."
    page = failing(shared, lambda: abort(code, description=words), headers=PAGE)
    assert page.status_code == code
    assert "The figures of &lt;b&gt;May&lt;/b&gt; are not there yet." in page.text
    assert (failing(shared, lambda: abort(code, words), headers=SCRIPT).json or {})["detail"] == words


@pytest.mark.promise("ASVS 16.5.1")
def test_what_a_library_says_is_not_shown(shared: Installation) -> None:
    for error in (BadRequestKeyError("a secret key"), CSRFError("about tokens"), TypeError("about types")):
        page = failing(shared, raising(error), headers=PAGE)
        assert page.status_code in {400, 500}
        for private in ("a secret key", "about", "KeyError", "browser (or proxy)"):
            assert private not in page.text
    missing = shared.signed_in("admin").post("/session/extend", headers={"X-CSRFToken": "made up"})
    assert "token" not in str(missing.json).lower()


@pytest.mark.promise("ASVS 7.5.1")
def test_what_needs_a_fresh_sign_in_leads_to_the_confirmation(shared: Installation) -> None:
    page = failing(shared, raising(NotFreshError()), "/boom?of=1&to=a%2Fb", headers=PAGE)
    assert page.status_code == 303
    assert page.location == "/confirm?next=%2Fboom%3Fof%3D1%26to%3Da%252Fb"
    script = failing(shared, raising(NotFreshError()), headers=SCRIPT)
    assert (script.status_code, script.headers["X-Confirm"]) == (403, "1")
    assert "Confirm once more" in (script.json or {})["detail"]


@pytest.mark.promise("open redirect")
def test_a_form_that_needs_a_fresh_sign_in_leads_back_to_its_page_and_nowhere_else(installation: Installation) -> None:
    installation.server.add_url_rule("/form", "form", raising(NotFreshError()), methods=["POST"])
    browser = installation.signed_in("admin")
    token = script_token(browser)
    for referrer, back in [
        ("http://localhost/users?page=2", "%2Fusers%3Fpage%3D2"),
        ("http://evil.example/users", "%2F"),
        ("", "%2F"),
        ("http://localhost//evil.example", "%2F"),
    ]:
        answer = browser.post("/form", headers={**token, **PAGE, "Referer": referrer})
        assert (answer.status_code, answer.location) == (303, f"/confirm?next={back}")


def test_a_refusal_of_the_accounts_that_nobody_caught_gives_its_reasons(shared: Installation) -> None:
    refusal = AccountError("The last Admin stays.", "Make <another> first.")
    page = failing(shared, raising(refusal), headers=PAGE)
    assert page.status_code == 400
    assert "The last Admin stays. Make &lt;another&gt; first." in page.text
    assert (failing(shared, raising(refusal), headers=SCRIPT).json or {})["detail"] == str(refusal)


@pytest.mark.promise("ASVS 7.4.4")
def test_error_pages_offer_the_way_out(shared: Installation) -> None:
    browser = shared.signed_in("procurement_manager")
    for path in ("/revenue", "/nowhere", "/boom"):
        assert 'action="/sign-out"' in browser.get(path).text
    assert 'href="/sign-in"' in shared.browser().post("/nowhere").text


@pytest.mark.parametrize(
    ("path", "accept", "kind"),
    [
        ("/nowhere", "text/html,*/*", "text/html"),
        ("/nowhere", "*/*", "text/html"),
        ("/nowhere", "application/json", "application/problem+json"),
        ("/_dash-nowhere", "text/html", "application/problem+json"),
        ("/session/nowhere", "*/*", "application/problem+json"),
    ],
)
def test_scripts_get_json_and_people_a_page(shared: Installation, path: str, accept: str, kind: str) -> None:
    response = shared.signed_in("admin").get(path, headers={"Accept": accept})
    assert (response.status_code, response.mimetype) == (404, kind)
    if kind != "text/html":
        assert (response.json or {})["status"] == 404


def test_405_names_what_is_allowed(shared: Installation) -> None:
    response = shared.signed_in("admin").put("/account")
    assert response.status_code == 405
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_an_old_form_says_what_to_do(shared: Installation) -> None:
    response = shared.browser().post("/sign-in", data={"username": "a", "password": "b"})
    assert response.status_code == 400
    assert "out of date" in response.text


@pytest.mark.promise("ASVS 16.5.3")
def test_without_the_accounts_database_nobody_gets_in(tmp_path: Path) -> None:
    made = install(tmp_path)
    browser = made.signed_in("admin")
    token = script_token(browser)
    with made.accounts.engine.begin() as connection:
        for table in ("sessions", "users"):
            connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO gone_{table}")
    assert browser.get("/users").status_code == 503
    assert browser.get("/").status_code == 503
    assert browser.get("/assets/private.js").status_code == 503
    assert browser.get("/session/status").status_code == 503
    response = browser.post("/_dash-update-component", json=CALLBACK, headers=token)
    assert response.status_code == 503
    assert "page of" not in response.text
    assert made.browser().get("/sign-in").status_code == 200
    made.accounts.close()


@pytest.mark.promise("ASVS 16.2.5")
def test_no_secret_gets_into_the_log(installation: Installation, caplog: pytest.LogCaptureFixture) -> None:
    accounts, users = installation.accounts, installation.users
    link = accounts.invite(users["sales_manager"].id, OPERATOR)
    browser = installation.browser()
    with caplog.at_level(logging.DEBUG):
        sign_in(browser, "admin")
        secret = cookie(browser, "salesgate_session")
        browser.get("/nowhere\nforged: line")
        browser.post(f"/invitation/{link}", data={"password": "short"})
        browser.post(f"/invitation/{link}", headers={"Sec-Fetch-Site": "cross-site"})
        browser.put(f"/invitation/{link}")
        browser.get(f"/recover/{link}")
    assert secret
    assert "/invitation/<token>" in caplog.text
    assert "nowhere" in caplog.text
    assert "\nforged" not in caplog.text
    for private in (link, secret, PASSWORD):
        assert private not in caplog.text


@pytest.mark.promise("ASVS 13.3.1")
def test_the_secret_key_is_the_installations_own(installation: Installation) -> None:
    var = installation.site.settings.var
    assert installation.server.secret_key == secret_key(var)
    assert (var / "secret_key").stat().st_mode & 0o777 == 0o600
    assert var.stat().st_mode & 0o777 == 0o700
    assert not installation.server.debug
