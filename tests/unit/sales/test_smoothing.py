"""The recursions against another library's and against their textbook form, and that no forecast looks ahead."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.sales import intermittent
from dashboard.sales.smoothing import Grid, Start, State, project

SALES = [112, 98, 121, 87, 140, 131, 150, 160, 119, 105, 170, 240]
SALES += [120, 99, 135, 92, 149, 128, 163, 171, 118, 119, 180, 262, 131, 110]
SEASON = np.array([-20, -35, -12, -45, 5, -4, 15, 22, -22, -25, 30, 91], dtype=float)
ONE = Grid(*(np.array([value]) for value in (0.3, 0.06, 0.1, 0.9)))


def state(*, factors: bool) -> State:
    season = 1 + SEASON / 130 if factors else SEASON
    return State(Start(np.array([130.0]), np.array([0.5]), season[None], factors), ONE)


def test_the_additive_recursion_is_that_of_statsmodels() -> None:
    """Figures of statsmodels 0.15.0, ETSModel(add, damped add, add), the same parameters and start."""
    passed, fitted = state(factors=False), []
    for t, value in enumerate(SALES):
        fitted.append(float(passed.forecast(t % 12)[0, 0]))
        passed.step(value, t % 12)
    assert fitted[:4] == pytest.approx([110.45, 96.4037, 120.4086202, 88.0913958292])
    assert fitted[-2:] == pytest.approx([135.16170609792482, 119.71078150416565])
    assert passed.cost[0, 0] == pytest.approx(1371.1183576345438)
    assert passed.level[0, 0] == pytest.approx(152.46244587559354)


def test_the_multiplied_recursion_is_that_of_the_textbook() -> None:
    level, slope, season = 130.0, 0.5, list(1 + SEASON / 130)
    passed = state(factors=True)
    for t, value in enumerate(SALES):
        base, term = level + 0.9 * slope, season[t % 12]
        assert passed.forecast(t % 12)[0, 0] == pytest.approx(base * term)
        error = value - base * term
        level, slope = base + 0.3 * error / term, 0.9 * slope + 0.06 * error / term
        season[t % 12] = term + 0.1 * error / base
        passed.step(value, t % 12)


ORIGINS = np.array([24, 25, 26])


def projected(values: np.ndarray, counts: np.ndarray, factors: bool) -> np.ndarray:
    season = 1 + SEASON / 130 if factors else SEASON
    start = Start(np.full(3, 130.0), np.full(3, 0.5), np.tile(season, (3, 1)), factors)
    found = project(values, counts, start, ORIGINS, 3, 1.28, fitted=0)
    return np.stack([found.mean, found.low, found.high])


@given(st.lists(st.integers(-999, 999), min_size=2, max_size=2), st.booleans())
def test_no_forecast_knows_a_month_after_its_origin(later: list[int], factors: bool) -> None:
    plain, changed = np.array(SALES, dtype=float), np.array(SALES[:24] + later, dtype=float)
    counts = np.ones(26, dtype=bool)
    before, after = projected(plain, counts, factors), projected(changed, counts, factors)
    assert (before[:, 0] == after[:, 0]).all()


@given(st.integers(-(10**6), 10**6), st.integers(0, 25), st.booleans())
def test_what_a_masked_month_sold_changes_nothing(sold: int, month: int, factors: bool) -> None:
    counts = np.ones(26, dtype=bool)
    counts[month] = False
    plain, changed = np.array(SALES, dtype=float), np.array(SALES, dtype=float)
    changed[month] = sold
    assert (projected(plain, counts, factors) == projected(changed, counts, factors)).all()


def croston(series: list[int], weight: float, *, tsb: bool) -> float:
    """The textbook forms, one number at a time, begun with the first sale."""
    size = often = 0.0
    since = 1
    for t, value in enumerate(series):
        if value and not size:
            size, often, since = float(value), (1 / (t + 1) if tsb else float(t + 1)), 1
        elif size and tsb:
            often += weight * ((1 if value else 0) - often)
            size += weight * (value - size) if value else 0
        elif size and value:
            size, often, since = size + weight * (value - size), often + weight * (since - often), 1
        else:
            since += 1
    return size * often if tsb else (1 - weight / 2) * size / often


@given(st.lists(st.sampled_from([0, 0, 0, 4, 9]), min_size=3, max_size=40).filter(any))
def test_intermittent_demand_is_forecast_as_in_the_books(series: list[int]) -> None:
    values, counts = np.array(series, dtype=float), np.ones(len(series), dtype=bool)
    for place, weight in enumerate(intermittent.WEIGHTS.tolist()):
        assert intermittent.sba(values, counts)[-1, place] == pytest.approx(croston(series, weight, tsb=False))
        assert intermittent.tsb(values, counts)[-1, place] == pytest.approx(croston(series, weight, tsb=True))
