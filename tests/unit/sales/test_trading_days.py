"""Trading days and holidays: the vector of domain.md section 1, and what must hold for any week."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.sales.calendar import Window, month_window
from dashboard.sales.holidays import Holiday, Holidays
from dashboard.sales.trading_days import Weights, adjusted, trading_index, weekday_weights, weeks_before

NONE = Holidays()
WEEK = Window(date(2026, 1, 5), date(2026, 1, 12))
VECTOR = Weights((0.8, 0.8, 0.85, 0.95, 1.2, 1.5, 0.9), WEEK, 0)
DAYS = st.integers(0, 4000).map(lambda n: date(2020, 1, 1) + timedelta(days=n))
WINDOWS = st.tuples(DAYS, st.integers(0, 800)).map(lambda pair: Window(pair[0], pair[0] + timedelta(days=pair[1])))


def test_the_vector_of_the_domain() -> None:
    before, now = (trading_index(VECTOR, month_window(key, key), NONE) for key in ("2025-11", "2026-11"))
    assert (before, now) == (pytest.approx(30.4), pytest.approx(29.7))
    parts = adjusted(99_000, 100_000, now, before)
    assert parts is not None
    told = tuple(round(rate * 100, 2) for rate in (parts.raw, parts.effect, parts.adjusted))
    assert told == (-1.00, -2.30, 1.33)


@given(st.lists(st.integers(0, 10**9), min_size=7, max_size=7).filter(any), st.integers(1, 60))
def test_weights_have_mean_one_and_no_scale(week: list[int], weeks: int) -> None:
    window = Window(WEEK.start, WEEK.start + timedelta(weeks=weeks))
    weights = weekday_weights(np.array(week * weeks, dtype=np.int64), window, NONE)
    assert weights is not None
    assert sum(weights.values) / 7 == pytest.approx(1)
    doubled = weekday_weights(np.array(week * weeks, dtype=np.int64) * 2, window, NONE)
    assert doubled is not None
    assert doubled.values == pytest.approx(weights.values)
    assert trading_index(weights, window, NONE) == pytest.approx(window.days)


def test_a_holiday_does_not_weigh_on_its_weekday() -> None:
    week = [10, 10, 10, 10, 10, 20, 0]
    window = Window(WEEK.start, WEEK.start + timedelta(weeks=10))
    plain = weekday_weights(np.array(week * 10, dtype=np.int64), window, NONE)
    values = np.array(week * 10, dtype=np.int64)
    values[15] = 10_000  # a Tuesday of madness
    left_out = weekday_weights(values, window, Holidays.of([Holiday(window.start + timedelta(days=15), "Sale")]))
    assert plain is not None
    assert left_out is not None
    assert left_out.values == pytest.approx(plain.values)
    assert left_out.left_out == 1
    assert weekday_weights(values, window, NONE) != plain


@pytest.mark.parametrize(
    ("week", "holidays"),
    [
        ([0] * 7, NONE),
        ([-1, 1, 1, 1, 1, 1, 1], NONE),
        ([1] * 7, Holidays((Holiday(WEEK.start, "Monday off"),))),
    ],
)
def test_where_a_weekday_says_nothing_there_are_no_weights(week: list[int], holidays: Holidays) -> None:
    assert weekday_weights(np.array(week, dtype=np.int64), WEEK, holidays) is None


@given(WINDOWS, st.lists(DAYS, max_size=5, unique=True))
def test_the_index_adds_up_over_parts_and_a_closed_day_takes_its_weight(window: Window, days: list[date]) -> None:
    middle = window.start + timedelta(days=window.days // 3)
    closed = Holidays.of([Holiday(day, "closed", closed=True) for day in days])
    parts = (Window(window.start, middle), Window(middle, window.stop))
    assert sum(trading_index(VECTOR, part, closed) for part in parts) == pytest.approx(
        trading_index(VECTOR, window, closed)
    )
    inside = sum(VECTOR.values[day.weekday()] for day in days if window.start <= day < window.stop)
    open_days = Holidays.of([Holiday(day, "busy") for day in days])
    assert trading_index(VECTOR, window, open_days) - trading_index(VECTOR, window, closed) == pytest.approx(inside)


@given(st.integers(1, 10**12), st.integers(1, 10**12), st.floats(0.1, 40), st.floats(0.1, 40))
def test_the_two_parts_multiply_to_the_change(now: int, before: int, index: float, base: float) -> None:
    parts = adjusted(now, before, index, base)
    assert parts is not None
    assert (1 + parts.effect) * (1 + parts.adjusted) == pytest.approx(1 + parts.raw)


@pytest.mark.parametrize("four", [(0, 1, 1.0, 1.0), (1, -1, 1.0, 1.0), (1, 1, 0.0, 1.0), (1, 1, 1.0, 0.0)])
def test_no_rate_without_a_positive_base(four: tuple[int, int, float, float]) -> None:
    assert adjusted(*four) is None


@given(DAYS, DAYS)
def test_weeks_are_full_finished_and_at_most_52(complete_to: date, first: date) -> None:
    window = weeks_before(complete_to, first, 52)
    assert window.stop <= complete_to + timedelta(days=1)
    assert window.stop.weekday() == window.start.weekday() == 0 or not window.days
    assert window.days % 7 == 0
    assert window.days <= 364
    assert not window.days or window.start >= first
    # No further week would have fitted.
    assert window.stop + timedelta(weeks=1) > complete_to + timedelta(days=1)
    assert window.days == 364 or window.start - timedelta(weeks=1) < first


def test_moving_holidays_that_are_missing_are_said_by_year() -> None:
    known = Holidays.of([Holiday(date(2026, 4, 3), "Good Friday"), Holiday(date(2025, 11, 28), "Black Friday")])
    easter, friday = known.missing(["2026-04", "2025-04", "2026-11", "2025-11", "2026-05"])
    assert "of 2025:" in easter
    assert "November 2026" in friday
    assert known.missing(["2026-03", "2025-11", "2026-05"]) == ()


def test_equal_holidays_have_one_version_in_any_order() -> None:
    days = [Holiday(date(2026, 12, 25), "Christmas", closed=True), Holiday(date(2026, 4, 3), "Good Friday")]
    assert Holidays.of(days).version == Holidays.of(reversed(days)).version
    assert Holidays.of(days).version != Holidays.of(days[:1]).version
    assert Holidays.of([days[0]]).version != Holidays.of([Holiday(days[0].day, "Christmas")]).version
