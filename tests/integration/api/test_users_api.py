"""Managing users by API: what it answers, and that it opens nothing that the Users page keeps shut."""

from typing import Any

import pytest
from api_kit import HERE, Api, Client, problem_of
from sqlalchemy import text
from unit.web.web_kit import PASSWORD

from dashboard.access import Permission
from dashboard.accounts import SessionKind
from dashboard.api.models.users import UserAnswer

NEW = {"username": "nora.new", "email": "nora@example.com", "role": "sales_manager", "first_name": "Nora"}
# Fields by which somebody might try to give themselves more than they have.
FORBIDDEN = {name for name in UserAnswer.model_fields if name not in {"first_name", "last_name", "email"}}
FORBIDDEN |= {"password", "password_hash", "verified_at", "version", "totp_secret", "permissions", "scope", "user_id"}
GONE = 987_654
ALL_OF_ADMIN = [permission for permission in Permission if permission.is_administrative]


def user_of(client: Client, user_id: int) -> dict[str, Any]:
    answer = client.get(f"/users/{user_id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def test_a_new_user_is_invited_by_mail_and_nobody_else_sees_the_link(team: Api) -> None:
    admin = team.sign_in("admin")
    answer = admin.post("/users", NEW)
    made = answer.get_json()
    assert (answer.status_code, made["state"], made["active"]) == (201, "invited", True)
    assert (made["role"], made["has_password"], made["is_original_admin"]) == ("sales_manager", False, False)
    assert admin.get(answer.headers["Location"].removeprefix("/api/v1")).get_json() == made
    [mail] = team.mails("invitation")
    token = mail.words["link"].rpartition("/")[2]
    assert mail.recipient == NEW["email"]
    assert len(token) > 40
    again = admin.post(f"/users/{made['id']}/invite")
    assert again.status_code == 200
    assert "invitation" not in answer.text + again.text
    for sent in team.mails("invitation"):
        assert sent.words["link"].rpartition("/")[2] not in answer.text + again.text
    assert team.accounts.invited(token) is None, "the link from before must be dead"
    assert [event["kind"] for event in team.events()][-3:] == ["user_created", "user_invited", "user_invited"]


def test_a_user_who_does_not_fit_is_not_made(team: Api) -> None:
    admin = team.sign_in("admin")
    odd: list[tuple[dict[str, Any], str]] = [
        ({"username": "anna"}, "refused"),
        ({"email": "ANNA@example.com"}, "refused"),
        ({"role": "emperor"}, "refused"),
        ({"role": "no_role"}, "refused"),
        ({"username": "a b"}, "refused"),
        ({"username": "ab"}, "invalid"),
        ({"username": "nora\u0000"}, "invalid"),
        ({"first_name": "N\r\nBcc: all"}, "invalid"),
        ({"last_name": "x" * 101}, "invalid"),
        ({"email": "nora"}, "invalid"),
        ({"email": "nora@example.com\n"}, "invalid"),
        ({"role": None}, "invalid"),
        ({"username": 5}, "invalid"),
    ]
    for change, word in odd:
        assert problem_of(admin.post("/users", {**NEW, **change})) == (400, word), change
    assert admin.get("/users").get_json()["total"] == 5
    assert not team.mails("invitation")


@pytest.mark.promise("ASVS 8.2.3")
@pytest.mark.promise("ASVS 15.3.3")
def test_no_field_sets_what_only_an_act_of_its_own_may_set(team: Api) -> None:
    admin, own = team.sign_in("admin"), team.sign_in("sales_manager")
    target = team.user("sales_manager").id
    before = user_of(admin, target)
    for name in sorted(FORBIDDEN):
        value = True if name not in {"role", "state"} else "admin"
        for answer in (
            admin.patch(f"/users/{target}", {"first_name": "Changed", name: value}),
            own.patch("/me/profile", {"first_name": "Changed", name: value}),
            admin.post("/users", {**NEW, name: value}) if name not in NEW else own.post("/me/profile"),
        ):
            assert answer.status_code in {400, 405}, (name, answer.text)
    assert own.patch("/me/profile", {"email": "mine@example.com"}).status_code == 400
    assert user_of(admin, target) == before
    assert team.accounts.find(NEW["username"]) is None


def test_a_change_leaves_what_it_does_not_name(team: Api) -> None:
    admin, target = team.sign_in("admin"), team.user("sales_manager").id
    before = user_of(admin, target)
    assert admin.patch(f"/users/{target}", {}).get_json() == before
    changed = admin.patch(f"/users/{target}", {"last_name": "Summer", "email": "summer@example.com"}).get_json()
    assert changed == {**before, "last_name": "Summer", "email": "summer@example.com"}
    assert admin.patch(f"/users/{target}", {"last_name": ""}).get_json()["last_name"] == ""
    assert problem_of(admin.patch(f"/users/{target}", {"last_name": None})) == (400, "invalid")


def test_lists_are_searched_sorted_and_paged(team: Api) -> None:
    admin = team.sign_in("admin")

    def names(query: str) -> list[str]:
        answer = admin.get(f"/users?{query}")
        assert answer.status_code == 200, answer.text
        return [user["username"] for user in answer.get_json()["items"]]

    everybody = ["admin", "anna", "helpdesk", "procurement_manager", "sales_manager"]
    assert names("") == everybody
    assert names("descending=true") == everybody[::-1]
    assert names("sort=role&descending=false") == ["admin", "anna", "helpdesk", "procurement_manager", "sales_manager"]
    assert names("limit=2&offset=1") == everybody[1:3]
    assert names("role=admin") == ["admin", "anna"]
    assert names("search=MANAGER&state=active") == ["procurement_manager", "sales_manager"]
    assert names("state=disabled") == []
    assert names("offset=2147483647") == []
    page = admin.get("/users?limit=2&offset=4").get_json()
    assert {name: page[name] for name in ("total", "offset", "limit")} == {"total": 5, "offset": 4, "limit": 2}
    for query in (
        "sort=password_hash",
        "limit=501",
        "descending=1",
        "state=",
        "search=%00",
        "page=2",
        "offset=-1",
        "limit=1_0",
    ):
        assert problem_of(admin.get(f"/users?{query}")) == (400, "invalid"), query


@pytest.mark.promise("ASVS 7.4.2")
def test_a_disabled_user_is_out_at_the_next_request_and_stays_out(team: Api) -> None:
    admin, own = team.sign_in("admin"), team.sign_in("sales_manager")
    target = team.user("sales_manager").id
    assert own.get("/me").status_code == 200
    assert admin.post(f"/users/{target}/disable").get_json()["state"] == "disabled"
    assert problem_of(own.get("/me")) == (401, "not_signed_in")
    enabled = admin.post(f"/users/{target}/enable").get_json()
    assert (enabled["state"], "disable" in enabled["may"], "enable" in enabled["may"]) == ("active", True, False)
    assert own.get("/me").status_code == 401


def test_a_lock_lets_nobody_in_until_it_is_taken_off(team: Api) -> None:
    admin, target = team.sign_in("admin"), team.user("sales_manager").id
    locked = admin.post(f"/users/{target}/lock").get_json()
    assert (locked["state"], locked["locked_by_administrator"], locked["locked_until"]) == ("locked", True, None)
    step = team.accounts.sign_ins.begin("sales_manager", PASSWORD, HERE, kind=SessionKind.API)
    assert step is None
    assert admin.post(f"/users/{target}/unlock").get_json()["state"] == "active"
    team.sign_in("sales_manager")


@pytest.mark.promise("ASVS 8.3.2")
def test_another_role_counts_at_the_next_request(team: Api) -> None:
    admin, own = team.sign_in("admin"), team.sign_in("sales_manager")
    target = team.user("sales_manager").id
    assert own.get("/audit").status_code == 403
    assert admin.put(f"/users/{target}/role", {"role": "auditor"}).get_json()["role"] == "auditor"
    assert own.get("/audit").status_code == 200
    assert admin.put(f"/users/{target}/role", {"role": "no_role"}).status_code == 200
    assert own.get("/audit").status_code == 403
    assert own.get("/me").get_json()["permissions"] == []
    assert problem_of(admin.put(f"/users/{target}/role", {"role": "emperor"})) == (400, "refused")


def test_nobody_acts_on_themselves_or_the_original_admin(team: Api) -> None:
    anna, admin = team.sign_in("anna"), team.sign_in("admin")
    original, herself = team.user("admin").id, team.user("anna").id
    for target in (original, herself):
        name = "admin" if target == original else "anna"
        refusals = [
            anna.post(f"/users/{target}/disable"),
            anna.post(f"/users/{target}/lock"),
            anna.put(f"/users/{target}/role", {"role": "sales_manager"}),
            anna.patch(f"/users/{target}", {"email": "taken.over@example.com"}),
            anna.post(f"/users/{target}/invite"),
            anna.delete(f"/users/{target}?confirm={name}"),
        ]
        assert [problem_of(answer) for answer in refusals] == [(400, "refused")] * 6
        assert set(user_of(anna, target)["may"]).isdisjoint({"edit", "role", "delete", "disable", "lock", "invite"})
    assert admin.put(f"/users/{original}/role", {"role": "sales_manager"}).status_code == 400
    assert user_of(admin, original)["role"] == "admin"
    assert not team.mails("invitation")


def test_the_last_admin_who_can_sign_in_stays(team: Api) -> None:
    admin, target = team.sign_in("admin"), team.user("anna").id
    with team.accounts.engine.begin() as connection:
        connection.execute(text("UPDATE users SET password_hash = NULL WHERE username = 'admin'"))
    for answer in (
        admin.post(f"/users/{target}/disable"),
        admin.post(f"/users/{target}/lock"),
        admin.put(f"/users/{target}/role", {"role": "helpdesk"}),
        admin.delete(f"/users/{target}?confirm=anna"),
    ):
        assert problem_of(answer) == (400, "refused")
        assert "The last Admin cannot be" in answer.get_json()["detail"]


def test_nobody_manages_those_who_can_do_more(team: Api) -> None:
    helpdesk, target = team.sign_in("helpdesk"), team.user("anna").id
    assert problem_of(helpdesk.post(f"/users/{target}/disable")) == (400, "refused")
    assert problem_of(helpdesk.post("/users", {**NEW, "role": "admin"})) == (400, "refused")
    own = team.user("helpdesk").id
    assert problem_of(helpdesk.put(f"/users/{own}/role", {"role": "admin"})) == (400, "refused")
    assert user_of(helpdesk, target)["may"] == []
    assert problem_of(helpdesk.get(f"/users/{target}/sessions")) == (403, "forbidden")


@pytest.mark.promise("ASVS 7.5.1")
def test_what_lets_somebody_in_needs_a_fresh_sign_in(team: Api) -> None:
    admin, target = team.sign_in("admin"), team.user("sales_manager").id
    admin.post(f"/users/{target}/disable")
    assert team.clock
    team.clock.forward(minutes=6)
    for answer in (
        admin.post("/users", NEW),
        admin.patch(f"/users/{target}", {"first_name": "Sam"}),
        admin.put(f"/users/{target}/role", {"role": "admin"}),
        admin.post(f"/users/{target}/enable"),
        admin.post(f"/users/{target}/invite"),
        admin.delete(f"/users/{target}?confirm=sales_manager"),
    ):
        assert problem_of(answer) == (403, "not_fresh")
    assert user_of(admin, target)["state"] == "disabled"
    other = team.user("procurement_manager").id
    assert admin.post(f"/users/{other}/disable").status_code == 200, "shutting somebody out is never put off"


def test_an_api_key_is_never_fresh_and_has_no_more_than_its_scopes(team: Api) -> None:
    whole, narrow = team.with_key("admin", *ALL_OF_ADMIN), team.with_key("admin", Permission.USERS_MANAGE)
    target = team.user("sales_manager").id
    assert problem_of(whole.post("/users", NEW)) == (403, "not_fresh")
    assert problem_of(whole.put(f"/users/{target}/role", {"role": "no_role"})) == (403, "not_fresh")
    assert problem_of(whole.delete(f"/users/{target}?confirm=sales_manager")) == (403, "not_fresh")
    assert problem_of(narrow.post(f"/users/{target}/disable")) == (400, "refused"), "it cannot see what they see"
    assert problem_of(narrow.get(f"/users/{target}/sessions")) == (403, "forbidden")
    assert whole.post(f"/users/{target}/disable").get_json()["state"] == "disabled"
    assert team.events("user_disabled")[-1]["actor"] == "admin"


def test_deleting_takes_the_user_name_for_a_confirmation(team: Api) -> None:
    admin, target = team.sign_in("admin"), team.user("sales_manager").id
    assert problem_of(admin.delete(f"/users/{target}")) == (400, "invalid")
    assert problem_of(admin.delete(f"/users/{target}?confirm=anna")) == (400, "refused")
    gone = admin.delete(f"/users/{target}?confirm=sales_manager")
    assert (gone.status_code, gone.data) == (204, b"")
    assert problem_of(admin.get(f"/users/{target}")) == (404, "not_found")
    assert team.events()[-1]["kind"] == "user_deleted"


def test_sessions_of_others_end_one_by_one_and_together(team: Api) -> None:
    admin, target = team.sign_in("admin"), team.user("sales_manager").id
    first, second, third = (team.sign_in("sales_manager") for _ in range(3))
    listed = admin.get(f"/users/{target}/sessions").get_json()
    assert (listed["total"], {one["kind"] for one in listed["items"]}) == (3, {"api"})
    name = first.get("/me/sessions").get_json()["items"]
    mine = next(one["session"] for one in name if one["current"])
    assert admin.delete(f"/users/{target}/sessions/{mine}").status_code == 204
    assert problem_of(admin.delete(f"/users/{target}/sessions/{mine}")) == (404, "not_found")
    assert [client.get("/me").status_code for client in (first, second, third)] == [401, 200, 200]
    own = admin.get("/me/sessions").get_json()["items"][0]["session"]
    assert problem_of(admin.delete(f"/users/{target}/sessions/{own}")) == (404, "not_found"), "of another user"
    assert admin.delete(f"/users/{target}/sessions").get_json() == {"ended": 2}
    assert [client.get("/me").status_code for client in (second, third, admin)] == [401, 401, 200]


@pytest.mark.promise("ASVS 8.2.2")
def test_who_is_not_there_is_not_found(team: Api) -> None:
    admin = team.sign_in("admin")
    session = "0" * 12
    asked: list[tuple[str, str, Any]] = [
        ("GET", "", None),
        ("PATCH", "", {"first_name": "N"}),
        ("DELETE", "?confirm=nobody", None),
        ("PUT", "/role", {"role": "sales_manager"}),
        *(("POST", f"/{act}", None) for act in ("disable", "enable", "lock", "unlock", "invite")),
        ("GET", "/sessions", None),
        ("DELETE", "/sessions", None),
        ("DELETE", f"/sessions/{session}", None),
    ]
    for user_id in (GONE, 0, 2**31, 10**30):
        for method, rest, body in asked:
            answer = admin.call(method, f"/users/{user_id}{rest}", body)
            assert problem_of(answer) == (404, "not_found"), (method, user_id, rest)
    for odd in ("-1", "1.0", "one", "%00", "1%2F2"):
        assert admin.get(f"/users/{odd}").status_code in {404, 405}
    for odd in ("", "x", "g" * 12, "0" * 64, "%25", "%00"):
        assert admin.delete(f"/users/1/sessions/{odd}").status_code in {404, 405}, odd
