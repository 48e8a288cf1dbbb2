from datetime import date

import numpy as np
import pytest
from factories import Item, Line, Stock, make_rollup
from hypothesis import given
from hypothesis import strategies as st

from dashboard.sales.calendar import month_window
from dashboard.sales.measures import MEASURES
from dashboard.sales.rankings import Kind, Thresholds, states
from dashboard.sales.rate_of_sale import RateRanking, least_days, rank_rates, rates
from dashboard.sales.rollup import Rollup
from dashboard.sales.slices import Selection, Slice

OLD, FEB = date(2025, 1, 1), month_window("2026-02", "2026-02")
DAYS = 28


def data(products: dict[str, tuple[int, int, int]]) -> Rollup:
    """Product -> units sold in February, days with a snapshot, days in stock."""
    lines = [Line(date(2026, 2, 10), code, units, units * 100) for code, (units, _, _) in products.items() if units]
    stock = [Stock("2026-02", code, seen, days) for code, (_, seen, days) in products.items()]
    anchor = Line(date(2026, 2, 28), "zz", 1)
    return make_rollup([*lines, anchor], [Item(code, first=OLD) for code in (*products, "zz")], stock)


def sold(rollup: Rollup) -> np.ndarray:
    return Slice(rollup, Selection()).by_product(MEASURES["net_units"], "2026-02", "2026-02")


def ranked(rollup: Rollup, kind: Kind, limit: int = 10, *, zero_sellers: bool = True) -> RateRanking:
    values, limits = sold(rollup), Thresholds()
    state = states(rollup, FEB, limits, use_stock=True)
    everything = np.ones(len(rollup.products), dtype=np.bool_)
    return rank_rates(rollup, kind, FEB, values, values, state, everything, limit, limits, zero_sellers=zero_sellers)


def test_42_units_in_14_days_in_stock_are_3_a_day() -> None:
    rollup = data({"a": (42, DAYS, 14)})
    rate, days = rates(rollup, FEB, sold(rollup), Thresholds())
    assert (rate[0], days[0]) == (3.0, 14)


def test_what_sells_fast_while_it_lasts_is_ahead_of_what_is_always_there() -> None:
    rollup = data({"always": (56, DAYS, DAYS), "brief": (42, DAYS, 14), "same": (84, DAYS, DAYS)})
    best = ranked(rollup, Kind.BEST).frame
    assert best["product"].tolist() == ["same", "brief", "always"]
    assert best["rank"].tolist() == [1, 1, 3]
    assert best["value"].tolist() == [3.0, 3.0, 2.0]


def test_too_few_days_in_stock_or_of_snapshots_are_no_rate_and_are_counted() -> None:
    rollup = data({"lucky": (9, DAYS, 1), "unseen": (9, 20, 20), "fine": (9, DAYS, 7), "none": (0, DAYS, DAYS)})
    assert least_days(rollup, FEB, Thresholds()) == 7
    best = ranked(rollup, Kind.BEST)
    assert best.frame["product"].tolist() == ["fine"]
    assert best.left_out == {"not_sold": 1, "no_rate": 3}  # zz has no snapshots either
    worst = ranked(rollup, Kind.WORST)
    assert worst.frame["product"].tolist() == ["none"]
    assert worst.left_out == {"stock_out": 2, "no_stock_data": 2}
    assert ranked(rollup, Kind.WORST, zero_sellers=False).left_out == {
        "stock_out": 2, "no_stock_data": 2, "zero_sales": 1,
    }  # fmt: skip


def test_the_others_have_the_rate_of_their_sums() -> None:
    rollup = data({"a": (280, DAYS, DAYS), "b": (28, DAYS, 28), "c": (14, DAYS, 7)})
    best = ranked(rollup, Kind.BEST, limit=1)
    assert (best.others, best.others_sold, best.others_days) == (2, 42, 35)


def test_without_stock_there_is_no_rate() -> None:
    rollup = make_rollup([Line(date(2026, 2, 3), "a", 1)])
    with pytest.raises(ValueError, match="stock"):
        rates(rollup, FEB, sold(rollup), Thresholds())


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, DAYS)), min_size=1, max_size=8))
def test_every_product_is_listed_or_left_out_once(rows: list[tuple[int, int]]) -> None:
    rollup = data({f"p{i}": (units, DAYS, days) for i, (units, days) in enumerate(rows)})
    for kind in Kind:
        for limit in (2, 100):
            found = ranked(rollup, kind, limit)
            listed = ranked(rollup, kind, 100).frame
            assert len(listed) + sum(found.left_out.values()) == found.universe == len(rows) + 1
            assert found.frame["product"].tolist() == listed["product"].tolist()[:limit]
