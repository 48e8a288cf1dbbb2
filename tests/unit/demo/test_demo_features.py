"""What the demo promises to hold, seen through the same rollup and rankings that the pages use."""

from datetime import date
from statistics import mean

import numpy as np
import pytest

from dashboard.sales.calendar import Against, first_day, is_unfinished, like_for_like, month_window, shift
from dashboard.sales.measures import MEASURES
from dashboard.sales.rankings import STATES, Kind, Ranking, State, Thresholds, rank, states
from dashboard.sales.rollup import Rollup
from dashboard.sales.slices import Selection, Slice
from dashboard.sources.demo.catalogue import Part
from dashboard.sources.demo.world import World

NOW = "2026-11"
UNITS, SALES = MEASURES["net_units"], MEASURES["net_sales"]


def worst(demo: Rollup, limit: int, *, use_stock: bool = True, zero_sellers: bool = True) -> Ranking:
    everything = Slice(demo, Selection())
    values, ties = (everything.by_product(measure, NOW, NOW) for measure in (UNITS, MEASURES["gross_units"]))
    state = states(demo, month_window(NOW, NOW), Thresholds(), use_stock=use_stock)
    return rank(demo, Kind.WORST, values, ties, state, everything.universe, limit, zero_sellers=zero_sellers)


def codes(world: World, part: Part) -> set[str]:
    return {world.catalogue.code[i] for i in np.flatnonzero(world.catalogue.part == part)}


def monthly_sales(demo: Rollup) -> dict[str, float]:
    """Net sales in EUR of the finished months."""
    totals = Slice(demo, Selection()).by_month(SALES)
    complete_to = demo.info.complete_to
    pairs = zip(demo.months, totals, strict=True)
    return {month: int(total) / 100 for month, total in pairs if not is_unfinished(month, complete_to)}


def test_calendar_ends_in_an_unfinished_month(demo: Rollup) -> None:
    assert (demo.months[0], demo.months[-1]) == ("2023-12", NOW)
    assert demo.info.complete_to == demo.info.last_day == date(2026, 11, 20)
    assert is_unfinished(NOW, demo.info.complete_to)
    assert demo.first_daily <= first_day(shift(NOW, -13))


def test_dimensions(demo: Rollup) -> None:
    assert demo.regions == ("Central", "East", "Islands", "North", "South", "West")
    assert demo.channels == ("Online", "Store", "Wholesale")
    assert 10 <= len(demo.categories) <= 12
    assert (demo.info.currency, demo.info.has_stock) == ("EUR", True)


def test_numbers_look_like_a_company(demo: Rollup) -> None:
    sales = monthly_sales(demo)
    assert len(sales) == 35
    assert min(sales.values()) > 1_300_000
    assert max(sales.values()) < 2_800_000
    assert 1_500_000 < mean(sales.values()) < 2_500_000


@pytest.mark.parametrize("year", ["2024", "2025"])
def test_christmas_and_early_summer_stand_out_every_year(demo: Rollup, year: str) -> None:
    sales = monthly_sales(demo)
    assert sales[f"{year}-12"] == max(sales[f"{year}-{month:02d}"] for month in range(1, 13))
    assert sales[f"{year}-05"] > 1.2 * sales[f"{year}-02"]
    assert sales[f"{year}-05"] > 1.05 * sales[f"{year}-08"]
    assert sales[f"{year}-12"] > 1.25 * mean(sales[f"{year}-{month:02d}"] for month in range(1, 13))


def test_sales_grow_year_on_year(demo: Rollup) -> None:
    sales = monthly_sales(demo)
    first, second = (sum(sales[shift(f"{year}-12", later)] for later in range(11)) for year in (2024, 2025))
    assert 1.02 < second / first < 1.2


def test_categories_have_seasons_of_their_own(demo: Rollup) -> None:
    everything = Slice(demo, Selection())
    may, december = (
        dict(zip(demo.categories, everything.by_category(UNITS, m, m), strict=True)) for m in ("2026-05", "2025-12")
    )
    assert may["Garden"] > 3 * december["Garden"]
    assert december["Seasonal"] > 3 * may["Seasonal"]
    assert december["Toys & Games"] > 1.8 * may["Toys & Games"]


