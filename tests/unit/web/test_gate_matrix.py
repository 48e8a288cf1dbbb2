"""Every route of the site with every role, and with nobody."""

import pytest
from flask.testing import FlaskClient
from web_kit import CALLBACK, ROLES, Installation, form_token, get_raw, script_token
from werkzeug.routing import Rule

from dashboard.web import gate

ANONYMOUS = "anonymous"
# What nobody has to be signed in for; nothing of the sales, and nothing of any account but what a secret opens.
PUBLIC = {
    "/sign-in",
    "/sign-in/passkey",
    "/sign-on/<name>",
    "/sign-on/<name>/callback",
    "/sign-in/passkey/options",
    "/sign-in/second",
    "/sign-in/second/mail",
    "/sign-in/second/options",
    "/sign-in/enrol",
    "/sign-in/enrol/totp",
    "/sign-in/enrol/mail",
    "/sign-in/enrol/options",
    "/register",
    "/register/again",
    "/verify/<token>",
    "/mail/<token>",
    "/unlock/<token>",
    "/invitation/<token>",
    "/recover",
    "/recover/<token>",
    "/recovery/second",
    "/recovery/second/options",
    "/recovery/password",
    "/session/status",
    "/health",
    "/ready",
    "/db_check",
    "/metrics",
}
ASKS_PROVIDER = {"/sign-on/<name>", "/sign-on/<name>/callback"}
READ_ONLY = {"/health", "/ready", "/db_check", "/metrics", "/session/status", *ASKS_PROVIDER}
PUBLIC_FILES = (
    "bootstrap.min.css",
    "salesgate.css",
    "gate.css",
    "theme.js",
    "favicon.svg",
    "passkeys.js",
    "sign-in.js",
)
CHANGES = {
    "/sign-out",
    "/session/extend",
    "/confirm",
    "/confirm/second",
    "/confirm/second/mail",
    "/confirm/second/options",
    "/audit/export",
    "/sign-on/<name>/connect",
    "/sign-on/<name>/disconnect",
    "/_dash-update-component",
}
# More than a token: a password, a right, a provider.
WANT_MORE = {
    "/confirm",
    "/confirm/second/options",
    "/audit/export",
    "/sign-on/<name>/connect",
    "/sign-on/<name>/disconnect",
}
PAGES = {
    "/units": {"procurement_manager", "sales_manager"},
    "/revenue": {"sales_manager"},
    "/users": {"admin"},
    "/account": set(ROLES),
}
FIRST_PAGE = {"procurement_manager": "/units", "sales_manager": "/units", "admin": "/users"}


def rules(installation: Installation) -> list[tuple[Rule, str]]:
    return [
        (rule, method)
        for rule in installation.server.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"OPTIONS"})
    ]


def address(rule: Rule) -> str:
    path = rule.rule
    for argument, value in (
        ("<path:path>", "some/thing"),
        ("<package>", "dash"),
        ("<token>", "no-token"),
        ("<name>", "none"),
    ):
        path = path.replace(argument, value)
    assert "<" not in path, path
    return path


def ask(browser: FlaskClient, path: str, method: str, headers: dict[str, str] | None = None) -> int:
    body = {"json": CALLBACK} if method == "POST" else {}
    return browser.open(path, method=method, headers=headers, **body).status_code


@pytest.mark.promise("ASVS 8.2.1")
def test_nobody_gets_anything_but_the_public_routes(shared: Installation) -> None:
    asked = rules(shared)
    assert len(asked) > 20
    for rule, method in asked:
        if rule.rule in PUBLIC:
            continue
        response = shared.browser().open(address(rule), method=method, json=CALLBACK)
        where = f"{method} {rule.rule}: {response.status_code}"
        if rule.rule == "/_dash-update-component" and method == "POST":
            assert set(response.json or {}) == {"multi", "response", "sideUpdate"}, where
            assert (response.json or {})["response"] == {}, where
        elif response.status_code == 302:
            assert method in {"GET", "HEAD"}, where
            assert response.location.startswith("/sign-in?next="), where
        else:
            assert response.status_code == 401, where
        assert "page of" not in response.text, where


@pytest.mark.promise("ASVS 8.2.1", "ASVS 8.3.1")
def test_the_public_routes_are_these_and_no_others(shared: Installation) -> None:
    views = {rule.endpoint: rule.rule for rule, _ in rules(shared)}
    assert {views[endpoint] for endpoint in gate.PUBLIC} == PUBLIC
    assert {rule.endpoint for rule, _ in rules(shared) if rule.rule in PUBLIC} == gate.PUBLIC


@pytest.mark.promise("ASVS 8.2.1")
@pytest.mark.parametrize("path", sorted(PUBLIC - READ_ONLY))
def test_a_public_form_without_its_token_changes_nothing(shared: Installation, path: str) -> None:
    before = len(shared.events())
    made = path.replace("<token>", "made-up")
    answers = {
        shared.browser().post(made, **sent).status_code  # type: ignore[arg-type]
        for sent in ({}, {"json": CALLBACK}, {"data": {"csrf_token": "made-up"}}, {"data": {"next": "/units"}})
    }
    assert answers <= {400, 404, 405, 410}
    assert len(shared.events()) == before


