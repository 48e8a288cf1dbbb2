"""The documentation page: for people who are signed in, without a script of its own, under the policy."""

import re

import pytest
from api_kit import Api
from flask import Flask
from integration.app.app_kit import Person


@pytest.fixture(scope="module")
def page(api: Api) -> str:
    person = Person(api.app, "no_role")
    answer = person.client.get("/api-docs")
    assert answer.status_code == 200, answer.text
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    return answer.text


def test_it_shows_every_operation_and_every_schema(api: Api, page: str) -> None:
    found = api.app.extensions["salesgate"].api_document
    names = [operation["operationId"] for item in found["paths"].values() for operation in item.values()]
    anchors = set(re.findall(r'id="([\w-]+)"', page))
    assert {*names, *(f"schema-{name}" for name in found["components"]["schemas"])} <= anchors
    assert set(re.findall(r'href="#([\w-]+)"', page)) <= anchors
    assert "curl -X POST http" in page


@pytest.mark.promise("ASVS 3.4.3")
def test_it_needs_no_script_and_no_other_site(page: str) -> None:
    assert re.findall(r"<script[^>]*>", page) == re.findall(r'<script src="/assets/theme[^"]*">', page)
    assert not re.findall(r'<script>|\son\w+="|(?:src|href)="(?:https?:)?//', page)


@pytest.mark.promise("ASVS 8.2.1")
def test_nobody_reads_it(api: Api) -> None:
    answer = api.app.test_client().get("/api-docs")
    assert (answer.status_code, answer.location) == (302, "/sign-in?next=%2Fapi-docs")


def test_without_an_api_there_is_no_page(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    person = Person(api.app, "no_role")
    monkeypatch.setattr(_site(api.app), "api_document", None)
    assert person.client.get("/api-docs").status_code == 404


def _site(app: Flask) -> object:
    found: object = app.extensions["salesgate"]
    return found
