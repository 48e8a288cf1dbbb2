"""Holidays: who may change them, what is refused, that nothing is half-written, and that the gate reads seldom."""

from collections.abc import Callable
from datetime import date

import pytest
from accounts_kit import OPERATOR
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from dashboard.access import Permission
from dashboard.accounts import AccountError, Accounts, Actor, LogFilter
from dashboard.accounts.business_calendar import MOST_LINES, BusinessCalendar, _read_lines
from dashboard.sales.holidays import Holiday

CHRISTMAS = date(2026, 12, 25)
KEEPER = Actor(7, "ada", permissions=frozenset({Permission.SOURCES_MANAGE}))
STRANGER = Actor(8, "sam", permissions=frozenset(Permission) - {Permission.SOURCES_MANAGE})
CHANGES: dict[str, Callable[[BusinessCalendar, Actor], object]] = {
    "add": lambda calendar, by: calendar.add(date(2027, 1, 1), "New Year", by, closed=True),
    "remove": lambda calendar, by: calendar.remove(CHRISTMAS, by),
    "paste": lambda calendar, by: calendar.paste("2027-01-01 New Year", by),
}


@pytest.fixture
def calendar(accounts: Accounts) -> BusinessCalendar:
    accounts.calendar.add(CHRISTMAS, " Christmas Day ", OPERATOR, closed=True)
    return accounts.calendar


def events(accounts: Accounts) -> list[tuple[str, str, str]]:
    found, _ = accounts.log.search(LogFilter())
    return [(one.kind, one.actor, one.target) for one in found if "holiday" in one.kind]


def test_every_change_is_kept_and_audited(accounts: Accounts, calendar: BusinessCalendar) -> None:
    assert calendar.current().days == (Holiday(CHRISTMAS, "Christmas Day", closed=True),)
    assert calendar.paste("2026-12-26 Boxing Day\n\n2026-12-25 Christmas (CLOSED)\r\n", KEEPER) == 2
    assert [one.name for one in calendar.current().days] == ["Christmas", "Boxing Day"]
    assert calendar.paste("2026-12-26 Boxing Day", KEEPER) == 0
    calendar.remove(date(2026, 12, 26), KEEPER)
    assert [one.day for one in calendar.current().days] == [CHRISTMAS]
    assert events(accounts) == [
        ("holiday_removed", "ada", "2026-12-26 Boxing Day"),
        ("holidays_imported", "ada", "holidays"),
        ("holiday_added", "command line", "2026-12-25 Christmas Day (closed)"),
    ]
    assert accounts.verify_audit().ok


def test_only_who_keeps_the_data_may_change_them(accounts: Accounts, calendar: BusinessCalendar) -> None:
    before = calendar.read()
    for change in CHANGES.values():
        with pytest.raises(AccountError, match="does not allow"):
            change(calendar, STRANGER)
    assert calendar.read() == before
    assert len(events(accounts)) == 1


def test_a_change_that_cannot_be_audited_does_not_happen(accounts: Accounts, calendar: BusinessCalendar) -> None:
    with accounts.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE audit_events RENAME TO elsewhere")
    for change in CHANGES.values():
        with pytest.raises(Exception, match="audit_events"):
            change(calendar, KEEPER)
    assert [one.name for one in calendar.read().days] == ["Christmas Day"]


def test_what_cannot_be_a_holiday_is_refused(calendar: BusinessCalendar) -> None:
    for day, name, words in (
        (CHRISTMAS, "Again", "entered already, as Christmas Day"),
        (date(1066, 10, 14), "Hastings", "from 1990 to 2100"),
        (date(2027, 1, 1), "  ", "1 to 80 characters"),
        (date(2027, 1, 1), "x" * 81, "1 to 80 characters"),
        (date(2027, 1, 1), "a\u202eb", "all of them visible"),
    ):
        with pytest.raises(AccountError, match=words):
            calendar.add(day, name, KEEPER, closed=False)
    assert len(calendar.read().days) == 1


def test_a_list_with_one_bad_line_changes_nothing_and_names_every_bad_line(calendar: BusinessCalendar) -> None:
    pasted = "2026-12-26 Boxing Day\nBoxing Day\n2026-02-30 x\n\n2026-12-26 Twice\n2026-12-31\n20270101  New Year"
    with pytest.raises(AccountError) as refused:
        calendar.paste(pasted, KEEPER)
    assert [reason.split(":")[0] for reason in refused.value.reasons] == [
        "Line 2",
        "Line 3",
        "Line 5",
        "Line 6",
        "Line 7",
    ]
    assert "there is no day 2026-02-30" in refused.value.reasons[1]
    assert "twice" in refused.value.reasons[2]
    assert len(calendar.read().days) == 1


def test_a_list_has_one_to_500_lines_and_not_all_bad_ones_are_told() -> None:
    for text in ("", " \n\n", "\n".join(["2026-01-01 x"] * (MOST_LINES + 1))):
        with pytest.raises(AccountError, match="Paste 1 to 500 lines"):
            _read_lines(text)
    with pytest.raises(AccountError) as refused:
        _read_lines("bad\n" * 60)
    assert len(refused.value.reasons) == 11
    assert refused.value.reasons[-1] == "And 50 more."


@given(st.text(max_size=60) | st.from_regex(r"(\d{4}-\d\d-\d\d[ \t]?[a-z]{0,5}( \(closed\))?\n?){1,3}", fullmatch=True))
def test_any_text_is_read_or_refused_with_words(text: str) -> None:
    try:
        found = _read_lines(text)
    except AccountError:
        return
    assert found
    assert all(one.name.isprintable() and 0 < len(one.name) <= 80 for one in found)


def test_the_gate_reads_once_in_thirty_seconds_and_its_own_changes_at_once(accounts: Accounts) -> None:
    now = [0.0]
    calendar = BusinessCalendar(accounts.calendar._store, ticks=lambda: now[0])
    ran: list[str] = []
    event.listen(accounts.engine, "before_cursor_execute", lambda *args: ran.append(args[2]))
    first = calendar.current()
    for now[0] in (1.0, 15.0, 29.9):
        assert calendar.current() is first
    assert len(ran) == 1
    accounts.calendar.add(CHRISTMAS, "By another process", OPERATOR, closed=False)
    assert calendar.current() is first
    now[0] = 30.0
    assert calendar.current().version != first.version
    calendar.remove(CHRISTMAS, KEEPER)
    assert calendar.current() == first
