"""API keys over the API: made and revoked by people, used by programs, worth nothing anywhere but in their header."""

import json
import logging
from typing import Any

import pytest
from api_kit import Api, Client, problem_of

from dashboard.access import Permission

UNITS, REVENUE = Permission.MEASURE_UNITS, Permission.MEASURE_REVENUE
NEW: dict[str, Any] = {"name": "Shop", "scopes": ["measure:units"], "days": 30, "networks": ["127.0.0.0/8"]}


def key_of(secret: str, client: Client) -> Client:
    return Client(client.app, {"X-API-Key": secret})


@pytest.mark.promise("an API key is shown once")
def test_a_key_is_made_used_listed_and_revoked(own_api: Api) -> None:
    sam = own_api.sign_in("sales_manager")
    made = sam.post("/me/keys", NEW)
    assert made.status_code == 201
    key = made.get_json()
    assert made.headers["Location"] == f"/api/v1/me/keys/{key['id']}"
    program = key_of(key["secret"], sam)
    me = program.get("/me").get_json()
    assert (me["username"], me["permissions"], me["by_key"]) == ("sales_manager", ["measure:units"], True)
    found = sam.get("/me/keys").get_json()
    assert {name: found[name] for name in ("total", "offset", "limit")} == {"total": 1, "offset": 0, "limit": 50}
    (listed,) = found["items"]
    assert "secret" not in listed
    assert key["secret"][13:] not in sam.get("/me/keys").text
    assert (listed["scopes"], listed["lost_scopes"], listed["last_used_ip"]) == (["measure:units"], [], "127.0.0.1")
    assert sam.get(f"/me/keys/{key['id']}").get_json() == listed
    assert sam.delete(f"/me/keys/{key['id']}").status_code == 204
    assert problem_of(program.get("/me")) == (401, "not_signed_in")
    assert problem_of(sam.delete(f"/me/keys/{key['id']}")) == (404, "not_found")
    assert sam.get("/me/keys").get_json()["items"] == []


@pytest.mark.promise("ASVS 8.3.2")
@pytest.mark.promise("ASVS 7.4.2")
def test_a_key_loses_what_its_owner_loses_at_the_next_request(own_api: Api) -> None:
    accounts, sam = own_api.accounts, own_api.sign_in("sales_manager")
    program = own_api.with_key("sales_manager", UNITS, REVENUE)
    assert program.get("/me").get_json()["permissions"] == ["measure:revenue", "measure:units"]
    user = accounts.find("sales_manager")
    assert user
    admin = own_api.sign_in("admin")
    assert admin.put(f"/users/{user.id}/role", {"role": "procurement_manager"}).status_code == 200
    assert program.get("/me").get_json()["permissions"] == ["measure:units"]
    (listed,) = sam.get("/me/keys").get_json()["items"]
    assert (listed["scopes"], listed["lost_scopes"]) == (["measure:units"], ["measure:revenue"])
    assert admin.post(f"/users/{user.id}/disable").status_code in {200, 204}
    assert problem_of(program.get("/me")) == (401, "not_signed_in")


@pytest.mark.promise("ASVS 8.2.1")
def test_keys_are_for_people_to_make_and_revoke(own_api: Api) -> None:
    """A key that was stolen neither makes others nor hides itself."""
    program = own_api.with_key("sales_manager", UNITS)
    for method, path in (("GET", "/me/keys"), ("POST", "/me/keys"), ("GET", "/me/keys/1"), ("DELETE", "/me/keys/1")):
        assert problem_of(program.call(method, path, NEW if method == "POST" else None)) == (403, "forbidden"), path
    manages = own_api.with_key("admin", Permission.USERS_MANAGE)
    for method, path in (("GET", "/users/1/keys"), ("DELETE", "/users/1/keys/1")):
        assert problem_of(manages.call(method, path)) == (403, "forbidden"), path
    assert len(own_api.accounts.keys.list(user_id(own_api, "sales_manager"))) == 1


@pytest.mark.promise("ASVS 8.2.2")
def test_only_those_who_manage_users_reach_the_keys_of_others(own_api: Api) -> None:
    sam, petra = own_api.sign_in("sales_manager"), own_api.sign_in("procurement_manager")
    admin = own_api.sign_in("admin")
    key, owner = sam.post("/me/keys", NEW).get_json(), user_id(own_api, "sales_manager")
    for stranger in (petra, sam):
        assert problem_of(stranger.get(f"/users/{owner}/keys")) == (403, "forbidden")
        assert problem_of(stranger.delete(f"/users/{owner}/keys/{key['id']}")) == (403, "forbidden")
    for path in (f"/me/keys/{key['id']}", "/me/keys/4711"):
        assert problem_of(petra.get(path)) == problem_of(petra.delete(path)) == (404, "not_found")
    other = user_id(own_api, "procurement_manager")
    assert problem_of(admin.delete(f"/users/{other}/keys/{key['id']}")) == (404, "not_found")
    assert problem_of(admin.get("/users/4711/keys")) == (404, "not_found")
    assert [one["id"] for one in admin.get(f"/users/{owner}/keys").get_json()["items"]] == [key["id"]]
    assert admin.get(f"/users/{owner}/keys?offset=1").get_json()["items"] == []
    assert admin.delete(f"/users/{owner}/keys/{key['id']}").status_code == 204
    assert problem_of(key_of(key["secret"], sam).get("/me")) == (401, "not_signed_in")
    assert own_api.events("api_key_revoked")[-1]["actor"] == "admin"


