"""The log: one line for each record, JSON where it is asked for, and nothing secret or forged in it."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.observing import logs

logger = logging.getLogger("test.of.logs")


class Kept:
    """What a handler of that kind has written."""

    def __init__(self, kind: str) -> None:
        self.stream = io.StringIO()
        self.handler = logging.StreamHandler(self.stream)
        self.handler.setFormatter(logs.formatter(kind))

    def of(self, log: Callable[[], object]) -> str:
        self.stream.seek(0)
        self.stream.truncate()
        logger.addHandler(self.handler)
        logger.setLevel(logging.DEBUG)
        try:
            log()
        finally:
            logger.removeHandler(self.handler)
        return self.stream.getvalue()

    def entry(self, log: Callable[[], object]) -> dict[str, Any]:
        line = self.of(log)
        assert line.count("\n") == 1
        found: dict[str, Any] = json.loads(line)
        return found


TEXT, JSON = Kept("text"), Kept("json")


@pytest.fixture
def request_number() -> Iterator[str]:
    logs.begin_request("0123456789ab")
    yield "0123456789ab"
    logs.end_request()


def fail() -> None:
    try:
        raise ValueError("the canary of the exception")
    except ValueError:
        logger.exception("it failed")


def test_an_entry_says_when_what_where_and_in_which_request(request_number: str) -> None:
    entry = JSON.entry(lambda: logger.warning("%d of %s", 3, "them"))
    assert set(entry) == {"time", "level", "logger", "event", "process", "request"}
    assert (entry["event"], entry["level"], entry["logger"]) == ("3 of them", "warning", "test.of.logs")
    assert entry["request"] == request_number
    logs.end_request()
    assert "request" not in JSON.entry(lambda: logger.info("later"))


def test_fields_stand_apart_in_json_and_behind_the_words_in_text() -> None:
    def log() -> None:
        logs.told(logger, logging.INFO, "GET /x 200", {"ms": 1.5, "user": None})

    entry = JSON.entry(log)
    assert (entry["event"], entry["ms"], entry["user"]) == ("GET /x 200", 1.5, None)
    assert TEXT.of(log).endswith("GET /x 200 ms=1.5 user=None\n")


@pytest.mark.promise("ASVS 16.4.1")
@given(st.text(max_size=60))
def test_nothing_begins_a_line_of_its_own(text: str) -> None:
    forged = f"a{text}\r\n2026-11-21 INFO forged\x1b[2J\u2028\u0085b"
    line = TEXT.of(lambda: logger.info("%s", forged))
    assert all(one.startswith(logs.MARK) for one in line.splitlines()[1:])
    assert JSON.entry(lambda: logger.info("%s", forged))["event"].startswith("a")
    for written in (line, JSON.of(lambda: logger.info("%s", forged))):
        assert all(char.isprintable() or char == "\n" for char in written)


def test_traces_are_marked_in_text_and_hold_no_words_of_exceptions() -> None:
    text, entry = TEXT.of(fail), JSON.entry(fail)
    assert f"\n{logs.MARK}ValueError" in text
    assert entry["trace"][0] == "ValueError"
    assert entry["trace"][1].startswith("test_logs.py, line ")
    for written in (text, json.dumps(entry)):
        assert "canary" not in written


@pytest.mark.promise("ASVS 16.2.5")
@pytest.mark.parametrize(
    "secret",
    [
        "sgk_4Jx9abcdEFGH_secret-part",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        "Q2FuYXJ5LW9mLWEtc2Vzc2lvbi10b2tlbi1vZi0yNTYtYml0cw",
    ],
)
def test_keys_and_tokens_are_hidden_whoever_logs_them(secret: str) -> None:
    for written in (
        TEXT.of(lambda: logger.error("Invalid request line: 'GET /%s'", secret)),
        JSON.of(lambda: logger.error("Invalid request line: 'GET /%s\n'", secret)),
    ):
        assert secret not in written
        assert "<hidden>" in written
    digest = "0123456789abcdef" * 4
    assert digest in TEXT.of(lambda: logger.info("head %s", digest))
