"""What comes in fits its description, or is refused with the place: nothing is guessed, nothing ignored."""

from datetime import date
from typing import Annotated

import pytest
from flask import Flask
from pydantic import Field
from werkzeug.exceptions import UnsupportedMediaType

from dashboard.api.models.common import Asked, Line, Paging
from dashboard.api.reading import InvalidRequest, Reader


class Query(Paging):
    region: list[Line] | None = None
    day: date | None = None


class Body(Asked):
    name: Line
    age: Annotated[int, Field(ge=0)] = 0


class Path(Asked):
    number: Annotated[int, Field(ge=1)]


READER = Reader(None, Query, Body)
WSGI = Flask(__name__)


def read(url: str = "/", data: bytes = b'{"name": "n"}', mimetype: str = "application/json") -> dict[str, object]:
    with WSGI.test_request_context(url, method="POST", data=data, content_type=mimetype):
        return dict(READER.read({}))


def refused(*arguments: str | bytes) -> list[tuple[str, str]]:
    with pytest.raises(InvalidRequest) as refusal:
        read(*arguments)
    return [(error.place, error.field) for error in refusal.value.errors]


def test_what_fits_is_read() -> None:
    found = read("/?region=North&region=S%C3%BCd&limit=7&day=2026-02-28")
    query = Query(region=["North", "Süd"], limit=7, day=date(2026, 2, 28))
    assert found == {"query": query, "body": Body(name="n")}


@pytest.mark.parametrize(
    ("url", "field"),
    [
        ("/?limit=0", "limit"),
        ("/?limit=501", "limit"),
        ("/?limit=ten", "limit"),
        ("/?offset=-1", "offset"),
        ("/?limit=1&limit=2", "limit"),
        ("/?unknown=1", "unknown"),
        ("/?region=a%00b", "region.0"),
        ("/?region=a%0Ab", "region.0"),
        ("/?day=2026-02-30", "day"),
    ],
)
def test_an_address_that_does_not_fit_says_where(url: str, field: str) -> None:
    assert refused(url) == [("query", field)]


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (b"", ""),
        (b"{", ""),
        (b"[]", ""),
        (b'"{\\"name\\": \\"n\\"}"', ""),
        (b"\xff\xfe", ""),
        (b"[" * 5000, ""),
        (b"{}", "name"),
        (b'{"name": 5}', "name"),
        (b'{"name": null}', "name"),
        (b'{"name": "a\\u0000"}', "name"),
        (b'{"name": "n", "age": "1"}', "age"),
        (b'{"name": "n", "age": 1.5}', "age"),
        (b'{"name": "n", "age": true}', "age"),
        (b'{"name": "n", "age": 1e400}', "age"),
        (b'{"name": "n", "role": "admin"}', "role"),
    ],
)
def test_a_body_that_does_not_fit_says_where(data: bytes, field: str) -> None:
    assert refused("/", data) == [("body", field)]


def test_a_lone_surrogate_is_refused() -> None:
    assert refused("/", b'{"name": "\\ud800"}')[0][0] == "body"


@pytest.mark.parametrize("mimetype", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_a_body_of_another_kind_is_not_even_looked_at(mimetype: str) -> None:
    with pytest.raises(UnsupportedMediaType):
        read("/", b'{"name": "n"}', mimetype)


def test_what_was_sent_is_not_repeated() -> None:
    with pytest.raises(InvalidRequest) as refusal:
        read("/", b'{"name": "n", "age": "hunter2hunter2"}')
    assert "hunter2" not in repr(refusal.value.errors)


def test_an_operation_without_parameters_takes_none() -> None:
    with WSGI.test_request_context("/?page=2"), pytest.raises(InvalidRequest) as refusal:
        Reader(None, None, None).read({})
    assert [(error.place, error.field) for error in refusal.value.errors] == [("query", "page")]


def test_a_path_is_read_too() -> None:
    with WSGI.test_request_context("/"):
        assert Reader(Path, None, None).read({"number": 5}) == {"path": Path(number=5)}
        with pytest.raises(InvalidRequest):
            Reader(Path, None, None).read({"number": 0})
