"""What is computed of a few thousand products at a time is the same as of all at once."""

from datetime import date, timedelta

import numpy as np
import pytest
from factories import Line, make_rollup

from dashboard.sales import blocks, slices
from dashboard.sales.calendar import Window
from dashboard.sales.demand_class import demand_class
from dashboard.sales.measures import MEASURES
from dashboard.sales.seasonality import shrunk
from dashboard.sales.slices import Selection, Slice

UNITS = MEASURES["net_units"]


@pytest.mark.parametrize("size", [0, 1, 4096, 4097, 50_000])
def test_blocks_make_up_the_whole_and_none_is_a_single_column_of_many(size: int) -> None:
    parts = list(blocks.blocks(size))
    assert [i for part in parts for i in range(size)[part]] == list(range(size))
    assert all(part.stop - part.start >= min(size, 2) for part in parts)


def test_blocks_change_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    units, category = rng.poisson(2, (36, 12)), rng.integers(0, 3, 12)
    whole = demand_class(units), shrunk(units, "2024-01", category, 3)
    monkeypatch.setattr(blocks, "TOGETHER", 5)
    apart = demand_class(units), shrunk(units, "2024-01", category, 3)
    for name, column in vars(whole[0]).items():
        np.testing.assert_array_equal(getattr(apart[0], name), column)
    np.testing.assert_array_equal(apart[1], whole[1])


@pytest.mark.parametrize("rows", [1, 3, 2**16])
def test_totals_are_the_same_however_many_rows_are_added_at_once(monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    monkeypatch.setattr(slices, "AT_ONCE", rows)
    start = date(2026, 1, 30)
    view = Slice(
        make_rollup([Line(start + timedelta(days=i), code, i + 1) for i in (0, 1, 5, 9) for code in "ab"]), Selection()
    )
    assert view.by_month(UNITS).tolist() == [6, 32]
    assert view.by_day(UNITS, Window(start, start + timedelta(days=11))).tolist() == [2, 4, 0, 0, 0, 12, 0, 0, 0, 20, 0]
