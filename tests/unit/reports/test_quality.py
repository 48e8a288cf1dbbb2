"""What the checks found, by viewer: nothing of prices, stock or rows that the viewer may not know."""

from dataclasses import dataclass, replace
from datetime import date

import pytest
from factories import Line, make_rollup

from dashboard.access import Forbidden, Permission, Scope, Viewer
from dashboard.reports import Gate, Reports
from dashboard.reports.quality import BANNER_WORD, banner, counted, quality
from dashboard.sales.rollup import Check, Rollup
from dashboard.ui import data_board
from dashboard.ui.asked import read

P = Permission
CHECKS = (
    Check("duplicate_ids", "Duplicate line ids", 0, "lines"),
    Check("price", "Prices of zero or less", 7, "lines", ("SECRET pan at -1.00",), "Look.", priced=True, serious=True),
    Check("load_gap", "Days without lines", 1, "days", ("12 Nov 2026",), "Load them.", serious=True),
    Check("big_return", "Returns larger than the sale", 3, "lines", ("SECRET 99.00",), examples_priced=True),
    Check("negative_stock", "Stock below zero", 4, "products", ("SHELF",), "Count again."),
)


@dataclass
class Fixed:
    rollup: Rollup

    def current(self) -> Rollup:
        return self.rollup


def reports(*permissions: Permission, checks: tuple[Check, ...] = CHECKS, scope: Scope | None = None) -> Reports:
    made = make_rollup([Line(date(2026, 11, 2), "pan", 1, 100)])
    rollup = replace(made, info=replace(made.info, checks=checks))
    return Gate(Fixed(rollup)).open(Viewer(1, "x", "x", frozenset(permissions), scope or Scope()))


def shown(one: Reports) -> dict[str, object]:
    return data_board.build(one, read({}, one.options(), {}, ()))


def test_serious_ones_come_first_and_what_passed_last() -> None:
    keys = [check.key for check in quality(reports(P.MEASURE_UNITS, P.MEASURE_REVENUE, P.MEASURE_STOCK)).checks]
    assert keys == ["load_gap", "price", "big_return", "negative_stock", "duplicate_ids"]


def test_procurement_sees_no_check_of_prices_and_sales_none_of_stock() -> None:
    procurement, sales = reports(P.MEASURE_UNITS, P.MEASURE_STOCK), reports(P.MEASURE_UNITS, P.MEASURE_REVENUE)
    assert {check.key for check in quality(procurement).checks} == {
        "duplicate_ids",
        "load_gap",
        "big_return",
        "negative_stock",
    }
    assert "price" in {check.key for check in quality(sales).checks}
    assert "negative_stock" not in {check.key for check in quality(sales).checks}
    for one in (quality(procurement), shown(procurement), banner(procurement)):
        assert "SECRET" not in str(one)
        assert "Prices" not in str(one)
    assert "SHELF" not in str(shown(sales))


def test_a_part_of_the_company_is_told_no_count() -> None:
    for scope in (
        Scope(region=frozenset({"North"})),
        Scope(category=frozenset({"Kitchen"})),
        Scope(channel=frozenset({"Store"})),
    ):
        viewer = reports(P.MEASURE_UNITS, P.MEASURE_REVENUE, scope=scope)
        assert quality(viewer).checks == ()
        assert banner(viewer) == ""
        parts = shown(viewer)
        assert (parts["checks"], parts["aside"]) == (None, None)
        assert "a part of the company" in str(parts["summary"])
        assert "Lines read" not in [card["label"] for card in parts["cards"]]  # type: ignore[attr-defined]


def test_the_right_to_units_is_needed() -> None:
    with pytest.raises(Forbidden):
        quality(reports(P.MEASURE_REVENUE))
    assert banner(reports(P.MEASURE_REVENUE)) == ""


def test_the_banner_names_what_is_wrong_and_where_to_look() -> None:
    words = banner(reports(P.MEASURE_UNITS))
    assert words == "Check the data before you rely on these figures: days without lines (1 day). See Data"
    assert words.endswith(BANNER_WORD)
    harmless = tuple(replace(check, serious=False) for check in CHECKS)
    assert banner(reports(P.MEASURE_UNITS, checks=harmless)) == ""


def test_it_is_said_when_all_checks_passed_or_none_was_made() -> None:
    passed = tuple(replace(check, count=0) for check in CHECKS)
    everything = (P.MEASURE_UNITS, P.MEASURE_REVENUE, P.MEASURE_STOCK)
    parts = shown(reports(*everything, checks=passed))
    assert "All 5 checks passed." in str(parts["summary"])
    assert parts["checks"]["empty"] == "Every check passed."  # type: ignore[index]
    assert "Duplicate line ids" in parts["checks"]["note"]  # type: ignore[index]
    assert "before there were checks" in str(shown(reports(*everything, checks=()))["summary"])


@pytest.mark.parametrize(("count", "words"), [(1, "1 line"), (1200, "1,200 lines"), (0, "0 lines")])
def test_counts_in_words(count: int, words: str) -> None:
    assert counted(Check("x", "X", count, "lines")) == words


@pytest.mark.parametrize("rights", [(P.MEASURE_UNITS,), (P.MEASURE_UNITS, P.MEASURE_REVENUE)])
def test_every_row_of_the_page_has_a_cell_a_column(rights: tuple[P, ...]) -> None:
    parts = shown(reports(*rights))
    for name in ("checks", "aside"):
        table = parts[name]["table"]  # type: ignore[index]
        assert not table or all(len(row) == len(table["columns"]) for row in table["rows"])
