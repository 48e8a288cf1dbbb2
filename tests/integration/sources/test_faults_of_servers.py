"""Servers that die, hang or refuse in the middle of a refresh: a clear reason in time, the last figures serving."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bind_kit
import psycopg
import pytest
from faults_kit import HISTORY, SERVERS, Before, Store, heals, refused, store_of
from refresh_kit import lines
from sqlalchemy import make_url

from dashboard.sources.binds import arguments

ALL = HISTORY * 2 * 3
PRODUCTS = 30_000
IN_MID_ANSWER = 100_000  # bytes
# Drivers that lose their line leave the socket to the collector of garbage.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")


def made(kind: str, request: pytest.FixtureRequest, folder: Path) -> Store:
    store = store_of(kind, request, folder)
    assert store.refresh().ok
    return store


@pytest.fixture(params=SERVERS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return made(request.param, request, tmp_path)


@pytest.fixture
def line(store: Store) -> Iterator[bind_kit.Line]:
    """The way to the server that the source goes."""
    url = make_url(store.address)
    folder = url.query.get("host")
    way = bind_kit.Line(f"{folder}/.s.PGSQL.5432" if folder else int(url.port or 0))
    straight, store.address = store.address, through(store.address, way.port)
    assert store.refresh().ok
    yield way
    store.address = straight
    way.close()


def through(address: str, port: int) -> str:
    url = make_url(address).difference_update_query(["host"])
    return url.set(host="127.0.0.1", port=port).render_as_string(hide_password=False)


def arm(line: bind_kit.Line, act: Any) -> Any:
    """``act`` comes in the middle of the answer to the statement that adds up."""

    def tell(step: str, _share: float) -> None:
        if step == "Adding up by day":
            line.arm(IN_MID_ANSWER, act)

    return tell


def kill(store: Store, request: pytest.FixtureRequest) -> None:
    """End the server as a power cut would. PostgreSQL dies with one of its processes, and begins anew by itself."""
    if store.kind == "mariadb":
        request.getfixturevalue("mariadb").kill()
    elif store.kind == "clickhouse":
        request.getfixturevalue("clickhouse").first.kill()
    else:
        mine = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        with psycopg.connect(f"host={folder_of(store)} user=salesgate dbname=postgres") as connection:
            pids = [row[0] for row in connection.execute(mine)]
        for pid in pids:
            os.kill(pid, signal.SIGKILL)


def start(store: Store, request: pytest.FixtureRequest) -> None:
    if store.kind == "mariadb":
        request.getfixturevalue("mariadb").start()
    elif store.kind == "clickhouse":
        request.getfixturevalue("clickhouse").first.start()
    deadline = time.monotonic() + 60
    while True:
        try:
            return store.run("SELECT 1")
        except Exception:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def folder_of(store: Store) -> str:
    return str(make_url(store._url).query["host"])


def test_a_server_that_is_killed_in_mid_answer(
    store: Store, line: bind_kit.Line, request: pytest.FixtureRequest
) -> None:
    store.fill(PRODUCTS)
    before = Before(store)

    def lose_power() -> None:
        kill(store, request)
        line.lose()  # or an answer that was sent before would still come

    try:
        said = refused(store, lambda: store.refresh(tell=arm(line, lose_power)))
    finally:
        start(store, request)
    broke = "the connection broke. Try again; if it happens often, ask who ends it"
    assert before.stays("lost", "Bind shop (", broke) in said
    heals(store, ALL + PRODUCTS)


def test_a_line_that_is_cut_in_mid_answer_and_then_closed(store: Store, line: bind_kit.Line) -> None:
    store.fill(PRODUCTS)
    before = Before(store)
    refused(store, lambda: store.refresh(tell=arm(line, line.cut)))
    before.stays("lost", "the connection broke. Try again")
    refused(store)
    before.stays("unreachable", "nothing there takes connections, or not from this machine. Check host and port in the")
    store.address = make_url(store._url)._replace(password=None).render_as_string()
    heals(store, ALL + PRODUCTS)


def test_a_line_that_dies_without_a_word_in_mid_answer(
    store: Store, line: bind_kit.Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.fill(PRODUCTS)
    before = Before(store)
    monkeypatch.setattr(arguments, "GRACE_SECONDS", 1.0)
    store.limits["statement_seconds"] = 1.5
    began = time.monotonic()
    refused(store, lambda: store.refresh(tell=arm(line, line.freeze)))
    assert time.monotonic() - began < 15
    late, lost = ("timeout", "statement_seconds of the bind"), ("lost", "the connection broke. Try again")
    before.stays(*(late if store.kind == "postgresql" else lost))


def test_a_silent_host(store: Store) -> None:
    before = Before(store)
    straight = store.address
    with bind_kit.silent() as port:
        store.address, store.limits["connect_seconds"] = through(straight, port), 0.5
        refused(store)
    before.stays("unreachable", "no answer within 0.5 s. Check host and port in the url, and that no firewall")
    store.address, store.limits["connect_seconds"] = straight, 20
    store.add(lines([0], days=(4,)))
    heals(store, ALL + 3)


@pytest.mark.parametrize("kind", ["postgresql"])
def test_a_statement_that_takes_too_long(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    store = made(kind, request, tmp_path)
    before = Before(store)
    store.make_endless()
    store.limits["statement_seconds"] = 1
    began = time.monotonic()
    refused(store)
    assert time.monotonic() - began < 12
    # The server and we have the same deadline: either may be first.
    before.stays("timeout", "was stopped, for it took", "Raise statement_seconds of the bind, have an index")
    store.make_sound()
    store.limits["statement_seconds"] = 60
    store.add(lines([0], days=(4,)))
    heals(store, ALL + 3)


@pytest.mark.parametrize("kind", ["mariadb", "clickhouse"])
def test_a_wrong_password(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    store = made(kind, request, tmp_path)
    before = Before(store)
    store.limits["password"] = "wrong-horse-9"
    said = refused(store)
    place = "Check the user in the url, and the password in SALESGATE_BINDS__SHOP__PASSWORD."
    before.stays("refused", f"the database refuses the login. {place}")
    assert "wrong-horse-9" not in said
    del store.limits["password"]
    store.add(lines([0], days=(4,)))
    heals(store, ALL + 3)
