"""What an attack on the insight pages found: figures too large for 64 bits, names out of scope, hostile input."""

import json
import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pytest
from factories import Item, Line, Stock, every_day, make_rollup

from dashboard.access import Permission, Scope, Viewer
from dashboard.reports import BadQuestionError, Gate, Options, Question
from dashboard.reports.stock_periods import CostTurnover, Turnover, at_costs, turnover
from dashboard.sales.abc import AbcCuts, classify, ranked
from dashboard.sales.anomalies import AnomalyRules, score
from dashboard.sales.bridge import Side, bridge
from dashboard.sales.calendar import month_number
from dashboard.sales.demand import daily_demand
from dashboard.sales.product_facts import cells_of, price_changes
from dashboard.sales.rollup import Rollup, StockDays, Supply
from dashboard.sales.slices import Selection, Slice
from dashboard.ui.asked import LONGEST_SEARCH, read, table_states
from dashboard.ui.choice import from_parameters
from pages import classes

LARGE = 10**16
EVERYTHING = frozenset(one for one in Permission if one.value.startswith("measure:"))


@dataclass
class Fixed:
    rollup: Rollup

    def current(self) -> Rollup:
        return self.rollup


def test_abc_classes_of_large_amounts_are_those_of_small_ones() -> None:
    small = np.array([85, 9, 4, 2, 0, -3, 40, 40, 15, 5])
    expected = classify(small, ranked(small), AbcCuts())
    large = small * LARGE
    assert classify(large, ranked(large), AbcCuts()).tolist() == expected.tolist()
    assert classify(large, ranked(large), AbcCuts(), expected).tolist() == expected.tolist()


def test_the_cuts_of_abc_stay_exact_where_a_percentage_is_no_whole_number() -> None:
    values = np.array([81, 19, 2])
    assert classify(values, ranked(values), AbcCuts(80, 98, 0)).tolist() == [0, 0, 2]


def test_the_bridge_of_billions_of_units_adds_up_and_has_the_price_of_one_cent() -> None:
    units = np.array([4 * 10**9 + 1, 10**6])
    sales = units * 3 + np.array([4 * 10**9, 5])
    base, current = Side(units, sales, sales), Side(units, sales + units, sales + units)
    found = bridge(base, current)
    assert (found.parts.volume, found.parts.mix, found.parts.price) == (0, 0, int(units.sum()))
    assert found.price.tolist() == units.tolist()


def test_a_price_that_stays_is_no_event_however_much_is_sold() -> None:
    units, price = 3 * 10**8, 10**3
    lines = [Line(date(2026, month, 2), "a", units, units * price) for month in (8, 9, 10)]
    cells = cells_of(Slice(make_rollup(lines), Selection()), 0)
    assert [share for _, share in price_changes(cells, 3, 10)] == [0.0, 0.0]


def test_a_month_like_every_year_is_no_anomaly_however_much_is_sold() -> None:
    """Ten million a month in minor units: a month times a year of that does not fit into 64 bits."""
    values = np.full((61, 1), 10**9)
    found = score(values, 60, np.array([0]), AnomalyRules())
    assert found.by_years.tolist() == [True]
    assert (found.expected.tolist(), found.z.tolist()) == ([1e9], [0.0])


def test_the_spread_of_a_demand_of_hundreds_of_millions_a_day() -> None:
    units = np.array([[10**9], [3 * 10**9]] * 28)
    found = daily_demand(units, np.ones(units.shape, dtype=np.bool_))
    assert found.mean.tolist() == [2e9]
    assert found.sd.tolist() == pytest.approx([10**9 * (56 / 55) ** 0.5])


def shop(hidden_channel: str, hidden_region: str) -> Rollup:
    lines = [
        Line(date(2026, 10, 1), "k", 5, 500, region="North", channel="Store"),
        Line(date(2026, 11, 2), "k", 7, 700, region="North", channel="Store"),
        Line(date(2026, 11, 2), "g", 9, 900, region=hidden_region, channel=hidden_channel),
    ]
    return make_rollup(lines, [Item("k", "Kitchen"), Item("g", "Garden"), Item("none", "Kitchen")])


