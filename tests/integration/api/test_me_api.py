"""One's own account by API: what can be read and changed, and what needs more than a token."""

from typing import Any

import pytest
from api_kit import HERE, Api, Client, problem_of
from unit.web.web_kit import PASSWORD

NEXT = "brass kettle under moon 1234"


def test_a_profile_changes_where_it_is_named(team: Api) -> None:
    own = team.sign_in("sales_manager")
    before = own.get("/me/profile").get_json()
    assert before == {
        "username": "sales_manager",
        "email": team.user("sales_manager").email,
        "verified": True,
        "first_name": before["first_name"],
        "last_name": before["last_name"],
        "date_of_birth": None,
    }
    assert own.patch("/me/profile", {}).get_json() == before
    changed = own.patch("/me/profile", {"first_name": " Sam ", "date_of_birth": "1980-02-29"}).get_json()
    assert changed == {**before, "first_name": "Sam", "date_of_birth": "1980-02-29"}
    assert own.patch("/me/profile", {"last_name": "Summer"}).get_json() == {**changed, "last_name": "Summer"}
    assert own.get("/me").get_json()["name"] == "Sam Summer"
    forgotten = own.patch("/me/profile", {"date_of_birth": None})
    assert problem_of(forgotten) == (400, "refused"), "recovery asks for it"


@pytest.mark.promise("ASVS 15.3.5")
def test_odd_values_change_nothing(team: Api) -> None:
    own = team.sign_in("sales_manager")
    before = own.get("/me/profile").get_json()
    odd: list[tuple[dict[str, Any], str]] = [
        ({"first_name": "a\u0000b"}, "invalid"),
        ({"first_name": "a\x1b[2J"}, "invalid"),
        ({"first_name": "x" * 101}, "invalid"),
        ({"first_name": None}, "invalid"),
        ({"first_name": ["a"]}, "invalid"),
        ({"last_name": "\u202e"}, "refused"),
        ({"date_of_birth": "1980-02-30"}, "invalid"),
        ({"date_of_birth": 0}, "invalid"),
        ({"date_of_birth": "315532800"}, "invalid"),
        ({"date_of_birth": "1980-02-29T00:00:00"}, "invalid"),
        ({"date_of_birth": "29.02.1980"}, "invalid"),
        ({"date_of_birth": "9999-12-31"}, "refused"),
        ({"date_of_birth": "0001-01-01"}, "refused"),
        ({"email": "mine@example.com"}, "invalid"),
        ({"username": "admin"}, "invalid"),
    ]
    for change, word in odd:
        assert problem_of(own.patch("/me/profile", change)) == (400, word), change
    raw = own.call("PATCH", "/me/profile", data=b'{"first_name": "\\ud800"}', content_type="application/json")
    assert problem_of(raw) == (400, "invalid")
    assert own.get("/me/profile").get_json() == before


@pytest.mark.promise("ASVS 7.4.3")
def test_a_new_password_ends_every_other_sign_in(team: Api) -> None:
    own, other = team.sign_in("sales_manager"), team.sign_in("sales_manager")
    wrong = own.post("/me/password", {"current": "wrong", "new": NEXT})
    assert problem_of(wrong) == (400, "refused")
    for short in ("", "short", "x" * 1025):
        assert own.post("/me/password", {"current": PASSWORD, "new": short}).status_code == 400
    assert other.get("/me").status_code == 200
    changed = own.post("/me/password", {"current": PASSWORD, "new": NEXT})
    assert (changed.status_code, changed.get_json()) == (200, {"ended": 1})
    assert [client.get("/me").status_code for client in (own, other)] == [200, 401]
    assert team.accounts.authenticate("sales_manager", NEXT, HERE) is not None
    assert NEXT not in changed.text + wrong.text


@pytest.mark.promise("ASVS 6.3.1")
def test_wrong_current_passwords_lock_the_account(team: Api) -> None:
    own = team.sign_in("sales_manager")
    for _ in range(5):
        assert problem_of(own.post("/me/password", {"current": "wrong", "new": NEXT})) == (400, "refused")
    assert team.user("sales_manager").state == "locked"
    assert problem_of(own.post("/me/password", {"current": PASSWORD, "new": NEXT})) == (400, "refused")


@pytest.mark.promise("ASVS 7.5.1")
def test_the_password_and_the_date_of_birth_need_a_fresh_sign_in(team: Api) -> None:
    own = team.sign_in("sales_manager")
    assert team.clock
    team.clock.forward(minutes=6)
    assert problem_of(own.post("/me/password", {"current": PASSWORD, "new": NEXT})) == (403, "not_fresh")
    assert problem_of(own.patch("/me/profile", {"date_of_birth": "1980-02-29"})) == (403, "not_fresh")
    assert own.patch("/me/profile", {"first_name": "Sam"}).status_code == 200


@pytest.mark.promise("ASVS 7.5.2")
def test_own_sessions_are_listed_and_ended(team: Api) -> None:
    one, two, three = (team.sign_in("sales_manager") for _ in range(3))
    stranger = team.sign_in("procurement_manager")
    first, second, foreign = map(_current, (one, two, stranger))
    listed = one.get("/me/sessions?limit=2").get_json()
    assert (listed["total"], len(listed["items"]), listed["limit"]) == (3, 2, 2)
    assert problem_of(one.delete(f"/me/sessions/{foreign}")) == (404, "not_found")
    assert one.delete(f"/me/sessions/{second}").status_code == 204
    assert [client.get("/me").status_code for client in (one, two, three, stranger)] == [200, 401, 200, 200]
    assert one.delete("/me/sessions").get_json() == {"ended": 1}
    assert [client.get("/me").status_code for client in (one, three, stranger)] == [200, 401, 200]
    assert one.delete(f"/me/sessions/{first}").status_code == 204, "one's own is a sign-out"
    assert one.get("/me").status_code == 401


def test_a_role_is_asked_for_and_nothing_is_granted(team: Api) -> None:
    own = team.sign_in("sales_manager")
    assert own.get("/me/role-request").get_json() == {"request": None}
    assert problem_of(own.put("/me/role-request", {"role": "sales_manager"})) == (400, "refused")
    assert problem_of(own.put("/me/role-request", {"role": "emperor"})) == (400, "refused")
    asked = own.put("/me/role-request", {"role": "admin"}).get_json()["request"]
    assert (asked["role"], asked["state"]) == ("admin", "open")
    assert own.get("/me").get_json()["role"] == "sales_manager"
    assert own.delete("/me/role-request").status_code == 204
    assert own.delete("/me/role-request").status_code == 204
    assert own.get("/me/role-request").get_json()["request"]["state"] == "withdrawn"


def test_own_events_are_the_callers_only_and_paged(team: Api) -> None:
    own, admin = team.sign_in("sales_manager"), team.sign_in("admin")
    admin.post(f"/users/{team.user('sales_manager').id}/lock")
    page = own.get("/me/events?limit=1").get_json()
    [event] = page["items"]
    assert (event["kind"], event["actor"], event["ip"], event["session"]) == ("user_locked", "admin", "", "")
    everything = own.get("/me/events?limit=100").get_json()
    assert everything["total"] == page["total"] == len(everything["items"])
    assert {one["actor"] for one in everything["items"]} <= {"sales_manager", "admin", "operator"}
    assert "helpdesk" not in {one["target"] for one in everything["items"]}
    assert own.get("/me/events?limit=101").status_code == 400


def _current(client: Client) -> str:
    found = client.get("/me/sessions").get_json()["items"]
    return str(next(one["session"] for one in found if one["current"]))
