from datetime import date, timedelta

import numpy as np
from factories import Item, Line, make_rollup
from hypothesis import given
from hypothesis import strategies as st

from dashboard.sales.calendar import Window, month_window
from dashboard.sales.measures import MEASURES
from dashboard.sales.slices import Selection, Slice, bincount

LINES = st.lists(
    st.builds(
        Line,
        day=st.dates(date(2026, 1, 1), date(2026, 6, 30)),
        product=st.sampled_from("abcdef"),
        gross_units=st.integers(0, 100),
        gross_sales=st.integers(0, 10**9),
        returned_units=st.integers(0, 50),
        returned_sales=st.integers(0, 10**6),
        discounts=st.integers(0, 10**5),
        region=st.sampled_from(["North", "South"]),
        channel=st.sampled_from(["Store", "Online"]),
        source=st.sampled_from(["Oracle", "SQL Server"]),
    ),
    min_size=1,
    max_size=60,
)
ITEMS = [
    Item("a", "Kitchen"),
    Item("b", "Kitchen"),
    Item("c", "Garden"),
    Item("d", "Garden"),
    Item("e", "Bath"),
    Item("f", "Bath"),
]


@given(LINES, st.sampled_from(list(MEASURES.values())))
def test_every_split_adds_up_to_the_lines(lines: list[Line], measure) -> None:
    rollup = make_rollup(lines, ITEMS)
    expected = sum(sign * getattr(line, column) for line in lines for column, sign in measure.terms.items())
    view, first, last = Slice(rollup, Selection()), rollup.months[0], rollup.months[-1]
    for sums in (view.by_product, view.by_region, view.by_channel, view.by_source, view.by_category):
        assert int(sums(measure, first, last).sum()) == expected
    for source, value in zip(rollup.sources, view.by_source(measure, first, last).tolist(), strict=True):
        alone = Slice(rollup, Selection(source=frozenset({source})))
        assert value == alone.total(measure, month_window(first, last)) == int(alone.by_month(measure).sum())
    assert int(view.by_month(measure).sum()) == expected
    assert view.total(measure, month_window(first, last)) == expected


@given(
    LINES,
    st.sampled_from(["North", "South"]),
    st.sampled_from(["Kitchen", "Garden", "Bath"]),
    st.sampled_from("abcdef"),
)
def test_a_selection_counts_exactly_its_lines(lines: list[Line], region: str, category: str, product: str) -> None:
    rollup = make_rollup(lines, ITEMS)
    of_product = {item.code: item.category for item in ITEMS}
    measure = MEASURES["net_sales"]

    def value(chosen: list[Line]) -> int:
        return sum(line.gross_sales - line.discounts - line.returned_sales for line in chosen)

    cases = {
        Selection(region=frozenset({region})): [line for line in lines if line.region == region],
        Selection(category=frozenset({category})): [line for line in lines if of_product[line.product] == category],
        Selection(product=product): [line for line in lines if line.product == product],
        Selection(region=frozenset(), channel=None): [],
        Selection(source=frozenset({"Oracle"}), region=frozenset({region})): [
            line for line in lines if line.source == "Oracle" and line.region == region
        ],
        Selection(region=frozenset({region}), category=frozenset({category}), channel=frozenset({"Store"})): [
            line
            for line in lines
            if line.region == region and of_product[line.product] == category and line.channel == "Store"
        ],
    }
    for selection, chosen in cases.items():
        assert int(Slice(rollup, selection).by_month(measure).sum()) == value(chosen)


@given(LINES, st.dates(date(2026, 1, 1), date(2026, 6, 30)))
def test_a_cut_month_counts_its_days_only(lines: list[Line], last: date) -> None:
    rollup = make_rollup(lines, ITEMS)
    start = date.fromisoformat(f"{rollup.months[0]}-01")
    last = max(last, start)
    window = Window(start, last + timedelta(days=1))
    expected = sum(line.gross_units for line in lines if start <= line.day <= last)
    assert Slice(rollup, Selection()).total(MEASURES["gross_units"], window) == expected


def test_a_window_before_the_first_month_or_the_daily_grain_is_unknown() -> None:
    lines = [Line(date(2024, 1, 5), "a", 1), Line(date(2026, 6, 5), "a", 1)]
    view = Slice(make_rollup(lines, daily_months=14), Selection())
    units = MEASURES["net_units"]
    assert view.total(units, month_window("2023-12", "2024-01")) is None
    assert view.total(units, Window(date(2024, 1, 1), date(2024, 1, 9))) is None
    assert view.total(units, month_window("2024-01", "2024-01")) == 1


def test_a_month_without_lines_is_zero_and_stays_in_the_series() -> None:
    view = Slice(make_rollup([Line(date(2026, 1, 5), "a", 3), Line(date(2026, 3, 5), "a", 4)]), Selection())
    assert view.by_month(MEASURES["net_units"]).tolist() == [3, 0, 4]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-(2**60), 2**60)), max_size=30))
def test_sums_are_exact_above_what_a_float_holds(pairs: list[tuple[int, int]]) -> None:
    pairs = pairs[:7]
    codes = np.array([code for code, _ in pairs], dtype=np.int32)
    values = np.array([value // 8 for _, value in pairs], dtype=np.int64)
    expected = [sum(value // 8 for code, value in pairs if code == wanted) for wanted in range(4)]
    assert bincount(codes, values, 4).tolist() == expected
