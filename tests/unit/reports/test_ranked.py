from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

import pandas as pd
import pytest
from factories import Item, Line, Stock, make_rollup
from hypothesis import given
from hypothesis import strategies as st

from dashboard.access import DIMENSIONS, Forbidden, Permission, Scope, Viewer, built_in_roles
from dashboard.reports import BadQuestionError, ChangeKind, Gate, Question, Reports
from dashboard.reports.answers import MoversAnswer
from dashboard.reports.products import Page
from dashboard.reports.ranked import movers, rate_ranking
from dashboard.reports.rates import has_cost, ratio_headline
from dashboard.sales.measures import MEASURES
from dashboard.sales.movers import Direction
from dashboard.sales.rankings import Kind
from dashboard.sales.ratios import RATIOS
from dashboard.sales.rollup import Rollup

ROLES = {role.key: role.viewer(1, role.key) for role in built_in_roles()}
PROCUREMENT, SALES, ADMIN = ROLES["procurement_manager"], ROLES["sales_manager"], ROLES["admin"]
EVERYTHING = Viewer(2, "all", "all", frozenset(Permission), policy_version="all")
FIRST, LAST = date(2026, 8, 1), date(2026, 11, 20)
NOV, ALL = Question("2026-11", "2026-11"), Question("2026-08", "2026-11")


@dataclass
class Fixed:
    rollup: Rollup

    def current(self) -> Rollup:
        return self.rollup


def opened(rollup: Rollup, viewer: Viewer) -> Reports:
    return Gate(Fixed(rollup)).open(viewer)


