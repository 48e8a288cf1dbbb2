"""The OpenAPI document: valid, complete, the same every time, and its examples are true."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest
from api_kit import Api, problem_of
from jsonschema import Draft202012Validator, FormatChecker
from kit import Served
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from dashboard.api.document import document
from dashboard.api.mounting import DOCUMENT, PARTS
from dashboard.api.part import PREFIX
from dashboard.api.problems import LONGEST_LINE
from dashboard.settings import PROJECT

URL = "https://sales.example.com"
PRINT = f"""
import json
from dashboard.api.document import document
from dashboard.api.mounting import PARTS
print(json.dumps(document(PARTS, "Salesgate", {URL!r}), sort_keys=True))
"""
JSON, PROBLEM = "application/json", "application/problem+json"
PROBLEMS = {"400", "401", "403", "404", "413", "415", "429", "503"}


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return document(PARTS, "Salesgate", URL)


def operations(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in described["paths"].items():
        for method, operation in item.items():
            yield method, path, operation


def values_of(node: Any, word: str) -> Iterator[Any]:
    if isinstance(node, dict):
        yield from (node[word] for _ in [0] if word in node)
        for inner in node.values():
            yield from values_of(inner, word)
    elif isinstance(node, list):
        for inner in node:
            yield from values_of(inner, word)


def parameters(described: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for _, _, operation in operations(described):
        yield from operation.get("parameters", ())


def needs_a_token(operation: dict[str, Any]) -> bool:
    return bool(operation["security"]) and {} not in operation["security"]


def test_it_is_valid_openapi(described: dict[str, Any]) -> None:
    assert described["openapi"].startswith("3.1")
    assert [error.message for error in OPENAPI_31_VALIDATOR.iter_errors(described)] == []
    for name, schema in described["components"]["schemas"].items():
        Draft202012Validator.check_schema(schema)
        assert schema.get("description"), f"{name} says nothing of itself"


@pytest.mark.promise("ASVS 15.3.3")
def test_every_operation_is_described_in_full(described: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(described)]
    assert len(names) == len(set(names)) == sum(len(part.accesses) for part in PARTS)
    tags = {tag["name"] for tag in described["tags"]}
    for method, path, operation in operations(described):
        where = f"{method} {path}"
        assert re.fullmatch(r"[a-z]+(_[a-z]+)+", operation["operationId"]), where
        assert re.fullmatch(r"[A-Z].{10,}[.:]", operation["summary"]), where
        assert operation["description"].rpartition("\n")[2].startswith("For "), where
        assert set(operation["tags"]) <= tags, where
        assert "security" in operation, where
        assert {"400", "429", "503"} <= operation["responses"].keys(), where
        assert not needs_a_token(operation) or {"401", "403"} <= operation["responses"].keys(), where
        assert "<br" not in operation["description"] + operation["summary"], where
        assert "``" not in operation["description"] + operation["summary"], where
        for told in operation.get("parameters", ()):
            assert told["in"] in {"path", "query"}, where
            assert told["description"], f"{where}: {told['name']}"
            assert "null" not in json.dumps(told["schema"]), where
        for content in operation.get("requestBody", {}).get("content", {}).values():
            schema = described["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]
            assert schema["additionalProperties"] is False, where


def test_every_answer_is_described(described: dict[str, Any]) -> None:
    problems = described["components"]["responses"]
    for method, path, operation in operations(described):
        for status, response in operation["responses"].items():
            where = f"{method} {path}: {status}"
            told = problems[response["$ref"].rpartition("/")[2]] if "$ref" in response else response
            if status == "414":
                assert told.keys() == {"description"}, where
                continue
            assert told["headers"].keys() >= {"RateLimit-Remaining", "X-Request-ID"}, where
            content = set(told.get("content", {}))
            assert (content == {"application/problem+json"}) == (status in PROBLEMS), where
            assert ("Location" in told["headers"]) == (status == "201"), where
            assert ("Retry-After" in told["headers"]) == (status == "429"), where


def test_nothing_is_left_over(described: dict[str, Any]) -> None:
    text = json.dumps(described)
    for reference in set(values_of(described, "$ref")):
        kind, name = reference.removeprefix("#/components/").split("/")
        assert name in described["components"][kind]
    for kind in ("schemas", "responses", "headers"):
        for name in described["components"][kind]:
            assert f'"#/components/{kind}/{name}"' in text, f"nobody uses {name}"
    assert "ValidationError" not in text
    assert not any(isinstance(title, str) for title in values_of(described["components"]["schemas"], "title"))
    assert not any(values_of(described, "nullable"))


def test_the_examples_are_true(described: dict[str, Any]) -> None:
    known = {"components": described["components"]}
    shown = [media for kind in (JSON, PROBLEM) for media in values_of(described, kind)]
    shown += [told for told in parameters(described) if "example" in told]
    for media in shown:
        checker = Draft202012Validator({**media["schema"], **known}, format_checker=FormatChecker())
        faults = [f"{fault.json_path}: {fault.message}" for fault in checker.iter_errors(media["example"])]
        assert not faults, media
        assert ': "text"' not in json.dumps(media["example"]), f"an example that says nothing: {media}"
    assert len(shown) > 60


@pytest.mark.promise("ASVS 2.2.1", "ASVS 15.3.5")
@pytest.mark.parametrize(
    ("kind", "wrong"), [("integer", ["1_0", "+5", "5.0", " 5", "٥", ""]), ("boolean", ["yes", "1", "True", "on", ""])]
)
def test_numbers_and_flags_are_read_as_the_document_writes_them(api: Api, kind: str, wrong: list[str]) -> None:
    client, tried = api.sign_in("admin"), 0
    for method, path, operation in operations(api.app.extensions["salesgate"].api_document):
        for told in operation.get("parameters", ()):
            if told["in"] != "query" or told["schema"].get("type") != kind:
                continue
            address = re.sub(r"\{\w+\}", "1", path.removeprefix(PREFIX))
            for value in wrong:
                answer = client.call(method, address, query_string={told["name"]: value})
                assert problem_of(answer) == (400, "invalid"), f"{method} {path} {told['name']}={value}: {answer.text}"
                assert [error["field"] for error in answer.get_json()["errors"]] == [told["name"]]
                tried += 1
    assert tried > 4 * len(wrong)


@pytest.mark.parametrize("day", ["0", "1577836800", "2020-1-1", 0])
def test_days_are_read_as_the_document_writes_them(api: Api, day: Any) -> None:
    body = {"username": "newcomer", "email": "new@example.com", "password": "violet tram beside lake"}
    names = {"first_name": "New", "last_name": "Comer"}
    answers = [api.nobody.post("/auth/register", {**body, **names, "date_of_birth": day})]
    answers.append(api.sign_in("sales_manager").patch("/me/profile", {"date_of_birth": day}))
    for answer in answers:
        assert problem_of(answer) == (400, "invalid")


def test_an_address_is_as_long_as_the_document_says(site: Served, described: dict[str, Any]) -> None:
    """What is still read is answered by the application; every list that the document allows of `noted` fits."""
    operation = described["paths"]["/api/v1/audit/verify"]["get"]
    (noted,) = operation["parameters"]
    head = f"noted=2026-11-20T06%3A00%3A00Z+{'9' * 18}+{'0f' * 32}"
    fits, beyond = "&".join([head] * noted["schema"]["maxItems"]), "x" * LONGEST_LINE
    address = urlsplit(site.url)
    for query, status in ((fits, 401), (beyond, 414)):
        connection = HTTPConnection(address.hostname or "", address.port)
        connection.request("GET", f"/api/v1/audit/verify?{query}")
        assert connection.getresponse().status == status
        assert str(status) in operation["responses"]
        connection.close()


def test_answers_may_grow_and_requests_may_not(described: dict[str, Any]) -> None:
    schemas = described["components"]["schemas"]
    assert schemas["NewKey"]["additionalProperties"] is False
    for name in ("Problem", "Months", "UserAnswer", "Keys"):
        assert "additionalProperties" not in schemas[name], f"a new field of {name} would break strict clients"


def test_it_is_the_same_every_time(described: dict[str, Any]) -> None:
    command = [sys.executable, "-c", PRINT]
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    said = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=True).stdout
    assert json.loads(said) == described
    assert said.strip() == json.dumps(document(PARTS, "Salesgate", URL), sort_keys=True)


def test_it_is_served_to_anybody(api: Api, described: dict[str, Any]) -> None:
    answer = api.app.test_client().get(DOCUMENT)
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.get_json()["paths"] == described["paths"]
