"""The Audit log page: filters, pages, details, and whether the chain holds."""

from datetime import UTC, datetime
from typing import Any

import pytest
from admin_kit import People
from sqlalchemy import update

from dashboard.accounts import LogFilter
from dashboard.audit import Event, Kind
from dashboard.audit.models import audit_events
from dashboard.ui.admin_parts import ROWS
from dashboard.ui.audit_data import list_data, verdict_data
from dashboard.ui.audit_filter import BadFilterError, filter_of

ALL = ("*", "*", "", None, None)


def test_days_are_whole_days_of_utc() -> None:
    chosen = filter_of({"kind": "sign_in", "outcome": "*", "text": " nora ", "from": "2026-11-19", "to": "2026-11-20"})
    first, after = datetime(2026, 11, 19, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)
    assert chosen == LogFilter("sign_in", "", "nora", first, after)
    assert filter_of({}) == LogFilter()
    assert filter_of({"to": "9999-12-31"}).until is None


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"kind": "nothing"}, "no such kind"),
        ({"outcome": "maybe"}, "no such outcome"),
        ({"from": "yesterday"}, "Write days like"),
        ({"to": "2026-02-30"}, "Write days like"),
        ({"from": "2026-11-20", "to": "2026-11-19"}, "after the last"),
    ],
)
def test_a_bad_filter_is_said_to_be_one(people: People, values: dict[str, str], words: str) -> None:
    with pytest.raises(BadFilterError, match=words):
        filter_of(values)
    typed = tuple(values.get(part) for part in ("kind", "outcome", "text", "from", "to"))
    assert words in list_data(people.caller("ada"), typed, None)["error"]


@pytest.mark.promise("ASVS 2.2.1")
@pytest.mark.parametrize("noise", [None, 7, True, [], {}, "\x00", "x" * 5000])
def test_whatever_the_browser_sends_is_no_error(people: People, noise: Any) -> None:
    assert set(list_data(people.caller("ada"), (noise,) * 5, noise)) & {"rows", "error"}
    assert verdict_data(people.caller("ada"), noise)["words"]


def test_events_are_listed_latest_first_and_paged(people: People) -> None:
    for number in range(ROWS):
        people.accounts.record(Event(Kind.ACCESS_DENIED, 1, "nora", "denied", f"/page{number}", "192.0.2.7"))
    ada = people.caller("ada")
    page = list_data(ada, ALL, None)
    assert (len(page["rows"]), page["offset"]) == (ROWS, 0)
    assert page["rows"][0][1][1] == f"Turned away from /page{ROWS - 1}"
    assert page["rows"][0][2:] == ["nora", ["denied", "Refused"], "192.0.2.7"]
    second = list_data(ada, ALL, {"offset": ROWS, "of": page["of"]})
    assert len(second["rows"]) == page["found"] - ROWS
    assert list_data(ada, ("user_created", "*", "", None, None), None)["found"] == 4
    assert list_data(ada, ("*", "denied", "page3", None, None), None)["found"] == 1
    assert list_data(ada, ("*", "*", "", "2030-01-01", None), None)["rows"] == []


def test_the_details_of_an_event_are_readable(people: People) -> None:
    event = Event(
        Kind.ROLE_CHANGED,
        1,
        "ada",
        "ok",
        "nora",
        "192.0.2.7",
        "5e55",
        {"from": "admin", "to_role": "x", "by_mail": True},
    )
    people.accounts.record(event)
    details = list_data(people.caller("ada"), ALL, None)["rows"][0][1][0]
    assert ["Target", "nora"] in details
    assert ["Session", "5e55"] in details
    assert ["To role", "x"] in details
    assert ["By mail", "yes"] in details


def test_the_chain_is_told_whole_or_broken(people: People) -> None:
    ada = people.caller("ada")
    whole = verdict_data(ada, "")
    assert whole["ok"] is True
    assert "cut off at the end" in whole["words"]
    noted = f"2026-11-20T10:00:00Z 4 {whole['head']}"
    assert "Nothing is missing" in verdict_data(ada, noted)["words"]
    assert "cut off" in verdict_data(ada, noted.replace(" 4 ", " 9 "))["words"]
    assert "not a noted head" in verdict_data(ada, "something else")["words"]
    with people.accounts.engine.begin() as connection:
        connection.execute(update(audit_events).where(audit_events.c.seq == 2).values(actor="nobody"))
    broken = verdict_data(ada, "")
    assert broken["ok"] is False
    assert "event 2 was changed" in broken["words"]
