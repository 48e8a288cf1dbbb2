"""The Users page: what it lists, what it offers, and what becomes of wishes, however they are made up."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from admin_kit import GOOD, HERE, People
from sqlalchemy import update

from dashboard.access import Forbidden, Permission, Role
from dashboard.accounts import NewApiKey, NotFreshError
from dashboard.accounts.federation_terms import Identity
from dashboard.accounts.models import api_keys
from dashboard.ui.admin_parts import FURTHEST, ROWS, Paging, offset, paging, whole
from dashboard.ui.users_actions import ACTIONS, act, create
from dashboard.ui.users_list import COLUMNS, STATES, list_data, requests_data

NOISE: list[Any] = [None, 7, -1, 3.5, True, [], {}, "x" * 5000, "\x00", ["a"], {"do": []}, {"do": "show"}, {"id": 1}]


def names(data: dict[str, Any]) -> list[str]:
    return [row[0][1] for row in data["rows"]]


def offers(answer: dict[str, Any]) -> set[str]:
    return {action for action, _ in answer["user"]["offers"]}


def test_the_list_is_sorted_searched_and_filtered_by_the_server(people: People) -> None:
    people.add("zoe", "sales_manager", password=None)
    people.change("petra", active=False)
    ada = people.caller("ada")
    assert names(list_data(ada, None, None, None, None)) == ["ada", "bert", "nora", "petra", "zoe"]
    backwards = list_data(ada, "", "*", "*", {"sort": "username", "descending": True, "of": ["", "", ""]})
    assert names(backwards) == ["zoe", "petra", "nora", "bert", "ada"]
    assert names(list_data(ada, "OR", "", "", None)) == ["nora"]
    assert names(list_data(ada, "", "admin", "", None)) == ["ada", "bert"]
    assert names(list_data(ada, "", "", "disabled", None)) == ["petra"]
    assert names(list_data(ada, "", "", "invited", None)) == ["zoe"]
    by_role = names(list_data(ada, "", "", "", {"sort": "role"}))
    assert by_role == ["ada", "bert", "petra", "nora", "zoe"]


def test_a_page_counts_only_for_the_filters_it_was_made_for(people: People) -> None:
    for number in range(ROWS):
        people.add(f"clerk{number:02}", password=None)
    ada = people.caller("ada")
    second = list_data(ada, "", "", "", {"offset": ROWS, "of": ["", "", ""]})
    assert (second["offset"], second["found"], len(second["rows"])) == (ROWS, ROWS + 4, 4)
    assert list_data(ada, "clerk", "", "", {"offset": ROWS, "of": ["", "", ""]})["offset"] == 0
    assert list_data(ada, "", "", "", {"offset": 10_000, "of": ["", "", ""]})["offset"] == 0


@pytest.mark.parametrize("state", STATES)
def test_every_state_that_is_offered_is_known(people: People, state: str) -> None:
    assert list_data(people.caller("ada"), "", "", state, None)["of"][2] == state


@pytest.mark.promise("ASVS 2.2.1")
@pytest.mark.parametrize("noise", NOISE)
def test_whatever_the_browser_sends_is_no_error(people: People, noise: Any) -> None:
    ada = people.caller("ada")
    assert list_data(ada, noise, noise, noise, noise)["columns"] == COLUMNS
    assert requests_data(ada, noise)["found"] == 0
    assert set(act(ada, noise)) & {"error", "user"}
    for do in ACTIONS:
        assert set(act(ada, {"do": do, "id": noise, "request": noise, "session": noise, "role": noise})) & {
            "error",
            "user",
        }
    assert create(ada, (noise,) * 5)["create"] is True


def test_checked_values() -> None:
    assert [offset(value) for value in (5, -1, True, "5", 10**9)] == [5, 0, 0, 0, FURTHEST]
    assert [whole(value) for value in ("12", "-1", "٣", "9" * 50, 7, True, None)] == [12, 0, 0, 0, 7, 0, 0]
    assert paging({"sort": "password_hash"}, (), COLUMNS) == Paging("username", False, 0)


def test_what_is_offered_is_what_would_be_done(people: People) -> None:
    ada, bert = people.caller("ada"), people.caller("bert")
    other = act(ada, {"do": "show", "id": people.id("nora")})
    assert offers(other) == {"edit", "role", "invite", "end_sessions", "reset_factors", "lock", "disable", "delete"}
    original = act(bert, {"do": "show", "id": people.id("ada")})
    assert not offers(original) & {"edit", "role", "delete", "disable", "lock", "invite", "reset_factors"}
    assert "original Admin" in original["user"]["note"]
    own = act(bert, {"do": "show", "id": people.id("bert")})
    assert not offers(own) & {"edit", "role", "delete", "disable", "lock"}
    assert "This is you" in own["user"]["note"]


@pytest.mark.promise("guards of the original and the last Admin")
@pytest.mark.parametrize(
    "wish",
    [
        {"do": "role", "role": "sales_manager"},
        {"do": "delete", "confirmation": "ada"},
        {"do": "disable"},
        {"do": "lock"},
        {"do": "edit", "first_name": "X", "last_name": "Y", "email": "x@example.com"},
        {"do": "reset_factors"},
    ],
    ids=lambda wish: wish["do"],
)
def test_the_original_admin_is_guarded_and_the_refusal_says_so(people: People, wish: dict[str, Any]) -> None:
    before = people.accounts.user(people.id("ada"))
    answer = act(people.caller("bert"), {**wish, "id": people.id("ada")})
    assert "original Admin" in answer["error"]
    assert answer["user"]["username"] == "ada"
    assert people.accounts.user(people.id("ada")) == before


def test_an_admin_acts_on_a_user(people: People) -> None:
    ada, nora = people.caller("ada"), people.id("nora")
    edited = act(ada, {"do": "edit", "id": nora, "first_name": "Nora", "last_name": "North", "email": "n@example.com"})
    assert edited["message"] == "Saved."
    assert dict(edited["user"]["facts"])["Name"] == "Nora North"
    assert "Procurement Manager" in act(ada, {"do": "role", "id": nora, "role": "procurement_manager"})["message"]
    assert act(ada, {"do": "lock", "id": nora})["user"]["state"] == "locked by an administrator"
    assert act(ada, {"do": "unlock", "id": nora})["user"]["state"] == "active"
    assert act(ada, {"do": "disable", "id": nora})["user"]["state"] == "disabled"
    assert act(ada, {"do": "enable", "id": nora})["user"]["state"] == "active"
    assert act(ada, {"do": "invite", "id": nora})["invitation"].startswith("/invitation/")
    refused = act(ada, {"do": "delete", "id": nora, "confirmation": "norra"})
    assert refused["error"]
    assert refused["user"]["id"] == nora
    deleted = act(ada, {"do": "delete", "id": nora, "confirmation": "nora"})
    assert "user" not in deleted
    assert "nora was deleted" in deleted["message"]
    assert people.accounts.find("nora") is None


def test_sessions_are_listed_in_words_and_ended_one_by_one(people: People) -> None:
    ada, nora = people.caller("ada"), people.id("nora")
    tokens = [people.accounts.start_session(nora, HERE) for _ in range(2)]
    shown = act(ada, {"do": "show", "id": nora})["user"]["sessions"]
    assert [session["device"] for session in shown] == ["Firefox on Linux"] * 2
    assert "192.0.2.7" in shown[0]["where"]
    left = act(ada, {"do": "end_one", "id": nora, "session": shown[0]["session"]})["user"]["sessions"]
    assert [session["session"] for session in left] == [shown[1]["session"]]
    assert sum(people.accounts.load_session(token, touch=False) is not None for token in tokens) == 1
    assert act(ada, {"do": "end_sessions", "id": nora})["message"] == "1 session ended."


@pytest.mark.promise("ASVS 7.5.1")
@pytest.mark.parametrize("do", ["edit", "role", "delete", "reset_factors", "approve", "refuse"])
def test_sensitive_changes_need_a_fresh_sign_in(people: People, do: str) -> None:
    request = people.ask("nora", "procurement_manager")
    wish = {
        "do": do,
        "id": people.id("nora"),
        "request": request,
        "reason": "no",
        "role": "admin",
        "confirmation": "nora",
    }
    wish |= {"email": "nora@example.com", "first_name": "N", "last_name": "N"}
    with pytest.raises(NotFreshError):
        act(people.caller("ada", fresh=False), wish)


@pytest.mark.parametrize("do", ["lock", "disable", "end_sessions"])
def test_what_is_urgent_does_not(people: People, do: str) -> None:
    assert act(people.caller("ada", fresh=False), {"do": do, "id": people.id("nora")})["message"]


def test_requests_are_approved_and_refused_in_place(people: People) -> None:
    ada = people.caller("ada")
    wanted, other = people.ask("nora", "procurement_manager"), people.ask("petra", "sales_manager")
    shown = requests_data(ada, 0)
    assert [(row["username"], row["role"], row["why_not"]) for row in shown["rows"]] == [
        ("nora", "Procurement Manager", ""),
        ("petra", "Sales Manager", ""),
    ]
    approved = act(ada, {"do": "approve", "id": people.id("nora"), "request": wanted})
    assert dict(approved["user"]["facts"])["Role"] == "Procurement Manager"
    petra = people.id("petra")
    assert "Say why" in act(ada, {"do": "refuse", "id": petra, "request": other, "reason": " "})["error"]
    assert "Say why" in act(ada, {"do": "refuse", "id": petra, "request": other, "reason": "x" * 501})["error"]
    assert act(ada, {"do": "refuse", "id": petra, "request": other, "reason": "Not yet."})["message"]
    assert requests_data(ada, 0)["found"] == 0
    assert act(ada, {"do": "approve", "id": petra, "request": other})["error"]


@pytest.mark.promise("nobody approves their own request")
def test_nobody_decides_their_own_request(people: People) -> None:
    request = people.ask("bert", "sales_manager")
    bert = people.caller("bert")
    assert requests_data(bert, 0)["rows"][0]["why_not"] == "Your own request: another administrator has to decide it."
    assert act(bert, {"do": "show", "id": people.id("bert")})["user"]["request"]["may_decide"] is False
    assert act(bert, {"do": "approve", "id": people.id("bert"), "request": request})["error"]
    assert people.accounts.user(people.id("bert")).role == "admin"


def test_sessions_need_their_own_right(people: People) -> None:
    role = Role(
        "helpdesk",
        "Helpdesk",
        frozenset({Permission.USERS_MANAGE, Permission.MEASURE_UNITS, Permission.MEASURE_REVENUE}),
    )
    people.accounts.role_book.define(role, people.caller("ada").actor)
    people.add("hilda", "helpdesk")
    people.accounts.start_session(people.id("nora"), HERE)
    hilda = people.caller("hilda")
    shown = act(hilda, {"do": "show", "id": people.id("nora")})
    assert shown["user"]["sessions"] == []
    assert "end_sessions" not in offers(shown)
    assert shown["user"]["links"] == []
    for wish in ({"do": "end_sessions"}, {"do": "end_one", "session": "x"}):
        with pytest.raises(Forbidden):
            act(hilda, {**wish, "id": people.id("nora")})


def test_a_new_user_gets_a_link_and_nobody_else_the_password(people: People) -> None:
    made = create(people.caller("ada"), ("olga", "olga@example.com", "Olga", "Ost", "sales_manager"))
    assert made["created"] is True
    assert made["user"]["state"] == "invited"
    assert made["invitation"].startswith("/invitation/")
    taken = create(people.caller("ada"), ("OLGA", "other@example.com", "Olga", "Ost", "sales_manager"))
    assert taken["create"] is True
    assert "taken" in taken["error"]


def test_an_unverified_address_can_be_vouched_for(people: People) -> None:
    people.add("vera", verified_at=None)
    ada, vera = people.caller("ada"), people.id("vera")
    shown = act(ada, {"do": "show", "id": vera})
    assert shown["user"]["state"] == "mail not verified"
    assert "verify" in offers(shown)
    done = act(ada, {"do": "verify", "id": vera})
    assert done["user"]["state"] == "active"
    assert "verify" not in offers(done)
    assert people.accounts.authenticate("vera", GOOD, HERE) is not None


@pytest.mark.promise("ASVS 8.2.2")
def test_a_page_that_shows_a_deleted_user_does_nothing_to_whoever_got_their_number(people: People) -> None:
    nora = people.id("nora")
    ada = people.caller("ada")
    answer = act(ada, {"do": "disable", "id": nora, "name": "somebody.deleted"})
    assert "Reload the page" in answer["error"]
    assert people.accounts.user(nora).active
    assert "error" not in act(ada, {"do": "disable", "id": nora, "name": "nora"})
    assert not people.accounts.user(nora).active


def test_an_admin_sees_by_whom_somebody_signs_in_and_which_keys_have_ended(
    people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, nora = people.caller("ada"), people.caller("nora")
    units = frozenset({Permission.MEASURE_UNITS})
    old, _ = people.accounts.keys.make(NewApiKey("Old till", units, 3), nora.actor)
    people.accounts.keys.make(NewApiKey("New till", units, 3), nora.actor)
    now = datetime.now(UTC)
    with people.accounts.engine.begin() as connection:
        connection.execute(update(api_keys).where(api_keys.c.id == old.id).values(expires_at=now - timedelta(days=1)))
    ways = (Identity(1, "company", "Example Corp", now, None),)
    monkeypatch.setattr(people.accounts.federation, "of", lambda user_id: ways if user_id == people.id("nora") else ())
    shown = act(ada, {"do": "show", "id": people.id("nora")})["user"]
    assert dict(shown["facts"])["Signs in with"] == "Example Corp"
    assert {key["name"]: " ended " in key["words"] for key in shown["keys"]} == {"Old till": True, "New till": False}
    assert "Signs in with" not in dict(act(ada, {"do": "show", "id": people.id("petra")})["user"]["facts"])
