"""What limits cost: one question to Redis for each that counts, whose answer is what the headers tell."""

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
def test_each_rule_that_counts_asks_redis_once(shared: Api, server: RedisServer, by_key: bool, rules: int) -> None:
    client = shared.with_key("sales_manager", Permission.MEASURE_UNITS) if by_key else shared.sign_in("sales_manager")
    remaining(client)  # which loads the script
    before = questions(server)
    for _ in range(5):
        remaining(client)
    asked = {name: calls - before.get(name, 0) for name, calls in questions(server).items()}
    assert asked["evalsha"] == 5 * rules
    # What the script does itself is counted, too: nothing else is asked.
    assert (asked["incrby"], asked["pttl"]) == (5 * rules, 5 * rules)
    assert not any(asked.get(name) for name in ("get", "ttl", "eval"))


@pytest.mark.promise("several processes count together")
def test_headers_tell_what_all_processes_counted(shared: Api) -> None:
    mine = shared.sign_in("sales_manager")
    assert [remaining(mine) for _ in range(3)] == [RATE - 1, RATE - 2, RATE - 3]
    # Another server over the same accounts and the same Redis, which has counted nothing itself.
    settings = shared.app.extensions["salesgate"].settings
    other = create_server(settings, shared.accounts)
    mounting.init(other, settings)
    theirs = Client(other, mine.headers)
    assert remaining(theirs) == RATE - 4
    assert remaining(mine) == RATE - 5
