"""nginx, two application servers, Redis and PostgreSQL, all real: what a company with two hosts relies on."""

import json
import re
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import httpx
import pytest
from cluster_kit import MOST, TOKEN, Cluster, Load

from dashboard.accounts import Accounts

CSRF = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
CLIENTS = 4
PAGE = {"Accept": "text/html"}
SESSION = "__Host-salesgate_session"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    made = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        made.start()
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def addresses() -> Iterator[str]:
    """Addresses of this machine, each for one person: limits count them apart."""
    return (f"127.0.1.{number}" for number in count(1))


def sign_in(client: httpx.Client, person: dict[str, str]) -> int:
    form = client.get("/sign-in")
    token = CSRF.search(form.text)
    assert token, form.text
    return client.post("/sign-in", data={**person, "csrf_token": token[1]}, follow_redirects=False).status_code


def session_of(client: httpx.Client) -> dict[str, str]:
    return {"Cookie": f"{SESSION}={client.cookies[SESSION]}"}


def api_tokens(client: httpx.Client, person: dict[str, str]) -> dict[str, str]:
    answer = client.post("/api/v1/auth/login", json=person)
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def until(true: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.promise("several hosts are one site")
@pytest.mark.promise("ASVS 7.4.1")
def test_a_sign_in_on_one_host_is_known_on_the_other_and_ends_on_both(
    cluster: Cluster, addresses: Iterator[str]
) -> None:
    person = cluster.people["sales_manager"]
    with cluster.nginx.client(next(addresses)) as browser:
        assert sign_in(browser, person) == 303
        cookie, bearer = session_of(browser), api_tokens(browser, person)
        for host in cluster.hosts:
            assert host.ask("/account", **cookie, **PAGE).status_code == 200
            me = host.ask("/api/v1/me", **bearer)
            assert (me.status_code, me.json()["username"]) == (200, person["username"])
        page = browser.get("/account", headers=PAGE)
        token = {"X-CSRFToken": browser.cookies["_csrf_token"]}
        assert page.headers["Strict-Transport-Security"].count("max-age") == 1
        assert browser.post("/sign-out", headers=token).status_code in {200, 303}
    for host in cluster.hosts:
        assert host.ask("/account", **cookie, **PAGE).status_code == 302
        assert host.ask("/api/v1/me", **bearer).status_code == 200


@pytest.mark.promise("ASVS 15.3.4")
@pytest.mark.promise("ASVS 4.1.3")
@pytest.mark.promise("several hosts count together")
def test_limits_are_shared_and_count_the_client_whatever_it_says_of_itself(
    cluster: Cluster, addresses: Iterator[str]
) -> None:
    def guess(client: httpx.Client, number: int) -> int:
        somewhere = f"203.0.113.{number}"
        made_up = {"X-Forwarded-For": somewhere, "X-Real-IP": somewhere, "Forwarded": f"for={somewhere}"}
        wrong = {"username": f"nobody{number}", "password": "wrong"}
        return client.post("/api/v1/auth/login", json=wrong, headers=made_up).status_code

    def guesses(client: httpx.Client, many: int) -> list[int]:
        return [guess(client, number) for number in range(many)]

    with cluster.nginx.client(next(addresses)) as one, cluster.nginx.client(next(addresses)) as other:
        assert guesses(one, MOST + 4) == [401] * MOST + [429] * 4
        assert guesses(other, 2) == [401] * 2
    rows = [json.loads(line) for host in cluster.hosts for line in host.log.read_text().splitlines()]
    served = [row for row in rows if row.get("route") == "/api/v1/auth/login" and row["status"] in {401, 429}]
    assert len({row["process"] for row in served}) >= 2
    assert not [row for row in served if row["client"].startswith("203.")]


@pytest.mark.promise("a host that dies takes no session with it")
def test_a_host_killed_under_load_fails_only_what_is_under_way(cluster: Cluster, addresses: Iterator[str]) -> None:
    with cluster.nginx.client(next(addresses)) as client:
        assert sign_in(client, cluster.people["sales_manager"]) == 303
        load = Load(lambda: client.get("/session/status").status_code)
        with load.on(CLIENTS):
            until(lambda: load.answers[200] > 50)
            cluster.hosts[0].kill()
            so_far = load.answers[200]
            until(lambda: load.answers[200] > so_far + 50)
        failed = sum(number for answer, number in load.answers.items() if answer != 200)
        assert failed <= CLIENTS, load.answers
        assert client.get("/account", headers=PAGE).status_code == 200
    cluster.hosts[0].begin()


@pytest.mark.promise("a reload under load loses no request")
def test_a_graceful_reload_loses_no_request(cluster: Cluster) -> None:
    host = cluster.hosts[1]
    load = Load(lambda: host.ask("/ready").status_code)

    def worker() -> set[int]:
        lines = host.log.read_text().splitlines()
        return {json.loads(line)["process"] for line in lines if '"route"' in line}

    before = worker()
    with load.on(CLIENTS):
        until(lambda: load.answers[200] > 20)
        host.reload()
        until(lambda: host.ask("/nowhere", **PAGE).status_code == 302 and worker() != before)
        so_far = load.answers[200]
        until(lambda: load.answers[200] > so_far + 20)
    assert set(load.answers) == {200}, load.answers


@pytest.mark.promise("Redis may stop: limits go on, process by process")
@pytest.mark.promise("ASVS 16.5.2")
def test_redis_stopped_and_started_again(cluster: Cluster, addresses: Iterator[str]) -> None:
    monitor = {"Authorization": f"Bearer {TOKEN}"}

    def up() -> set[str]:
        found = (
            re.search(r"^salesgate_redis_up (\S+)", host.ask("/metrics", **monitor).text, re.M)
            for host in cluster.hosts
        )
        return {one[1] for one in found if one}

    cluster.hosts[0].wait()
    with cluster.nginx.client(next(addresses)) as client:
        assert sign_in(client, cluster.people["procurement_manager"]) == 303
        assert up() == {"1.0"}
        cluster.redis.stop()
        assert {client.get("/account", headers=PAGE).status_code for _ in range(6)} == {200}
        assert {host.ask("/ready").status_code for host in cluster.hosts} == {200}
        assert up() == {"0.0"}
        cluster.redis.start()
        until(lambda: up() == {"1.0"})
        assert {client.get("/account", headers=PAGE).status_code for _ in range(4)} == {200}


@pytest.mark.promise("the database may stop: clear words, and nothing is lost")
@pytest.mark.promise("ASVS 16.5.3")
def test_postgresql_stopped_under_load_and_started_again(cluster: Cluster, addresses: Iterator[str]) -> None:
    person = cluster.people["sales_manager"]
    with cluster.nginx.client(next(addresses)) as client, cluster.nginx.client("127.0.2.1") as writer:
        assert sign_in(client, person) == 303
        bearer = api_tokens(client, person)
        load = Load(lambda: writer.post("/api/v1/auth/login", json={**person, "password": "wrong"}).status_code)
        with load.on(CLIENTS):
            until(lambda: sum(load.answers.values()) > CLIENTS)
            cluster.database.stop()
            page, body = client.get("/account", headers=PAGE), client.get("/api/v1/me", headers=bearer)
            alive = [(host.ask("/health").status_code, host.ask("/ready").status_code) for host in cluster.hosts]
        assert (page.status_code, page.headers["Content-Type"]) == (503, "text/html; charset=utf-8")
        assert (body.status_code, body.headers["Content-Type"]) == (503, "application/problem+json")
        assert body.json()["code"] == "unavailable"
        assert alive == [(200, 503)] * 2
        cluster.database.start()
        until(lambda: {host.ask("/ready").status_code for host in cluster.hosts} == {200})
        assert client.get("/account", headers=PAGE).status_code == 200
        assert client.get("/api/v1/me", headers=bearer).status_code == 200
    assert set(load.answers) <= {401, 429, 503}, load.answers
    accounts = Accounts(cluster.settings)
    verdict = accounts.verify_audit()
    accounts.close()
    assert verdict.ok, verdict.problem


@pytest.mark.promise("ASVS 16.2.5")
def test_the_logs_of_the_cluster_are_json_and_hold_no_secret(cluster: Cluster) -> None:
    for host in cluster.hosts:
        text = host.log.read_text()
        assert all(isinstance(json.loads(line), dict) for line in text.splitlines())
        for secret in (TOKEN, *(person["password"] for person in cluster.people.values())):
            assert secret not in text
        assert str(Path(cluster.settings.var) / "secret_key") not in text