@pytest.mark.promise("ASVS 8.2.1")
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/", "/units", "/nowhere", "/health", "/assets/salesgate.css", "/_dash-layout"])
def test_nobody_changes_anything(shared: Installation, path: str, method: str) -> None:
    assert ask(shared.browser(), path, method) == 401


def test_nobody_may_load_what_the_sign_in_page_needs_and_no_other_file(shared: Installation) -> None:
    browser = shared.browser()
    for name in PUBLIC_FILES:
        assert browser.get(f"/assets/{name}").status_code == 200, name
    for path in (
        "/assets/other.js",
        "/assets/salesgate.css/more",
        "/assets/../units",
        "/_dash-component-suites/dash/x.js",
    ):
        assert browser.get(path).status_code == 401, path


@pytest.mark.parametrize("path", ["/invitation/../units", "/sign-in/units", "/health/", "/Sign-In", "//units"])
def test_a_path_that_looks_like_a_public_one_is_not(shared: Installation, path: str) -> None:
    response = get_raw(shared.browser(), path)
    assert response.status_code == 302
    assert response.location.startswith("/sign-in?next=")


@pytest.mark.promise("ASVS 8.2.1")
@pytest.mark.parametrize("role", ROLES)
def test_each_role_gets_its_pages_and_no_other(shared: Installation, role: str) -> None:
    browser = shared.signed_in(role)
    for path, roles in PAGES.items():
        for method in ("GET", "HEAD"):
            assert ask(browser, path, method) == (200 if role in roles else 403), f"{method} {path}"


@pytest.mark.parametrize("role", ROLES)
def test_each_role_starts_at_its_first_page(shared: Installation, role: str) -> None:
    response = shared.signed_in(role).get("/")
    assert (response.status_code, response.location) == (302, FIRST_PAGE[role])


@pytest.mark.promise("ASVS 8.2.1")
@pytest.mark.parametrize("role", ROLES)
def test_each_route_answers_a_signed_in_person_as_declared(shared: Installation, role: str) -> None:
    declared = {"/": 302, "/<path:path>": 404, "/boom": 500, "/confirm": 303, "/confirm/second": 303}
    # No step has been begun, and links that are made up are dead.
    declared |= dict.fromkeys(("/sign-in", "/sign-in/second", "/sign-in/enrol"), 303)
    declared |= dict.fromkeys(("/recovery/second", "/recovery/password"), 303)
    for rule, method in rules(shared):
        if method == "POST":
            continue
        status = ask(shared.signed_in(role), address(rule), method)
        declared["/sources/state"] = 200 if role == "admin" else 403
        declared |= {rule.rule: 404} if rule.rule.startswith("/sign-on/") else {}  # there is no provider here
        declared |= {"/api-docs": 404, "/metrics": 404}  # there is no API here, and no token of a monitor
        expected = 410 if rule.rule.endswith("<token>") else declared.get(rule.rule, 200)
        assert status == expected, f"{method} {rule.rule}"


@pytest.mark.promise("ASVS 3.5.1")
@pytest.mark.parametrize("role", ROLES)
def test_each_change_needs_the_token_of_the_session(shared: Installation, role: str) -> None:
    changes = [rule for rule, method in rules(shared) if method == "POST" and rule.rule not in PUBLIC]
    assert {rule.rule for rule in changes} == CHANGES
    for rule in changes:
        browser = shared.signed_in(role)
        token = script_token(browser)
        assert ask(browser, rule.rule, "POST") == 400, rule.rule
        assert ask(browser, rule.rule, "POST", {"X-CSRFToken": "made-up"}) == 400, rule.rule
        if rule.rule not in WANT_MORE:
            assert ask(browser, rule.rule, "POST", token) in {200, 303}, rule.rule


@pytest.mark.promise("ASVS 7.4.4")
@pytest.mark.parametrize("path", ["/nowhere", "/revenue", "/boom"])
def test_sign_out_is_on_every_error_page(shared: Installation, path: str) -> None:
    browser = shared.signed_in("procurement_manager")
    page = browser.get(path)
    assert page.status_code in {403, 404, 500}
    assert 'action="/sign-out"' in page.text
    assert browser.post("/sign-out", data={"csrf_token": form_token(page)}).location == "/sign-in"
    assert browser.get("/units").status_code == 302


@pytest.mark.parametrize("path", ["/nowhere", "/units/", "/UNITS", "/_mcp", "/units/x", "/static/x"])
def test_an_unknown_page_is_not_found(shared: Installation, path: str) -> None:
    response = shared.signed_in("sales_manager").get(path)
    assert response.status_code == 404
    assert "page of" not in response.text
