"""Roles by API: read by everybody who may ask for one, made by those who manage them, never beyond their own rights."""

from typing import Any

import pytest
from api_kit import Api, problem_of

EVERYTHING = {"region": None, "category": None, "channel": None}
BUYER = {"name": "Buyer", "permissions": ["measure:units"], "scope": {**EVERYTHING, "region": ["North", "Süd"]}}


@pytest.mark.promise("ASVS 8.3.2")
def test_a_role_is_made_given_changed_and_removed(team: Api) -> None:
    admin, own = team.sign_in("admin"), team.sign_in("sales_manager")
    made = admin.put("/roles/buyer", BUYER)
    assert (made.status_code, made.get_json()) == (200, {"key": "buyer", **BUYER, "own": True, "holders": 0})
    admin.put(f"/users/{team.user('sales_manager').id}/role", {"role": "buyer"})
    me = own.get("/me").get_json()
    assert (me["role_name"], me["permissions"], me["scope"]) == ("Buyer", BUYER["permissions"], BUYER["scope"])
    admin.put("/roles/buyer", {**BUYER, "permissions": [], "scope": {**EVERYTHING, "region": []}})
    me = own.get("/me").get_json()
    assert (me["permissions"], me["scope"]["region"]) == ([], [])
    assert problem_of(admin.delete("/roles/buyer")) == (400, "refused"), "somebody has it"
    admin.put(f"/users/{team.user('sales_manager').id}/role", {"role": "sales_manager"})
    assert admin.delete("/roles/buyer").status_code == 204
    assert problem_of(admin.delete("/roles/buyer")) == (404, "not_found")


def test_everybody_sees_what_roles_grant_and_only_those_who_manage_see_numbers(team: Api) -> None:
    seen = {name: team.sign_in(name).get("/roles").get_json() for name in ("sales_manager", "helpdesk", "admin")}
    keys = [role["key"] for role in seen["admin"]["items"]]
    assert {"admin", "no_role", "helpdesk", "sales_manager"} <= set(keys)
    assert seen["admin"]["total"] == len(keys)
    assert {role["holders"] for role in seen["sales_manager"]["items"]} == {None}
    assert {role["key"]: role["holders"] for role in seen["helpdesk"]["items"]}["admin"] == 2
    assert not any(role["own"] for role in seen["admin"]["items"])
    page = team.sign_in("admin").get("/roles?offset=1&limit=2").get_json()
    assert [role["key"] for role in page["items"]] == keys[1:3]


def test_a_role_that_does_not_fit_is_refused(team: Api) -> None:
    admin = team.sign_in("admin")
    odd: list[tuple[dict[str, Any], str]] = [
        ({"name": ""}, "invalid"),
        ({"name": "   "}, "refused"),
        ({"name": "admin"}, "refused"),
        ({"name": "a\u0000"}, "invalid"),
        ({"permissions": ["measure:everything"]}, "invalid"),
        ({"permissions": "measure:units"}, "invalid"),
        ({"permissions": ["measure:units"] * 100}, "invalid"),
        ({"scope": {}}, "invalid"),
        ({"scope": {"region": ["North"]}}, "invalid"),
        ({"scope": {**EVERYTHING, "customer": ["x"]}}, "invalid"),
        ({"scope": {**EVERYTHING, "region": [""]}}, "invalid"),
        ({"scope": {**EVERYTHING, "region": ["x"] * 201}}, "invalid"),
        ({"key": "other"}, "invalid"),
    ]
    for change, word in odd:
        assert problem_of(admin.put("/roles/buyer", {**BUYER, **change})) == (400, word), change
    assert problem_of(admin.put("/roles/buyer", {"name": "Buyer", "permissions": []})) == (400, "invalid")
    for key in ("Buyer", "b", "1a", "a-b", "a" * 65):
        assert problem_of(admin.put(f"/roles/{key}", BUYER)) == (404, "not_found")
    for key in ("admin", "no_role", "helpdesk"):
        assert problem_of(admin.put(f"/roles/{key}", BUYER)) == (400, "refused"), "built in, or of the settings"
        assert problem_of(admin.delete(f"/roles/{key}")) == (400, "refused")
    assert "buyer" not in team.accounts.roles


def test_nobody_makes_a_role_beyond_their_own_rights(team: Api) -> None:
    helpdesk_id = team.user("helpdesk").id
    team.sign_in("admin").put(f"/users/{helpdesk_id}/role", {"role": "architect"})
    architect = team.sign_in("helpdesk")
    beyond = {**BUYER, "permissions": ["roles:manage", "users:manage"], "scope": EVERYTHING}
    assert problem_of(architect.put("/roles/mighty", beyond)) == (400, "refused")
    assert architect.put("/roles/plain", {**beyond, "permissions": ["roles:manage"]}).status_code == 200
    assert team.clock
    team.clock.forward(minutes=6)
    assert problem_of(architect.put("/roles/late", {**beyond, "permissions": []})) == (403, "not_fresh")
    assert problem_of(architect.delete("/roles/plain")) == (403, "not_fresh")
