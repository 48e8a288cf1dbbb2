"""Fiscal calendars: the years of the National Retail Federation, and what must hold for every rule."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.sales.calendar import Window
from dashboard.sales.fiscal import (
    FiscalCalendar,
    Kind,
    base_of,
    label,
    periods,
    periods_within,
    restated,
    weeks_in,
    year_start,
)

NRF = FiscalCalendar(Kind.WEEKS_454)
CALENDARS = st.builds(FiscalCalendar, st.sampled_from(Kind), st.integers(1, 12), st.integers(0, 6))
YEARS = st.integers(1990, 2090)


def test_the_years_of_53_weeks_are_those_of_the_nrf() -> None:
    assert [year for year in range(2001, 2030) if weeks_in(NRF, year) == 53] == [2006, 2012, 2017, 2023, 2028]
    assert year_start(NRF, 2023) == date(2023, 1, 29)
    assert year_start(NRF, 2024) == date(2024, 2, 4)  # FY2023 ended on Saturday 3 February 2024
    assert [period.weeks for period in periods(NRF, 2023)] == [4, 5, 4] * 3 + [4, 5, 5]
    assert [period.weeks for period in periods(FiscalCalendar(Kind.WEEKS_445), 2024)] == [4, 4, 5] * 4
    assert label(periods(NRF, 2026)[9]) == "Nov FY2026"


@given(CALENDARS, YEARS)
def test_periods_partition_the_year_and_years_follow_each_other(calendar: FiscalCalendar, year: int) -> None:
    found = periods(calendar, year)
    assert [period.number for period in found] == list(range(1, 13))
    assert all(before.window.stop == after.window.start for before, after in pairwise(found))
    assert found[0].window.start == year_start(calendar, year)
    assert found[-1].window.stop == year_start(calendar, year + 1) == periods(calendar, year + 1)[0].window.start
    assert min(period.window.days for period in found) >= 28


@given(CALENDARS.filter(lambda one: one.kind is not Kind.MONTHS), YEARS)
def test_a_year_ends_on_the_weekday_nearest_to_the_months_end(calendar: FiscalCalendar, year: int) -> None:
    last = year_start(calendar, year) - timedelta(days=1)
    assert last.weekday() == calendar.last_weekday
    assert abs((last - (date(year, calendar.first_month, 1) - timedelta(days=1))).days) <= 3
    assert weeks_in(calendar, year) in {52, 53}


@given(CALENDARS, YEARS)
def test_what_a_period_is_compared_with(calendar: FiscalCalendar, year: int) -> None:
    before = restated(calendar, year - 1)
    for period, other in zip(periods(calendar, year), before, strict=True):
        base = base_of(calendar, period, period.window.days)
        assert base.window.start == other.window.start
        if calendar.kind is Kind.MONTHS or period.window.days == other.window.days:
            assert base.window == other.window
        else:
            assert "week 1 of" in base.words  # the 53rd week, which the year before has not
        assert ("restated" in base.words) == (calendar.kind is not Kind.MONTHS and weeks_in(calendar, year - 1) == 53)


def test_restated_drops_week_1() -> None:
    assert restated(NRF, 2023)[0].window.start == date(2023, 2, 5)
    assert [period.weeks for period in restated(NRF, 2023)] == [4, 5, 4] * 4
    assert restated(NRF, 2024) == periods(NRF, 2024)
    base = base_of(NRF, periods(NRF, 2024)[0], 10)
    assert base.window == Window(date(2023, 2, 5), date(2023, 2, 15))
    assert base.words == "Feb FY2023 restated (its week 1 left out)"


def test_an_unfinished_month_is_compared_with_as_many_days() -> None:
    march = periods(FiscalCalendar(Kind.MONTHS, 1), 2024)[1]
    assert base_of(FiscalCalendar(Kind.MONTHS, 1), march, 29).window == Window(date(2023, 2, 1), date(2023, 3, 1))
    assert base_of(FiscalCalendar(Kind.MONTHS, 1), march, 20).window == Window(date(2023, 2, 1), date(2023, 2, 21))


@pytest.mark.parametrize("kind", Kind)
def test_periods_within_begin_inside(kind: Kind) -> None:
    window = Window(date(2024, 1, 15), date(2026, 3, 2))
    found = periods_within(FiscalCalendar(kind), window)
    assert all(window.start <= period.window.start < window.stop for period in found)
    assert len(found) in {25, 26}
