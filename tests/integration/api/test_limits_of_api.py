"""Limits at the API: per address before anybody is known, per user, per key and per attempt, told in every answer."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from api_kit import Api, Client, problem_of, small_api
from kit import PLENTY
from redis_kit import RedisServer
from sqlalchemy import insert, select
from unit.web.web_kit import script_token, sign_in

from dashboard.access import Permission
from dashboard.accounts.models import api_keys
from dashboard.api.auth import part
from dashboard.api.models import auth as models
from dashboard.mail import Message
from dashboard.web import limit_rules
from dashboard.web.limit_rules import API_ACCOUNT_FIELDS, API_SENDS_CODE, API_SENDS_MAIL, API_TRIES_ACCOUNT

HEADERS = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
Make = Callable[..., Api]
PERSON = {
    "username": "new.person", "email": "new@example.com", "password": "violet tram beside lake 4711",
    "first_name": "New", "last_name": "Person", "date_of_birth": "1980-02-29",
}  # fmt: skip


@pytest.fixture
def limited(tmp_path: Path) -> Any:
    """Makes installations where nothing is limited but what is said."""
    made: list[Api] = []

    def make(**limits: str) -> Api:
        made.append(small_api(tmp_path / f"var{len(made)}", limits={**PLENTY, **limits}))
        return made[-1]

    yield make
    for one in made:
        one.accounts.close()


def told(answer: Any) -> tuple[int, int]:
    """Limit and what is left; the time left must fit a minute."""
    limit, left, seconds = (int(answer.headers[name]) for name in HEADERS)
    assert 1 <= seconds <= 60
    return limit, left


def login(client: Client, username: str = "nobody.at.all", **more: Any) -> Any:
    return client.post("/auth/login", {"username": username, "password": "wrong"}, **more)


def at(number: int) -> dict[str, Any]:
    return {"environ_base": {"REMOTE_ADDR": f"198.51.100.{number}"}}


def test_what_the_rules_name_exists() -> None:
    """Endpoints and fields are named by texts: a renamed one would not count any more."""
    fields = {"login": models.Credentials, "register": models.Registration, "register_again": models.RegistrationAgain}
    assert set(part.accesses) >= {*API_ACCOUNT_FIELDS, *API_SENDS_MAIL, *API_TRIES_ACCOUNT}
    assert all(endpoint.startswith(limit_rules.API_SIGN_IN) for endpoint in part.accesses)
    for endpoint, field in API_ACCOUNT_FIELDS.items():
        assert field in fields[endpoint.removeprefix("api_auth.")].model_fields
    assert set(API_SENDS_CODE.values()) <= set(models.Pending.model_fields)


@pytest.mark.promise("limits of the API are told in its answers")
def test_a_user_is_told_what_is_left_and_then_when_to_come_again(limited: Make) -> None:
    api = limited(requests_per_user="3 per minute")
    sam, petra = api.sign_in("sales_manager"), api.sign_in("procurement_manager")
    assert [told(sam.get("/me")) for _ in range(3)] == [(3, 2), (3, 1), (3, 0)]
    stopped = sam.get("/me")
    assert problem_of(stopped) == (429, "too_many")
    assert told(stopped) == (3, 0)
    assert stopped.headers["Retry-After"] == stopped.headers["RateLimit-Reset"]
    assert told(petra.get("/me")) == (3, 2), "everybody has a limit of their own"
    assert api.events("limit_reached")[-1]["actor"] == "sales_manager"


@pytest.mark.promise("limits of the API are told in its answers")
def test_a_key_has_a_limit_of_its_own_and_counts_to_its_owner(limited: Make) -> None:
    api = limited(requests_per_key="2 per minute", requests_per_user="3 per minute")
    one, two = (api.with_key("sales_manager", Permission.MEASURE_UNITS) for _ in range(2))
    assert [told(one.get("/me")) for _ in range(2)] == [(2, 1), (2, 0)]
    assert told(two.get("/me")) == (3, 0), "of the limit of which least is left"
    stopped = two.get("/me")
    assert (problem_of(stopped), told(stopped)) == ((429, "too_many"), (3, 0)), "of the owner, by whatever keys"
    alone = limited(requests_per_key="1 per minute").with_key("sales_manager", Permission.MEASURE_UNITS)
    assert alone.get("/me").status_code == 200
    stopped = alone.get("/me")
    assert (problem_of(stopped), told(stopped)) == ((429, "too_many"), (1, 0))
    assert "API key" in stopped.get_json()["detail"]


@pytest.mark.promise("limits of the API are told in its answers")
def test_pages_and_api_count_to_one_limit_of_a_user(limited: Make) -> None:
    api = limited(requests_per_user="4 per minute")
    sam, browser = api.sign_in("sales_manager"), api.app.test_client()
    assert told(sam.get("/me")) == (4, 3)
    assert sign_in(browser, "sales_manager").status_code == 303
    assert browser.post("/session/extend", headers=script_token(browser)).status_code == 200
    assert 0 <= told(sam.get("/me"))[1] < 2
    for _ in range(2):
        sam.get("/me")
    assert browser.post("/session/extend", headers=script_token(browser)).status_code == 429


@pytest.mark.promise("limits of the API are told in its answers")
def test_an_address_is_limited_before_anybody_is_asked(limited: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    api = limited(requests_per_address="3 per minute")
    asked: list[str] = []
    monkeypatch.setattr(api.accounts.keys, "load", lambda secret, *_: asked.append(secret))
    stranger = Client(api.app, {"X-API-Key": "sgk_made_up"})
    answers = [stranger.get("/me", **at(1)) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429, 429]
    assert [told(answer) for answer in answers] == [(3, 2), (3, 1), (3, 0), (3, 0), (3, 0)]
    assert len(asked) == 3, "what is over the limit costs no look into the database"
    assert stranger.get("/no/such/thing", **at(1)).status_code == 429
    assert stranger.get("/me", **at(2)).status_code == 401
    assert api.app.test_client().get("/sign-in", **at(1)).status_code == 200, "the pages are not the API"
    told_of = api.events("limit_reached")
    assert [(one["ip"], one["target"]) for one in told_of] == [("198.51.100.1", "/api/v1/me")], "once a minute"


def test_an_address_is_a_whole_network_of_the_newer_kind(limited: Make) -> None:
    api = limited(requests_per_address="1 per minute")
    first, second, third = (
        api.nobody.get("/openapi.json", environ_base={"REMOTE_ADDR": f"2001:db8:0:{part}::{end}"}).status_code
        for part, end in ((1, 1), (1, 2), (2, 1))
    )
    assert (first, second, third) == (200, 429, 200)


@pytest.mark.promise("ASVS 6.3.1")
@pytest.mark.promise("every way in before sign-in is limited")
def test_every_attempt_counts_whatever_is_sent(limited: Make) -> None:
    api = limited(per_address="2 per minute")
    rules = [rule for rule in api.app.url_map.iter_rules() if rule.endpoint in part.accesses]
    assert len(rules) == len(part.accesses) == 8
    for number, rule in enumerate(rules):
        path = rule.rule.removeprefix("/api/v1")
        answers = [api.nobody.post(path, {}, **at(number)).status_code for _ in range(3)]
        assert (429 in answers[:2], answers[2]) == (False, 429), path


@pytest.mark.promise("limits per account, per address and per pair")
def test_one_account_is_limited_for_all_strangers_together(limited: Make) -> None:
    api = limited(per_account="3 per 15 minutes")
    names = ("sales_manager", "SALES_manager", " Sales_Manager")
    assert [login(api.nobody, name, **at(n)).status_code for n, name in enumerate(names)] == [401] * 3
    assert problem_of(login(api.nobody, "sales_manager", **at(9))) == (429, "too_many")
    assert login(api.nobody, "procurement_manager", **at(9)).status_code == 401
    assert sign_in(api.app.test_client(), "sales_manager").status_code == 429, "and at the form likewise"


def test_a_name_that_stands_there_twice_counts_as_the_one_that_is_tried(limited: Make) -> None:
    api = limited(per_account="2 per 15 minutes")
    for n in range(2):
        body = f'{{"username": "decoy{n}", "password": "wrong", "username": "sales_manager"}}'
        assert raw(api, "/auth/login", body.encode(), **at(n)).status_code == 401
    assert login(api.nobody, "sales_manager", **at(9)).status_code == 429


def raw(api: Api, path: str, body: bytes, **more: Any) -> Any:
    return api.nobody.post(path, data=body, content_type="application/json", **more)


@pytest.mark.promise("ASVS 15.3.5")
def test_no_body_breaks_the_counting(limited: Make) -> None:
    api = limited(per_account="10000 per minute")
    bodies = [
        b"", b"[]", b"null", b"7", b"NaN", b'{"username": {"a": 1}}', b'{"username": 7}', b'{"username": "\\ud800"}',
        b'{"username": "\\u0000", "password": "x"}', b"\xff\xfe", b"[" * 60_000, b'{"username":' * 5_000, b"9" * 5_000,
    ]  # fmt: skip
    for path in ("/auth/login", "/auth/register", "/auth/second-factor/code"):
        for body in bodies:
            assert problem_of(raw(api, path, body)) == (400, "invalid"), (path, body[:50])
    assert problem_of(raw(api, "/auth/login", b"x" * 70_000))[0] == 413


def test_a_cookie_of_a_known_browser_lifts_no_limit_of_the_api(limited: Make) -> None:
    api = limited(per_pair="1 per minute")
    user = api.accounts.find("sales_manager")
    assert user
    asked: list[str] = []
    api.accounts.sign_ins.knows = lambda *given: bool(asked.append(str(given))) or True  # type: ignore[method-assign]
    cookie = {"headers": {"Cookie": "salesgate_device=known; __Host-salesgate_device=known"}}
    assert [login(api.nobody, "sales_manager", **cookie).status_code for _ in range(2)] == [401, 429]
    assert asked == []


def test_mails_are_limited_and_refused_forms_cost_none(limited: Make) -> None:
    api = limited(mails_per_account="1 per hour")
    refused = [api.nobody.post("/auth/register", {**PERSON, "password": "short"}).status_code for _ in range(2)]
    assert refused == [400, 400]
    assert api.nobody.post("/auth/register", PERSON).status_code == 202
    assert problem_of(api.nobody.post("/auth/register", PERSON)) == (429, "too_many")
    assert problem_of(api.nobody.post("/auth/register/again", {"email": "NEW@example.com"})) == (429, "too_many")
    mails: list[Message] = api.mails("verify")
    assert len(mails) == 1


@pytest.mark.promise("several processes count together")
def test_processes_count_keys_and_addresses_together(tmp_path: Path) -> None:
    server = RedisServer(tmp_path)
    server.start()
    limits = {"requests_per_key": "3 per minute", "requests_per_address": "6 per minute", "storage": server.url}
    secret, made = "ab" * 32, []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "secret_key").write_text(secret)
        (tmp_path / name / "secret_key").chmod(0o600)
        made.append(small_api(tmp_path / name, limits={**PLENTY, **limits}))
    one, two = made
    try:
        assert [login(api.nobody, **at(1)).status_code for api in (one, two, one, two, one, two)] == [401] * 6
        assert login(two.nobody, **at(1)).status_code == 429
        key = one.with_key("sales_manager", Permission.MEASURE_UNITS)
        assert [told(key.get("/me", **at(2))) for _ in range(2)] == [(3, 2), (3, 1)]
        copy_keys(one, two)
        other = Client(two.app, key.headers)
        assert told(other.get("/me", **at(3))) == (3, 0)
        stopped = other.get("/me", **at(3))
        assert (problem_of(stopped), told(stopped)) == ((429, "too_many"), (3, 0))
        assert key.get("/me", **at(2)).status_code == 429
    finally:
        server.stop()
        for api in made:
            api.accounts.close()


def copy_keys(here: Api, there: Api) -> None:
    with here.accounts.engine.connect() as ours, there.accounts.engine.begin() as theirs:
        for row in ours.execute(select(api_keys)).mappings():
            theirs.execute(insert(api_keys).values(**row))
