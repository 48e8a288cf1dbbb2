"""Orders are those of numpy's stable sort, however far apart the numbers are."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.sales.ordering import ascending, leading

NUMBERS = st.one_of(st.integers(-3, 3), st.integers(-(2**63), 2**63 - 1))


@given(st.lists(NUMBERS, max_size=40))
def test_equal_ones_stay_in_the_order_of_their_positions(numbers: list[int]) -> None:
    keys = np.array(numbers, dtype=np.int64)
    assert ascending(keys).tolist() == sorted(range(len(numbers)), key=lambda i: numbers[i])
    assert ascending(~keys).tolist() == sorted(range(len(numbers)), key=lambda i: -numbers[i])


@given(st.lists(NUMBERS, max_size=40), st.integers(0, 50))
def test_the_first_of_an_order_are_among_the_leading(numbers: list[int], count: int) -> None:
    keys = np.array(numbers, dtype=np.int64)
    found = leading(keys, count)
    assert set(ascending(keys)[:count].tolist()) <= set(found.tolist())
    assert found.tolist() == sorted(found.tolist())


@pytest.mark.parametrize(
    ("keys", "count", "expected"),
    [
        ([5.0, 1.0, 3.0, 1.0, 9.0], 1, [1, 3]),
        ([5.0, 1.0, 3.0, 2.0, 9.0], 3, [1, 2, 3]),
        ([np.nan, 1.0, np.nan], 2, [0, 1, 2]),
        ([2.0, 1.0], 0, []),
    ],
)
def test_few_are_left_to_be_sorted(keys: Sequence[float], count: int, expected: list[int]) -> None:
    assert leading(np.array(keys), count).tolist() == expected
