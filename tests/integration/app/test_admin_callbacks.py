"""The admin pages over HTTP: what administrators do counts at the next request, and the export is a file of its own."""

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from app_kit import ALL_ROLES, HOLDS, PASSWORD, Person, canary_app
from flask import Flask
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from dashboard.access import Permission
from dashboard.accounts import Accounts, Actor
from dashboard.accounts.models import sessions
from dashboard.audit import Event, Kind
from dashboard.audit.models import audit_events


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A site whose users may be changed."""
    made = canary_app(tmp_path_factory.mktemp("admin") / "var", seed=2)
    yield made
    accounts_of(made).close()


@pytest.fixture(scope="module")
def admin(site: Flask) -> Person:
    return Person(site, "admin")


def accounts_of(app: Flask) -> Accounts:
    found: Accounts = app.extensions["salesgate"].accounts
    return found


def number(app: Flask, username: str) -> int:
    found = accounts_of(app).find(username)
    assert found is not None
    return found.id


def wish(person: Person, page: str, **wanted: Any) -> TestResponse:
    output = {"users": "users-chosen.data", "roles": "roles-done.data"}[page]
    return person.call(output, {"act": wanted})


def answer(response: TestResponse) -> dict[str, Any]:
    assert response.status_code == 200, response.get_data(as_text=True)
    found: dict[str, Any] = next(iter((response.json or {})["response"].values()))["data"]
    return found


def export(person: Person, **fields: str) -> TestResponse:
    token = person.client.get_cookie("_csrf_token")
    assert token
    data = {"format": "csv", "csrf_token": token.value, **fields}
    return person.client.post("/audit/export", data=data, headers={"Sec-Fetch-Site": "same-origin"})


@pytest.mark.promise("ASVS 8.3.2")
def test_an_approved_request_counts_at_the_next_click(site: Flask, admin: Person) -> None:
    newcomer = Person(site, "no_role")
    assert newcomer.client.get("/revenue").status_code == 403
    user_id = number(site, "no_role")
    request = accounts_of(site).requests.ask("sales_manager", Actor(user_id, "no_role"))
    done = answer(wish(admin, "users", do="approve", id=user_id, request=request.id))
    assert "Sales Manager" in done["message"]
    assert newcomer.client.get("/revenue").status_code == 200
    assert newcomer.call("revenue-view.data").status_code == 200


@pytest.mark.promise("ASVS 8.3.2")
def test_a_role_with_a_scope_shows_its_rows_only_and_changes_at_the_next_click(site: Flask, admin: Person) -> None:
    person = Person(site, "helpdesk")
    saved = {"do": "save", "new": True, "key": "north", "name": "North", "permissions": ["measure:units"]}
    assert answer(wish(admin, "roles", **saved, scope={"region": ["North"]}))["key"] == "north"
    assert answer(wish(admin, "users", do="role", id=number(site, "helpdesk"), role="north"))["message"]
    assert person.client.get("/users").status_code == 403
    assert answer(person.call("units-view.data", {"split-by": "channel"}))["cards"]
    south = {"region": "South", "split-by": "channel"}
    assert "There is no region 'South'" in answer(person.call("units-view.data", south))["notice"]
    assert answer(wish(admin, "roles", **{**saved, "new": False}, scope={}))["key"] == "north"
    assert answer(person.call("units-view.data", south))["cards"]


@pytest.mark.promise("ASVS 7.4.2")
def test_deleting_a_user_ends_the_session_at_the_next_click(site: Flask, admin: Person) -> None:
    person = Person(site, "architect")
    user_id = number(site, "architect")
    assert person.client.get("/roles").status_code == 200
    assert answer(wish(admin, "users", do="delete", id=user_id, confirmation="Architec"))["error"]
    assert person.client.get("/roles").status_code == 200
    assert answer(wish(admin, "users", do="delete", id=user_id, confirmation="architect"))["message"]
    assert person.client.get("/roles").status_code == 302
    assert accounts_of(site).find("architect") is None


@pytest.mark.promise("ASVS 7.5.1")
def test_a_stale_sign_in_is_asked_to_confirm_and_nothing_happens(tmp_path: Path) -> None:
    app = canary_app(tmp_path / "var", seed=2)
    try:
        admin = Person(app, "admin")
        long_ago = datetime.now(UTC) - timedelta(hours=2)
        with accounts_of(app).engine.begin() as connection:
            connection.execute(update(sessions).values(authenticated_at=long_ago))
        for page, wanted in (
            ("users", {"do": "role", "id": number(app, "auditor"), "role": "admin"}),
            ("users", {"do": "delete", "id": number(app, "auditor"), "confirmation": "auditor"}),
            ("roles", {"do": "save", "name": "X", "permissions": []}),
        ):
            refused = wish(admin, page, **wanted)
            assert (refused.status_code, refused.headers.get("X-Confirm")) == (403, "1")
        assert accounts_of(app).user(number(app, "auditor")).role == "auditor"
        page = admin.open("/users").get_data(as_text=True)
        assert '"data-sg":"stale"' in page
        assert '"fresh":false' in page
    finally:
        accounts_of(app).close()


@pytest.mark.promise("ASVS 15.3.3")
def test_creating_a_user_sets_nothing_but_what_is_asked_for(site: Flask, admin: Person) -> None:
    extra = {"is_original_admin": True, "active": True, "verified": True, "password": PASSWORD}
    made = answer(wish(admin, "users", do="edit", id=number(site, "auditor"), email="a@example.com", **extra))
    assert made["message"] == "Saved."
    user = accounts_of(site).user(number(site, "auditor"))
    assert (user.is_original_admin, user.role, user.email) == (False, "auditor", "a@example.com")


@pytest.mark.promise("ASVS 8.2.1")
@pytest.mark.parametrize("role", ALL_ROLES)
def test_only_who_may_read_the_audit_log_can_export_it(app: Flask, people: dict[str, Person], role: str) -> None:
    allowed = Permission.AUDIT_READ in HOLDS[role]
    response = export(people[role])
    assert response.status_code == (200 if allowed else 403)
    assert (b"sign_in" in response.data) == allowed


def test_a_stranger_gets_no_export_and_a_link_makes_none(app: Flask, people: dict[str, Person]) -> None:
    assert app.test_client().post("/audit/export", data={"format": "csv"}).status_code == 401
    assert people["auditor"].client.get("/audit/export").status_code in {404, 405}


@pytest.mark.promise("ASVS 3.5.1")
@pytest.mark.parametrize("token", ["", "made-up"])
def test_the_export_needs_the_token_of_the_session(people: dict[str, Person], token: str) -> None:
    assert export(people["auditor"], csrf_token=token).status_code == 400


def test_the_csv_holds_the_events_that_fit_oldest_first_and_runs_in_no_spreadsheet(
    app: Flask, people: dict[str, Person]
) -> None:
    for target in ("=HYPERLINK(1)", "line\nbreak", "plain"):
        accounts_of(app).record(Event(Kind.ACCESS_DENIED, None, "spreadsheet", "denied", target))
    response = export(people["auditor"], text="spreadsheet", kind="access_denied")
    assert response.mimetype == "text/csv"
    assert re.fullmatch(r'attachment; filename="?audit-\d{8}-\d{6}\.csv"?', response.headers["Content-Disposition"])
    rows = list(csv.DictReader(io.StringIO(response.get_data(as_text=True))))
    assert [row["target"] for row in rows] == ["'=HYPERLINK(1)", "line\\nbreak", "plain"]
    assert {row["actor"] for row in rows} == {"spreadsheet"}


def test_json_lines_are_whole_and_the_export_is_audited(app: Flask, people: dict[str, Person]) -> None:
    response = export(people["auditor"], format="jsonl", kind="sign_in", outcome="ok")
    events = [json.loads(line) for line in response.get_data(as_text=True).splitlines()]
    assert [event["seq"] for event in events] == sorted(event["seq"] for event in events)
    assert {event["kind"] for event in events} == {"sign_in"}
    last = select(audit_events).order_by(audit_events.c.seq.desc()).limit(1)
    with accounts_of(app).engine.connect() as connection:
        logged = connection.execute(last).one()
    assert (logged.kind, logged.actor, logged.outcome) == ("audit_exported", "auditor", "ok")
    assert json.loads(logged.detail)["kind"] == "sign_in"


@pytest.mark.promise("ASVS 2.2.1")
@pytest.mark.parametrize(
    "fields",
    [{"format": "xlsx"}, {"format": ""}, {"kind": "x"}, {"outcome": "x"}, {"from": "x"}, {"from": "2026-02-30"}],
    ids=str,
)
def test_an_export_of_nonsense_is_400(people: dict[str, Person], fields: dict[str, str]) -> None:
    assert export(people["auditor"], **fields).status_code == 400


def test_pages_open_for_what_their_address_names(site: Flask, admin: Person) -> None:
    user_id = number(site, "auditor")
    opened = admin.open("/users", f"?user={user_id}&q=audit&role=auditor&state=active").get_data(as_text=True)
    assert '"of":["audit","auditor","active"]' in opened
    assert f'"id":{user_id},"username":"auditor"' in opened
    for path, search in (
        ("/users", "?user=999999"),
        ("/users", "?user=x&role=nothing&state=nothing&q=%00"),
        ("/roles", f"?user={user_id}&role=nothing"),
        ("/roles", "?user=%D9%A3&role=%00"),
        ("/audit", "?kind=nothing&from=x"),
        ("/audit", "?text=auditor&to=2026-11-20"),
        ("/review", "?kind=nothing"),
    ):
        assert admin.open(path, search).status_code == 200, (path, search)
