import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.sales.demand_class import DEMAND_CLASSES, DemandCuts, demand_class
from dashboard.sales.xyz import STEADINESS, XyzCuts, steadiness

VECTOR = [10, 0, 0, 12, 0, 8, 0, 0, 11, 0, 0, 9]
history = st.lists(st.integers(-5, 60), min_size=6, max_size=24)


def column(values: list[int]) -> np.ndarray:
    return np.array(values, dtype=np.int64)[:, None]


def steady(
    values: list[int], counted: list[bool] | None = None, season: list[float] | None = None
) -> tuple[str, float]:
    kept = np.ones((len(values), 1), dtype=np.bool_) if counted is None else np.array(counted)[:, None]
    index = None if season is None else np.array(season)[:, None]
    found = steadiness(column(values), kept, XyzCuts(), index)
    return STEADINESS[found.code[0]], float(found.cv[0])


def test_the_vector_where_both_methods_disagree() -> None:
    assert steady(VECTOR) == ("Z", pytest.approx(1.26, abs=0.005))
    found = demand_class(column(VECTOR))
    assert DEMAND_CLASSES[found.code[0]] == "intermittent"
    assert (found.adi[0], found.cv2[0]) == (pytest.approx(2.40), pytest.approx(0.025))


@pytest.mark.parametrize(
    ("units", "expected"),
    [
        ([10] * 12, "smooth"),
        ([1, 30, 2, 40, 1, 35, 2, 30, 1, 30, 1, 40], "erratic"),
        ([0, 0, 5] * 4, "intermittent"),
        ([0, 0, 1, 0, 0, 90, 0, 0, 2, 0, 0, 70], "lumpy"),
        ([0] * 11 + [4], "intermittent"),
        ([0, -3] * 6, "no demand"),
    ],
)
def test_the_four_kinds_of_demand_and_none(units: list[int], expected: str) -> None:
    assert DEMAND_CLASSES[demand_class(column(units)).code[0]] == expected


def test_the_cuts_themselves_are_on_the_far_side() -> None:
    cuts = DemandCuts(adi=2.0, cv2=0.0)
    assert DEMAND_CLASSES[demand_class(column([5, 0, 5, 0]), cuts=cuts).code[0]] == "lumpy"


@given(history, st.lists(st.booleans(), min_size=24, max_size=24))
def test_demand_is_of_the_months_that_count_alone(units: list[int], flags: list[bool]) -> None:
    kept = np.array(flags[: len(units)])
    masked = demand_class(column(units), kept[:, None])
    alone = demand_class(column([unit for unit, keep in zip(units, kept, strict=True) if keep]))
    assert masked.code[0] == alone.code[0]
    np.testing.assert_allclose([masked.adi[0], masked.cv2[0]], [alone.adi[0], alone.cv2[0]])


@pytest.mark.parametrize(
    ("units", "expected"),
    [([10, 11] * 6, "X"), ([2, 10, 18] * 4, "Y"), ([0, 0, 30] * 4, "Z"), ([9] * 5, "U"), ([3, -3] * 6, "U")],
)
def test_steady_swinging_erratic_and_not_to_be_said(units: list[int], expected: str) -> None:
    assert steady(units)[0] == expected


@given(history)
def test_variation_is_that_of_the_sample_and_has_no_unit(units: list[int]) -> None:
    letter, cv = steady(units)
    if sum(units) > 0:
        assert cv == pytest.approx(np.std(units, ddof=1) / np.mean(units))
        assert steady([unit * 7 for unit in units]) == (letter, pytest.approx(cv))
    else:
        assert (letter, np.isnan(cv)) == ("U", True)


def test_a_month_without_stock_changes_nothing_and_too_few_months_say_nothing() -> None:
    units = [10, 12, 9, 11, 10, 12, 0, 10]
    assert steady(units)[0] == "X"
    spoilt = [True] * 6 + [False, True]
    assert steady(units, spoilt) == steady([10, 12, 9, 11, 10, 12, 10])
    assert steady([*units[:6], 999, 10], spoilt) == steady(units, spoilt)
    assert steady(units, [True] * 5 + [False] * 3)[0] == "U"


def test_a_seasonal_product_is_not_called_erratic() -> None:
    season = [0.1, 0.2, 0.2, 0.5, 0.5, 1, 1, 1, 1.5, 1.5, 1.5, 3]
    units = [int(100 * index) for index in season]
    assert steady(units)[0] == "Y"
    assert steady(units, season=season) == ("X", pytest.approx(0))
    assert steady(units, season=[float("nan")] * 12) == steady(units)


def test_an_index_near_zero_is_no_base_to_divide_by() -> None:
    units = [1, *[10] * 11]
    assert steady(units, season=[0.001, *[1.09] * 11]) == steady(units)
