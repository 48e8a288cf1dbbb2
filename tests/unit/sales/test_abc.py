import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.sales.abc import CLASSES, NO_CLASS, AbcCuts, classify, ranked, rolling, with_memory
from dashboard.sales.nine_box import BOXES, POLICIES, boxes

amounts = st.lists(st.integers(-50, 10_000), min_size=1, max_size=40).map(lambda v: np.array(v, dtype=np.int64))
months = st.lists(st.lists(st.integers(-5, 400), min_size=6, max_size=6), min_size=4, max_size=16)


def letters(values: list[int] | np.ndarray, previous: str | None = None, cuts: AbcCuts | None = None) -> str:
    array = np.array(values, dtype=np.int64)
    was = None if previous is None else np.array([CLASSES.find(c) for c in previous], dtype=np.int8)
    return "".join(CLASSES[code] for code in classify(array, ranked(array), cuts or AbcCuts(), was))


@pytest.mark.parametrize(
    ("values", "expected"),
    [([85, 9, 4, 2, 0, -3], "ABBCCC"), ([40, 40, 15, 5], "AABC"), ([7], "A"), ([0, -1], "CC"), ([1, 1, 1], "AAA")],
)
def test_the_vectors_of_the_domain(values: list[int], expected: str) -> None:
    assert letters(values) == expected


@given(amounts)
def test_every_product_has_one_class_and_the_classes_are_three_runs_of_the_ranking(values: np.ndarray) -> None:
    in_order = "".join(np.array(list(letters(values)))[ranked(values).order])
    assert len(in_order) == len(values)
    assert in_order == "".join(sorted(in_order))
    assert in_order[0] == ("A" if values.max() > 0 else "C")


@given(amounts, st.randoms(use_true_random=False))
def test_products_of_different_value_keep_their_class_wherever_they_stand(values: np.ndarray, random) -> None:
    distinct = np.unique(values)
    places = list(range(len(distinct)))
    random.shuffle(places)
    assert letters(distinct[places]) == "".join(np.array(list(letters(distinct)))[places])


@given(amounts, st.lists(st.sampled_from("ABC-"), min_size=40, max_size=40))
def test_nobody_changes_class_without_crossing_the_limit_by_two_points(values: np.ndarray, before: list[str]) -> None:
    was, rank = "".join(before[: len(values)]), ranked(values)
    shares = [int(before) * 100 / max(rank.total, 1) for before in rank.before]
    for value, share, old, new in zip(values, shares, was, letters(values, was), strict=True):
        if value <= 0:
            assert new == "C"
        elif old not in ("-", new):
            crossed = {"A": 80, "B": 95}[min(old, new)]
            assert share >= crossed + 2 if old < new else share < crossed - 2
        elif old == "-":
            assert new == ("A" if share < 80 else "B" if share < 95 else "C")


def test_a_product_at_the_limit_stays_and_one_two_points_beyond_goes() -> None:
    values = [810, 100, 50, 40]  # shares before: 0, 81, 91, 96 percent
    assert letters(values, "AAAA") == "AABB"
    assert letters(values, "CCCC") == "ABBC"
    assert letters([820, 90, 50, 40], "AAAA") == "ABBB"
    assert letters(values, "AAAA", AbcCuts(hysteresis=0)) == "ABBC"


@given(months)
def test_rolling_windows_are_the_sums_of_their_months(table: list[list[int]]) -> None:
    monthly = np.array(table, dtype=np.int64)
    for i, window in enumerate(rolling(monthly, 3)):
        assert window.tolist() == monthly[i : i + 3].sum(axis=0).tolist()


@given(months)
def test_memory_is_a_chain_of_single_steps_from_an_oldest_window_without_one(table: list[list[int]]) -> None:
    monthly = np.array(table, dtype=np.int64)
    on_sale = np.ones((len(monthly) - 2, 6), dtype=np.bool_)
    on_sale[0, 5] = False
    windows = rolling(monthly, 3)
    codes, previous = with_memory(windows, on_sale, AbcCuts()), None
    assert codes[0, 5] == NO_CLASS
    for i, values in enumerate(windows):
        expected = classify(values, ranked(values), AbcCuts(), previous)
        expected[~on_sale[i]] = NO_CLASS
        assert codes[i].tolist() == expected.tolist()
        previous = expected


@given(st.lists(st.integers(-3, 3) | st.integers(-(2**53), 2**53), min_size=1, max_size=30))
def test_equal_values_stand_in_the_order_of_their_code_however_large_they_are(values: list[int]) -> None:
    order = ranked(np.array(values, dtype=np.int64)).order
    assert order.tolist() == sorted(range(len(values)), key=lambda i: (-values[i], i))


def test_amounts_as_large_as_money_gets_are_classed_exactly() -> None:
    whole = 2**53
    assert letters([whole // 5 * 4, whole // 5]) == "AB"
    assert letters([whole // 5 * 4 - 1, whole // 5 + 1]) == "AA"


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(-99, 10**9)), max_size=60))
def test_the_boxes_hold_every_product_once_and_add_up(rows: list[tuple[int, int, int]]) -> None:
    abc, xyz, values = (np.array([row[i] for row in rows], dtype=t) for i, t in enumerate((np.int8, np.int8, np.int64)))
    found = boxes(abc, xyz, values)
    assert [box.key for box in found] == list(BOXES)
    assert set(POLICIES) == set(BOXES)
    assert sum(box.products for box in found) == len(rows)
    assert sum(box.value for box in found) == values.sum()
    assert found[BOXES.index("AZ")].value == values[(abc == 0) & (xyz == 2)].sum()
