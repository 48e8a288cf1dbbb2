"""What is told of one product, to whom, and what its forecast is made of."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from factories import Stock
from product_kit import (
    FIRST,
    LAST,
    NOV,
    OWNER,
    PROCUREMENT,
    SALES,
    Entry,
    entries,
    months,
    reports_of,
    scoped,
    shop,
    snapshots,
)

from dashboard.access import Forbidden, Viewer
from dashboard.reports import BadQuestionError
from dashboard.reports.forecasting import answer as forecast
from dashboard.reports.one_product import events, history, profile, season, stock_history
from dashboard.reports.product_search import Wanted, find
from dashboard.sales.forecast import Why
from dashboard.sales.measures import MEASURES
from dashboard.sales.product_facts import Event, Kind
from dashboard.sales.rollup import NO_SNAPSHOT, Receipts, StockDays
from dashboard.sales.slices import Selection, Slice

ENTRIES = entries()
ROLLUP = shop(ENTRIES)
A = months("2026-11", "2026-11", "a")
OUT = ("2025-03", "2026-06")
STOCKED = shop(ENTRIES, snapshots(ROLLUP, "a", OUT))
NORTH = scoped(SALES, region={"North"})


@pytest.mark.parametrize(
    ("viewer", "selection"), [(OWNER, Selection()), (NORTH, Selection(region=frozenset({"North"})))]
)
def test_the_history_is_what_the_slice_says_of_every_measure(viewer: Viewer, selection: Selection) -> None:
    found = history(reports_of(ROLLUP, viewer), A)
    view = Slice(ROLLUP, selection)
    place = ROLLUP.products.position("a")
    for key, values in found.values.items():
        assert (
            values.tolist()
            == view.by_product_month(MEASURES[key], *ROLLUP.months[:: len(ROLLUP.months) - 1])[:, place].tolist()
        )
    assert found.window[-1] == "1–20 Nov"
    assert [*found.complete] == [True] * (len(ROLLUP.months) - 1) + [False]


def test_a_measure_that_is_not_for_the_viewer_is_not_there() -> None:
    assert set(history(reports_of(ROLLUP, PROCUREMENT), A).values) == {"net_units", "gross_units", "returned_units"}
    with pytest.raises(Forbidden):
        history(reports_of(ROLLUP, replace(PROCUREMENT, permissions=frozenset())), A)
    with pytest.raises(BadQuestionError, match="choose a product"):
        history(reports_of(ROLLUP), NOV)


def changed(since: date, until: date, factor: int) -> list[Entry]:
    """The same entries, those of some days with more units."""
    return [
        Entry(e.order, replace(e.line, gross_units=e.line.gross_units * factor))
        if since <= e.line.day <= until and e.line.product == "a"
        else e
        for e in ENTRIES
    ]


def test_the_unfinished_month_plays_no_part_in_forecast_and_season() -> None:
    other = shop(changed(date(2026, 11, 1), LAST, 50))
    for ask in (forecast, season):
        one, two = (ask(reports_of(rollup), A) for rollup in (ROLLUP, other))
        assert str(one) == str(two)
        assert one is not None
    assert forecast(reports_of(ROLLUP), A).last == "2026-10"
    finished = forecast(reports_of(shop(ENTRIES, complete_to=date(2026, 11, 30))), A)
    assert finished.last == "2026-11"


def test_months_out_of_stock_play_no_part_for_whoever_may_see_stock() -> None:
    other = shop(changed(date(2026, 6, 1), date(2026, 6, 30), 40), snapshots(ROLLUP, "a", OUT))
    one, two = (forecast(reports_of(rollup, PROCUREMENT), A) for rollup in (STOCKED, other))
    assert (one.left_out, one.uses_stock) == (2, True)
    assert str(one) == str(two)
    for viewer in (SALES, scoped(PROCUREMENT, region={"North"}), scoped(PROCUREMENT, channel={"Online"})):
        without = forecast(reports_of(STOCKED, viewer), A)
        assert (without.left_out, without.uses_stock) == (0, False)


def test_a_selection_has_a_forecast_of_its_own_which_no_month_changes() -> None:
    reports = reports_of(ROLLUP)
    whole = forecast(reports, NOV)
    assert (whole.first, whole.last, whole.months) == ("2024-01", "2026-10", 34)
    assert forecast(reports, months("2024-05", "2025-01")) is whole
    assert str(forecast(reports, months("2026-11", "2026-11", region="North"))) != str(whole)


def test_what_ended_is_not_forecast_and_what_is_young_begins_with_its_first_whole_month() -> None:
    products = ROLLUP.products
    end, first = products.end_day.copy(), products.first_day.copy()
    end[0], first[1] = np.datetime64("2026-11-02"), np.datetime64("2025-12-05")
    lives = replace(ROLLUP, products=replace(products, end_day=end, first_day=first))
    assert forecast(reports_of(lives), A).why is Why.ENDED
    young = forecast(reports_of(lives), months("2026-11", "2026-11", "b"))
    assert (young.first, young.months, young.why) == ("2026-01", 10, Why.SHORT)
    assert season(reports_of(lives), months("2026-11", "2026-11", "b")) is None


def test_stock_is_told_to_those_of_the_whole_company_who_may_see_it() -> None:
    found = stock_history(reports_of(STOCKED, PROCUREMENT), A)
    assert found is not None
    short = [key for key, days in zip(found.months, found.in_stock.tolist(), strict=True) if days == 5]
    assert tuple(short) == OUT
    for viewer in (SALES, scoped(PROCUREMENT, region={"North"})):
        assert stock_history(reports_of(STOCKED, viewer), A) is None


def with_days() -> tuple:
    """The shop with a dear February, receipts, and two spells without stock in the newest days."""
    dear = [
        Entry(
            e.order,
            replace(e.line, gross_sales=e.line.gross_units * (1100 if e.line.day >= date(2026, 2, 1) else 1000)),
        )
        for e in ENTRIES
        if not e.line.returned_units
    ]
    rollup = shop(dear, snapshots(ROLLUP, "a", OUT))
    available = np.full((60, len(rollup.products)), 9, dtype=np.int32)
    available[10:14, 0], available[20:22, 0], available[30, 0], available[57:, 0] = 0, -1, NO_SNAPSHOT, 0
    days = StockDays(LAST - timedelta(days=59), available)
    product, day = np.array([0, 0, 1]), np.array(["2024-02-03", "2024-05-01", "2024-01-05"], dtype="datetime64[D]")
    return replace(rollup, stock_days=days, receipts=Receipts(product, day, np.array([70, 5, 9]))), days.first_day


def test_events_are_dated_and_each_needs_its_right() -> None:
    rollup, start = with_days()
    launch = Event(FIRST, Kind.LAUNCH)
    price = [Event(date(2026, 2, 1), Kind.PRICE, whole_month=True, figure=pytest.approx(0.1))]
    first, last = start + timedelta(days=10), start + timedelta(days=57)
    stock = [
        Event(last, Kind.STOCK_OUT, figure=3, until=LAST, open_end=True),
        Event(first, Kind.STOCK_OUT, figure=4, until=first + timedelta(days=3)),
        Event(date(2026, 6, 1), Kind.STOCK_OUT, True, 25, 30),
        Event(date(2025, 3, 1), Kind.STOCK_OUT, True, 26, 31),
        Event(date(2024, 2, 3), Kind.RECEIPT, figure=70),
    ]
    assert list(events(reports_of(rollup, SALES), A)) == [*price, launch]
    assert list(events(reports_of(rollup, PROCUREMENT), A)) == [*stock, launch]
    assert list(events(reports_of(rollup, OWNER), A)) == [*stock[:2], stock[2], *price, *stock[3:], launch]
    here = events(reports_of(rollup, scoped(OWNER, region={"North"})), A)
    assert {event.kind for event in here} == {Kind.LAUNCH, Kind.PRICE}


def test_a_shift_between_channels_is_no_change_of_price() -> None:
    moved = [
        Entry(e.order, replace(e.line, gross_sales=e.line.gross_units * (600 if e.line.channel == "Online" else 1000)))
        for e in ENTRIES
        if e.line.gross_units and (e.line.channel == "Online") == (e.line.day.day % 3 == e.line.day.month % 2)
    ]
    assert [event.kind for event in events(reports_of(shop(moved)), A)] == [Kind.LAUNCH]


def test_the_profile_says_who_it_is_and_whether_it_knows_of_stock() -> None:
    mine = profile(reports_of(STOCKED, PROCUREMENT), A)
    assert (mine.code, mine.name, mine.category, mine.first_day, mine.end_day) == (
        "a", "Product A", "Kitchen", FIRST, None,
    )  # fmt: skip
    assert (mine.counts_stock, profile(reports_of(STOCKED, SALES), A).counts_stock) == (True, False)
    assert profile(reports_of(ROLLUP, NORTH), A).everywhere is False


def test_the_search_finds_what_the_viewer_may_see_in_pages() -> None:
    reports = reports_of(ROLLUP)
    names = [find(reports, NOV, Wanted(offset=i, limit=2)).rows for i in (0, 2, 4)]
    assert [row[0] for page in names for row in page] == ["a", "b", "c", "d", "e"]
    assert [row[0] for row in find(reports, NOV, Wanted("PRODUCT C")).rows] == ["c"]
    assert find(reports, NOV, Wanted("e", sort="units", descending=True)).rows[-1] == ("e", "Product E", "Garden", 0)
    assert [row[0] for row in find(reports_of(ROLLUP, NORTH), NOV, Wanted("product e")).rows] == []
    assert [row[2] for row in find(reports_of(ROLLUP, scoped(SALES, category={"Garden"})), NOV, Wanted()).rows] == [
        "Garden"
    ] * 3
    with pytest.raises(BadQuestionError):
        find(reports, NOV, Wanted(sort="net_sales"))


def test_stock_without_snapshots_of_the_product_says_nothing() -> None:
    other = shop(ENTRIES, [Stock("2026-11", "b", 20, 20, 5)])
    found = stock_history(reports_of(other, PROCUREMENT), A)
    assert found is not None
    assert not found.observed.any()
