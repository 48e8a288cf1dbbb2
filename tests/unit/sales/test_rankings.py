from collections import Counter
from datetime import date, timedelta

import numpy as np
from factories import Item, Line, Stock, every_day, make_rollup
from hypothesis import given
from hypothesis import strategies as st

from dashboard.sales.calendar import month_window
from dashboard.sales.measures import MEASURES
from dashboard.sales.rankings import STATES, Kind, Ranking, State, Thresholds, rank, states
from dashboard.sales.rollup import Rollup
from dashboard.sales.slices import Selection, Slice

NOV = month_window("2026-11", "2026-11")
C = date(2026, 11, 20)
OLD = date(2025, 1, 1)


def state_of(rollup: Rollup, *, use_stock: bool = True) -> dict[str, State]:
    found = states(rollup, NOV, Thresholds(), use_stock=use_stock)
    return {code: STATES[found[i]] for i, code in enumerate(rollup.products.code)}


def ranked(rollup: Rollup, kind: Kind, limit: int = 10, *, zero_sellers: bool = True) -> Ranking:
    view = Slice(rollup, Selection())
    values, ties = (view.by_product(MEASURES[key], "2026-11", "2026-11") for key in ("net_units", "gross_units"))
    found = states(rollup, NOV, Thresholds(), use_stock=True)
    return rank(rollup, kind, values, ties, found, view.universe, limit, zero_sellers=zero_sellers)


def sold(code: str, units: int) -> Line:
    return Line(date(2026, 11, 5), code, units, units * 100)


def test_ties_share_a_rank_and_the_cut_tells_of_those_beyond() -> None:
    items = [Item(code, first=OLD) for code in "abcde"]
    rollup = make_rollup(
        [sold("a", 50), sold("b", 40), sold("c", 40), sold("d", 40), sold("e", 10)], items, complete_to=C
    )
    assert ranked(rollup, Kind.BEST).frame["rank"].tolist() == [1, 2, 2, 2, 5]
    cut = ranked(rollup, Kind.BEST, limit=2)
    assert cut.frame["product"].tolist() == ["a", "b"]
    assert cut.tied_beyond == 2
    assert (cut.others, cut.others_value, cut.total) == (3, 90, 180)


def test_the_first_state_that_fits_wins() -> None:
    items = [
        Item("future", first=C + timedelta(days=30)),
        Item("gone", first=OLD, end=date(2026, 10, 31)),
        Item("ending", first=OLD, end=date(2026, 11, 10)),
        Item("young", first=C - timedelta(days=55)),
        Item("old-enough", first=C - timedelta(days=56)),
        Item("out", first=OLD),
        Item("mostly-in", first=OLD),
        Item("unseen", first=OLD),
        Item("never-dated"),
    ]
    stock = [
        Stock("2026-11", "old-enough", 20, 20),
        Stock("2026-11", "out", 20, 13),
        Stock("2026-11", "mostly-in", 20, 14),
        Stock("2026-11", "unseen", 10, 10),
    ]
    rollup = make_rollup([sold("mostly-in", 1)], items, stock, complete_to=C)
    assert state_of(rollup) == {
        "future": State.NOT_IN_RANGE,
        "gone": State.NOT_IN_RANGE,
        "ending": State.DISCONTINUED,
        "young": State.NEW,
        "old-enough": State.RANKED,
        "out": State.STOCK_OUT,
        "mostly-in": State.RANKED,
        "unseen": State.NO_STOCK_DATA,
        "never-dated": State.NOT_IN_RANGE,
    }


def test_nothing_follows_from_stock_for_a_viewer_who_may_not_see_it() -> None:
    rollup = make_rollup([sold("a", 1)], [Item("a", first=OLD)], [Stock("2026-11", "a", 20, 1)], complete_to=C)
    assert state_of(rollup) == {"a": State.STOCK_OUT}
    assert state_of(rollup, use_stock=False) == {"a": State.NO_STOCK_DATA}


def test_a_product_sellable_in_less_than_half_of_a_long_window_is_new() -> None:
    launched = date(2026, 7, 15)
    rollup = make_rollup([Line(OLD, "a", 1), sold("b", 1)], [Item("b", first=launched)], complete_to=C)
    found = states(rollup, month_window("2026-01", "2026-11"), Thresholds(), use_stock=True)
    assert STATES[found[1]] is State.NEW


