"""What is worth a sentence: vectors, and silence where the sample is small."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.sales.findings import Concentration, FindingRules, Returns, concentration, movement, record, risen

RULES = FindingRules(min_products=4, concentration=0.5, mover_share=0.1, record_months=3)


def sums(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (sums(50, 20, 20, 10), Concentration(1, 4)),  # one product is exactly half
        (sums(49, 21, 20, 10), Concentration(2, 4)),
        (sums(0, -5, 50, 20, 20, 10), Concentration(1, 4)),  # who did not sell is no seller
        (sums(25, 25, 25, 25), Concentration(2, 4)),
        (sums(20, 20, 20, 20, 20), None),  # three of five: too even to be news
        (sums(90, 5, 5), None),  # three products are too few
        (sums(), None),
    ],
)
def test_concentration(values: np.ndarray, found: Concentration | None) -> None:
    assert concentration(values, RULES) == found


@given(st.lists(st.integers(-50, 10_000), min_size=4, max_size=60), st.randoms(use_true_random=False))
def test_concentration_holds_half_with_no_product_to_spare_in_any_order(values: list[int], luck) -> None:
    rules = replace(RULES, concentration=1.0)
    found = concentration(sums(*values), rules)
    sold = sorted((value for value in values if value > 0), reverse=True)
    if found is None:
        assert len(sold) < rules.min_products
        return
    assert 2 * sum(sold[: found.holders]) >= sum(sold) > 2 * sum(sold[: found.holders - 1])
    luck.shuffle(values)
    assert concentration(sums(*values), rules) == found


def test_movement_names_the_largest_steps_up_and_down() -> None:
    found = movement(sums(100, 10, 60, 30), sums(60, 40, 55, 45), 10, RULES)
    assert (found.riser, found.faller) == (0, 1)


def test_movement_of_small_products_and_small_steps_is_no_news() -> None:
    few = movement(sums(9, 100), sums(0, 100), 10, replace(RULES, mover_share=0.001))
    assert (few.riser, few.faller) == (None, None)
    little = movement(sums(109, 91), sums(100, 100), 0, RULES)  # 9 of 200 is less than a tenth
    assert (little.riser, little.faller) == (None, None)
    assert movement(sums(), sums(), 0, RULES).riser is None
    assert movement(sums(0), sums(0), 0, RULES).riser is None


@pytest.mark.parametrize(
    ("returns", "is_news"),
    [
        (Returns(30, 1000, 20, 1000), True),  # 3 % after 2 %: a point
        (Returns(29, 1000, 20, 1000), False),
        (Returns(20, 1000, 30, 1000), False),  # fewer returns are no alarm
        (Returns(50, 99, 1, 99), False),  # too few units sold
        (Returns(5, 0, 0, 0), False),
    ],
)
def test_returns_rise_by_points_on_enough_units(returns: Returns, is_news: bool) -> None:
    assert risen(returns, replace(RULES, min_units=0 if not returns.gross else 100)) is is_news


def test_points_are_a_difference_of_percentages() -> None:
    returns = Returns(30, 1000, 5, 500)
    assert (returns.percent, returns.percent_before, returns.points) == (3.0, 1.0, 2.0)


@pytest.mark.parametrize(
    ("values", "place"),
    [([1, 5, 3], 1), ([5, 5, 3], None), ([1, 5], None), ([0, 0, 0], None), ([-3, -1, -2], None), ([], None)],
)
def test_a_record_stands_alone_among_enough_months(values: list[int], place: int | None) -> None:
    assert record(values, RULES) == place
