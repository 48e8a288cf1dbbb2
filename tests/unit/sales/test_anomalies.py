"""Robust z by hand, and each explanation where it holds and where it does not."""

from statistics import median

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.sales.anomalies import NORMAL, AnomalyRules, flagged, score, worth_a_look
from dashboard.sales.anomaly_reasons import (
    Cause,
    Reason,
    Swing,
    data_gap,
    last_swings,
    price,
    returns,
    season,
    silent_days,
    stock_out,
)

RULES = AnomalyRules()
BARE = AnomalyRules(least_spread=0)


def ints(*values: int):
    return np.array(values, dtype=np.int64)


def column(values: list[int]):
    return np.array(values, dtype=np.int64)[:, None]


def test_five_years_at_todays_level() -> None:
    """Each year sells twice the one before, December three times the rest: nothing is odd about that."""
    values = [2**year * (30 if month == 11 else 10) * 100 for year in range(5) for month in range(12)]
    scores = score(column(values), 59, ints(0), RULES)
    assert scores.by_years.tolist() == [True]
    assert scores.comparables.tolist() == [3]  # the first December has no year before it
    assert scores.expected[0] == pytest.approx(values[59])
    assert abs(scores.z[0]) < 1e-9
    assert score(column(values), 59, ints(11), RULES).by_years[0]
    assert not score(column(values), 59, ints(12), RULES).by_years[0]  # one of the three has no whole year before it


def test_the_formula_against_earlier_years() -> None:
    values = [100] * 60
    for year, value in enumerate((120, 100, 90, 110)):
        values[11 + 12 * year] = value
    values[59] = 200
    level = sum(values[47:59])
    comparables = [values[at] * level / sum(values[at - 12 : at]) for at in (23, 35, 47)]
    middle = median(comparables)
    mad = median(abs(value - middle) for value in comparables)
    scores = score(column(values), 59, ints(0), BARE)
    assert scores.z[0] == pytest.approx((200 - middle) / (NORMAL * mad))


def test_a_short_past_is_compared_with_the_six_months_before() -> None:
    values = [500, 90, 110, 100, 80, 120, 100, 300]
    scores = score(column(values), 7, ints(1), BARE)
    assert scores.by_years.tolist() == [False]
    assert scores.comparables.tolist() == [6]
    assert scores.expected[0] == 100
    assert scores.z[0] == pytest.approx(200 / (NORMAL * 10))


@pytest.mark.parametrize("since", [2, 7, 99])
def test_too_short_a_past_says_nothing(since: int) -> None:
    scores = score(column([100] * 7 + [900]), 7, ints(since), RULES)
    assert np.isnan(scores.z[0])
    assert not flagged(scores, RULES)[0]


def test_equal_months_before_do_not_make_a_small_step_an_anomaly() -> None:
    values = column([100] * 6 + [130])
    assert not flagged(score(values, 6, ints(0), RULES), RULES)[0]
    assert flagged(score(values, 6, ints(0), BARE), BARE)[0]


def test_a_handful_of_units_is_not_looked_at() -> None:
    values = column([0] * 6 + [9])
    scores = score(values, 6, ints(0), RULES)
    assert scores.z[0] == 9
    assert flagged(scores, RULES)[0]
    assert not worth_a_look(values, 6, 10, RULES)[0]
    assert worth_a_look(values, 6, 9, RULES)[0]
    assert worth_a_look(column([20] * 6 + [0]), 6, 10, RULES)[0]


@settings(max_examples=25)
@given(
    st.lists(st.lists(st.integers(-50, 5000), min_size=40, max_size=40), min_size=1, max_size=6),
    st.integers(0, 39),
    st.randoms(use_true_random=False),
)
def test_all_products_at_once_are_as_each_alone(rows: list[list[int]], at: int, random) -> None:
    values = np.array(rows, dtype=np.int64).T
    since = np.array([random.randrange(45) for _ in rows], dtype=np.int64)
    together = score(values, at, since, RULES)
    for place in range(len(rows)):
        alone = score(values[:, [place]], at, since[[place]], RULES)
        assert (alone.by_years[0], alone.comparables[0]) == (together.by_years[place], together.comparables[place])
        np.testing.assert_allclose(alone.z[0], together.z[place])


DOWN, UP = Swing(20, 100.0), Swing(300, 100.0)


def test_a_stock_out_explains_a_fall_only() -> None:
    assert stock_out(DOWN, 4, 30, RULES) == Reason(Cause.STOCK_OUT, (4, 30))
    assert stock_out(UP, 4, 30, RULES) is None
    assert stock_out(DOWN, 25, 30, RULES) is None
    assert stock_out(DOWN, 0, 0, RULES) is None


def test_units_move_against_the_price_and_sales_with_it_too() -> None:
    dearer = ((30_00, 20), (100_00, 100))
    found = price(DOWN, *dearer, RULES, is_money=False)
    assert found is not None
    assert found.figures[0] == pytest.approx(0.5)
    assert price(UP, *dearer, RULES, is_money=False) is None
    assert price(UP, *dearer, RULES, is_money=True) is not None
    assert price(DOWN, (21_00, 20), (100_00, 100), RULES, is_money=True) is None
    assert price(DOWN, (30_00, 0), (100_00, 100), RULES, is_money=True) is None


def test_the_season_explains_what_last_year_did_too() -> None:
    year_before = [100] * 6 + [300]
    values = column([*year_before, *[100] * 11, 310])
    swing = float(last_swings(values, 18, RULES)[0])
    assert swing == 2.0
    assert season(Swing(310, 100.0), swing, RULES) == Reason(Cause.CALENDAR, (2.0,))
    assert season(Swing(20, 100.0), swing, RULES) is None  # the other way
    assert season(Swing(600, 100.0), swing, RULES) is None  # 500 % is too much for 200 %
    assert season(Swing(310, 100.0), float("nan"), RULES) is None
    assert np.isnan(last_swings(values, 17, RULES)[0])


def test_returns_explain_a_fall_that_they_make_half_of() -> None:
    assert returns(DOWN, 45, [5] * 6, RULES) == Reason(Cause.RETURNS, (45, 5))
    assert returns(DOWN, 44, [5] * 6, RULES) is None
    assert returns(UP, 400, [5] * 6, RULES) is None


def test_a_gap_explains_a_fall() -> None:
    assert data_gap(DOWN, 3, RULES) == Reason(Cause.DATA_GAP, (3,))
    assert data_gap(DOWN, 2, RULES) is None
    assert data_gap(UP, 9, RULES) is None


def test_silent_days_are_not_closed_days() -> None:
    daily = np.full(70, 50, dtype=np.int64)
    daily[6::7] = 0  # closed on Sundays
    daily[36:40] = 0
    assert np.flatnonzero(silent_days(daily)).tolist() == [36, 37, 38, 39]
    assert not silent_days(ints(0, 0, 5)).any()
