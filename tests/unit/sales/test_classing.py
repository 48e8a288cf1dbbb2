from datetime import date

import numpy as np
from factories import Item, Line, Stock, make_rollup
from hypothesis import given
from hypothesis import strategies as st

from dashboard.sales.classing import ClassRules, classed, on_sale, season_of, spoilt, whole_months

tables = st.integers(2, 9).flatmap(
    lambda products: st.lists(
        st.lists(st.integers(-3, 500), min_size=products, max_size=products), min_size=5, max_size=5
    )
)
DAYS = {"first": "2026-02-01", "late": "2026-02-02", "ended": "2025-01-01", "never": "NaT"}
FIRST = np.array(list(DAYS.values()), dtype="datetime64[D]")
END = np.array(["NaT", "NaT", "2026-02-27", "NaT"], dtype="datetime64[D]")


@given(tables, st.randoms(use_true_random=False))
def test_classes_follow_the_product_wherever_it_stands(table: list[list[int]], random) -> None:
    values = np.array(table, dtype=np.int64)
    # distinct in every window, so that no tie is decided by the code
    values = values * 1000 + np.arange(values.shape[1])
    places = list(range(values.shape[1]))
    random.shuffle(places)
    sale, counted = np.ones((5, len(places)), dtype=np.bool_), np.ones((5, len(places)), dtype=np.bool_)

    def seen(matrix: np.ndarray) -> list[np.ndarray]:
        found = classed(matrix, matrix, sale, counted, None, ClassRules(), 1)
        return [found.now.code, found.then.code, found.xyz.code, found.demand.code, found.now.before]

    for straight, shuffled in zip(seen(values), seen(values[:, places]), strict=True):
        assert straight[places].tolist() == shuffled.tolist()


def test_a_product_outside_the_newest_window_is_not_there_and_a_new_one_has_no_class_before() -> None:
    values = np.array([[18, 5, 0], [18, 0, 7]], dtype=np.int64)
    sale = np.array([[True, True, False], [True, False, True]])
    found = classed(values, values, sale, np.ones((2, 3), dtype=np.bool_), None, ClassRules(), 1)
    assert found.product.tolist() == [0, 2]
    assert found.then.code.tolist() == [0, -1]
    assert classed(values, values, sale, np.ones((2, 3), dtype=np.bool_), None, ClassRules(), 2).then is None


def test_who_is_on_sale_in_a_window_and_who_the_whole_month() -> None:
    months = [("2026-01", "2026-02"), ("2026-03", "2026-03")]
    assert on_sale(FIRST, END, months).tolist() == [[True, True, True, False], [True, True, False, False]]
    assert whole_months(FIRST, END, ["2026-02", "2026-03"]).tolist() == [
        [True, False, False, False],
        [True, True, False, False],
    ]


def test_a_month_is_spoilt_where_it_was_watched_and_short_of_stock() -> None:
    items = [Item(code) for code in ("few", "full", "edge", "unseen")]
    stock = [Stock("2026-05", "few", 31, 20), Stock("2026-05", "full", 31, 31), Stock("2026-05", "edge", 31, 22)]
    stock.append(Stock("2026-05", "unseen", 20, 1))
    rollup = make_rollup([Line(date(2026, 5, 2), "few", 1)], items, stock)
    found = spoilt(rollup, ["2026-04", "2026-05", "2026-06"], 0.7)
    names = np.array(rollup.products.code)
    assert [names[row].tolist() for row in found] == [[], ["few"], []]
    assert not spoilt(make_rollup([Line(date(2026, 5, 2), "few", 1)]), ["2026-05"], 0.7).any()


def test_the_season_of_a_month_is_that_of_its_name() -> None:
    index = np.arange(1, 13, dtype=np.float64)[:, None]
    assert season_of(index, ["2025-11", "2025-12", "2026-01"])[:, 0].tolist() == [11, 12, 1]
