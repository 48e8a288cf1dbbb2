"""Limits that several processes share by a real Redis, and what becomes of them when it is stopped."""

import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from kit import PLENTY, free_port
from redis_kit import RedisServer
from web_kit import Installation, form_token, install, sign_in

from dashboard.web import counters
from dashboard.web.counters import Counters

LOST, FOUND = "Redis does not answer", "Redis answers again"


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def processes(
    redis_server: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Installation, Installation]]:
    """Two installations with counters of their own: as two processes are."""
    monkeypatch.setattr(counters, "PAUSE", 0.05)
    made = tuple(_made(tmp_path / name, redis_server.url) for name in ("one", "two"))
    yield made  # type: ignore[misc]
    for one in made:
        one.accounts.close()


def _made(folder: Path, storage: str, **limits: str) -> Installation:
    # The same key for all: processes of one site share it.
    folder.mkdir()
    (folder / "secret_key").write_text("ab" * 32)
    (folder / "secret_key").chmod(0o600)
    return install(folder, limits={**PLENTY, "per_pair": "4 per minute", **limits, "storage": storage})


def guesses(made: Installation, count: int) -> list[int]:
    return [sign_in(made.browser(), "nobody", "wrong").status_code for _ in range(count)]


@pytest.mark.promise("several processes count together")
def test_processes_count_together(processes: tuple[Installation, Installation]) -> None:
    one, two = processes
    assert guesses(one, 2) == [401, 401]
    assert guesses(two, 3) == [401, 401, 429]
    assert guesses(one, 1) == [429]


@pytest.mark.promise("several processes count together")
def test_without_redis_two_processes_would_count_apart(tmp_path: Path) -> None:
    one, two = (_made(tmp_path / name, "") for name in ("one", "two"))
    assert (guesses(one, 5), guesses(two, 5)) == ([401] * 4 + [429], [401] * 4 + [429])
    for made in (one, two):
        made.accounts.close()


@pytest.mark.promise("ASVS 16.5.2")
@pytest.mark.promise("Redis may stop: limits go on, process by process")
def test_redis_stopped_in_the_middle_and_started_again(
    processes: tuple[Installation, Installation], redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    one, two = processes
    assert guesses(one, 3) == [401] * 3
    redis_server.stop()
    # The first goes on from what it has counted itself; the second has seen nothing yet.
    assert guesses(one, 3) == [401, 429, 429]
    assert guesses(two, 2) == [401] * 2
    lines = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert [LOST in line.getMessage() for line in lines] == [True, True]
    assert redis_server.url not in caplog.text
    redis_server.start()
    time.sleep(0.1)
    # It comes back empty, and yet nothing is forgiven.
    assert guesses(one, 1) == [429]
    assert guesses(two, 3) == [401, 401, 429]
    assert caplog.text.count(FOUND) == 2
    assert len([record for record in caplog.records if LOST in record.getMessage()]) == 2
    # And they count together again.
    assert [sign_in(made.browser(), "another", "wrong").status_code for made in (one, two) * 3] == [401] * 4 + [429] * 2


@pytest.mark.promise("ASVS 16.5.2")
def test_requests_under_way_when_redis_stops_are_answered(
    processes: tuple[Installation, Installation], redis_server: RedisServer
) -> None:
    one, _ = processes
    browsers = [one.browser() for _ in range(60)]
    tokens = [form_token(browser.get("/sign-in")) for browser in browsers]

    def guess(number: int) -> int:
        if number == 20:
            redis_server.stop()
        data = {"username": "nobody", "password": "wrong", "csrf_token": tokens[number]}
        return browsers[number].post("/sign-in", data=data).status_code

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(guess, range(60)))
    # A count that Redis took just before it stopped may be sent and taken twice: nobody ever gets one attempt more.
    assert set(answers) == {401, 429}
    assert answers.count(401) <= 4


@pytest.mark.promise("ASVS 16.5.2")
def test_a_redis_that_hangs_holds_nobody_up_for_long(
    redis_server: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counters, "PATIENCE", 0.2)
    storage = Counters(f"{counters.SCHEME}:{redis_server.url}")
    assert storage.incr("x", 60) == 1
    redis_server.hang()
    begun = time.monotonic()
    assert [storage.incr("x", 60) for _ in range(50)] == list(range(2, 52))
    assert time.monotonic() - begun < 3
    assert storage.get("x") == 51
    assert storage.get_expiry("x") > time.time()


def test_a_redis_that_is_not_there_at_the_start_stops_nothing(tmp_path: Path) -> None:
    made = _made(tmp_path / "var", f"redis://127.0.0.1:{free_port()}/0")
    assert guesses(made, 5) == [401] * 4 + [429]
    made.accounts.close()


@pytest.mark.promise("ASVS 14.2.1")
@pytest.mark.promise("no name and no address stands in Redis")
def test_what_stands_in_redis_names_nobody(
    processes: tuple[Installation, Installation], redis_server: RedisServer
) -> None:
    one, _ = processes
    browser: FlaskClient = one.browser()
    browser.environ_base["REMOTE_ADDR"] = "198.51.100.77"
    sign_in(browser, "sales_manager", "a secret that was typed")
    sign_in(browser, "sales_manager")
    browser.get("/account")
    kept = redis_server.keys()
    rules = {key.partition("/")[2].partition(":")[0] for key in kept}
    assert {"per_address", "per_pair", "per_account", "requests_per_user"} <= rules
    everything = str(kept)
    for private in ("sales_manager", "198.51", "secret", *(cookie.value for cookie in browser._cookies.values())):
        assert private not in everything
    assert all(value.isdigit() for value in kept.values())


def test_counters_in_redis_end_by_themselves(redis_server: RedisServer) -> None:
    storage = Counters(f"{counters.SCHEME}:{redis_server.url}")
    storage.incr("x", 1)
    assert redis_server.keys()
    time.sleep(1.3)
    assert redis_server.keys() == {}
    assert storage.get("x") == 0
    assert storage.incr("x", 60) == 1
    assert storage.incr("x", 60, -1) == 0
    storage.incr("y", 60)
    storage.clear("x")
    assert (storage.get("x"), storage.get("y")) == (0, 1)
    assert storage.reset() == 1
    assert storage.check()
    assert redis_server.keys() == {}
