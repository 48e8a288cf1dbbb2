"""Changes without the calendar, and fiscal periods, as the gate answers them: recomputed here line by line."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
from factories import Line, every_day, make_rollup

from dashboard.access import Forbidden, Permission, Scope, Viewer
from dashboard.reports import BadQuestionError, ChangeKind, Gate, Question, Reports, Rules
from dashboard.reports.calendar_effects import calendar_effects, fiscal_periods, weekdays
from dashboard.sales.fiscal import FiscalCalendar, Kind
from dashboard.sales.holidays import Holiday, Holidays
from dashboard.sales.rollup import Rollup

WEEK = (8, 8, 8, 10, 12, 15, 9)  # units by weekday
FIRST, LAST = date(2024, 10, 1), date(2026, 11, 30)
NOVEMBER = Question("2026-11", "2026-11")
UNITS, REVENUE = Permission.MEASURE_UNITS, Permission.MEASURE_REVENUE
# Secret days: what the South sold must not be seen by the North.
LINES = [
    line
    for day in every_day(FIRST, LAST)
    for line in (
        Line(day, "pan", WEEK[day.weekday()], 100 * WEEK[day.weekday()] * (day.month + 3)),
        Line(day, "pot", 50 * (day.weekday() == 0), 7_000, region="South"),
    )
]


@dataclass
class Fixed:
    rollup: Rollup

    def current(self) -> Rollup:
        return self.rollup


ROLLUP = make_rollup(LINES)


def reports(
    *permissions: Permission,
    rollup: Rollup = ROLLUP,
    calendar: FiscalCalendar | None = None,
    holidays: Holidays | None = None,
    scope: Scope | None = None,
) -> Reports:
    gate = Gate(Fixed(rollup), rules=Rules(calendar=calendar or FiscalCalendar()))
    gate.holidays = lambda: holidays or Holidays()
    viewer = Viewer(
        1, "x", "x", frozenset(permissions or (UNITS, REVENUE)), scope or Scope(region=frozenset({"North"}))
    )
    return gate.open(viewer)


def units(first: date, last: date, *, shut: tuple[date, ...] = ()) -> int:
    return sum(WEEK[day.weekday()] for day in every_day(first, last) if day not in shut)


def test_like_sales_on_like_days_show_no_change_without_the_calendar() -> None:
    answer = calendar_effects(reports(), "net_units", NOVEMBER)
    (month,) = answer.months
    assert (month.change.current, month.change.base) == (
        units(date(2026, 11, 1), date(2026, 11, 30)),
        units(date(2025, 11, 1), date(2025, 11, 30)),
    )
    assert month.adjusted is not None
    assert month.adjusted.raw == pytest.approx(month.adjusted.effect)
    assert month.adjusted.adjusted == pytest.approx(0, abs=1e-12)
    assert answer.weekdays.weights is not None
    assert answer.weekdays.weights.values == pytest.approx([value * 7 / sum(WEEK) for value in WEEK])
    assert "November 2025 and 2026" in answer.warnings[0]


def test_at_most_13_months_and_the_newest_comes_first() -> None:
    answer = calendar_effects(reports(), "net_sales", Question("2025-01", "2026-11"))
    assert [month.month for month in answer.months][:2] == ["2026-11", "2026-10"]
    assert len(answer.months) == 13
    assert all(month.adjusted is not None for month in answer.months[:13] if month.month >= "2025-11")


def test_a_closed_day_shortens_its_month() -> None:
    shut = date(2026, 11, 27)
    lines = [line for line in LINES if line.day != shut]
    known = Holidays.of([Holiday(shut, "Stocktaking", closed=True), Holiday(date(2025, 11, 28), "Black Friday")])
    with_it = calendar_effects(reports(rollup=make_rollup(lines), holidays=known), "net_units", NOVEMBER)
    (month,) = with_it.months
    assert month.adjusted is not None
    assert month.closed == 1
    assert month.adjusted.adjusted == pytest.approx(0, abs=1e-12)
    assert with_it.warnings == ()
    (unaware,) = calendar_effects(reports(rollup=make_rollup(lines)), "net_units", NOVEMBER).months
    assert unaware.adjusted is not None
    assert unaware.adjusted.adjusted < -0.03


def test_holidays_that_change_are_seen_by_the_same_gate() -> None:
    known = [Holidays(), Holidays.of([Holiday(date(2026, 11, 27), "Closed", closed=True)])]
    gate = Gate(Fixed(ROLLUP), holidays=lambda: known[0])
    viewer = Viewer(1, "x", "x", frozenset({UNITS}))
    before = calendar_effects(gate.open(viewer), "net_units", NOVEMBER).months[0].current_index
    known.reverse()
    after = calendar_effects(gate.open(viewer), "net_units", NOVEMBER).months[0].current_index
    assert before is not None
    assert after is not None
    assert after < before


def test_no_row_outside_the_scope_and_no_hidden_measure_counts() -> None:
    other = make_rollup(
        [
            replace(line, gross_units=line.gross_units * 9, gross_sales=1) if line.region == "South" else line
            for line in LINES
        ]
    )
    money = make_rollup([replace(line, gross_sales=line.gross_sales * 7 + line.day.day) for line in LINES])
    for rollup in (other, money):
        for topic in (calendar_effects, fiscal_periods):
            whole = Question("2026-01", "2026-11")
            assert topic(reports(UNITS, rollup=rollup), "net_units", whole) == topic(reports(UNITS), "net_units", whole)
    all_of_it = weekdays(reports(scope=Scope()), "net_units", NOVEMBER)
    assert all_of_it != weekdays(reports(), "net_units", NOVEMBER)


def test_one_product_has_the_weights_of_all() -> None:
    viewer = reports(scope=Scope())
    assert weekdays(viewer, "net_units", replace(NOVEMBER, product="pot")) == weekdays(viewer, "net_units", NOVEMBER)
    assert calendar_effects(viewer, "net_units", replace(NOVEMBER, product="pot")).months[0].adjusted is not None


@pytest.mark.parametrize("topic", [calendar_effects, fiscal_periods, weekdays])
def test_who_lacks_the_measure_is_refused(topic) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(Forbidden):
        topic(reports(UNITS), "net_sales", NOVEMBER)
    with pytest.raises(BadQuestionError, match="no measure 'profit'"):
        topic(reports(UNITS), "profit", NOVEMBER)


def test_few_weeks_give_no_weights_and_say_so() -> None:
    young = make_rollup([line for line in LINES if line.day >= date(2026, 10, 20)])
    answer = calendar_effects(reports(rollup=young), "net_units", NOVEMBER)
    assert answer.months[0].adjusted is None
    assert answer.weekdays.why == "weekdays get a weight from 8 full weeks of sales on; full weeks here: 5"


def test_fiscal_periods_are_exact_sums_against_like_weeks() -> None:
    rollup = make_rollup([line for line in LINES if line.day <= date(2026, 11, 20)])
    found = fiscal_periods(reports(rollup=rollup, calendar=FiscalCalendar(Kind.WEEKS_454)), "net_units", NOVEMBER)
    for one in found.periods:
        assert one.value == units(one.counted.start, one.counted.last)
    last = found.periods[-1]
    assert (last.period.window.start, last.complete, last.chosen) == (date(2026, 11, 1), False, True)
    assert [one.chosen for one in found.periods].count(True) == 1
    # Like weekdays meet, so that the same week after week shows no change at all.
    compared = [one.change for one in found.periods if one.change.kind is ChangeKind.PERCENT]
    assert len(compared) >= 13
    assert {change.percent for change in compared} == {0.0}
    assert last.change.base_window is not None
    assert (last.change.base_window.start, last.change.base_window.days) == (date(2025, 11, 2), 20)
    assert "daily figures begin on 1 October 2024" in {one.change.why for one in found.periods}


def test_days_after_the_last_line_count_as_nothing_sold() -> None:
    quiet = make_rollup([line for line in LINES if line.day <= date(2026, 11, 20)], complete_to=date(2026, 11, 25))
    (last,) = fiscal_periods(
        reports(rollup=quiet, calendar=FiscalCalendar(Kind.WEEKS_445)), "net_units", NOVEMBER
    ).periods[-1:]
    assert last.value == units(last.period.window.start, date(2026, 11, 20))
    assert last.change.current_window is not None
    assert last.change.current_window.stop - timedelta(days=1) == date(2026, 11, 25)
