"""Reading the audit log: filters, pages with exact totals, and the export that is itself an event."""

import tracemalloc
from collections.abc import Callable
from datetime import timedelta

import pytest
from accounts_kit import HERE, OPERATOR, HandClock, events
from hypothesis import HealthCheck, given
from hypothesis import settings as rules
from hypothesis import strategies as st
from sqlalchemy import event as listening
from sqlalchemy import insert

from dashboard.access import Permission
from dashboard.accounts import AccountError, Accounts, Actor
from dashboard.accounts.audit_log import LogFilter, LoggedEvent
from dashboard.audit import Event, Kind
from dashboard.audit.models import audit_events

READER = Actor(7, "rita", HERE, "abc", frozenset({Permission.AUDIT_READ}))
PEOPLE = ("ada", "bob", "Ädä", "100%", "a_b", "a/b", "axb")


@pytest.fixture
def filled(accounts: Accounts, clock: HandClock) -> Accounts:
    """Thirty events, one an hour."""
    for number in range(30):
        kind = Kind.SIGN_IN if number % 3 else Kind.SIGN_OUT
        name, target = PEOPLE[number % len(PEOPLE)], PEOPLE[number % 4]
        event = Event(
            kind, number, name, "ok" if number % 2 else "failed", target, f"192.0.2.{number}", "s", {"n": number}
        )
        accounts.record(event)
        clock.move(hours=1)
    return accounts


def test_latest_first_in_pages_with_the_total(filled: Accounts) -> None:
    page, total = filled.log.search(LogFilter(), limit=10)
    assert (total, [event.seq for event in page]) == (30, list(range(30, 20, -1)))
    page, total = filled.log.search(LogFilter(), offset=25, limit=10)
    assert (total, [event.seq for event in page]) == (30, [5, 4, 3, 2, 1])
    assert filled.log.search(LogFilter(), offset=30) == ([], 30)


@pytest.mark.promise("ASVS 16.2.1")
def test_an_event_is_shown_as_it_was_written(filled: Accounts, clock: HandClock) -> None:
    (event,), _total = filled.log.search(LogFilter(), limit=1)
    at = clock.now - timedelta(hours=1)
    assert event == LoggedEvent(30, at, "sign_in", "bob", "ok", "bob", "192.0.2.29", "s", '{"n":29}')


@pytest.mark.parametrize(
    ("offset", "limit", "shown"), [(-5, 3, 3), (0, 0, 1), (0, -1, 1), (0, 10**12, 30), (10**30, 5, 0)]
)
def test_pages_that_cannot_be_are_the_nearest_that_can(filled: Accounts, offset: int, limit: int, shown: int) -> None:
    page, total = filled.log.search(LogFilter(), offset, limit)
    assert (len(page), total) == (shown, 30)


def _ok_with_a(event: LoggedEvent) -> bool:
    return event.outcome == "ok" and "a" in (event.actor + event.target).lower()


FILTERS: list[tuple[LogFilter, Callable[[LoggedEvent], bool]]] = [
    (LogFilter(kind="sign_out"), lambda event: event.kind == "sign_out"),
    (LogFilter(outcome="failed"), lambda event: event.outcome == "failed"),
    (LogFilter(text="ada"), lambda event: "ada" in (event.actor, event.target)),
    (LogFilter(text="ADA"), lambda event: "ada" in (event.actor, event.target)),
    (LogFilter(text=" bob "), lambda event: "bob" in (event.actor, event.target)),
    (LogFilter(text="Ädä"), lambda event: "Ädä" in (event.actor, event.target)),
    (LogFilter(text="192.0.2.17"), lambda event: event.ip == "192.0.2.17"),
    (LogFilter(text="%"), lambda event: "100%" in (event.actor, event.target)),
    (LogFilter(text="a_b"), lambda event: event.actor == "a_b"),
    (LogFilter(text="a/b"), lambda event: event.actor == "a/b"),
    (LogFilter(text="' OR 1=1 --"), lambda event: False),
    (LogFilter(text="\0"), lambda event: False),
    (LogFilter(text="\udc80"), lambda event: False),
    (LogFilter(text="x" * 100_000), lambda event: False),
    (LogFilter(kind="no such kind"), lambda event: False),
    (LogFilter(kind="sign_in\0"), lambda event: False),
    (LogFilter(kind="sign_in", outcome="ok", text="a"), lambda event: event.kind == "sign_in" and _ok_with_a(event)),
]  # fmt: skip


