"""Role by page, layout and callback: everything is refused but for what the role holds."""

import json

import pytest
from app_kit import ALL_ROLES, NEEDS, PAGES, Person, callbacks, dash_of, is_open, page_of
from flask import Flask


@pytest.mark.promise("ASVS 8.2.1")
def test_every_callback_carries_the_permission_of_its_page(app: Flask) -> None:
    found = callbacks(app)
    assert {page_of(output) for output in found} == set(PAGES.values())
    for output, declared in found.items():
        assert declared["callback"].permission is NEEDS[page_of(output)], output


def test_every_page_of_the_site_is_in_this_matrix(app: Flask) -> None:
    assert app.extensions["salesgate"].pages == {path: NEEDS[page] for path, page in PAGES.items()}


@pytest.mark.promise("ASVS 8.2.1")
@pytest.mark.parametrize("role", ALL_ROLES)
def test_role_by_page_and_layout(people: dict[str, Person], role: str) -> None:
    person = people[role]
    for path, page in PAGES.items():
        allowed = is_open(page, role)
        assert person.client.get(path).status_code == (200 if allowed else 403)
        layout = person.open(path)
        assert layout.status_code == (200 if allowed else 403)
        assert (f"{page}-" in layout.get_data(as_text=True)) == allowed


@pytest.mark.promise("ASVS 8.3.1")
@pytest.mark.parametrize("role", ALL_ROLES)
def test_role_by_callback(app: Flask, people: dict[str, Person], role: str) -> None:
    for output in callbacks(app):
        allowed = is_open(page_of(output), role)
        assert people[role].call(output).status_code == (200 if allowed else 403), output


@pytest.mark.parametrize("role", ALL_ROLES)
def test_the_menu_has_the_pages_of_the_role_and_the_start_page_is_the_first(
    people: dict[str, Person], role: str
) -> None:
    allowed = [path for path, page in PAGES.items() if is_open(page, role)]
    shell = json.dumps(people[role].client.get("/_dash-layout").json)
    assert [path for path in PAGES if f'"href": "{path}"' in shell] == allowed
    assert people[role].client.get("/").headers["Location"] == allowed[0]


def test_nothing_is_served_to_a_stranger_but_the_sign_in_page(app: Flask) -> None:
    stranger = app.test_client()
    for path in (*PAGES, "/", "/nothing", "/_dash-layout", "/_dash-dependencies", "/_reload-hash", "/_favicon.ico"):
        answer = stranger.get(path)
        assert answer.status_code in {302, 401}, path
        assert b"dash" not in answer.data.replace(b"_dash", b"").lower(), path
    script = next(iter(dash_of(app).registered_paths["dash"]))
    assert stranger.get(f"/_dash-component-suites/dash/{script}").status_code == 401
    assert stranger.get("/assets/sales.js").status_code == 401
    assert stranger.get("/assets/salesgate.css").status_code == 200


@pytest.mark.parametrize(
    "search",
    ["?role=admin", "?caller=1&page=2&self=3", "?viewer=admin&parameters=x", "?from=2026-05&from=2026-06", "?%00=%00"],
)
def test_the_query_string_is_data_and_never_an_argument(people: dict[str, Person], search: str) -> None:
    assert people["procurement_manager"].open("/units", search).status_code == 200
    assert people["procurement_manager"].open("/users", search).status_code == 403


def test_the_layouts_of_other_pages_are_not_in_the_index(people: dict[str, Person]) -> None:
    index = people["procurement_manager"].client.get("/units").get_data(as_text=True)
    assert "validation_layout" not in index
    assert "revenue" not in index


def test_unknown_addresses_are_404_and_dashs_own_extras_do_not_exist(people: dict[str, Person]) -> None:
    for path in ("/nothing", "/units/", "/_mcp", "/_alive", "/units/x"):
        assert people["procurement_manager"].client.get(path).status_code == 404, path
