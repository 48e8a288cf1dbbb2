"""What limits cost: one question to Redis for all that count, whose answer is what the headers tell."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from api_kit import Api, Client, small_api
from kit import PLENTY
from redis_kit import RedisServer

from dashboard.access import Permission
from dashboard.api import mounting
from dashboard.web.server import create_server

RATE = 50


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    made = RedisServer(tmp_path)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def shared(server: RedisServer, tmp_path: Path) -> Iterator[Api]:
    rates = {"requests_per_user": f"{RATE} per minute", "requests_per_key": f"{RATE} per minute"}
    made = small_api(tmp_path / "var", limits={**PLENTY, **rates, "storage": server.url})
    yield made
    made.accounts.close()


def remaining(client: Client) -> int:
    answer = client.get("/me")
    assert answer.status_code == 200, answer.text
    assert int(answer.headers["RateLimit-Limit"]) == RATE
    assert 0 < int(answer.headers["RateLimit-Reset"]) <= 60
    return int(answer.headers["RateLimit-Remaining"])


def questions(server: RedisServer) -> dict[str, int]:
    with redis.Redis.from_url(server.url, decode_responses=True) as client:
        told = client.info("commandstats")
    return {name.removeprefix("cmdstat_"): stat["calls"] for name, stat in told.items()}


@pytest.mark.parametrize(("by_key", "rules"), [(False, 2), (True, 3)])
def test_redis_is_asked_once_for_all_rules_that_count(
    shared: Api, server: RedisServer, by_key: bool, rules: int
) -> None:
    client = shared.with_key("sales_manager", Permission.MEASURE_UNITS) if by_key else shared.sign_in("sales_manager")
    remaining(client)  # which loads the script
    before = questions(server)
    for _ in range(5):
        remaining(client)
    asked = {name: calls - before.get(name, 0) for name, calls in questions(server).items()}
    assert asked["evalsha"] == 5
    # What the script does itself is counted, too: nothing else is asked.
    assert (asked["incrby"], asked["pttl"]) == (5 * rules, 5 * rules)
    assert not any(asked.get(name) for name in ("get", "ttl", "eval"))


@pytest.mark.promise("several processes count together")
def test_headers_tell_what_all_processes_counted(shared: Api) -> None:
    mine = shared.sign_in("sales_manager")
    assert [remaining(mine) for _ in range(3)] == [RATE - 1, RATE - 2, RATE - 3]
    theirs = beside(shared, mine)
    assert remaining(theirs) == RATE - 4
    assert remaining(mine) == RATE - 5


def beside(api: Api, client: Client) -> Client:
    """The same client at another server over the same accounts and the same Redis, which has counted nothing itself."""
    settings = api.app.extensions["salesgate"].settings
    other = create_server(settings, api.accounts)
    mounting.init(other, settings)
    return Client(other, client.headers)


def limited(server: RedisServer, var: Path, **rates: str) -> Api:
    return small_api(var, limits={**PLENTY, **rates, "storage": server.url})


@pytest.mark.promise("limits of the API are told in its answers")
def test_what_one_limit_refuses_counts_to_none_behind_it(server: RedisServer, tmp_path: Path) -> None:
    api = limited(server, tmp_path / "var", requests_per_key="2 per minute", requests_per_user=f"{RATE} per minute")
    key, owner = api.with_key("sales_manager", Permission.MEASURE_UNITS), api.sign_in("sales_manager")
    there = beside(api, key)
    answers = [client.get("/me").status_code for client in (key, there, key, there, key, there)]
    assert answers == [200, 200, 429, 429, 429, 429]
    assert remaining(owner) == RATE - 3, "a key that runs wild takes nothing of its owner's own"
    api.accounts.close()


@pytest.mark.promise("several processes count together")
def test_one_who_is_over_the_limit_elsewhere_soon_costs_no_look_here(server: RedisServer, tmp_path: Path) -> None:
    api = limited(server, tmp_path / "var", requests_per_address="3 per minute")
    asked: list[str] = []
    api.accounts.keys.load = lambda secret, *_: asked.append(secret)  # type: ignore[method-assign, func-returns-value]
    here = Client(api.app, {"X-API-Key": "sgk_made_up"})
    there = beside(api, here)
    assert [here.get("/me").status_code for _ in range(3)] == [401] * 3
    asked.clear()
    assert [there.get("/me").status_code for _ in range(4)] == [429] * 4
    assert len(asked) == 1, "only the first had to be told by Redis"
    api.accounts.close()