def test_worst_starts_from_the_product_master_and_says_what_it_left_out() -> None:
    items = [
        Item("slow", first=OLD),
        Item("zero", first=OLD),
        Item("young", first=C - timedelta(days=3)),
        Item("ended", first=OLD, end=date(2026, 11, 9)),
        Item("empty", first=OLD),
    ]
    stock = [Stock("2026-11", "empty", 20, 0), Stock("2026-11", "slow", 20, 20), Stock("2026-11", "zero", 20, 20)]
    rollup = make_rollup([sold("slow", 2), sold("young", 1), sold("ended", 1)], items, stock, complete_to=C)
    worst = ranked(rollup, Kind.WORST)
    assert worst.frame["product"].tolist() == ["zero", "slow"]
    assert worst.left_out == {"new": 1, "discontinued": 1, "stock_out": 1}
    without = ranked(rollup, Kind.WORST, zero_sellers=False)
    assert without.frame["product"].tolist() == ["slow"]
    assert without.left_out["zero_sales"] == 1


def test_best_lists_sellers_of_every_state_and_counts_those_that_sold_nothing() -> None:
    items = [Item("ended", first=OLD, end=date(2026, 11, 9)), Item("zero", first=OLD), Item("minus", first=OLD)]
    returned = Line(date(2026, 11, 6), "minus", 1, 100, returned_units=3, returned_sales=300)
    best = ranked(make_rollup([sold("ended", 4), returned], items, complete_to=C), Kind.BEST)
    assert best.frame["product"].tolist() == ["ended"]
    assert best.left_out == {"not_sold": 2}


def test_a_selection_without_products_ranks_nothing() -> None:
    rollup = make_rollup([sold("a", 1)], complete_to=C)
    nothing = np.zeros(1, dtype=np.int64)
    found = states(rollup, NOV, Thresholds(), use_stock=True)
    best = rank(rollup, Kind.BEST, nothing, nothing, found, np.zeros(1, dtype=np.bool_), 5, zero_sellers=True)
    assert (len(best.frame), best.tied_beyond, best.universe, best.total) == (0, 0, 0, 0)


UNITS = st.lists(st.integers(-5, 5), min_size=1, max_size=40)


@given(UNITS, st.sampled_from(Kind), st.integers(1, 45))
def test_a_rank_is_one_more_than_how_many_are_strictly_better(units: list[int], kind: Kind, limit: int) -> None:
    items = [Item(f"p{i:02}", first=OLD) for i in range(len(units))]
    lines = [Line(date(2026, 11, 5), f"p{i:02}", max(u, 0), returned_units=max(-u, 0)) for i, u in enumerate(units)]
    result = ranked(make_rollup([*lines, sold("p00", 0)], items, complete_to=C), kind, limit)
    eligible = [u for u in units if kind is Kind.WORST or u > 0]
    sign = -1 if kind is Kind.BEST else 1
    shown = result.frame["value"].tolist()
    assert shown == sorted(eligible, key=lambda u: sign * u)[:limit]
    for position, value in zip(result.frame["rank"], shown, strict=True):
        assert position == 1 + sum(sign * u < sign * value for u in eligible)
    beyond = Counter(eligible)[shown[-1]] - shown.count(shown[-1]) if shown else 0
    assert result.tied_beyond == beyond
    assert sum(shown) + result.others_value == result.total == sum(units)


def test_late_returns_of_what_is_no_longer_on_sale_are_told_apart() -> None:
    items = [Item("gone", first=OLD, end=date(2026, 9, 1)), Item("kept", first=OLD)]
    lines = [Line(date(2026, 11, 5), "gone", returned_units=3), Line(date(2026, 11, 5), "kept", 7)]
    result = ranked(make_rollup(lines, items, complete_to=C), Kind.BEST, 1)
    assert (result.universe, result.others, result.others_value, result.outside_value) == (1, 0, -3, -3)
    assert result.total == 4


def test_the_whole_window_counts_as_observed_when_it_lies_before_the_complete_to_date() -> None:
    days = [Line(day, "a", 1) for day in every_day(date(2026, 9, 1), date(2026, 11, 20))]
    rollup = make_rollup(days, [Item("b", first=date(2026, 9, 20))], complete_to=C)
    found = states(rollup, month_window("2026-09", "2026-09"), Thresholds(), use_stock=True)
    assert STATES[found[1]] is State.NEW
