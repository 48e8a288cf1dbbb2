"""No operation without a word on who may use it, and no way around the gate of the API."""

from pathlib import Path

import pytest
from flask import Flask

from dashboard.access import Permission
from dashboard.api.mounting import PARTS
from dashboard.api.part import PERSON, PREFIX, PUBLIC, SIGNED_IN, Part, needing
from dashboard.settings import PROJECT, load_settings
from dashboard.wiring import wire


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    return wire(load_settings(var=tmp_path_factory.mktemp("api") / "var"), (), PROJECT)


def test_every_route_below_the_prefix_is_declared(server: Flask) -> None:
    declared = {endpoint for part in PARTS for endpoint in part.accesses}
    routes = {rule.endpoint for rule in server.url_map.iter_rules() if rule.rule.startswith("/api/")}
    assert routes - declared == {"api_document"}


def test_a_route_that_is_not_declared_is_open_to_nobody(server: Flask) -> None:
    with pytest.MonkeyPatch.context() as patch:
        accesses, rules = server.extensions["salesgate_api"]
        patch.setitem(server.extensions, "salesgate_api", ({**accesses, "api_document": None}, rules))
        assert server.test_client().get(f"{PREFIX}/openapi.json").status_code in {404, 405}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/api/", 404),
        ("GET", "/api/v1", 404),
        ("POST", "/api/v2/me", 404),
        ("GET", "/api//v1/me", 404),
        ("DELETE", "/api/v1/openapi.json", 405),
        ("TRACE", "/api/v1/me", 405),
    ],
)
def test_what_is_not_there_is_said_as_a_problem(server: Flask, method: str, path: str, status: int) -> None:
    answer = server.test_client().open(path, method=method)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert status == 404 or "GET" in answer.headers["Allow"]


def test_without_the_setting_there_is_no_api(tmp_path: Path) -> None:
    closed = wire(load_settings(var=tmp_path / "var", api={"enabled": False}), (), PROJECT)
    for path in ("/api/v1/openapi.json", "/api/v1/me"):
        assert closed.test_client().get(path).status_code == 404


def test_a_part_describes_who_may_and_what_can_go_wrong() -> None:
    part = Part("things", "Things", "Some things.")
    for name, access in {"a": PUBLIC, "b": SIGNED_IN, "c": PERSON, "d": needing(Permission.AUDIT_READ)}.items():

        def view() -> None:
            """Nothing."""

        view.__name__ = name
        part.operation("GET", f"/{name}", access, status=204)(view)
    found = {
        path.rpartition("/")[2]: item["get"] if isinstance(item, dict) else item.get
        for path, item in part.paths.items()
    }
    problems = {name: sorted(code for code in operation.responses if code >= "4") for name, operation in found.items()}
    assert problems["a"] == ["400", "429", "503"]
    assert problems["b"] == ["400", "401", "403", "429", "503"]
    assert [bool(operation.security) for operation in found.values()] == [False, True, True, True]
    assert [len(operation.security or []) for operation in found.values()] == [0, 2, 1, 2]