@pytest.mark.parametrize(("chosen", "passes"), FILTERS, ids=range(len(FILTERS)))
def test_a_filter_lets_through_what_it_says_and_nothing_else(
    filled: Accounts, chosen: LogFilter, passes: Callable[[LoggedEvent], bool]
) -> None:
    everything, _total = filled.log.search(LogFilter(), limit=100)
    expected = [event for event in everything if passes(event)]
    assert filled.log.search(chosen, limit=100) == (expected, len(expected))
    assert list(filled.log.export(chosen, OPERATOR)) == expected[::-1]


@rules(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(st.integers(-2, 32), st.integers(-2, 32))
def test_times_count_from_since_to_before_until(filled: Accounts, first: int, last: int) -> None:
    start = filled.log.search(LogFilter(), limit=100)[0][-1].at
    chosen = LogFilter(since=start + timedelta(hours=first), until=start + timedelta(hours=last))
    page, total = filled.log.search(chosen, limit=100)
    kept = [event.seq for event in page if event.kind != "audit_exported"]
    assert kept == [number + 1 for number in reversed(range(max(first, 0), min(last, 30)))]
    assert total == len(page)


def test_an_export_is_audited_before_its_first_event(filled: Accounts) -> None:
    chosen = LogFilter(kind="sign_in", text="ada")
    rows = filled.log.export(chosen, READER)
    last = events(filled)[-1]
    assert (last["kind"], last["actor"], last["actor_id"], last["ip"]) == ("audit_exported", "rita", 7, HERE.ip)
    assert (last["target"], last["detail"]) == ("audit log", '{"kind":"sign_in","text":"ada"}')
    exported = list(rows)
    assert {event.kind for event in exported} == {"sign_in"}
    assert filled.verify_audit().ok


def test_what_comes_after_the_export_began_is_not_in_it(filled: Accounts) -> None:
    rows = filled.log.export(LogFilter(), OPERATOR)
    filled.record(Event(Kind.SIGN_OUT, 1, "late", "ok"))
    assert [event.seq for event in rows] == list(range(1, 31))


@pytest.mark.promise("ASVS 8.2.1")
@pytest.mark.parametrize("permissions", [frozenset(), frozenset(Permission) - {Permission.AUDIT_READ}])
def test_nobody_exports_who_may_not_read(filled: Accounts, permissions: frozenset[Permission]) -> None:
    with pytest.raises(AccountError, match="may not read the audit log"):
        filled.log.export(LogFilter(), Actor(7, "eve", permissions=permissions))
    assert len(events(filled)) == 30


@pytest.fixture
def large(accounts: Accounts, clock: HandClock) -> Accounts:
    rows = [
        {
            "seq": number,
            "happened_at": clock.now,
            "kind": "sign_in",
            "outcome": "ok",
            "detail": "x" * 400,
            "digest": "0",
        }
        for number in range(1, 5002)
    ]
    with accounts.engine.begin() as connection:
        connection.execute(insert(audit_events), rows)
        connection.exec_driver_sql("UPDATE audit_head SET seq = 5001")
    return accounts


@pytest.mark.promise("ASVS 15.2.2")
def test_a_large_export_takes_little_memory_and_holds_no_connection(large: Accounts) -> None:
    open_now: list[int] = []
    pool = large.engine.pool
    tracemalloc.start()
    seen = 0
    for event in large.log.export(LogFilter(), OPERATOR):
        seen += 1
        assert event.seq == seen
        if seen % 1000 == 1:
            open_now.append(pool.checkedout())  # type: ignore[attr-defined]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert seen == 5001
    assert set(open_now) == {0}
    assert peak < 3_000_000


def test_reading_takes_no_lock(filled: Accounts) -> None:
    begun: list[str] = []
    listening.listen(filled.engine, "before_cursor_execute", lambda *args: begun.append(args[2]))
    with filled.engine.begin():
        assert filled.log.search(LogFilter())[1] == 30
    outer = ["BEGIN IMMEDIATE"] if filled.engine.dialect.name == "sqlite" else []
    assert [statement for statement in begun if statement.startswith("BEGIN")] == outer
