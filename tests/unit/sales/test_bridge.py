"""Price, volume and mix: the vector of domain.md section 6, and what must hold whatever the figures."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from dashboard.sales.bridge import Bridge, Parts, Side, bridge, largest_remainder


def ints(*values: int) -> NDArray[np.int64]:
    return np.array(values, dtype=np.int64)


def side(units: NDArray[np.int64], sales: NDArray[np.int64], constant: NDArray[np.int64] | None = None) -> Side:
    return Side(units, sales, sales if constant is None else constant)


Q0, Q1 = ints(1000, 800, 500), ints(1000, 700, 800)
P0, P1 = ints(10_00, 15_00, 20_00), ints(11_00, 15_00, 23_00)


def vector() -> Bridge:
    return bridge(side(Q0, Q0 * P0), side(Q1, Q1 * P1))


def test_the_vector() -> None:
    found = vector()
    assert found.parts == Parts(volume=2_782_61, mix=1_717_39, price=3_400_00)
    assert found.parts.total == found.current - found.base == 7_900_00
    assert found.price.tolist() == [1_000_00, 0, 2_400_00]
    assert found.products == {"volume": 3, "mix": 3, "price": 3, "new": 0, "lost": 0, "fx": 0, "other": 0}


def test_the_recipe_of_the_web_calls_the_cross_term_mix_and_we_do_not() -> None:
    cross = int(((P1 - P0) * (Q1 - Q0)).sum())
    assert cross == 900_00
    assert vector().parts.mix != cross


def test_new_and_lost_products_and_odd_ones_stand_beside_the_split() -> None:
    units0, units1 = ints(10, 0, 10, -2, 5), ints(10, 4, 0, 3, 5)
    sales0, sales1 = ints(100, 0, 70, -20, -5), ints(100, 44, -6, 30, 5)
    parts = bridge(side(units0, sales0), side(units1, sales1)).parts
    # The fourth is new with what it sold; its returns of before are other, as is what came back of the lost one, and
    # the last one's sales below zero.
    assert parts == Parts(new=44 + 30, lost=-70, other=-6 + 20 + 10)
    assert parts.total == int(sales1.sum() - sales0.sum())


def test_a_new_product_of_sales_below_zero_is_other() -> None:
    nothing = side(ints(0), ints(0))
    assert bridge(nothing, side(ints(3), ints(-5))).parts == Parts(other=-5)
    assert bridge(side(ints(3), ints(-5)), nothing).parts == Parts(other=5)


def test_exchange_rates_are_taken_out_first() -> None:
    same = ints(10)
    found = bridge(side(same, ints(100_00), ints(100_00)), side(same, ints(112_00), ints(100_00)))
    assert found.parts == Parts(fx=12_00)
    assert found.products["fx"] == 1


def test_no_product_in_both_windows_leaves_no_split() -> None:
    found = bridge(side(ints(1, 0), ints(5, 0)), side(ints(0, 1), ints(0, 7)))
    assert found.parts == Parts(new=7, lost=-5)


PRODUCTS = st.lists(
    st.tuples(*[st.integers(-50, 10**6)] * 2, *[st.integers(-(10**6), 10**12)] * 2, *[st.integers(-999, 999)] * 2),
    min_size=1,
    max_size=12,
)


def sides(rows: list[tuple[int, ...]]) -> tuple[Side, Side]:
    q0, q1, r0, r1, f0, f1 = np.array(rows, dtype=np.int64).T
    return Side(q0, r0 + f0, r0), Side(q1, r1 + f1, r1)


@given(PRODUCTS)
def test_the_parts_always_add_up_to_the_change(rows: list[tuple[int, ...]]) -> None:
    base, current = sides(rows)
    found = bridge(base, current)
    assert found.parts.total == found.current - found.base == sum(r[3] + r[5] - r[2] - r[4] for r in rows)
    assert int(found.price.sum()) == found.parts.price


@given(PRODUCTS)
def test_each_part_is_within_a_minor_unit_of_its_formula(rows: list[tuple[int, ...]]) -> None:
    """The formulas of domain.md in exact fractions, product by product."""
    both = [row[:4] for row in rows if min(row[:2]) > 0 and min(row[2:4]) >= 0]
    parts = bridge(*sides(rows)).parts
    if not both:
        assert (parts.volume, parts.mix, parts.price) == (0, 0, 0)
        return
    v0, v1 = (sum(row[i] for row in both) for i in (0, 1))
    average = Fraction(sum(row[2] for row in both), v0)
    mix = sum((q1 - Fraction(v1 * q0, v0)) * (Fraction(r0, q0) - average) for q0, q1, r0, _ in both)
    price = sum(r1 - Fraction(r0 * q1, q0) for q0, q1, r0, r1 in both)
    tolerance = 1 + 1e-6
    assert abs(parts.volume - (v1 - v0) * average) < tolerance
    assert abs(parts.mix - mix) < tolerance
    assert abs(parts.price - price) < tolerance


@given(PRODUCTS)
def test_without_a_change_every_part_is_zero(rows: list[tuple[int, ...]]) -> None:
    base, _ = sides(rows)
    assert bridge(base, base).parts == Parts()


@given(PRODUCTS)
def test_with_one_currency_exchange_rates_do_nothing(rows: list[tuple[int, ...]]) -> None:
    assert bridge(*sides([(*row[:4], 0, 0) for row in rows])).parts.fx == 0


@given(PRODUCTS, st.randoms(use_true_random=False))
def test_the_order_of_products_does_not_matter(rows: list[tuple[int, ...]], random) -> None:
    shuffled = random.sample(rows, len(rows))
    assert bridge(*sides(rows)).parts == bridge(*sides(shuffled)).parts


@pytest.mark.parametrize(
    ("fraction", "total", "expected"),
    [
        ([0.5, 0.5], 1, [1, 0]),
        ([0.2, 0.3, 0.5], 1, [0, 0, 1]),
        ([-0.4, 0.4], 0, [0, 0]),
        ([0.0, -0.6, 0.6], 0, [0, -1, 1]),
    ],
)
def test_largest_remainder(fraction: list[float], total: int, expected: list[int]) -> None:
    assert largest_remainder(ints(*[0] * len(fraction)), np.array(fraction), total).tolist() == expected
