"""Parts of the time: only for the engine in this process, without gaps, and not too many."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.sources.pushdown.groups import Grain
from dashboard.sources.pushdown.spans import spans

FIRST, STOP = date(1970, 1, 1), date(2101, 1, 1)
FIRSTS = st.dates(FIRST, date(2100, 12, 31)).map(lambda day: day.replace(day=1))
LINES = st.dates(FIRST, date(2100, 12, 31))


def test_years_of_months_and_quarters_of_days() -> None:
    lines = date(2024, 3, 17), date(2025, 2, 1)
    assert spans("duckdb", "month", (FIRST, STOP), *lines) == [(FIRST, date(2025, 1, 1)), (date(2025, 1, 1), STOP)]
    cuts = [date(2024, 4, 1), date(2024, 7, 1), date(2024, 10, 1), date(2025, 1, 1)]
    assert spans("duckdb", "day", (FIRST, STOP), *lines) == list(pairwise([FIRST, *cuts, STOP]))


@pytest.mark.parametrize("dialect", ["postgresql", "clickhouse", "sqlite", "oracle", "mssql"])
def test_a_server_is_asked_once(dialect: str) -> None:
    assert spans(dialect, "day", (FIRST, STOP), FIRST, date(2100, 12, 31)) == [(FIRST, STOP)]


def test_nothing_is_cut_where_there_are_no_lines() -> None:
    assert spans("duckdb", "day", (FIRST, STOP), None, None) == [(FIRST, STOP)]


@given(grain=st.sampled_from(["month", "day"]), days=st.tuples(FIRSTS, FIRSTS), lines=st.tuples(LINES, LINES))
def test_the_parts_are_the_whole(grain: Grain, days: tuple[date, date], lines: tuple[date, date]) -> None:
    start, stop = min(days), max(days) + timedelta(32)
    stop = stop.replace(day=1)
    found = spans("duckdb", grain, (start, stop), min(lines), max(lines))
    assert (found[0][0], found[-1][1]) == (start, stop)
    assert all(before[1] == after[0] for before, after in pairwise(found))
    assert all(first.day == 1 and first < end for first, end in found)
    assert len(found) <= 40
