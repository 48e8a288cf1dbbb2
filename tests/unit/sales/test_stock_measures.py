"""Formulas of stock: the vectors of domain.md section 5, and what lost units must not depend on."""

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.sales.rollup import Receipts
from dashboard.sales.stock_age import BANDS, UNKNOWN, ages, first_receipts, received
from dashboard.sales.stock_measures import (
    average_inventory,
    days_of_supply,
    excess_units,
    gmroi,
    lost_units,
    sell_through,
    stock_to_sales,
    tally,
    turns,
    value_at_cost,
    weekday_weights,
)

DAY = date(2026, 11, 20)


def test_sell_through_counts_what_came_in_and_what_came_back() -> None:
    opening, incoming, sold, returned = 200, 100, 150, 10
    assert float(sell_through(sold - returned, opening, incoming)) == pytest.approx(0.467, abs=0.0005)
    assert float(sell_through(sold - returned, opening, 0)) == pytest.approx(0.70)


def test_gmroi_of_a_quarter_and_of_a_year() -> None:
    average = average_inventory([10_000, 12_000, 11_000, 9_000])
    assert float(average) == 10_500
    assert float(gmroi(36_000, average, 12)) == pytest.approx(3.43, abs=0.005)
    assert float(gmroi(36_000, average, 3)) == pytest.approx(13.71, abs=0.005)


def test_turns_and_stock_to_sales() -> None:
    assert float(turns(60, 120, 1)) == pytest.approx(6.0)
    assert float(stock_to_sales(300, 100)) == pytest.approx(3.0)
    assert float(stock_to_sales(300, 300, months=3)) == pytest.approx(3.0)


@given(
    st.lists(
        st.tuples(st.integers(-(2**31), 2**31 - 1), st.integers(0, 10**9), st.integers(-1, 10**15)),
        min_size=1,
        max_size=40,
    )
)
def test_a_value_at_cost_is_exact_up_to_the_limits_of_an_import(rows: list[tuple[int, int, int]]) -> None:
    first, second, costs = zip(*rows, strict=True)
    found = value_at_cost(np.array([first, second]), np.array(costs))
    known = [max(cost, 0) for cost in costs]
    assert found == [sum(units * cost for units, cost in zip(row, known, strict=True)) for row in (first, second)]


def test_no_demand_is_no_endless_supply() -> None:
    found = days_of_supply(np.array([76, 10, 0, -5]), np.array([4.0, 0.0, 2.0, 2.0]))
    assert found[0] == 19.0
    assert np.isnan(found[1])
    assert found[2:].tolist() == [0.0, 0.0]


def test_excess_is_whole_units_above_the_cover() -> None:
    found = excess_units(np.array([100, 100, 7, -3]), np.array([1.0, 0.5, np.nan, 1.0]), 90)
    assert found.tolist() == [10, 55, 7, 0]


def out_for_half(units_a_day: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """bool and int64 [28 days, 1 product]: in stock on every second day, 42 units sold in all."""
    in_stock = np.arange(28)[:, None] % 2 == 0
    return in_stock, np.where(in_stock, units_a_day, 0)


def test_lost_units_of_the_vector_with_no_spread() -> None:
    in_stock, units = out_for_half()
    assert units.sum() == 42
    found = lost_units(tally(~in_stock, in_stock, units, np.ones(28)), min_days=14)
    assert (found.days[0], found.lost[0], found.low[0], found.high[0]) == (14, 42.0, 42.0, 42.0)


def test_lost_units_have_the_weekdays_of_the_days_out() -> None:
    """Saturdays sell four times as much; who is out on Saturdays loses more than who is out on Mondays."""
    weekday = np.arange(56) % 7
    units = np.where(weekday == 5, 8, 2)[:, None].repeat(2, axis=1)
    weights = weekday_weights(units[:, 0], weekday)
    out = np.stack((weekday == 5, weekday == 0), axis=1)
    out[:28] = False
    found = lost_units(tally(out, ~out, np.where(out, 0, units), weights), min_days=14)
    assert found.lost.tolist() == pytest.approx([32.0, 8.0])


def test_lost_units_are_unknown_without_days_in_stock_and_a_range_with_spread() -> None:
    in_stock, _ = out_for_half()
    units = np.where(in_stock, np.arange(28)[:, None] % 5, 0)
    part = tally(~in_stock, in_stock, units, np.ones(28))
    assert np.isnan(lost_units(part, min_days=15).lost[0])
    found = lost_units(part, min_days=14)
    assert 0 <= found.low[0] < found.lost[0] < found.high[0]


@given(st.lists(st.integers(-3, 30), min_size=28, max_size=28), st.integers(1, 27))
def test_tallies_of_days_add_up(sold: list[int], cut: int) -> None:
    in_stock, weights = np.arange(28)[:, None] % 3 > 0, np.linspace(0.5, 1.5, 28)
    units = np.array(sold)[:, None]
    whole = tally(~in_stock, in_stock, units, weights)
    parts = [tally(~in_stock[s], in_stock[s], units[s], weights[s]) for s in (slice(0, cut), slice(cut, 28))]
    both = lost_units(parts[0] + parts[1], 5)
    assert both.high[0] == pytest.approx(lost_units(whole, 5).high[0])
    assert both.lost[0] == pytest.approx(lost_units(whole, 5).lost[0])


def deliveries(rows: list[tuple[int, int, int]]) -> Receipts:
    """Out of (product, days ago, units)."""
    product, ago, units = np.array(sorted(rows, key=lambda row: (row[0], -row[1]))).reshape(-1, 3).T
    days = np.datetime64(DAY, "D") - ago.astype("timedelta64[D]")
    return Receipts(product.astype(np.int32), days, units)


def test_age_of_the_newest_receipts() -> None:
    """Bands end with their last day, and what no receipt explains is of unknown age."""
    some = deliveries([(0, 400, 30), (0, 45, 50), (0, 20, 100), (1, 30, 5), (1, 31, 5), (1, -3, 99)])
    table = ages(some, np.array([120, 12, 0]), DAY)
    assert dict(zip(BANDS, table[:, 0].tolist(), strict=True))["0–30 days"] == 100
    assert table[:, 0].tolist() == [100, 20, 0, 0, 0, 0, 0]
    assert table[:, 1].tolist() == [5, 5, 0, 0, 0, 0, 2]
    assert table[:, 2].sum() == 0
    assert received(some, DAY - timedelta(days=45), DAY, 3).tolist() == [150, 10, 0]
    assert np.isnat(first_receipts(some, 3)[2])
    assert first_receipts(some, 3)[0] == np.datetime64(DAY - timedelta(days=400), "D")


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 500), st.integers(0, 40)), min_size=1, max_size=25),
    st.lists(st.integers(-5, 120), min_size=4, max_size=4),
)
def test_ages_add_up_and_are_those_of_goods_counted_one_by_one(
    rows: list[tuple[int, int, int]], on_hand: list[int]
) -> None:
    table = ages(deliveries(rows), np.array(on_hand), DAY)
    assert table.sum(axis=0).tolist() == [max(units, 0) for units in on_hand]
    for product, units in enumerate(on_hand):
        piled = sorted(ago for p, ago, count in rows if p == product for _ in range(count))[: max(units, 0)]
        edges = [-1, 30, 60, 90, 180, 365, 10**6]
        counted = [sum(low < ago <= high for ago in piled) for low, high in pairwise(edges)]
        assert table[:UNKNOWN, product].tolist() == counted
