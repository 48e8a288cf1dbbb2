"""The audit log by API: filtered, paged, and checked; and what the API itself writes into it."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from api_kit import Api, Client, problem_of
from sqlalchemy import text

from dashboard.ui import audit_data


def _found(client: Client, **query: Any) -> list[dict[str, Any]]:
    answer = client.get(f"/audit?{urlencode(query)}")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.get_json()["items"]
    return items


def test_events_are_found_by_kind_outcome_text_and_time(team: Api) -> None:
    admin = team.sign_in("admin")
    assert team.clock
    before = team.clock.now
    team.clock.forward(minutes=1)
    target = team.user("sales_manager")
    admin.patch(f"/users/{target.id}", {"last_name": "Summer"})
    [edited] = _found(admin, kind="user_edited")
    assert (edited["actor"], edited["target"], edited["outcome"]) == ("admin", "sales_manager", "ok")
    assert edited["detail"] == {"changed": "last_name"}
    after = f"{before + timedelta(seconds=30):%Y-%m-%dT%H:%M:%S}Z"
    assert [event["kind"] for event in _found(admin, since=after)] == ["user_edited"]
    assert "user_edited" not in {event["kind"] for event in _found(admin, until=after)}
    assert _found(admin, kind="user_edited", since="0001-01-01T00:00:00+14:00", until="9999-12-31T23:59:59-14:00")
    assert _found(admin, kind="user_edited", outcome="failed") == []
    assert {event["kind"] for event in _found(admin, text="SUMMER")} == set()
    everything = admin.get("/audit?limit=1&offset=1").get_json()
    assert (len(everything["items"]), everything["total"]) == (1, len(team.events()))
    assert everything["items"][0]["number"] == everything["total"] - 1
    for query in (
        "kind=nothing",
        "outcome=",
        "since=2026-11-20",
        "since=1700000000",
        "since=2026-11-20T08:00:00",
        "until=2026-02-30T08:00:00Z",
        "text=%00",
        "limit=0",
        "kind=sign_in&kind=sign_out",
    ):
        assert problem_of(admin.get(f"/audit?{query}")) == (400, "invalid"), query


@pytest.mark.promise("ASVS 16.4.2")
def test_the_chain_is_checked_one_at_a_time_and_against_what_was_noted(team: Api) -> None:
    admin = team.sign_in("admin")
    first = admin.get("/audit/verify").get_json()
    assert (first["whole"], first["events"], first["problem"]) == (True, len(team.events()), "")
    team.sign_in("sales_manager")
    again = admin.get(f"/audit/verify?{urlencode({'noted': first['noted']})}").get_json()
    assert (again["whole"], again["events"]) == (True, first["events"] + 1)
    for odd in ("", "x", first["noted"] + "\n", first["noted"].replace("T", " ")):
        assert problem_of(admin.get(f"/audit/verify?{urlencode({'noted': odd})}")) == (400, "invalid")
    no_day = "2026-02-30T00:00:00Z" + first["noted"][20:]
    assert problem_of(admin.get(f"/audit/verify?{urlencode({'noted': no_day})}")) == (400, "refused")
    with audit_data._checking:
        busy = admin.get("/audit/verify")
    assert problem_of(busy) == (429, "too_many")
    assert busy.headers["Retry-After"] == "5"
    with team.accounts.engine.begin() as connection:
        connection.execute(text("UPDATE audit_events SET detail = '[1' WHERE seq = 2"))
    broken = admin.get("/audit/verify").get_json()
    assert (broken["whole"], broken["noted"]) == (False, "")
    assert "event 2" in broken["problem"]
    assert _found(admin, limit=500)[-2]["detail"] == {"unreadable": "[1"}


@pytest.mark.promise("ASVS 16.3.2")
def test_refusals_are_audited_and_used_rights_are_noted(team: Api) -> None:
    own, admin = team.sign_in("sales_manager"), team.sign_in("admin")
    assert problem_of(own.get("/users")) == (403, "forbidden")
    [denied] = team.events("access_denied")
    assert (denied["actor"], denied["target"]) == ("sales_manager", "/api/v1/users")
    admin.get("/users")
    admin.get("/audit")
    with team.accounts.engine.connect() as connection:
        rows = connection.execute(text("SELECT user_id, permission FROM permission_uses"))
        used = {(row.user_id, row.permission) for row in rows}
    assert used == {(team.user("admin").id, "users:manage"), (team.user("admin").id, "audit:read")}
