"""When a forecast is published, when not and why, and the measure of its error."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.sales.backtest import Score, mase, score, seasonal_naive
from dashboard.sales.forecast import Forecast, ForecastRules, Method, Why, forecast, verdict
from dashboard.sales.smoothing import Projection

RULES = ForecastRules()
SHAPE = np.array([0.6, 0.7, 0.9, 1.0, 1.1, 1.2, 1.0, 0.9, 0.8, 0.9, 1.3, 1.6])


def seasonal(months: int, growth: float = 0.01, noise: float = 0.05, seed: int = 8) -> np.ndarray:
    place, rng = np.arange(months), np.random.default_rng(seed)
    return np.rint(400 * (1 + growth) ** place * SHAPE[place % 12] * rng.lognormal(0, noise, months)).astype(np.int64)


def made(values: np.ndarray, counts: np.ndarray | None = None, **changes: object) -> Forecast:
    rules = replace(RULES, **changes)
    return forecast(values, np.ones(len(values), dtype=bool) if counts is None else counts, rules)


def test_mase_is_the_error_against_the_change_from_the_year_before() -> None:
    history = np.array([10, 12, 9, 14, 11, 10, 8, 9, 13, 15, 20, 30, 12, 15, 9, 20], dtype=float)
    # |12-10|, |15-12|, |9-9|, |20-14|: mean 2.75; errors 2, 4: mean 3.
    assert mase(np.array([10.0, 20.0]), np.array([12.0, 16.0]), history) == pytest.approx(3 / 2.75)
    assert np.isnan(mase(np.array([1.0]), np.array([2.0]), history[:12]))
    assert np.isnan(mase(np.array([1.0]), np.array([2.0]), np.tile(history[:12], 2)))


def test_the_score_counts_every_pair_of_an_origin_and_a_known_month_that_counts() -> None:
    values = np.arange(30.0) ** 1.5
    counts = np.ones(30, dtype=bool)
    counts[28] = False
    origins = np.array([27, 28, 29])
    exact = np.where(origins[:, None] + np.arange(3) < 30, values[np.minimum(origins[:, None] + np.arange(3), 29)], 0)
    found = score(values, counts, origins, Projection(exact, exact - 1, exact + 1))
    assert (found.mase, found.against_last_year, found.hits, found.trials) == (0, 0, 4, 4)  # 27 29; 29; 29
    usual = seasonal_naive(values, origins, 3)
    assert usual.tolist() == [
        values[[15, 16, 17]].tolist(),
        values[[16, 17, 18]].tolist(),
        values[[17, 18, 19]].tolist(),
    ]
    assert score(values, counts, origins, Projection(usual, usual, usual)).against_last_year == pytest.approx(1)


@pytest.mark.parametrize(
    ("record", "why"),
    [
        (Score(0.99, 0.99, 8, 10), None),
        (Score(0.99, 0.99, 7, 10), None),
        (Score(0.99, 0.99, 9, 10), None),
        (Score(1.0, 0.5, 8, 10), Why.NOT_BETTER),
        (Score(0.5, 1.0, 8, 10), Why.NOT_BETTER),
        (Score(float("nan"), 0.5, 8, 10), Why.NOT_BETTER),
        (Score(0.5, float("nan"), 8, 10), Why.NOT_BETTER),
        (Score(0.5, 0.5, 69, 100), Why.UNSURE),
        (Score(0.5, 0.5, 91, 100), Why.UNSURE),
    ],
)
def test_it_is_published_below_one_and_with_a_range_that_holds_as_often_as_it_says(record: Score, why: Why) -> None:
    assert verdict(record, RULES) is why


def test_growing_sales_with_a_season_are_forecast_near_what_comes() -> None:
    """Ten products with 8 % of chance: the ranges hold about as often as they say, and what is published is near."""
    worlds = [seasonal(51, noise=0.08, seed=seed) for seed in range(10)]
    found = [(made(world[:48]), world[48:]) for world in worlds]
    scores = [one.score for one, _ in found if one.score is not None]
    assert all(one.tried == 12 and one.method in {Method.ADDED, Method.MULTIPLIED} for one, _ in found)
    assert 0.7 < sum(s.hits for s in scores) / sum(s.trials for s in scores) < 0.9
    published = [(one, actual) for one, actual in found if one.why is None]
    assert len(published) >= 3
    for one, actual in published:
        assert one.mean == pytest.approx(actual.tolist(), rel=0.3)
        assert all(low < mean < high for low, mean, high in zip(one.low, one.mean, one.high, strict=True))
    wide = made(worlds[0][:48], horizon=5, most_mase=9.0, least_coverage=0.0, most_coverage=1.0)
    assert (wide.why, len(wide.mean)) == (None, 5)


def test_what_last_year_tells_as_well_is_not_published() -> None:
    """Every year the same but for chance: nothing is closer than the year before, or not much."""
    same = np.tile(np.rint(400 * SHAPE), 3).astype(np.int64)
    assert made(same).why is Why.NOT_BETTER
    for seed in range(3):
        steps = np.random.default_rng(seed).normal(0, 60, (4, 12)).cumsum(axis=0)
        wandering = np.rint(400 * SHAPE + steps).astype(np.int64).ravel()
        assert made(wandering).why is Why.NOT_BETTER


def test_a_short_past_is_said_to_be_short() -> None:
    assert made(seasonal(17)) == Forecast(Why.SHORT, 17, 0)
    counts = np.ones(19, dtype=bool)
    counts[[3, 4]] = False
    assert made(seasonal(19), counts) == Forecast(Why.SHORT, 17, 2)
    assert made(np.zeros(40, dtype=np.int64)).why is Why.NO_SALES
    assert made(seasonal(17), least_trials=5).why is not Why.SHORT


def test_products_that_sell_in_few_months_have_methods_of_their_own() -> None:
    rng = np.random.default_rng(3)
    found = made((rng.random(48) < 0.4) * rng.poisson(6, 48))
    assert found.method in {Method.SBA, Method.TSB}


def test_the_category_lends_its_season_to_a_product_too_young_for_one_of_its_own() -> None:
    series = seasonal(60, growth=0.0, noise=0.03)
    young, counts = series[-20:] // 10, np.ones(20, dtype=bool)
    alone = forecast(young, counts, RULES)
    helped = forecast(young, counts, RULES, shared=series)
    assert alone.method is Method.LEVEL
    assert helped.score is not None
    assert alone.score is not None
    assert helped.score.mase < alone.score.mase


@settings(max_examples=15)
@given(st.integers(0, 10**6), st.sets(st.integers(0, 39), min_size=1, max_size=6))
def test_a_month_out_of_stock_changes_nothing_whatever_was_sold_in_it(sold: int, out: set[int]) -> None:
    values, counts = seasonal(40), np.ones(40, dtype=bool)
    counts[list(out)] = False
    changed = values.copy()
    changed[list(out)] = sold
    assert made(changed, counts) == made(values, counts)
    assert made(values, counts).left_out == len(out)
