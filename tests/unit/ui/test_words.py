from dataclasses import replace
from datetime import date

import pytest
from factories import make_info

from dashboard.charts import Money
from dashboard.reports import Change, ChangeKind, DataStatus, Headline
from dashboard.sales.calendar import Window, month_window
from dashboard.sales.measures import MEASURES
from dashboard.sales.rankings import Thresholds
from dashboard.sales.rollup import SetAside
from dashboard.ui.words import change_line, status_facts, status_line

NOV, OCT = month_window("2026-11", "2026-11"), month_window("2026-10", "2026-10")
CUT, BASE = Window(date(2026, 11, 1), date(2026, 11, 21)), Window(date(2026, 10, 1), date(2026, 10, 21))
EURO = Money("EUR", 2)


def line(change: Change, measure: str = "net_units") -> tuple[str, str, str]:
    headline = Headline(MEASURES[measure], 0, NOV, change, change)
    said = change_line(headline, change, EURO)
    return said["figure"], said["words"], said["tone"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (Change(ChangeKind.PERCENT, 104, 100, NOV, OCT), ("+4.0 %", "against Oct 2026", "good")),
        (Change(ChangeKind.PERCENT, 95, 100, CUT, BASE), ("−5.0 %", "for 1–20 Nov 2026 against 1–20 Oct 2026", "bad")),
        (Change(ChangeKind.COUNTS, 7, 5, NOV, OCT), ("7, was 5", "against Oct 2026", "good")),
        (Change(ChangeKind.COUNTS, 0, 0, NOV, OCT), ("no change", "against Oct 2026", "flat")),
        (Change(ChangeKind.NEW, 70, 0, NOV, OCT), ("first sales", "against Oct 2026", "good")),
        (Change(ChangeKind.DIFFERENCE, 70, -30, NOV, OCT), ("+100", "against Oct 2026", "good")),
        (Change(ChangeKind.DIFFERENCE, -70, 30, NOV, OCT), ("−100", "against Oct 2026", "bad")),
        (
            Change(ChangeKind.UNKNOWN, why="the data begin on 1 June 2026"),
            ("–", "no comparison: the data begin on 1 June 2026", "flat"),
        ),
    ],
)
def test_a_change_in_words(change: Change, said: tuple[str, str, str]) -> None:
    assert line(change) == said


def test_more_returns_are_not_good_and_discounts_are_neither() -> None:
    change = Change(ChangeKind.PERCENT, 104, 100, NOV, OCT)
    assert line(change, "returned_units")[2] == "bad"
    assert line(change, "discounts")[2] == "flat"


def test_where_the_data_come_from() -> None:
    info = make_info(
        lines_read=10,
        lines_kept=8,
        set_aside=(SetAside("x", "Bad date", 2, 3), SetAside("y", "Repeats", 1, 1, kept=True, note="see there")),
    )
    fields = {name: getattr(info, name) for name in DataStatus.__dataclass_fields__ if hasattr(info, name)}
    status = DataStatus(version="v", thresholds=Thresholds(30, 0.5, 0.8), uses_stock=False, **fields)
    assert status_line(status) == "Test data · complete to 20 Nov 2026"
    facts = dict(status_facts(status, {"Net units": "Units."}))
    assert facts["Lines"] == "10 read, 8 counted, 2 set aside"
    assert facts["Bad date"] == "2 lines set aside"
    assert facts["Repeats"] == "1 line flagged, and counted; see there"
    assert facts["New"].startswith("On sale for less than 30 days, or 50% of the period")
    assert facts["Out of stock"].startswith("In stock on less than 80%")
    assert status_line(replace(status, source="Shop")).startswith("Shop")