def world(money: int = 1, stock: int = 1, version: str = "test") -> Rollup:
    """Units are the same whatever the seeds; amounts and costs follow from ``money``, stock from ``stock``."""
    units, amounts, shelf = Random(5), Random(money), Random(stock)
    codes = [f"p{i:02}" for i in range(18)]
    items = [
        Item(code, ("Bath", "Garden", "Kitchen")[i % 3], first=date(2025, 1, 1), end=LAST if i == 4 else None)
        for i, code in enumerate(codes)
    ]
    items[4] = replace(items[4], end=date(2026, 10, 20))
    lines = []
    for _ in range(300):
        day, code = FIRST + timedelta(days=units.randrange((LAST - FIRST).days + 1)), units.choice(codes[:15])
        where = {"region": units.choice(["North", "South"]), "channel": units.choice(["Store", "Online"])}
        cost, price = amounts.randrange(90_00), amounts.randrange(1_00, 90_00)
        if units.random() < 0.2:
            lines.append(Line(day, code, returned_units=units.randint(1, 2), returned_sales=price, **where))
        else:
            count = units.randint(1, 6)
            sold = {"gross_sales": count * price, "discounts": amounts.randrange(1_00)}
            lines.append(Line(day, code, count, **sold, costed_sales=count * price, cost_of_goods=cost, **where))
    days = {"2026-08": 31, "2026-09": 30, "2026-10": 31, "2026-11": 20}
    snapshots = [Stock(month, code, n, shelf.randint(n // 3, n)) for month, n in days.items() for code in codes[:16]]
    return make_rollup(lines, items, snapshots, complete_to=LAST, version=version)


WORLD = world()


@pytest.mark.promise("ASVS 8.1.1")
@pytest.mark.parametrize("role", list(ROLES))
@pytest.mark.parametrize("key", list(RATIOS))
def test_a_ratio_answers_exactly_those_who_hold_all_it_is_made_of(key: str, role: str) -> None:
    viewer = ROLES[role]
    reports = opened(WORLD, viewer)
    if viewer.permissions.issuperset(RATIOS[key].permissions):
        assert ratio_headline(reports, key, NOV).ratio.key == key
        assert reports.columns(("net_units", key)) == ("net_units", key)
        return
    assert key not in reports.columns((key,))
    first = "net_sales" if role == "sales_manager" else "net_units"
    for ask in (
        lambda: ratio_headline(reports, key, NOV),
        lambda: reports.products((first, key), NOV, Page()),
        lambda: reports.products((first, key), NOV, Page(sort=key)),
    ):
        with pytest.raises(Forbidden):
            ask()


def test_per_day_in_stock_is_for_those_who_may_see_stock_of_everywhere() -> None:
    with pytest.raises(Forbidden):
        rate_ranking(opened(WORLD, SALES), Kind.BEST, "net_sales", NOV)
    with pytest.raises(Forbidden):
        rate_ranking(opened(WORLD, PROCUREMENT), Kind.BEST, "net_sales", NOV)
    with pytest.raises(Forbidden):
        opened(WORLD, SALES).products(("net_sales", "rate"), NOV, Page())
    north = replace(PROCUREMENT, scope=Scope(region=frozenset({"North"})), policy_version="n")
    reports = opened(WORLD, north)
    assert reports.columns(("net_units", "rate")) == ("net_units",)
    for ask in (
        lambda: rate_ranking(reports, Kind.BEST, "net_units", NOV),
        lambda: reports.products(("net_units", "rate"), NOV, Page()),
    ):
        with pytest.raises(BadQuestionError, match="stock has none"):
            ask()
    kitchen = replace(PROCUREMENT, scope=Scope(category=frozenset({"Kitchen"})), policy_version="k")
    assert set(rate_ranking(opened(WORLD, kitchen), Kind.BEST, "net_units", NOV).frame["category"]) == {"Kitchen"}
    bare = opened(replace(WORLD, stock=None), PROCUREMENT)
    with pytest.raises(BadQuestionError, match="daily stock"):
        rate_ranking(bare, Kind.BEST, "net_units", NOV)


@pytest.mark.parametrize(
    "ask", [lambda r: movers(r, Direction.UP, "net_sales", NOV), lambda r: movers(r, Direction.UP, "margin", NOV)]
)
def test_risers_need_the_measure(ask) -> None:
    with pytest.raises(Forbidden):
        ask(opened(WORLD, PROCUREMENT))


def told(reports: Reports, measure: str, extra: tuple[str, ...]) -> list[object]:
    """All that this module can answer, as plain values."""
    found: list[object] = []
    for question in (NOV, ALL):
        for direction in Direction:
            answer = movers(reports, direction, measure, question)
            found.append((answer.frame.to_csv(), answer.others) if isinstance(answer, MoversAnswer) else answer)
        keys = reports.columns((measure, *extra, "change"))
        pages = [Page(sort, descending=True) for sort in (*keys, "name")]
        found += [reports.products(keys, question, page).frame.to_csv() for page in pages]
    return found


@pytest.mark.promise("canary")
def test_amounts_make_no_difference_to_procurement_and_stock_none_to_sales() -> None:
    buyer, seller = ("return_rate", "rate"), ("average_price", "discount_rate", "rate")
    one, other_money, other_stock = (world(), world(money=9), world(stock=9))
    assert told(opened(one, PROCUREMENT), "net_units", buyer) == told(
        opened(other_money, PROCUREMENT), "net_units", buyer
    )
    assert told(opened(one, SALES), "net_sales", seller) == told(opened(other_stock, SALES), "net_sales", seller)
    assert told(opened(one, PROCUREMENT), "net_units", buyer) != told(
        opened(other_stock, PROCUREMENT), "net_units", buyer
    )
    for kind in Kind:
        rates = [rate_ranking(opened(data, PROCUREMENT), kind, "net_units", NOV).frame for data in (one, other_money)]
        pd.testing.assert_frame_equal(*rates)


@pytest.mark.parametrize("measure", list(MEASURES))
def test_parts_months_and_tables_add_up_to_the_headline(measure: str) -> None:
    reports = opened(WORLD, EVERYTHING)
    whole = reports.headline(measure, ALL).value
    assert int(reports.monthly(measure, ALL).frame["value"].sum()) == whole
    assert sum(reports.headline(measure, Question(m, m)).value for m in reports.options().months) == whole
    for dimension in DIMENSIONS:
        split = reports.breakdown(measure, dimension, ALL)
        assert split.total == int(split.frame["value"].sum()) == whole
    assert int(reports.products((measure,), ALL, Page(limit=1000)).frame[measure].sum()) == whole
    best = reports.ranking(Kind.BEST, measure, ALL, 3)
    assert int(best.frame["value"].sum()) + best.others_value == best.total == whole
    ups, downs = (movers(reports, direction, measure, NOV, 2) for direction in Direction)
    assert isinstance(ups, MoversAnswer)
    assert isinstance(downs, MoversAnswer)
    change = reports.headline(measure, NOV).previous
    moved = sum(int(m.frame["change"].sum()) + m.others_change for m in (ups, downs))
    assert moved == (change.current or 0) - (change.base or 0)


@pytest.mark.parametrize("key", list(RATIOS))
def test_a_ratio_of_the_whole_is_of_the_sums_of_the_table(key: str) -> None:
    reports, first = opened(WORLD, EVERYTHING), RATIOS[key].top.key if RATIOS[key].top.key in MEASURES else "margin"
    frame = reports.products((first, key), ALL, Page(limit=1000)).frame
    headline = ratio_headline(reports, key, ALL)
    assert (frame[f"{key}.top"].sum(), frame[f"{key}.bottom"].sum()) == (headline.top, headline.bottom)
    blank = frame[key].isna()
    assert (frame.loc[blank, f"{key}.bottom"] <= 0).all()
    ordered = reports.products((first, key), ALL, Page(sort=key, descending=True, limit=1000)).frame[key]
    assert ordered.isna().tolist() == sorted(ordered.isna().tolist())
    assert ordered.dropna().is_monotonic_decreasing


CONTINUED = [
    ("total", Kind.BEST, ""), ("total", Kind.WORST, "in_worst"),
    ("rate", Kind.BEST, "has_rate"), ("rate", Kind.WORST, "in_worst_rate"),
    ("change", Kind.BEST, "risers"), ("change", Kind.WORST, "fallers"),
]  # fmt: skip


@pytest.mark.parametrize(("by", "kind", "only"), CONTINUED)
def test_the_product_table_goes_on_where_a_list_ends(by: str, kind: Kind, only: str) -> None:
    reports = opened(WORLD, PROCUREMENT)

    def listed(limit: int) -> list[str]:
        if by == "change":
            direction = Direction.UP if kind is Kind.BEST else Direction.DOWN
            answer = movers(reports, direction, "net_units", NOV, limit)
            assert isinstance(answer, MoversAnswer)
            return answer.frame["product"].tolist()
        if by == "rate":
            return rate_ranking(reports, kind, "net_units", NOV, limit).frame["product"].tolist()
        return reports.ranking(kind, "net_units", NOV, limit).frame["product"].tolist()

    sort = "net_units" if by == "total" else by
    page = Page(sort, descending=kind is Kind.BEST, only=only, offset=3, limit=1000)
    rest = reports.products(("net_units", "rate", "change"), NOV, page).frame["product"].tolist()
    whole = listed(1000)
    assert len(whole) > 4
    assert [*listed(3), *rest][: len(whole)] == whole


@given(st.sets(st.sampled_from(["North", "South"])), st.sets(st.sampled_from(["Bath", "Garden", "Kitchen"])))
def test_a_narrower_scope_never_shows_more(regions: set[str], categories: set[str]) -> None:
    """Of anything: no product, no unit sold, no mover that the wider scope has not."""
    wide = replace(SALES, scope=Scope(category=frozenset(categories)), policy_version=f"w{sorted(categories)}")
    scope = replace(wide.scope, region=frozenset(regions))
    narrow = replace(wide, scope=scope, policy_version=f"n{sorted(regions)}{sorted(categories)}")
    gate = Gate(Fixed(WORLD))
    less, more = gate.open(narrow), gate.open(wide)
    few, many = (r.products(("gross_units",), ALL, Page(limit=1000)).frame.set_index("product") for r in (less, more))
    assert set(few.index) <= set(many.index)
    assert (few["gross_units"] <= many.loc[few.index, "gross_units"]).all()
    for name in DIMENSIONS:
        assert set(less.options().values(name)) <= set(more.options().values(name))
    answer = movers(less, Direction.UP, "gross_units", NOV, 1000)
    assert isinstance(answer, str) or set(answer.frame["product"]) <= set(many.index)


def two_months(now: Line, then: Line) -> Reports:
    start = Line(date(2026, 9, 1), "z", 1, 1_00)
    lines = [start, replace(then, day=date(2026, 10, 3)), replace(now, day=date(2026, 11, 3))]
    return opened(make_rollup(lines, complete_to=LAST), SALES)


DAY = date(2026, 11, 3)


def test_percentages_change_in_points_and_prices_in_percent() -> None:
    now, then = Line(DAY, "a", 100, 220_00, 20, 20_00), Line(DAY, "a", 100, 200_00, 5, 10_00)
    rate = ratio_headline(two_months(now, then), "return_rate", NOV).previous
    assert (rate.kind, rate.percent) == (ChangeKind.POINTS, None)
    assert rate.points == pytest.approx(15.0)
    price = ratio_headline(two_months(now, then), "average_price", NOV).previous
    assert (price.kind, price.points) == (ChangeKind.PERCENT, None)
    assert price.percent == pytest.approx((200 / 80) / (190 / 95) * 100 - 100)


def test_a_ratio_of_few_units_shows_its_counts_and_one_of_none_says_why() -> None:
    few = ratio_headline(
        two_months(Line(DAY, "a", 8, 8_00, 2, 2_00), Line(DAY, "a", 5, 5_00, 1, 1_00)), "return_rate", NOV
    )
    assert (few.previous.kind, few.previous.current, few.previous.base) == (ChangeKind.COUNTS, (2, 8), (1, 5))
    none = ratio_headline(two_months(Line(DAY, "a", 50, 8_00), Line(DAY, "a", 0, 0, 1, 1_00)), "return_rate", NOV)
    assert (none.previous.kind, none.previous.why) == (
        ChangeKind.UNKNOWN, "there is nothing to divide by in one of the two periods",
    )  # fmt: skip
    assert "the data begin on 1 September 2026" in none.year_before.why


def test_several_months_are_compared_with_the_year_before_if_the_data_reach_that_far() -> None:
    days = [date(2025, 9, 1), date(2025, 10, 2), date(2026, 9, 2), date(2026, 10, 2), date(2026, 11, 2)]
    rollup = make_rollup([Line(day, "a", 20 + i, 1_00) for i, day in enumerate(days)], complete_to=LAST)
    reports = opened(rollup, SALES)

    def base(question: Question) -> str:
        answer = movers(reports, Direction.UP, "net_units", question)
        return answer.base_window.words if isinstance(answer, MoversAnswer) else answer

    assert base(NOV) == "1–20 October 2026"
    assert base(Question("2026-09", "2026-10")) == "September 2025 – October 2025"
    assert base(Question("2025-09", "2025-09")) == "the data begin on 1 September 2025"
    assert base(Question("2025-09", "2025-10")) == "the data begin on 1 September 2025"


def test_margin_is_offered_where_a_cost_is_known() -> None:
    assert has_cost(opened(WORLD, EVERYTHING), NOV)
    assert not has_cost(opened(WORLD, SALES), NOV)
    assert not has_cost(opened(make_rollup([Line(DAY, "a", 1, 1_00)]), EVERYTHING), NOV)


@pytest.mark.parametrize("keys", [(), ("return_rate",), ("net_units", "colour"), ("change",)])
def test_columns_that_do_not_exist_are_refused(keys: tuple[str, ...]) -> None:
    with pytest.raises(BadQuestionError):
        opened(WORLD, PROCUREMENT).products(keys, NOV, Page())


@pytest.mark.parametrize("only", ["risers", "no_rate", "has_rate"])
def test_a_filter_by_a_column_needs_the_column(only: str) -> None:
    reports = opened(WORLD, PROCUREMENT)
    with pytest.raises(BadQuestionError, match="no product filter"):
        reports.products(("net_units",), NOV, Page(only=only))
    reports.products(("net_units", "rate", "change"), NOV, Page(only=only))
