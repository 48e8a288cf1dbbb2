"""How far the business clock is ahead, on both sides of every change of the clocks."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboard.sources.pushdown import zones

START, STOP = datetime(2024, 1, 1), datetime(2026, 1, 1)


def test_utc_to_berlin_has_one_piece_for_each_half_year() -> None:
    assert zones.pieces("UTC", "Europe/Berlin", datetime(2026, 1, 1), datetime(2027, 1, 1)) == [
        (datetime(2026, 1, 1), 60),
        (datetime(2026, 3, 29, 1), 120),
        (datetime(2026, 10, 25, 1), 60),
    ]


@pytest.mark.parametrize(
    ("zone", "business"),
    [("UTC", "America/New_York"), ("America/Sao_Paulo", "Europe/London"), ("Asia/Kolkata", "Australia/Lord_Howe")],
)
def test_every_hour_lands_on_the_day_that_python_says(zone: str, business: str) -> None:
    found = zones.pieces(zone, business, START, STOP)
    clock = START
    while clock < STOP:
        minutes = [ahead for since, ahead in found if since <= clock][-1]
        instant = clock.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
        assert clock + timedelta(minutes=minutes) == instant.astimezone(ZoneInfo(business)).replace(tzinfo=None)
        clock += timedelta(hours=1)


def test_a_day_that_begins_twice_begins_at_the_first_of_both_and_ends_at_the_last() -> None:
    """Havana's clocks went back at one in the morning of 5 November 2023: midnight came twice."""
    first, last = zones.wall_clock("UTC", "America/Havana", datetime(2023, 11, 5))
    assert (first, last) == (datetime(2023, 11, 5, 4), datetime(2023, 11, 5, 5))
    assert first.date() == date(2023, 11, 5)
