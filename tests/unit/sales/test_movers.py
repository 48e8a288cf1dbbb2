from datetime import date

import numpy as np
from factories import Item, make_rollup
from hypothesis import given
from hypothesis import strategies as st

from dashboard.sales.movers import Direction, Movers, contributions, move

MOVES = st.lists(st.tuples(st.integers(-20, 60), st.integers(-20, 60)), min_size=1, max_size=12)


def moved(direction: Direction, pairs: list[tuple[int, int]], limit: int = 10) -> Movers:
    items = [Item(f"p{i:02}", first=date(2025, 1, 1)) for i in range(len(pairs))]
    current, base = (np.array(column, dtype=np.int64) for column in zip(*pairs, strict=True))
    return move(make_rollup([], items), direction, current, base, np.ones(len(pairs), dtype=np.bool_), limit)


def test_the_largest_change_comes_first_whatever_its_percentage() -> None:
    risers = moved(Direction.UP, [(1010, 1000), (2, 1), (5, 9), (14, 4)]).frame
    assert risers["product"].tolist() == ["p00", "p03", "p01"]
    assert risers["rank"].tolist() == [1, 1, 3]
    assert risers["share"].tolist() == [10 / 17, 10 / 17, 1 / 17]


def test_ties_at_the_cut_are_counted() -> None:
    fallers = moved(Direction.DOWN, [(0, 5), (1, 6), (2, 7), (0, 1)], limit=2)
    assert fallers.frame["product"].tolist() == ["p00", "p01"]
    assert (fallers.tied_beyond, fallers.others, fallers.others_change) == (1, 2, -6)


def test_where_the_whole_stands_still_nothing_has_a_part_of_its_change() -> None:
    assert np.isnan(contributions(np.array([5, -5]), 0)).all()


@given(MOVES, st.integers(1, 12))
def test_risers_and_fallers_add_up_to_the_change(pairs: list[tuple[int, int]], limit: int) -> None:
    both = [moved(direction, pairs, limit) for direction in Direction]
    total = sum(now - then for now, then in pairs)
    assert sum(int(m.frame["change"].sum()) + m.others_change for m in both) == total
    assert all(m.total_current - m.total_base == total for m in both)
    still = sum(now == then for now, then in pairs)
    assert sum(len(m.frame) + m.others for m in both) == len(pairs) - still


@given(MOVES, st.randoms(use_true_random=False))
def test_ranks_do_not_depend_on_the_order_of_products(pairs: list[tuple[int, int]], chance) -> None:
    mixed = list(pairs)
    chance.shuffle(mixed)
    for direction in Direction:
        one, two = (moved(direction, rows).frame for rows in (pairs, mixed))
        columns = ["rank", "current", "base", "change"]
        assert one[columns].to_dict() == two[columns].to_dict()
