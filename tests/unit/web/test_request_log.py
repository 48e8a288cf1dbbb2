"""One line a request: what was asked for, by whom, how it ended; and no secret, wherever somebody puts it."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from web_kit import PASSWORD, Installation, cookie, form_token, script_token, sign_in

from dashboard.observing import logs

# One for every place that a client can write into.
CANARY = "canary-0f-a-secret"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """All that is logged meanwhile, as JSON."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.formatter("json"))
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(before)


def entries(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def requests(stream: io.StringIO) -> list[dict[str, Any]]:
    return [entry for entry in entries(stream) if entry["logger"] == "dashboard.requests"]


@pytest.mark.promise("ASVS 16.2.1")
def test_a_line_says_who_asked_for_what_and_how_it_ended(shared: Installation, written: io.StringIO) -> None:
    browser = shared.signed_in("sales_manager")
    answer = browser.get("/units", headers={"User-Agent": "x"})
    line = requests(written)[-1]
    wanted = {"method": "GET", "route": "/units", "status": 200, "client": "127.0.0.1"}
    assert {name: line[name] for name in wanted} == wanted
    assert line["request"] == answer.headers["X-Request-ID"]
    assert line["user"] == shared.users["sales_manager"].id
    assert line["bytes"] == len(answer.data)
    assert line["ms"] >= 0
    assert len(line["session"]) == 12
    assert {entry["request"] for entry in entries(written) if entry["logger"].startswith("dashboard.")} == {
        line["request"] for line in requests(written)
    }


def test_what_comes_by_itself_is_told_of_where_it_goes_wrong(shared: Installation, written: io.StringIO) -> None:
    browser = shared.signed_in("sales_manager")
    for path in ("/health", "/ready", "/assets/salesgate.css"):
        browser.get(path)
    assert [line["level"] for line in requests(written)[-3:]] == ["debug"] * 3
    shared.browser().get("/assets/private.js")
    assert requests(written)[-1]["level"] == "info"


@pytest.mark.promise("ASVS 16.2.5")
@pytest.mark.promise("ASVS 14.2.1")
def test_no_secret_gets_into_the_log_wherever_it_is_put(shared: Installation, written: io.StringIO) -> None:
    browser = shared.browser()
    sign_in(browser, "admin")
    session = cookie(browser, "salesgate_session")
    token = script_token(browser)
    header = {"Authorization": f"Bearer {CANARY}", "Cookie": f"x={CANARY}", "Referer": f"http://localhost/{CANARY}"}
    stranger = shared.browser()
    for path in ("/units", "/sign-in", "/api/v1/me", "/nowhere", "/metrics", "/db_check"):
        stranger.get(f"{path}?secret={CANARY}&next=/{CANARY}", headers={**header, "User-Agent": CANARY})
        stranger.get(path, headers={"X-API-Key": f"sgk_{CANARY}", "X-Forwarded-For": CANARY, "Accept": CANARY})
    form = form_token(stranger.get("/sign-in"))
    stranger.post("/sign-in", data={"username": CANARY, "password": CANARY, "csrf_token": form})
    stranger.post("/recover", data={"name": CANARY, "csrf_token": form})
    stranger.post("/api/v1/auth/login", json={"username": CANARY, "password": CANARY})
    for begins in ("/invitation", "/verify", "/recover", "/unlock", "/mail", "/api/v1/keys", "/nowhere"):
        browser.get(f"{begins}/sgk_{CANARY}")
        browser.get(f"{begins}/{session}")
    browser.get("/boom", headers=header)
    browser.post("/_dash-update-component", json={"output": CANARY}, headers={**token, **header})
    browser.open("/units", method="BREW", headers=header)
    everything = written.getvalue()
    for private in (CANARY, PASSWORD, session, form, token["X-CSRFToken"]):
        assert private
        assert private not in everything, private


@pytest.mark.promise("ASVS 16.4.1")
def test_no_request_writes_a_line_of_its_own(shared: Installation, written: io.StringIO) -> None:
    browser = shared.signed_in("admin")
    for path in ("/nowhere%0d%0aforged", "/x%E2%80%A8forged", "/%1b[2J"):
        browser.get(path)
    browser.open("/units", method="GET\r\nforged")
    assert not [line for line in written.getvalue().splitlines() if line.startswith("forged")]
    assert entries(written)
