"""The source as what questions are narrowed to and answers are split by, and what it must not tell."""

from dataclasses import dataclass, replace
from datetime import date

import pytest
from factories import Item, Line, make_rollup

from dashboard.access import Scope, Viewer, built_in_roles
from dashboard.reports import BadQuestionError, Gate, Question, Reports
from dashboard.reports.contributions import split
from dashboard.reports.one_product import events
from dashboard.reports.products import Page
from dashboard.reports.question import ASKABLE
from dashboard.sales.calendar import Against
from dashboard.sales.product_facts import Kind as Happened
from dashboard.sales.rankings import Kind
from dashboard.sales.rollup import Rollup
from dashboard.ui.findings_words import findings
from dashboard.ui.how import how

ROLES = {role.key: role.viewer(1, role.key) for role in built_in_roles()}
SALES = ROLES["sales_manager"]
NORTH = replace(SALES, scope=Scope(region=frozenset({"North"})), policy_version="north")
NOV = Question("2026-11", "2026-11")
WEB = replace(NOV, source=frozenset({"Web shop"}))
LINES = [
    Line(date(2025, 10, 9), "pan", 2, 20_00, source="Head office"),
    Line(date(2026, 10, 3), "pan", 5, 50_00, source="Head office"),
    Line(date(2026, 10, 3), "pan", 4, 44_00, region="South", source="Web shop"),
    Line(date(2026, 11, 3), "pan", 9, 90_00, source="Head office"),
    Line(date(2026, 11, 3), "pan", 3, 33_00, region="South", source="Web shop"),
    Line(date(2026, 11, 4), "cup", 7, 70_01, region="South", source="Web shop"),
    Line(date(2026, 11, 5), "cup", 0, 0, 2, 20_00, region="South", source="Head office"),
]
ITEMS = [Item("pan", "Kitchen", first=date(2024, 1, 1)), Item("cup", "Bath", first=date(2024, 1, 1))]


@dataclass
class Fixed:
    rollup: Rollup

    def current(self) -> Rollup:
        return self.rollup


def opened(viewer: Viewer = SALES, lines: list[Line] = LINES) -> Reports:
    return Gate(Fixed(make_rollup(lines, ITEMS))).open(viewer)


def test_a_source_counts_its_lines_alone_and_all_sources_the_whole() -> None:
    reports = opened()
    parts = {
        name: reports.headline("net_sales", replace(NOV, source=frozenset({name}))) for name in reports.options().source
    }
    assert {name: (head.value, head.previous.base) for name, head in parts.items()} == {
        "Head office": (70_00, 50_00), "Web shop": (103_01, 44_00),
    }  # fmt: skip
    both = replace(NOV, source=frozenset(parts))
    assert reports.headline("net_sales", both).value == reports.headline("net_sales", NOV).value == 173_01
    frame = reports.breakdown("net_sales", "source", NOV).frame
    assert list(zip(frame["name"], frame["value"], strict=True)) == [("Web shop", 103_01), ("Head office", 70_00)]
    moved = split(reports, NOV, "net_sales", Against.PREVIOUS, "source").frame
    assert list(zip(moved["name"], moved["change"], strict=True)) == [("Web shop", 59_01), ("Head office", 20_00)]
    ranked = reports.ranking(Kind.BEST, "net_sales", WEB).frame
    assert list(zip(ranked["product"], ranked["value"], strict=True)) == [("cup", 70_01), ("pan", 33_00)]


def test_an_unknown_source_and_an_unknown_dimension_are_refused() -> None:
    nobody = replace(NOV, source=frozenset({"Nobody"}))
    with pytest.raises(BadQuestionError, match="there is no source 'Nobody'; choose one of: Head office, Web shop"):
        opened().headline("net_units", nobody)
    for ask in (
        lambda: opened().breakdown("net_units", "bind", NOV),
        lambda: split(opened(), NOV, "net_units", Against.PREVIOUS, "bind"),
    ):
        with pytest.raises(BadQuestionError, match="region, category, channel, source, not by 'bind'"):
            ask()


def told(viewer: Viewer, lines: list[Line]) -> list[object]:
    """All that a viewer can ask that may tell of sources."""
    reports = opened(viewer, lines)
    found: list[object] = [reports.options(), how(reports, NOV), findings(reports, NOV, "revenue")]
    for measure in ("net_units", "net_sales"):
        found += [reports.monthly(measure, NOV).frame.to_csv(), reports.headline(measure, NOV)]
        found += [reports.breakdown(measure, name, NOV).frame.to_csv() for name in ASKABLE]
        found += [split(reports, NOV, measure, Against.PREVIOUS, name).frame.to_csv() for name in ASKABLE]
        found.append(reports.products((measure,), NOV, Page()).frame.to_csv())
        own = replace(NOV, source=frozenset({"Head office"}))
        found.append(reports.headline(measure, own).value)
    return found


@pytest.mark.promise("row scope")
def test_a_source_without_a_row_in_a_scope_does_not_exist_for_its_viewer() -> None:
    """Whatever it sells elsewhere, and whatever its name: not in a figure, a filter, a refusal or a word."""
    answers = [
        told(NORTH, [replace(line, source=name) if line.source == "Web shop" else line for line in LINES])
        for name in ("Web shop", "A takeover")
    ]
    more = [*LINES, Line(date(2026, 11, 5), "cup", 50, 500_00, region="South", source="A takeover")]
    assert str(answers[0]) == str(answers[1])
    assert str(told(NORTH, more)) == str(answers[0])
    assert opened(NORTH).options().source == ("Head office",)
    assert "source" not in str(how(opened(NORTH), NOV))
    assert "every source" in str(how(opened(), NOV))
    with pytest.raises(BadQuestionError, match=r"there is no source 'Web shop'; choose one of: Head office$"):
        opened(NORTH).headline("net_units", WEB)
    nothing = replace(SALES, scope=Scope(region=frozenset()), policy_version="nothing")
    assert opened(nothing).options().source == ()


def test_a_shift_between_sources_is_no_change_of_price() -> None:
    price = {"Head office": 10_00, "Web shop": 15_00}
    sold = [(9, "Head office", 90), (9, "Web shop", 10), (10, "Head office", 10), (10, "Web shop", 90)]
    lines = [Line(date(2026, month, 3), "pan", n, n * price[name], source=name) for month, name, n in sold]
    whole = [*lines, Line(date(2026, 11, 1), "pan", 1, 10_00, source="Head office")]
    found = events(opened(lines=whole), replace(NOV, product="pan"))
    assert Happened.PRICE not in {event.kind for event in found}
    shifted = [replace(line, source="One") for line in whole]
    assert Happened.PRICE in {event.kind for event in events(opened(lines=shifted), replace(NOV, product="pan"))}
