from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.sales.calendar import (
    Against,
    Window,
    days_in,
    first_day,
    is_unfinished,
    like_for_like,
    month_key,
    month_number,
    month_window,
    shift,
)


@given(st.integers(12, 12 * 9999 + 11))
def test_a_month_key_and_its_number_are_inverse(number: int) -> None:
    assert month_number(month_key(number)) == number


@pytest.mark.parametrize(
    "text",
    ["", "2026", "2026-13", "2026-00", "26-11", "2026-1", "2026-11-01", "2026/11", "abcd-ef", "0000-01", "٢٠٢٦-11x"],
)
def test_what_is_no_month_is_refused_with_the_way_to_write_it(text: str) -> None:
    with pytest.raises(ValueError, match="write it as 2026-11"):
        month_number(text)


def test_a_month_window_is_half_open() -> None:
    window = month_window("2026-11", "2026-12")
    assert window == Window(date(2026, 11, 1), date(2027, 1, 1))
    assert window.days == 61
    assert window.last == date(2026, 12, 31)


@pytest.mark.parametrize(
    ("start", "stop", "words"),
    [
        ((2026, 11, 1), (2026, 12, 1), "November 2026"),
        ((2026, 11, 1), (2026, 11, 21), "1–20 November 2026"),
        ((2026, 11, 1), (2026, 11, 2), "1 November 2026"),
        ((2025, 12, 1), (2026, 3, 1), "December 2025 – February 2026"),
        ((2025, 12, 1), (2026, 11, 21), "1 December 2025 – 20 November 2026"),
    ],
)
def test_a_window_in_words(start: tuple[int, int, int], stop: tuple[int, int, int], words: str) -> None:
    assert Window(date(*start), date(*stop)).words == words


def test_an_unfinished_month_is_compared_with_as_many_days() -> None:
    pair = like_for_like("2026-11", "2026-11", date(2026, 11, 20), Against.PREVIOUS)
    assert pair is not None
    assert (pair.current.words, pair.base.words) == ("1–20 November 2026", "1–20 October 2026")


def test_a_complete_month_is_compared_with_the_whole_month() -> None:
    pair = like_for_like("2026-02", "2026-02", date(2026, 2, 28), Against.PREVIOUS)
    assert pair is not None
    assert (pair.current.words, pair.base.words) == ("February 2026", "January 2026")


def test_the_shorter_month_decides_how_many_days_count() -> None:
    pair = like_for_like("2026-03", "2026-03", date(2026, 3, 30), Against.PREVIOUS)
    assert pair is not None
    assert (pair.current.days, pair.base.days) == (28, 28)


def test_a_range_is_compared_with_the_same_months_a_year_before() -> None:
    pair = like_for_like("2026-01", "2026-11", date(2026, 11, 20), Against.YEAR_BEFORE)
    assert pair is not None
    assert (pair.current.stop, pair.base) == (date(2026, 11, 21), Window(date(2025, 1, 1), date(2025, 11, 21)))


def test_a_month_without_a_finished_day_has_no_comparison() -> None:
    assert like_for_like("2026-12", "2026-12", date(2026, 11, 30), Against.PREVIOUS) is None


@given(st.dates(date(2001, 1, 1), date(2090, 12, 31)), st.integers(1, 24), st.sampled_from(Against))
def test_in_an_unfinished_month_both_sides_have_equal_days_of_the_last_month(
    complete_to: date, length: int, against: Against
) -> None:
    last = f"{complete_to:%Y-%m}"
    pair = like_for_like(shift(last, 1 - length), last, complete_to, against)
    assert pair is not None
    if is_unfinished(last, complete_to):
        assert pair.current.last.day == pair.base.last.day == min(complete_to.day, days_in(f"{pair.base.last:%Y-%m}"))
        assert pair.current.last <= complete_to
    else:
        assert pair.base.stop.day == 1
    assert pair.base.start < pair.current.start == first_day(shift(last, 1 - length))
