"""The facts behind every figure: definition, period, filters, lines, reach of the data."""

from dataclasses import dataclass, replace
from datetime import date

import pytest
from factories import Item, Line, make_rollup

from dashboard.access import Forbidden, Scope, Viewer, built_in_roles
from dashboard.reports import Gate, Question
from dashboard.sales.rollup import Rollup, SetAside
from dashboard.ui.how import how

ROLES = {role.key: role.viewer(1, role.key) for role in built_in_roles()}
NORTH = replace(ROLES["sales_manager"], scope=Scope(region=frozenset({"North"})), policy_version="north")
NOV = Question("2026-11", "2026-11")


@dataclass
class Fixed:
    rollup: Rollup

    def current(self) -> Rollup:
        return self.rollup


def shop(complete_to: date = date(2026, 11, 18)) -> Rollup:
    lines = [Line(date(2026, 10, 5), "pan", 3, 300), Line(date(2026, 11, 20), "pan", 4, 400, region="South")]
    made = make_rollup(lines, [Item("pan", "Kitchen", "Iron pan")], complete_to=complete_to, version="20261120Z-ab12cd")
    aside = (
        SetAside("bad_price", "Unreadable price", 2, 9),
        SetAside("no_product", "No product", 1, 1),
        SetAside("repeat", "Exact repeat", 5, 5, kept=True),
    )
    return replace(made, info=replace(made.info, lines_read=1005, lines_kept=1002, set_aside=aside))


def told(viewer: Viewer, question: Question = NOV, rollup: Rollup | None = None) -> dict[str, str]:
    reports = Gate(Fixed(rollup or shop())).open(viewer)
    facts = how(reports, question, ("Net units", "Sold less returned."))["facts"]
    assert facts[0] == ["Net units", "Sold less returned."]
    return dict(facts)


def test_everything_that_made_a_figure_is_said() -> None:
    assert told(ROLES["sales_manager"]) == {
        "Net units": "Sold less returned.",
        "Period": "November 2026, of which 1–20 November 2026 counted so far; days after 18 Nov 2026 may still grow",
        "Filters": "every region, every category, every channel",
        "Lines read": ("1,005 in the whole import, 1,002 counted, 3 set aside (2 unreadable price, 1 no product)"),
        "Complete to": "18 Nov 2026: said by the test",
        "Data": "Test data, imported 2026-11-20 20:00 UTC, version 20261120Z",
    }


@pytest.mark.parametrize(
    ("question", "complete_to", "words"),
    [
        (Question("2026-10", "2026-10"), date(2026, 11, 20), "October 2026"),
        (Question("2026-10", "2026-11"), date(2026, 11, 30), "October 2026 – November 2026"),
        (NOV, date(2026, 11, 20), "November 2026, of which 1–20 November 2026 counted so far"),
        (NOV, date(2026, 11, 22), "November 2026, of which 1–22 November 2026 counted so far"),
    ],
)
def test_the_period_says_what_is_unfinished(question: Question, complete_to: date, words: str) -> None:
    assert told(ROLES["sales_manager"], question, shop(complete_to))["Period"] == words


def test_a_month_without_a_day_says_so() -> None:
    early = shop()
    early = replace(early, info=replace(early.info, last_day=date(2026, 10, 30), complete_to=date(2026, 10, 30)))
    assert told(ROLES["sales_manager"], NOV, early)["Period"] == "November 2026, of which no day has figures yet"


def test_filters_are_named_by_their_values() -> None:
    asked = replace(NOV, region=frozenset({"South"}), product="pan")
    words = told(ROLES["sales_manager"], asked)["Filters"]
    assert words == "region South, every category, every channel, product Iron pan"


def test_a_viewer_of_a_part_learns_nothing_of_the_whole() -> None:
    said = told(NORTH)
    assert said["Filters"] == "every region, every category, every channel that you may see"
    assert not any(character.isdigit() for character in said["Lines read"])
    assert said["Complete to"] == "18 Nov 2026: the same date for the whole company."


def test_without_revenue_no_reason_tells_of_prices() -> None:
    said = told(ROLES["procurement_manager"])["Lines read"]
    assert "price" not in said
    assert said.endswith("3 set aside (1 no product, 2 other reasons)")


def test_nobody_without_a_measure_is_told() -> None:
    with pytest.raises(Forbidden):
        told(ROLES["admin"])
