"""Ups and downs: how they balance, and which of them cancel each other."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dashboard.sales.contribution import Balance, Pair, PairRules, balance, largest, offsetting
from dashboard.sales.movers import contributions

RULES = PairRules(most=5, tolerance=0.1, least_share=0.02, cancel_share=0.25)
CHANGES = st.lists(st.integers(-(10**9), 10**9), max_size=30)


def ints(*values: int):
    return np.array(values, dtype=np.int64)


def test_contributions_are_parts_of_the_size_of_the_change() -> None:
    change = ints(-30, 10, 0)
    assert contributions(change, int(change.sum())).tolist() == [-1.5, 0.5, 0.0]


@given(CHANGES)
def test_ups_and_downs_make_the_change(values: list[int]) -> None:
    found = balance(ints(*values))
    assert found.net == sum(values)
    assert found.risen + found.fallen + values.count(0) == len(values)


def test_much_moved_and_little_is_left() -> None:
    assert Balance(100, -81, 3, 4).cancels(RULES)
    assert not Balance(100, -70, 3, 4).cancels(RULES)
    assert not Balance(100, 0, 3, 0).cancels(RULES)


def test_the_largest_changes_first_and_equal_ones_by_place() -> None:
    assert largest(ints(5, -9, 0, 5, -5), 3).tolist() == [1, 0, 3]


def test_pairs_are_of_one_category_and_near_each_other() -> None:
    change = ints(1000, -950, 980, -500, 400, -1000)
    category = ints(0, 0, 1, 0, 0, 2)
    # 500 and 400 differ by a fifth; the last one's category has no riser.
    assert offsetting(change, category, RULES) == [Pair(0, 1)]


def test_the_nearest_riser_is_taken_and_none_twice() -> None:
    change, one = ints(100, 104, -103, -101), ints(0, 0, 0, 0)
    assert offsetting(change, one, RULES) == [Pair(1, 2), Pair(0, 3)]
    assert offsetting(change, one, PairRules(most=1)) == [Pair(1, 2)]
    assert offsetting(ints(100, -100, -99), ints(0, 0, 0), RULES) == [Pair(0, 1)]


def test_small_changes_make_no_pair() -> None:
    change = ints(10_000, 100, -100, -3000)
    assert offsetting(change, ints(0, 0, 0, 0), RULES) == []


@given(CHANGES.filter(len), st.randoms(use_true_random=False))
def test_every_pair_keeps_what_it_promises(values: list[int], random) -> None:
    groups = [random.randrange(3) for _ in values]
    pairs = offsetting(ints(*values), ints(*groups), RULES)
    places = [place for pair in pairs for place in (pair.riser, pair.faller)]
    assert len(places) == len(set(places))
    for pair in pairs:
        rise, fall = values[pair.riser], -values[pair.faller]
        assert min(rise, fall) > 0
        assert groups[pair.riser] == groups[pair.faller]
        assert abs(rise - fall) <= RULES.tolerance * max(rise, fall)
