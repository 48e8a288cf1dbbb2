"""What is read again: the open months, or everything where that is needed."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from refresh_kit import EXTRACT, mapping

from dashboard.settings.binds import Bind, Refresh
from dashboard.sources.pushdown.load import load_source
from dashboard.sources.pushdown.mapping import Source
from dashboard.sources.refresh.extract import AFTER_LAST_DAY, FIRST_DAY, Extract, Segment
from dashboard.sources.refresh.labels import kept_labels, label_spans
from dashboard.sources.refresh.plan import Fetch, Plan, first_daily_of, make_plan, mapping_digest, with_days_from

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
BIND = Bind(url="sqlite:///x.db")
DAILY = date(2024, 10, 1)


def source_of(**more: Any) -> Source:
    return load_source("erp", mapping("erp", **more))


def extract_of(*segments: tuple[str, date, date], source: Source | None = None, **more: Any) -> Extract:
    given = tuple(Segment(f"{n}.parquet", *one, more.get("at", NOW.isoformat())) for n, one in enumerate(segments))  # type: ignore[arg-type]
    more.pop("at", None)
    known = {"digest": mapping_digest(source or source_of(), BIND), "last_day": date(2026, 11, 20)}
    return replace(EXTRACT, segments=given, **(known | more))


def plan_of(old: Extract | None, refresh: Refresh | None = None, source: Source | None = None, **more: Any) -> Plan:
    found = None if old is None else (old, Path("old"))
    return make_plan(source or source_of(), BIND, found, refresh or Refresh(), NOW, **{"full": False, **more})


OLD = extract_of(("month", FIRST_DAY, DAILY), ("day", DAILY, AFTER_LAST_DAY))


def test_first_time_is_everything() -> None:
    plan = plan_of(None)
    assert plan.full
    assert plan.kept() == ()
    assert plan.fetches(DAILY) == (Fetch("month", FIRST_DAY, DAILY), Fetch("day", DAILY, AFTER_LAST_DAY))


@pytest.mark.parametrize(
    ("complete_to", "last_day", "look_back", "since"),
    [
        (date(2026, 11, 20), date(2026, 11, 20), 1, date(2026, 10, 1)),
        (date(2026, 11, 20), date(2026, 11, 20), 0, date(2026, 11, 1)),
        (date(2026, 10, 31), date(2026, 11, 2), 2, date(2026, 8, 1)),
        (date(2026, 11, 20), date(2026, 7, 5), 1, date(2026, 6, 1)),
    ],
)
def test_then_the_open_months_and_the_look_back(complete_to: date, last_day: date, look_back: int, since: date) -> None:
    old = replace(OLD, complete_to=complete_to, last_day=last_day)
    plan = plan_of(old, Refresh(look_back_months=look_back))
    assert plan.since == since
    assert plan.fetches(DAILY) == (Fetch("day", since, AFTER_LAST_DAY),)
    assert [(one.file, one.start, one.stop) for one in plan.kept()] == [
        ("0.parquet", FIRST_DAY, DAILY),
        ("1.parquet", DAILY, since),
    ]


def test_months_before_the_daily_window_are_read_as_months() -> None:
    old = replace(OLD, complete_to=date(2020, 5, 31), last_day=date(2020, 5, 31))
    start = date(2020, 4, 1)
    assert plan_of(old).fetches(DAILY) == (Fetch("month", start, DAILY), Fetch("day", DAILY, AFTER_LAST_DAY))


def test_rates_need_days_throughout() -> None:
    rates = {"table": "r", "columns": {"date": "d", "currency": "c", "rate": "r"}}
    plan = plan_of(None, source=source_of(rates=rates))
    assert plan.fetches(DAILY) == (Fetch("day", FIRST_DAY, AFTER_LAST_DAY),)


def test_segments_that_are_read_again_as_a_whole_go() -> None:
    old = extract_of(
        ("month", FIRST_DAY, DAILY), ("day", DAILY, date(2026, 10, 1)), ("day", date(2026, 10, 1), AFTER_LAST_DAY)
    )
    assert [one.file for one in plan_of(old).kept()] == ["0.parquet", "1.parquet"]


@pytest.mark.parametrize(
    ("change", "full"),
    [
        ({"currency": "USD"}, True),
        ({"start": date(2020, 1, 1)}, True),
        ({"label": "Another"}, False),
        ({"complete_to": date(2026, 11, 1)}, False),
        ({"products": {"pattern": "A.*"}}, False),
    ],
)
def test_what_the_database_judges_is_read_again_when_the_mapping_changes(change: dict[str, Any], full: bool) -> None:
    plan = plan_of(OLD, source=source_of(**change))
    assert plan.full == full
    assert bool(plan.why) == full


def test_another_database_is_another_source() -> None:
    found = make_plan(source_of(), Bind(url="sqlite:///y.db"), (OLD, Path("old")), Refresh(), NOW, full=False)
    assert found.full


def test_full_when_asked_or_when_the_oldest_part_is_too_old() -> None:
    assert plan_of(OLD, full=True).full
    ago = (NOW - timedelta(days=8)).isoformat()
    old = extract_of(("month", FIRST_DAY, DAILY), at=ago)
    assert plan_of(old, Refresh(full_every_days=7)).why == "The oldest figures were read 8 days ago."
    assert not plan_of(old, Refresh(full_every_days=9)).full
    assert not plan_of(old).full


def test_days_that_are_not_there_are_read() -> None:
    plan = plan_of(OLD)
    assert with_days_from(plan, DAILY) == plan
    assert with_days_from(plan, date(2024, 11, 1)) == plan
    more = with_days_from(plan, date(2024, 9, 1))
    assert more.full
    assert "further back" in more.why


def test_daily_window_is_counted_from_the_newest_source() -> None:
    assert first_daily_of([date(2020, 1, 5), date(2026, 11, 20)], 26) == DAILY
    assert first_daily_of([], 26) == FIRST_DAY


def labels(*cuts: date) -> tuple[Segment, ...]:
    return tuple(Segment(f"l{n}", "month", a, b, "") for n, (a, b) in enumerate(pairwise(cuts)))


def test_names_are_counted_by_month_so_that_none_counts_twice() -> None:
    plan = plan_of(None)
    newest, october, september = date(2026, 11, 20), date(2026, 10, 1), date(2026, 9, 1)
    november = date(2026, 11, 1)
    assert label_spans(plan, newest, 1) == [
        (FIRST_DAY, september),
        (september, october),
        (october, november),
        (november, AFTER_LAST_DAY),
    ]
    old = replace(OLD, label_segments=labels(FIRST_DAY, september, october, november, AFTER_LAST_DAY))
    again = plan_of(old)
    assert [one.stop for one in kept_labels(again)] == [september, october]
    assert label_spans(again, date(2026, 12, 3), 1) == [
        (october, november),
        (november, date(2026, 12, 1)),
        (date(2026, 12, 1), AFTER_LAST_DAY),
    ]


def test_names_that_were_cut_elsewhere_are_read_anew() -> None:
    old = replace(OLD, label_segments=labels(FIRST_DAY, date(2026, 11, 1), AFTER_LAST_DAY))
    plan = plan_of(old)
    assert kept_labels(plan) == ()
    assert label_spans(plan, date(2026, 11, 20), 1)[0][0] == FIRST_DAY