@pytest.mark.parametrize("against", Against)
@pytest.mark.parametrize("measure", [UNITS, SALES])
def test_month_to_date_is_believable_like_for_like(demo: Rollup, against: Against, measure: object) -> None:
    windows = like_for_like(NOW, NOW, demo.info.complete_to, against)
    assert windows is not None
    everything = Slice(demo, Selection())
    current, base = (everything.total(measure, window) for window in (windows.current, windows.base))  # type: ignore[arg-type]
    assert windows.base.days == windows.current.days == 20
    assert 0.7 < current / base < 1.3  # type: ignore[operator]


def test_a_long_tail(demo: Rollup) -> None:
    units = np.sort(Slice(demo, Selection()).by_product(UNITS, "2025-11", "2026-10"))[::-1]
    assert 0.5 < units[: len(units) // 5].sum() / units.sum() < 0.85


def test_every_reason_to_leave_a_product_out_has_five_products(demo: Rollup) -> None:
    left_out = worst(demo, 10, zero_sellers=False).left_out
    assert set(left_out) == {"new", "discontinued", "stock_out", "zero_sales"}
    assert all(count >= 5 for count in left_out.values()), left_out


def test_states_are_those_of_the_parts(demo: Rollup, world: World) -> None:
    state = states(demo, month_window(NOW, NOW), Thresholds(), use_stock=True)
    by_code = {code: STATES[state[i]] for i, code in enumerate(demo.products.code)}
    for part, expected in (
        (Part.NEW, State.NEW),
        (Part.LEAVING, State.DISCONTINUED),
        (Part.ENDED, State.NOT_IN_RANGE),
        (Part.SHORT, State.STOCK_OUT),
        (Part.SLOW, State.RANKED),
        (Part.DORMANT, State.RANKED),
        (Part.NEVER_SOLD, State.RANKED),
    ):
        assert {by_code[code] for code in codes(world, part)} == {expected}, part


def test_products_that_never_sold_or_no_longer_sell_head_the_worst_list_only_if_asked_for(
    demo: Rollup, world: World
) -> None:
    asleep = codes(world, Part.NEVER_SOLD) | codes(world, Part.DORMANT)
    with_zero, without = (worst(demo, 400, zero_sellers=zero).frame for zero in (True, False))
    assert asleep <= set(with_zero.loc[with_zero["value"] == 0, "product"])
    assert not asleep & set(without["product"])
    everything = Slice(demo, Selection()).by_product(MEASURES["gross_units"], demo.months[0], NOW)
    never = [i for i, code in enumerate(demo.products.code) if code in codes(world, Part.NEVER_SOLD)]
    dormant = [i for i, code in enumerate(demo.products.code) if code in codes(world, Part.DORMANT)]
    assert not everything[never].any()
    assert everything[dormant].all()


def test_slow_sellers_are_really_slow_and_tie(demo: Rollup) -> None:
    frame = worst(demo, 30, zero_sellers=False).frame
    small = frame[(frame["value"] > 0) & (frame["value"] < 10)]
    assert len(small) >= 15
    assert small["value"].duplicated().sum() >= 8
    assert frame["rank"].duplicated().any()


def test_some_look_bad_only_because_they_are_out_of_stock(demo: Rollup, world: World) -> None:
    short = codes(world, Part.SHORT)
    blind = set(worst(demo, 60, use_stock=False, zero_sellers=False).frame["product"])
    honest = set(worst(demo, 60, zero_sellers=False).frame["product"])
    assert len(short & blind) >= 2
    assert not short & honest
    october = Slice(demo, Selection()).by_product(UNITS, "2026-10", "2026-10")
    sold = {code: int(october[i]) for i, code in enumerate(demo.products.code) if code in short}
    assert sum(units > 50 for units in sold.values()) >= 5


def test_more_came_back_than_was_sold(demo: Rollup) -> None:
    everything = Slice(demo, Selection())
    months = [month for month in demo.months if everything.by_product(UNITS, month, month).min() < 0]
    assert {"2024-10", "2025-03", "2025-09", "2026-04", "2026-08", NOW} <= set(months)
    assert worst(demo, 1).frame["value"].iloc[0] < -20


def test_snapshots_cover_every_sellable_day(demo: Rollup, world: World) -> None:
    stock = demo.stock
    assert stock is not None
    assert len(stock.offsets) == len(demo.months) + 1
    assert int(stock.observed_days.sum()) == len(world.stock.day)
    assert int(stock.in_stock_days.sum()) == int((world.stock.available > 0).sum())
    assert (stock.in_stock_days < stock.observed_days).any()
