"""Small integers are stored in half the room, and large ones are left alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.sources.layout_tables import narrow


@given(st.lists(st.integers(-(2**62), 2**62), max_size=30))
def test_no_number_changes(numbers: list[int]) -> None:
    assert narrow(np.array(numbers, dtype=np.int64)).tolist() == numbers


@pytest.mark.parametrize(("largest", "kept"), [(2**29 - 1, np.int32), (2**29, np.int64), (-(2**63), np.int64)])
def test_only_those_that_leave_room_to_add_a_few_up_are_narrowed(largest: int, kept: type) -> None:
    assert narrow(np.array([0, largest], dtype=np.int64)).dtype == kept


def test_three_of_the_largest_narrow_ones_add_up() -> None:
    column = narrow(np.array([2**29 - 1], dtype=np.int64))
    assert int((column + column + column)[0]) == 3 * (2**29 - 1)
