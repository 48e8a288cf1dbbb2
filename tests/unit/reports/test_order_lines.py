"""The lines of orders: complete, in scope, adding up, and without amounts for whoever may not see them."""

from collections import defaultdict
from dataclasses import replace

import pytest
from product_kit import NOV, PROCUREMENT, SALES, Entry, entries, months, reports_of, scoped, shop

from dashboard.access import Forbidden, Viewer
from dashboard.reports import BadQuestionError, Question
from dashboard.reports.order_lines import AMOUNTS, SORTS, OrderLine, Wanted, lines

ENTRIES = entries()
ROLLUP = shop(ENTRIES)
ROWS = {"a": months("2026-01", "2026-11", "a"), "north": months("2026-09", "2026-11", "b", region="North")}


def every(viewer: Viewer, question: Question, order: str = "", sort: str = "date", descending: bool = True) -> list:
    reports, found, offset = reports_of(ROLLUP, viewer), [], 0
    while True:
        page = lines(reports, question, Wanted(order, sort, descending, offset, 7))
        assert page is not None
        found += page.lines
        offset += 7
        if offset >= page.found:
            assert len(found) == page.found
            return found


def key(entry: Entry) -> tuple:
    line = entry.line
    sign = -1 if line.returned_units else 1
    gross = sign * (line.gross_sales + line.returned_sales)
    units = sign * (line.gross_units + line.returned_units)
    return (line.day, entry.order, line.product, line.region, line.channel, units, gross, line.discounts)


def told(line: OrderLine) -> tuple:
    return (line.day, line.order, line.product, line.region, line.channel, line.units, line.gross, line.discount)


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("descending", [True, False])
def test_pages_hold_every_line_once_and_in_order(sort: str, descending: bool) -> None:
    found = every(SALES, ROWS["a"], sort=sort, descending=descending)
    expected = [key(e) for e in ENTRIES if e.line.product == "a" and e.line.day.year == 2026]
    assert sorted(map(told, found)) == sorted(expected)
    values = [getattr(line, {"date": "day"}.get(sort, sort)) for line in found]
    assert values == sorted(values, reverse=descending)


@pytest.mark.parametrize("question", list(ROWS.values()), ids=list(ROWS))
@pytest.mark.parametrize("viewer", [SALES, PROCUREMENT, scoped(SALES, region={"North", "West"})])
def test_lines_add_up_to_the_figures_of_the_product(viewer: Viewer, question: Question) -> None:
    reports = reports_of(ROLLUP, viewer)
    page = lines(reports, question, Wanted(limit=1000))
    assert page is not None
    assert page.units == sum(line.units for line in page.lines) == reports.headline("net_units", question).value
    if viewer is PROCUREMENT:
        assert page.net is None
    else:
        assert page.net == sum(line.net or 0 for line in page.lines) == reports.headline("net_sales", question).value


def test_an_order_is_shown_whole_within_the_scope_and_no_further() -> None:
    sizes: dict[str, list[Entry]] = defaultdict(list)
    for entry in ENTRIES:
        sizes[entry.order].append(entry)
    order = next(o for o, own in sizes.items() if len({e.line.region for e in own}) > 1 and o.startswith("S25"))
    whole = every(SALES, ROWS["north"], order)
    assert sorted(map(told, whole)) == sorted(map(key, sizes[order]))
    north = every(scoped(SALES, region={"North"}), NOV, order)
    assert [line.region for line in north] == ["North"] * sum(e.line.region == "North" for e in sizes[order])
    elsewhere = next(o for o, own in sizes.items() if o and "North" not in {e.line.region for e in own})
    assert every(scoped(SALES, region={"North"}), NOV, elsewhere) == []
    assert every(SALES, NOV, "no such order") == []
    kitchen = every(scoped(PROCUREMENT, category={"Kitchen"}), NOV, order)
    assert {line.product for line in kitchen} <= {"a", "b"}


def test_amounts_are_for_revenue_alone() -> None:
    assert all(line.gross is line.discount is line.net is None for line in every(PROCUREMENT, ROWS["a"]))
    for sort in AMOUNTS:
        with pytest.raises(Forbidden):
            lines(reports_of(ROLLUP, PROCUREMENT), ROWS["a"], Wanted(sort=sort))


@pytest.mark.parametrize("wanted", [Wanted(sort="cost"), Wanted(offset=-1), Wanted(limit=0), Wanted(limit=10**6)])
def test_what_cannot_be_is_refused(wanted: Wanted) -> None:
    with pytest.raises(BadQuestionError):
        lines(reports_of(ROLLUP), ROWS["a"], wanted)


def test_data_without_lines_have_none() -> None:
    assert lines(reports_of(replace(ROLLUP, lines=None)), ROWS["a"], Wanted()) is None
