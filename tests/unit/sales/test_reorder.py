"""Safety stock, reorder point, quantity, and the demand that they are made of (domain.md section 5)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.sales.demand import daily_demand, resampled
from dashboard.sales.demand_class import DEMAND_CLASSES
from dashboard.sales.reorder import order_quantity, reorder_point, safety_stock


def test_safety_stock_and_reorder_point_of_the_vector() -> None:
    stock = safety_stock(4, 2, 14, 3, 0, 1.645)
    assert float(stock) == pytest.approx(23.26, abs=0.005)
    assert float(reorder_point(4, 14, 0, stock)) == pytest.approx(79.26, abs=0.005)
    assert float(safety_stock(4, 2, 14, 0, 0, 1.645)) == pytest.approx(12.31, abs=0.005)


def test_a_review_period_counts_like_days_of_the_supplier() -> None:
    assert float(safety_stock(4, 2, 7, 3, 7, 1.645)) == pytest.approx(23.26, abs=0.005)
    assert float(reorder_point(4, 7, 7, 23.26)) == pytest.approx(79.26)


def quantity(need: float, minimum: int, pack: int, room: float) -> int:
    return int(order_quantity(np.array([need]), np.array([minimum]), np.array([pack]), np.array([room]))[0])


def test_quantities_are_rounded_up_to_cases_and_down_to_the_room() -> None:
    assert quantity(100.2, 1, 24, 1e9) == 120
    assert quantity(3, 50, 24, 1e9) == 72
    assert quantity(500, 24, 24, 130) == 120
    assert quantity(500, 150, 24, 130) == 0
    assert quantity(96.0000000001, 1, 24, 1e9) == 96
    assert quantity(5, 1, 1, -7) == 0


@given(
    st.floats(-1e5, 1e6),
    st.integers(1, 10_000),
    st.integers(1, 500),
    st.floats(-1e4, 1e6),
)
def test_a_quantity_is_0_or_at_least_the_minimum_and_whole_cases(
    need: float, minimum: int, pack: int, room: float
) -> None:
    found = quantity(need, minimum, pack, room)
    assert found == 0 or (found >= minimum and found % pack == 0 and found <= room + 1e-6)
    smallest = -(-minimum // pack) * pack
    assert (found == 0) == (room // pack * pack < smallest) or abs(room - round(room)) < 1e-6


def test_days_without_stock_never_count() -> None:
    """42 units on 14 of 28 days: 3 a day, not 1.5."""
    in_stock = np.arange(28)[:, None] % 2 == 0
    found = daily_demand(np.where(in_stock, 3, 0), in_stock)
    assert (found.mean[0], found.sd[0], found.days[0], found.sale_days[0]) == (3.0, 0.0, 14, 14)
    assert DEMAND_CLASSES[found.code[0]] == "smooth"
    sold_on_days_out = daily_demand(np.where(in_stock, 3, 99), in_stock)
    assert sold_on_days_out.mean[0] == 3.0


@given(st.lists(st.tuples(st.integers(-20, 60), st.booleans()), min_size=3, max_size=40))
def test_demand_is_that_of_numpy_over_the_days_that_count(days: list[tuple[int, bool]]) -> None:
    units, counted = (np.array(column)[:, None] for column in zip(*days, strict=True))
    found, kept = daily_demand(units, counted), units[counted]
    assert found.days[0] == len(kept)
    if len(kept) > 1:
        assert found.mean[0] == pytest.approx(kept.mean())
        assert found.sd[0] == pytest.approx(kept.std(ddof=1))
    elif not len(kept):
        assert np.isnan(found.mean[0])


def test_resampling_is_the_same_each_time_and_whoever_stands_beside() -> None:
    rng = np.random.default_rng(5)
    units, counted = rng.poisson(0.3, (56, 40)) * rng.integers(1, 9, (56, 40)), rng.random((56, 40)) < 0.9
    horizon, spread = rng.integers(3, 40, 40), rng.choice([0.0, 2.5, np.nan], 40)
    whole = resampled(units, counted, horizon, spread, 0.95)
    assert (whole == resampled(units, counted, horizon, spread, 0.95)).all()
    order = rng.permutation(40)
    parts = resampled(units[:, order], counted[:, order], horizon[order], spread[order], 0.95)
    assert (parts == whole[order]).all()
    alone = resampled(units[:, 7:8], counted[:, 7:8], horizon[7:8], spread[7:8], 0.95)
    assert alone[0] == whole[7]


def test_the_resampled_quantile_is_near_the_true_one() -> None:
    """A constant demand has one outcome; a coin of 10 units over 20 days exceeds 130 in 1 of 20 cases about."""
    constant = resampled(np.full((56, 1), 3), np.ones((56, 1), bool), np.array([21]), np.zeros(1), 0.95)
    assert constant[0] == 63.0
    coin = np.tile([[10], [0]], (28, 1))
    found = resampled(coin, np.ones((56, 1), bool), np.array([20]), np.zeros(1), 0.95)
    assert 120 <= found[0] <= 150
    wider = resampled(coin, np.ones((56, 1), bool), np.array([20]), np.full(1, 8.0), 0.95)
    assert wider[0] > found[0]
    assert np.isnan(resampled(coin, np.zeros((56, 1), bool), np.array([20]), np.zeros(1), 0.95))[0]