def test_a_viewer_of_a_category_is_offered_no_region_or_channel_of_others_alone() -> None:
    viewer = Viewer(1, "k", "own", EVERYTHING, Scope(category=frozenset({"Kitchen"})))
    reports = Gate(Fixed(shop("Web", "Zed"))).open(viewer)
    options = reports.options()
    assert (options.region, options.category, options.channel) == (("North",), ("Kitchen",), ("Store",))
    assert reports.product_name("none")  # of the category, though it never sold
    everybody = Gate(Fixed(shop("Web", "Zed"))).open(replace(viewer, scope=Scope()))
    assert (everybody.options().region, everybody.options().channel) == (("North", "Zed"), ("Store", "Web"))


@pytest.mark.parametrize("key", ["2026-1１", "２０２６-11", "2026-1²"])
def test_a_month_is_written_in_ascii_digits(key: str) -> None:
    """Such a key would be a month as a number and none as text."""
    with pytest.raises(ValueError, match="is no month"):
        month_number(key)


def test_a_table_filter_is_no_longer_than_one_of_an_address() -> None:
    """It is part of a key that answers are kept under."""
    ((_, state),) = table_states({"order": {"only": "x" * 10**6}}, ("order",), same=True)
    assert len(state.only) == LONGEST_SEARCH


@pytest.mark.parametrize("name", ["from", "region", "product", "zero"])
def test_half_of_a_surrogate_pair_is_no_choice(name: str) -> None:
    options = Options(("2026-11",), ("North",), ("Kitchen",), ("Store",))
    with pytest.raises(BadQuestionError, match=f"{name} is no text"):
        from_parameters({name: "\ud800"}, options)


def test_turnover_sets_the_sales_of_finished_days_against_these_days() -> None:
    """Ten units a day: what sold after the complete-to date is in no month that has passed."""
    days = every_day(date(2026, 9, 1), date(2026, 11, 20))
    lines = [Line(day, "a", 10, 1000, costed_sales=1000, cost_of_goods=400) for day in days]
    stock = [Stock(month, "a", 28, 28, 300) for month in ("2026-09", "2026-10", "2026-11")]
    rollup = make_rollup(lines, stock=stock, complete_to=date(2026, 11, 10))
    blank, one = np.full(1, np.nan), np.full(1, 1)
    rollup = replace(
        rollup,
        stock_days=StockDays(days[0], np.full((len(days), 1), 300, dtype=np.int32)),
        supply=Supply(np.full(1, 40), blank, blank, one, one, one, one, one),
    )
    reports = Gate(Fixed(rollup)).open(Viewer(1, "k", "own", EVERYTHING))
    november = Question("2026-11", "2026-11")
    units, costs = turnover(reports, november), at_costs(reports, november)
    assert isinstance(units, Turnover)
    assert (units.sold, units.months) == (100, pytest.approx(1 / 3))
    assert (units.turns, units.months_of_stock) == (pytest.approx(12.0), pytest.approx(1.0))
    assert isinstance(costs, CostTurnover)
    assert (costs.cost_of_goods, costs.margin, costs.turns) == (4000, 6000, pytest.approx(12.0))


def classes_of(sold: int) -> str:
    """What the Classes page says of two products, one of which has returns alone."""
    days = [date(2025, 11, 1) + timedelta(days=10 * i) for i in range(37)]
    lines = [Line(day, "a", returned_units=4, returned_sales=500) for day in days]
    lines += [Line(day, "b", sold, sold * 400) for day in days]
    reports = Gate(Fixed(make_rollup(lines, complete_to=date(2026, 10, 31)))).open(Viewer(1, "k", "own", EVERYTHING))
    offers = {name: list(found) for name, found in classes.BOARD.offers(reports).items()}
    asked = read({}, reports.options(), offers, ())
    return json.dumps(classes.BOARD.build(reports, asked), allow_nan=False, ensure_ascii=False)


def test_where_nothing_is_above_zero_there_is_no_share_of_it() -> None:
    said = classes_of(0)
    assert "Class C" in said
    assert not re.search(r"\d{4,}\.\d %", said), said


def test_a_share_says_what_it_is_of_where_returns_exceed_sales() -> None:
    said = classes_of(1)
    assert '"−125.0 %", "words": "of all that is above 0"' in said
