"""Every route of the site with every role, and with nobody."""

import pytest
from flask.testing import FlaskClient
from web_kit import CALLBACK, ROLES, Installation, get_raw, script_token
from werkzeug.routing import Rule

ANONYMOUS = "anonymous"
PUBLIC = {"/sign-in", "/invitation/<token>", "/health"}
PUBLIC_FILES = ("bootstrap.min.css", "salesgate.css", "theme.js", "favicon.svg")
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
    for argument, value in (("<path:path>", "some/thing"), ("<package>", "dash"), ("<token>", "no-token")):
        path = path.replace(argument, value)
    assert "<" not in path, path
    return path


def ask(browser: FlaskClient, path: str, method: str, headers: dict[str, str] | None = None) -> int:
    body = {"json": CALLBACK} if method == "POST" else {}
    return browser.open(path, method=method, headers=headers, **body).status_code


@pytest.mark.promise("8.2.1")
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


@pytest.mark.promise("8.2.1")
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


@pytest.mark.promise("8.2.1")
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


@pytest.mark.promise("8.2.1")
@pytest.mark.parametrize("role", ROLES)
def test_each_route_answers_a_signed_in_person_as_declared(shared: Installation, role: str) -> None:
    declared = {"/": 302, "/<path:path>": 404, "/sign-in": 303, "/invitation/<token>": 404, "/boom": 500}
    for rule, method in rules(shared):
        if method == "POST":
            continue
        status = ask(shared.signed_in(role), address(rule), method)
        assert status == declared.get(rule.rule, 200), f"{method} {rule.rule}"


@pytest.mark.promise("3.5.1")
@pytest.mark.parametrize("role", ROLES)
def test_each_change_needs_the_token_of_the_session(shared: Installation, role: str) -> None:
    changes = [rule for rule, method in rules(shared) if method == "POST" and rule.rule not in PUBLIC]
    assert {rule.rule for rule in changes} == {"/sign-out", "/session/extend", "/_dash-update-component"}
    for rule in changes:
        browser = shared.signed_in(role)
        token = script_token(browser)
        assert ask(browser, rule.rule, "POST") == 400, rule.rule
        assert ask(browser, rule.rule, "POST", {"X-CSRFToken": "made-up"}) == 400, rule.rule
        assert ask(browser, rule.rule, "POST", token) in {200, 303}, rule.rule


@pytest.mark.parametrize("path", ["/nowhere", "/units/", "/UNITS", "/_mcp", "/units/x", "/static/x"])
def test_an_unknown_page_is_not_found(shared: Installation, path: str) -> None:
    response = shared.signed_in("sales_manager").get(path)
    assert response.status_code == 404
    assert "page of" not in response.text
