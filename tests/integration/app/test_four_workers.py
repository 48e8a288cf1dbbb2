"""The site in four processes: limits, sessions and forms are those of one site."""

import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

import pytest
from kit import Installation, Served, serve
from redis_kit import RedisServer

from dashboard.cli.site import Site
from dashboard.settings import SettingsError, load_settings

MOST = 8


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def four(own: Installation, redis_server: RedisServer) -> Iterator[Served]:
    settings = {"SERVER__WORKERS": "4", "LIMITS__STORAGE": redis_server.url, "LIMITS__PER_ADDRESS": f"{MOST} per hour"}
    yield from serve(own, **{f"SALESGATE_{name}": value for name, value in settings.items()})


def browser() -> OpenerDirector:
    """Each request on a connection of its own, so that any worker may get it."""
    return build_opener(HTTPCookieProcessor(CookieJar()))


def code_of(opener: OpenerDirector, url: str, **data: str) -> int:
    try:
        with opener.open(url, urlencode(data).encode() if data else None, timeout=60) as answer:
            return int(answer.status)
    except HTTPError as error:
        with error:
            return error.code


def guess(site: Served, username: str, password: str, opener: OpenerDirector | None = None) -> int:
    opener = opener or browser()
    with opener.open(f"{site.url}/sign-in", timeout=60) as page:
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.read().decode())
    assert token
    return code_of(opener, f"{site.url}/sign-in", username=username, password=password, csrf_token=token[1])


@pytest.mark.promise("several processes count together")
@pytest.mark.promise("ASVS 6.3.1")
def test_four_workers_share_their_limits_and_sessions(four: Served, redis_server: RedisServer) -> None:
    person = four.installation.credentials["sales_manager"]
    opener = browser()
    assert guess(four, person["username"], person["password"], opener) == 200
    with ThreadPoolExecutor(6) as pool:
        answers = Counter(pool.map(lambda n: guess(four, f"nobody{n}", "wrong"), range(30)))
    assert answers == {401: MOST - 1, 429: 30 - (MOST - 1)}
    assert {code_of(opener, f"{four.url}/units") for _ in range(12)} == {200}
    redis_server.stop()
    assert {code_of(opener, f"{four.url}/units") for _ in range(8)} == {200}
    # Each worker goes on from what it has counted itself: together they let through four times as much at most.
    after = Counter(guess(four, f"somebody{n}", "wrong") for n in range(40))
    assert set(after) <= {401, 429}
    assert after[401] <= 4 * MOST
    assert guess(four, "somebody", "wrong") in {401, 429}


def test_gunicorn_is_told_how_many(tmp_path: Path) -> None:
    storage = {"storage": "redis://127.0.0.1:6379/0"}
    many = load_settings(var=tmp_path, server={"workers": 4, "threads": 3}, limits=storage)
    assert (Site(many, "").cfg.workers, Site(many, "").cfg.threads) == (4, 3)
    assert Site(load_settings(var=tmp_path), "").cfg.workers == 1


@pytest.mark.promise("several processes count together")
def test_several_workers_on_memory_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"several workers need shared counters"):
        load_settings(var=tmp_path, server={"workers": 2})