def user_id(api: Api, username: str) -> int:
    user = api.accounts.find(username)
    assert user
    return user.id


@pytest.mark.promise("ASVS 7.5.1")
def test_making_needs_a_fresh_sign_in(own_api: Api) -> None:
    sam = own_api.sign_in("sales_manager")
    assert own_api.clock
    assert sam.tokens
    own_api.clock.forward(minutes=16)
    renewed = sam.post("/auth/refresh", {"refresh_token": sam.tokens.refresh}).get_json()
    later = Client(own_api.app, {"Authorization": f"Bearer {renewed['access_token']}"})
    assert later.get("/me").status_code == 200
    assert problem_of(later.post("/me/keys", NEW)) == (403, "not_fresh")
    assert own_api.sign_in("sales_manager").post("/me/keys", NEW).status_code == 201


@pytest.mark.promise("ASVS 8.2.3")
@pytest.mark.promise("ASVS 15.3.5")
def test_more_than_one_has_and_what_is_not_meant_is_refused(own_api: Api) -> None:
    sam = own_api.sign_in("sales_manager")
    assert problem_of(sam.post("/me/keys", {**NEW, "scopes": ["measure:units", "users:manage"]})) == (400, "refused")
    wrong: list[dict[str, Any]] = [
        {"scopes": ["everything"]}, {"scopes": []}, {"scopes": "measure:units"}, {"days": "30"}, {"days": 0},
        {"days": 10**30}, {"name": None}, {"name": "x" * 101}, {"name": "a\nb"}, {"networks": [{}]},
        {"user_id": 1}, {"secret": "sgk_mine"}, {"expires_at": "2099-01-01"}, {"networks": ["x"] * 21},
    ]  # fmt: skip
    for one in wrong:
        assert problem_of(sam.post("/me/keys", {**NEW, **one})) == (400, "invalid"), one
    for one in ({"name": "\u202e"}, {"networks": ["10.0.0.1/8"]}, {"days": 366}):
        assert problem_of(sam.post("/me/keys", {**NEW, **one})) == (400, "refused"), one
    assert sam.get("/me/keys").get_json()["total"] == 0


@pytest.mark.promise("ASVS 14.2.1")
def test_a_key_in_an_address_is_refused_and_not_logged(own_api: Api, caplog: pytest.LogCaptureFixture) -> None:
    secret = own_api.with_key("sales_manager", UNITS).headers["X-API-Key"]
    caplog.set_level(logging.DEBUG)
    for path in (f"/me?key={secret}", f"/me?{secret}", f"/{secret}", f"/users/{secret}/keys"):
        for client in (own_api.nobody, own_api.sign_in("sales_manager")):
            answer = client.get(path)
            assert problem_of(answer) == (400, "bad_request"), path
            assert "have this one replaced" in answer.text
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("dashboard")]
    assert any("<token>" in line for line in ours)
    assert secret[13:] not in "".join(ours) + json.dumps(own_api.events())


@pytest.mark.promise("ASVS 6.3.4")
def test_a_key_works_in_its_header_only(own_api: Api) -> None:
    program = own_api.with_key("sales_manager", UNITS)
    secret = program.headers["X-API-Key"]
    elsewhere = {"Authorization": f"Bearer {secret}"}, {"Cookie": f"salesgate_session={secret}"}, {"X-API-Key": ""}
    for headers in elsewhere:
        assert problem_of(Client(own_api.app, headers).get("/me")) == (401, "not_signed_in"), headers
    token = own_api.sign_in("sales_manager").headers["Authorization"]
    assert problem_of(program.get("/me", headers={"Authorization": token})) == (400, "bad_request"), "one of them"
    assert problem_of(Client(own_api.app, {"X-API-Key": token.removeprefix("Bearer ")}).get("/me"))[0] == 401
    web = own_api.app.test_client().get("/session/status", headers={"X-API-Key": secret})
    assert web.get_json() == {"ended": True}


def test_a_key_from_elsewhere_is_refused_and_audited_once_a_minute(own_api: Api) -> None:
    program = own_api.with_key("sales_manager", UNITS, networks=("203.0.113.7",))
    assert {program.get("/me").status_code for _ in range(5)} == {401}
    assert program.get("/me", environ_base={"REMOTE_ADDR": "203.0.113.7"}).status_code == 200
    (told,) = own_api.events("api_key_refused")
    assert (told["actor"], told["ip"], told["outcome"]) == ("sales_manager", "127.0.0.1", "denied")
    assert json.loads(told["detail"])["reason"] == "wrong address"


def test_what_a_key_is_refused_is_audited_by_its_prefix(own_api: Api) -> None:
    program = own_api.with_key("sales_manager", UNITS)
    assert problem_of(program.get("/users/1/keys"))[0] == 403
    refused = program.get("/audit")
    assert problem_of(refused) == (403, "forbidden")
    assert refused.json["detail"].startswith("This key may not do this")
    told = own_api.events("access_denied")[-1]
    assert told["session_hash"] == f"key-{program.headers['X-API-Key'][4:12]}"
