"""Seasonal indices against a slow computation of the definition, and what must hold for any sales."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.sales.seasonality import drawn, filled, indices, shrunk

YEAR = [60, 70, 90, 100, 110, 120, 100, 90, 80, 90, 130, 160]
SERIES = st.lists(st.integers(1, 500), min_size=24, max_size=60)


def by_definition(series: list[int], first: int) -> list[float]:
    """Index of each calendar month, January first; ``first`` is 0 for a series that begins in January."""
    ratios: dict[int, list[float]] = {}
    for t in range(6, len(series) - 6):
        around = series[t - 6 : t + 7]
        average = (0.5 * around[0] + sum(around[1:12]) + 0.5 * around[12]) / 12
        ratios.setdefault((first + t) % 12, []).append(series[t] / average)
    means = [sum(ratios[m]) / len(ratios[m]) for m in range(12)]
    return [mean / (sum(means) / 12) for mean in means]


@settings(max_examples=40)
@given(SERIES, st.integers(1, 12))
def test_an_index_is_the_mean_ratio_to_the_centred_average(series: list[int], month: int) -> None:
    found = indices(np.array([series]).T, f"2024-{month:02}")[:, 0]
    assert found.tolist() == pytest.approx(by_definition(series, month - 1))
    assert found.mean() == pytest.approx(1)


def test_a_steady_year_is_found_again_whatever_the_month_it_begins_with() -> None:
    expected = np.array(YEAR) / np.mean(YEAR)
    rolled = np.roll(YEAR, -4)  # begins in May
    found = indices(np.tile(rolled, 3)[:, None], "2024-05")[:, 0]
    assert found.tolist() == pytest.approx(expected.tolist())


@pytest.mark.parametrize(
    ("series", "why"),
    [
        (YEAR * 2, "24 months are enough"),
        (YEAR + YEAR[:11], "23 are not"),
        ([0] * 36, "nothing sold"),
        ([5] + [0] * 35, "a year without sales"),
        ([-value for value in YEAR * 2], "more came back than was sold"),
    ],
)
def test_without_24_months_with_sales_there_is_no_index(series: list[int], why: str) -> None:
    found = indices(np.array([series]).T, "2024-01")[:, 0]
    assert np.isnan(found).all() == (why != "24 months are enough"), why


@settings(max_examples=30)
@given(st.lists(SERIES.map(lambda s: s[:24]), min_size=1, max_size=4), st.integers(2, 9), st.randoms())
def test_an_index_depends_on_its_own_product_and_not_on_its_size(table: list[list[int]], scale: int, rng) -> None:
    order = rng.sample(range(len(table)), len(table))
    plain, moved = np.array(table).T, (np.array(table) * scale)[order].T
    assert indices(moved, "2024-03") == pytest.approx(indices(plain, "2024-03")[:, order])


def test_a_thin_product_is_drawn_towards_its_category_by_its_years() -> None:
    own, shared = np.full(12, 1.6), np.full(12, 0.8)
    assert drawn(own, shared, years=2) == (pytest.approx(np.full(12, 1.2)), 0.5)  # 2 / (2 + 2)
    assert drawn(own, shared, years=3)[0][0] == pytest.approx(0.6 * 1.6 + 0.4 * 0.8)  # 3 / (3 + 2)
    nothing = np.full(12, np.nan)
    assert drawn(nothing, shared, 1)[0] is shared
    assert drawn(own, nothing, 3) == (own, 1.0)


def test_all_products_at_once_are_drawn_as_one_by_one() -> None:
    rng = np.random.default_rng(1)
    table = rng.poisson(20, (36, 4)).astype(np.int64)
    table[:30, 3] = 0  # launched half a year ago
    category = np.array([0, 1, 0, 1])
    found = shrunk(table, "2024-01", category, 2)
    kitchen = indices(table[:, [0, 2]].sum(axis=1)[:, None], "2024-01")[:, 0]
    garden = indices(table[:, [1, 3]].sum(axis=1)[:, None], "2024-01")[:, 0]
    assert found[:, 0] == pytest.approx(drawn(indices(table[:, :1], "2024-01")[:, 0], kitchen, 3)[0])
    assert found[:, 3] == pytest.approx(garden)


def test_a_month_that_does_not_count_is_filled_from_a_year_away() -> None:
    series, counts = np.arange(26.0), np.ones(26, dtype=bool)
    counts[[3, 20, 25]] = False
    result = filled(series, counts)
    assert (result[3], result[20], result[25]) == (15, 8, 13)
    assert (np.delete(result, [3, 20, 25]) == np.delete(series, [3, 20, 25])).all()
