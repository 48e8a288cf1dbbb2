"""The Roles page: the matrix tells what the policy does, and the editor makes what was typed, and no more."""

from typing import Any

import pytest
from admin_kit import PAGES, People
from hypothesis import given
from hypothesis import strategies as st

from dashboard.access import Permission, Role, Scope, allows
from dashboard.accounts import NotFreshError
from dashboard.sales.measures import MEASURES
from dashboard.ui.admin_parts import scope_words
from dashboard.ui.roles_editor import act, list_data
from dashboard.ui.roles_matrix import found_data, matrix_data

NORTH = {
    "do": "save",
    "new": True,
    "key": "",
    "name": "Sales North",
    "permissions": ["measure:revenue"],
    "scope": {"region": ["North", " "]},
}


def test_the_matrix_says_what_the_policy_says(people: People) -> None:
    matrix = matrix_data(people.caller("ada"))
    roles = list(people.accounts.roles)
    assert [(column["key"], column["holders"]) for column in matrix["roles"]] == [
        ("procurement_manager", 1),
        ("sales_manager", 1),
        ("admin", 2),
        ("no_role", 0),
    ]
    needs = {page.name: page.permission for page in PAGES}
    needs |= {measure.name: measure.permission for measure in MEASURES.values()}
    needs |= {permission.value: permission for permission in Permission}
    assert [row["name"] for row in matrix["rows"]] == list(needs)
    for row in matrix["rows"]:
        needed = needs[row["name"]]
        for role, shown in zip(roles, row["cells"], strict=True):
            assert shown == (needed is None or allows(role.viewer(1, "x"), needed)), (row["name"], role.key)


def test_the_rows_of_a_role_are_told(people: People) -> None:
    act(people.caller("ada"), NORTH)
    seen = {column["key"]: column["scope"] for column in matrix_data(people.caller("ada"))["roles"]}
    assert seen == {
        "procurement_manager": "all rows",
        "sales_manager": "all rows",
        "admin": "no figures",
        "no_role": "no figures",
        "sales_north": "region North",
    }


def test_a_role_is_made_changed_and_removed(people: People) -> None:
    ada = people.caller("ada")
    made = act(ada, NORTH)
    assert made["key"] == "sales_north"
    assert people.accounts.roles["sales_north"] == Role(
        "sales_north", "Sales North", frozenset({Permission.MEASURE_REVENUE}), Scope(region=frozenset({"North"}))
    )
    again = act(ada, NORTH)
    assert "already" in again["error"]
    act(ada, {**NORTH, "new": False, "key": "sales_north", "permissions": [], "scope": {"region": []}})
    assert people.accounts.roles["sales_north"].permissions == frozenset()
    assert people.accounts.roles["sales_north"].scope == Scope(region=frozenset())
    people.accounts.administration.change_role(people.id("nora"), "sales_north", ada.actor)
    assert act(ada, {"do": "remove", "key": "sales_north"})["error"]
    people.accounts.administration.change_role(people.id("nora"), "sales_manager", ada.actor)
    assert act(ada, {"do": "remove", "key": "sales_north"})["key"] == ""
    assert "sales_north" not in people.accounts.roles


def test_the_list_tells_own_roles_from_others(people: People) -> None:
    act(people.caller("ada"), NORTH)
    data = list_data(people.caller("ada"))
    assert {row[1]: row[2] for row in data["rows"]}["sales_north"] == "here"
    assert {key: role["own"] for key, role in data["roles"].items()} == {
        "procurement_manager": False,
        "sales_manager": False,
        "admin": False,
        "no_role": False,
        "sales_north": True,
    }
    assert data["roles"]["sales_north"]["scope"] == {"region": ["North"], "category": None, "channel": None}


@pytest.mark.parametrize("key", ["admin", "sales_manager", "no_role"])
def test_a_built_in_role_cannot_be_changed(people: People, key: str) -> None:
    before = people.accounts.roles[key]
    for new in (True, False):
        assert act(people.caller("ada"), {**NORTH, "key": key, "new": new})["error"]
    assert act(people.caller("ada"), {"do": "remove", "key": key})["error"]
    assert people.accounts.roles[key] == before


@pytest.mark.promise("ASVS 2.2.1")
@pytest.mark.parametrize(
    "change",
    [
        {"permissions": None},
        {"permissions": "measure:units"},
        {"permissions": ["measure:profit"]},
        {"permissions": [["measure:units"]]},
        {"scope": {"region": "North"}},
        {"scope": {"region": [1]}},
        {"scope": {"region": ["x" * 300]}},
        {"scope": {"region": [str(n) for n in range(300)]}},
        {"key": "Sales North"},
        {"name": ""},
        {"name": 7},
        {"do": "explode"},
        {"do": ["save"]},
    ],
    ids=str,
)
def test_what_is_no_role_is_refused_in_words(people: People, change: dict[str, Any]) -> None:
    before = list(people.accounts.roles)
    assert act(people.caller("ada"), {**NORTH, **change})["error"]
    assert list(people.accounts.roles) == before


def test_changing_roles_needs_a_fresh_sign_in(people: People) -> None:
    for wish in (NORTH, {"do": "remove", "key": "x"}):
        with pytest.raises(NotFreshError):
            act(people.caller("ada", fresh=False), wish)


def test_one_user_is_explained(people: People) -> None:
    ada = people.caller("ada")
    act(ada, NORTH)
    people.accounts.administration.change_role(people.id("nora"), "sales_north", ada.actor)
    found = found_data(ada, {"search": "nor"})
    assert found == {"matches": [[people.id("nora"), "nora", "Nora Test"]], "found": 1}
    user = found_data(ada, {"id": people.id("nora")})["user"]
    assert (user["role"], user["scope"], user["usable"]) == ("Sales North", "region North", True)
    groups = dict(user["groups"])
    assert groups["Pages"] == [["Revenue", "by measure:revenue"], ["Account", "as everybody"]]
    assert ["Net sales", "by measure:revenue"] in groups["Figures"]
    assert ["Net units", "by measure:units"] not in groups["Figures"]
    people.change("nora", active=False)
    assert found_data(ada, {"id": people.id("nora")})["user"]["usable"] is False


def test_who_may_not_manage_users_looks_nobody_up(people: People) -> None:
    role = Role("architect", "Architect", frozenset({Permission.ROLES_MANAGE}))
    people.accounts.role_book.define(role, people.caller("ada").actor)
    people.add("arno", "architect")
    for wish in ({"search": "nora"}, {"id": people.id("nora")}):
        answer = found_data(people.caller("arno"), wish)
        assert set(answer) == {"error"}
        assert "nora" not in answer["error"]


@pytest.mark.parametrize("wish", [None, 7, [], {}, {"search": 3}, {"id": "x"}, {"search": "  "}])
def test_nothing_typed_finds_nothing(people: People, wish: Any) -> None:
    assert found_data(people.caller("ada"), wish) == {}


@given(st.sets(st.text(min_size=1, max_size=5), max_size=3))
def test_a_scope_in_words_names_every_value(values: set[str]) -> None:
    words = scope_words(Scope(region=frozenset(values)))
    assert all(value in words for value in values)
    assert ("no row" in words) == (not values)
    assert scope_words(Scope()) == "all rows"
