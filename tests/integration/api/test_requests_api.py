"""Deciding role requests by API: with the guards of the Users page."""

from typing import Any

import pytest
from api_kit import Api, Client, problem_of


def _ask(team: Api, username: str, role: str) -> tuple[Client, int]:
    """A sign-in of the person who asks, and the number of the request."""
    own = team.sign_in(username)
    asked: dict[str, Any] = own.put("/me/role-request", {"role": role}).get_json()["request"]
    return own, int(asked["id"])


def test_an_approved_request_counts_at_the_next_request(team: Api) -> None:
    admin = team.sign_in("admin")
    own, request = _ask(team, "sales_manager", "procurement_manager")
    waiting = admin.get("/role-requests").get_json()
    assert (waiting["total"], waiting["items"][0]["id"], waiting["items"][0]["state"]) == (1, request, "open")
    assert admin.get(f"/users/{team.user('sales_manager').id}").get_json()["request"] == waiting["items"][0]
    decided = admin.post(f"/role-requests/{request}/approve").get_json()
    assert (decided["state"], decided["decided_by"]) == ("approved", "admin")
    assert own.get("/me").get_json()["role"] == "procurement_manager"
    assert own.get("/me/role-request").get_json()["request"] == decided
    assert admin.get("/role-requests").get_json()["items"] == []
    for act, body in (("approve", None), ("refuse", {"reason": "Late"})):
        assert problem_of(admin.post(f"/role-requests/{request}/{act}", body)) == (400, "refused"), "decided already"
    assert [mail.recipient for mail in team.mails("role_approved")] == [team.user("sales_manager").email]


def test_a_refusal_needs_a_reason_which_the_person_reads(team: Api) -> None:
    admin = team.sign_in("admin")
    own, request = _ask(team, "sales_manager", "procurement_manager")
    for reason in ("", "a\u0000b", "x" * 501, None, 5):
        assert problem_of(admin.post(f"/role-requests/{request}/refuse", {"reason": reason})) == (400, "invalid")
    assert problem_of(admin.post(f"/role-requests/{request}/refuse", {"reason": "  "})) == (400, "refused")
    assert problem_of(admin.post(f"/role-requests/{request}/refuse")) == (415, "unsupported_media_type")
    assert admin.post(f"/role-requests/{request}/refuse", {"reason": "Not yours"}).get_json()["state"] == "refused"
    assert own.get("/me/role-request").get_json()["request"]["reason"] == "Not yours"
    assert own.get("/me").get_json()["role"] == "sales_manager"


@pytest.mark.promise("ASVS 8.2.2")
def test_nobody_decides_for_themselves_beyond_their_rights_late_or_twice(team: Api) -> None:
    anna, request = _ask(team, "anna", "sales_manager")
    assert problem_of(anna.post(f"/role-requests/{request}/approve")) == (400, "refused")
    helpdesk = team.sign_in("helpdesk")
    _, mighty = _ask(team, "sales_manager", "admin")
    assert problem_of(helpdesk.post(f"/role-requests/{mighty}/approve")) == (400, "refused")
    for number in (987_654, 0, 2**31):
        assert problem_of(helpdesk.post(f"/role-requests/{number}/approve")) == (404, "not_found")
    admin = team.sign_in("admin")
    assert team.clock
    team.clock.forward(minutes=6)
    assert problem_of(admin.post(f"/role-requests/{mighty}/approve")) == (403, "not_fresh")
    assert problem_of(admin.post(f"/role-requests/{mighty}/refuse", {"reason": "No"})) == (403, "not_fresh")
    assert admin.get("/role-requests?limit=1&offset=1").get_json()["total"] == 2
