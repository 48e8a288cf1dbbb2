"""The blocks on the calendar: figures and words of the answers, and the fiscal chart only where it says something."""

from dataclasses import dataclass
from datetime import date

from factories import Line, every_day, make_rollup

from dashboard.access import built_in_roles
from dashboard.reports import Gate, Question, Reports, Rules
from dashboard.sales.fiscal import FiscalCalendar, Kind
from dashboard.sales.rollup import Rollup
from dashboard.ui.calendar_blocks import calendar_blocks

WEEK = (80, 80, 85, 95, 120, 150, 90)  # the weekday weights of domain.md section 1, times 100
ROLES = {role.key: role.viewer(1, role.key) for role in built_in_roles()}
LINES = [Line(day, "pan", WEEK[day.weekday()], 10**9) for day in every_day(date(2024, 11, 1), date(2026, 11, 30))]
NOVEMBER = Question("2026-11", "2026-11")


@dataclass
class Fixed:
    rollup: Rollup

    def current(self) -> Rollup:
        return self.rollup


def reports(kind: Kind, lines: list[Line] = LINES, role: str = "procurement_manager") -> Reports:
    return Gate(Fixed(make_rollup(lines)), rules=Rules(calendar=FiscalCalendar(kind))).open(ROLES[role])


def test_the_vector_of_the_domain_reaches_the_page() -> None:
    block = calendar_blocks(reports(Kind.MONTHS), NOVEMBER, "net_units")["calendar"]
    assert block is not None
    (row,) = block["table"]["rows"]
    assert [cell[1] if isinstance(cell, list) else cell for cell in row] == [
        "November 2026",
        "−2.3 %",
        "Nov 2026 against Nov 2025",
        "29.7, was 30.4",
        "−2.3 %",
        "0.0 %",
    ]
    facts = dict(block["how"]["facts"])
    assert facts["Weekday weights"].startswith("Monday 0.80, Tuesday 0.80, Wednesday 0.85, Thursday 0.95, Friday 1.20")
    assert "The week of Black Friday moves" in block["note"]


def test_months_need_no_fiscal_chart_and_weeks_have_one() -> None:
    assert calendar_blocks(reports(Kind.MONTHS), NOVEMBER, "net_units")["fiscal"] is None
    block = calendar_blocks(reports(Kind.WEEKS_454), NOVEMBER, "net_units")["fiscal"]
    assert block is not None
    trace = block["figure"]["data"][0]
    assert trace["x"][-2:] == ["Nov FY2026", "Dec FY2026"]
    assert trace["marker"]["pattern"]["shape"][-2:] == ["", "/"]
    assert block["note"] == "Hatched: not finished yet (29–30 Nov 2026)."
    # Like weekdays meet in every period.
    compared = [row for row in block["table"]["rows"] if "FY" in row[5]]
    assert len(compared) > 12
    assert {row[4][0] for row in compared} == {0.0}
    assert sum(trace["y"]) == sum(row[3][0] for row in block["table"]["rows"])


def test_too_few_days_are_said_to_be_too_few() -> None:
    few = [line for line in LINES if date(2026, 11, 20) <= line.day <= date(2026, 11, 24)]
    blocks = calendar_blocks(reports(Kind.WEEKS_445, few), NOVEMBER, "net_units")
    assert blocks["calendar"] is not None
    assert blocks["fiscal"] is not None
    assert "full weeks here: none" in blocks["calendar"]["note"]
    assert blocks["fiscal"]["empty"] == "The daily figures do not reach a fiscal period yet."


def test_nothing_of_money_is_in_what_procurement_gets() -> None:
    other = [Line(line.day, "pan", line.gross_units, 7 * line.day.day) for line in LINES]
    for kind in Kind:
        assert calendar_blocks(reports(kind), NOVEMBER, "net_units") == calendar_blocks(
            reports(kind, other), NOVEMBER, "net_units"
        )
