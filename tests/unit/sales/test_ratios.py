from datetime import date

import numpy as np
import pytest
from factories import Line, make_rollup
from hypothesis import given
from hypothesis import strategies as st

from dashboard.access import Permission
from dashboard.sales.measures import MEASURES
from dashboard.sales.ratios import RATIOS, nearest, quotients
from dashboard.sales.slices import Selection, Slice

UNITS, REVENUE, MARGIN = Permission.MEASURE_UNITS, Permission.MEASURE_REVENUE, Permission.MEASURE_MARGIN
PERMISSIONS = {
    "average_price": {UNITS, REVENUE},
    "discount_rate": {REVENUE},
    "return_rate": {UNITS},
    "margin_rate": {REVENUE, MARGIN},
    "cost_known": {REVENUE, MARGIN},
}
NOV = ("2026-11", "2026-11")


def test_every_ratio_needs_the_permissions_that_this_table_names() -> None:
    assert {key: set(ratio.permissions) for key, ratio in RATIOS.items()} == PERMISSIONS
    for ratio in RATIOS.values():
        assert {ratio.top.permission, ratio.bottom.permission} <= set(ratio.permissions)
        assert ratio.key not in MEASURES


def sums(key: str, *lines: Line) -> tuple[int, int, float]:
    ratio, view = RATIOS[key], Slice(make_rollup(lines), Selection())
    top, bottom = (view.by_product(measure, *NOV) for measure in (ratio.top, ratio.bottom))
    return int(top.sum()), int(bottom.sum()), float(quotients(top.sum(keepdims=True), bottom.sum(keepdims=True))[0])


DAY = date(2026, 11, 3)


def test_a_ratio_is_of_sums_and_never_the_mean_of_ratios() -> None:
    cheap, dear = Line(DAY, "a", 90, 90_00), Line(DAY, "b", 10, 1000_00)
    assert sums("average_price", cheap, dear) == (1090_00, 100, 1090.0)  # the mean of 1.00 and 100.00 would be 50.50


def test_a_booked_return_rate_can_exceed_a_hundred_percent() -> None:
    assert sums("return_rate", Line(DAY, "a", 2, 200, returned_units=5, returned_sales=500))[2] == 2.5


def test_margin_is_of_lines_with_a_cost_and_the_rest_of_sales_is_in_neither_side() -> None:
    known = Line(DAY, "a", 10, 100_00, discounts=10_00, costed_sales=90_00, cost_of_goods=60_00)
    unknown = Line(DAY, "b", 10, 60_00)
    assert sums("margin_rate", known, unknown) == (30_00, 90_00, pytest.approx(1 / 3))
    assert sums("cost_known", known, unknown) == (90_00, 150_00, 0.6)
    assert sums("discount_rate", known, unknown)[:2] == (10_00, 160_00)


def test_it_is_blank_where_nothing_is_left_to_divide_by() -> None:
    assert np.isnan(quotients(np.array([5, 5, -5]), np.array([0, -1, 0]))).all()
    with pytest.raises(ValueError, match="above 0"):
        nearest(1, 0)


@given(st.integers(-(10**15), 10**15), st.integers(1, 10**9))
def test_a_price_is_the_nearest_minor_unit_exactly(top: int, bottom: int) -> None:
    found = nearest(top, bottom)
    assert -bottom < 2 * (top - found * bottom) <= bottom or 2 * (top - found * bottom) == -bottom


@given(st.lists(st.tuples(st.integers(-50, 50), st.integers(-3, 30)), min_size=1, max_size=20), st.integers(1, 9))
def test_equal_fractions_are_equal(pairs: list[tuple[int, int]], factor: int) -> None:
    top, bottom = (np.array(column, dtype=np.int64) for column in zip(*pairs, strict=True))
    np.testing.assert_array_equal(quotients(top, bottom), quotients(top * factor, bottom * factor))
