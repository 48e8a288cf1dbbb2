"""Up to which day a source is finished."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from refresh_kit import mapping

from dashboard.sources.errors import ImportRefused
from dashboard.sources.pushdown.load import load_source
from dashboard.sources.refresh.finished import complete_to

# In Auckland it is the 22nd already.
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
LOADED = {"loaded": {"table": "loads", "column": "till"}}


def until(last_day: date | None, said: object = None, **more: Any) -> date | None:
    return complete_to(load_source("erp", mapping("erp", **more)), last_day, said, NOW)[0]


@pytest.mark.parametrize(
    ("last_day", "zone", "expected"),
    [
        (date(2026, 11, 19), "UTC", date(2026, 11, 19)),
        (date(2026, 11, 20), "UTC", date(2026, 11, 20)),
        (date(2026, 11, 21), "UTC", date(2026, 11, 20)),
        (date(2099, 1, 1), "UTC", date(2026, 11, 20)),
        (date(2026, 11, 21), "Pacific/Auckland", date(2026, 11, 21)),
        (date(2026, 11, 22), "Pacific/Auckland", date(2026, 11, 21)),
        (None, "UTC", None),
    ],
)
def test_assumed_from_the_lines_and_never_today(last_day: date | None, zone: str, expected: date | None) -> None:
    assert until(last_day, time_zone=zone) == expected


def test_set_in_the_mapping() -> None:
    assert until(date(2026, 11, 21), complete_to=date(2026, 10, 31)) == date(2026, 10, 31)


def test_a_source_whose_days_are_over_holds_nobody_back() -> None:
    assert until(date(2025, 12, 30), stop=date(2026, 1, 1)) == date(2026, 11, 20)


@pytest.mark.parametrize(
    ("loaded", "expected"),
    [
        (date(2026, 11, 18), date(2026, 11, 18)),
        ("2026-11-18", date(2026, 11, 18)),
        (datetime(2026, 11, 18), date(2026, 11, 18)),
        (datetime(2026, 11, 18, 23, 59), date(2026, 11, 17)),
        ("2026-11-18 04:00:00", date(2026, 11, 17)),
        (datetime(2026, 11, 18, 23, 59, tzinfo=UTC), date(2026, 11, 17)),
        (date(2027, 1, 1), date(2026, 11, 20)),
    ],
)
def test_said_by_the_load(loaded: object, expected: date) -> None:
    assert until(date(2026, 11, 20), loaded, **LOADED) == expected


def test_a_moment_of_the_load_is_read_in_the_zone_of_the_timestamps() -> None:
    more = {**LOADED, "time_zone": "Europe/Berlin", "timestamps": "utc"}
    assert until(date(2026, 11, 20), "2026-11-17 23:30:00", **more) == date(2026, 11, 17)


@pytest.mark.parametrize("loaded", [5, "soon", date(9999, 12, 31)])
def test_what_is_no_date_is_refused(loaded: object) -> None:
    with pytest.raises(ImportRefused, match=r"Source erp: loads\.till says .* which is no date"):
        until(date(2026, 11, 20), loaded, **LOADED)


def test_a_load_that_says_nothing_is_assumed() -> None:
    assert until(date(2026, 11, 19), None, **LOADED) == date(2026, 11, 19)
