"""Two processes refresh at once while two workers serve: one runs, and both workers go over to what it brought."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import OpenerDirector, Request

import pytest
from app_kit import page_body
from kit import Served, command, serve, with_users
from redis_kit import RedisServer
from refresh_kit import Shop, current, lines, write_settings
from test_four_workers import browser, guess

from dashboard.settings import PROJECT, load_settings
from dashboard.sources.refresh.run import refresh
from dashboard.sources.refresh.status import read_status

# A refresh that stands still in its first answer until a file appears.
GATED = """
import sys, time
from pathlib import Path
from dashboard.cli import main
from dashboard.sources.refresh import source_reading
fetch = source_reading.fetch
def gated(*given):
    while not Path(sys.argv[1]).exists():
        time.sleep(0.05)
    return fetch(*given)
source_reading.fetch = gated
sys.exit(main(["refresh"]))
"""


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    shop = Shop(tmp_path / "shop.db", lines(range(3)))
    # The site itself starts nothing meanwhile.
    settings = write_settings(tmp_path / "settings.toml", {"shop": shop}, refresh={"every_minutes": 0})
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return shop


@pytest.fixture
def two(tmp_path: Path, shop: Shop, redis_server: RedisServer) -> Iterator[Served]:
    installation = with_users(tmp_path / "var")
    assert refresh(load_settings(var=installation.var)).changed
    more = {"SALESGATE_SERVER__WORKERS": "2", "SALESGATE_LIMITS__STORAGE": redis_server.url}
    yield from serve(installation, **more)


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 90
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def data_page(opener: OpenerDirector, site: Served) -> str:
    """The page on the data, by whichever worker."""
    cookies = next(one for one in opener.handlers if hasattr(one, "cookiejar")).cookiejar
    token = next(one.value for one in cookies if one.name == "_csrf_token")
    headers = {"Content-Type": "application/json", "X-CSRFToken": token, "Sec-Fetch-Site": "same-origin"}
    asked = Request(f"{site.url}/_dash-update-component", json.dumps(page_body("/data")).encode(), headers)
    with opener.open(asked, timeout=60) as answer:
        return str(answer.read().decode())


def mapping_it(var: Path, version: str) -> set[int]:
    """The processes that have files of the version in memory."""
    found = set()
    for maps in Path("/proc").glob("[0-9]*/maps"):
        try:
            if f"{var}/rollup/{version}/" in maps.read_text():
                found.add(int(maps.parent.name))
        except OSError:
            continue
    return found


def test_one_of_two_refreshes_runs_and_both_workers_serve_what_it_brought(
    two: Served, shop: Shop, tmp_path: Path
) -> None:
    var, opener = two.installation.var, browser()
    settings = load_settings(var=var)
    person = two.installation.credentials["sales_manager"]
    assert guess(two, person["username"], person["password"], opener) == 200
    old, told = current(settings).version, set[str]()

    def asked(version: str) -> set[int]:
        told.add(re.sub(r"\s+", " ", data_page(opener, two)))
        return mapping_it(var, version) - {os.getpid()}

    until(lambda: len(asked(old)) == 2)
    workers = asked(old)
    shop.add(lines([0], days=(4,)))
    go = tmp_path / "go"
    first = subprocess.Popen(
        [sys.executable, "-c", GATED, str(go)], cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "SALESGATE_VAR": str(var)},
    )  # fmt: skip
    try:
        until(lambda: (now := read_status(var).running) and now.process == first.pid)
        second = command(var, "refresh")
        go.touch()
        out, err = first.communicate(timeout=120)
    finally:
        first.kill()
    assert (second.returncode, second.stdout) == (3, "")
    assert second.stderr.startswith("A refresh is running already. Wait for its end, or cancel it. It began at ")
    assert f"(process {first.pid} on " in second.stderr
    assert (first.returncode, err, "New figures are in force" in out) == (0, "", True)
    new = current(settings).version
    assert new != old
    until(lambda: asked(new) == workers)
    told.clear()
    assert {frozenset(asked(new)) for _ in range(10)} == {frozenset(workers)}
    assert len(told) == 1
