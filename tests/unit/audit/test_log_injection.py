"""Whatever somebody types stands on one line of the log, of its exports and of the noted heads."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as rules
from hypothesis import strategies as st
from kit import run_command

from dashboard.accounts import Accounts
from dashboard.accounts.audit_log import LogFilter, LoggedEvent, as_csv, as_jsonl
from dashboard.audit import Event, Kind
from dashboard.audit.lines import csv_line, readable
from dashboard.settings import load_settings

EVIL = [
    "ada\n2026-11-20T12:00:00Z 7 " + "a" * 64,
    "ada\r\n1,2026,sign_in,root,ok",
    '","=cmd()","',
    "\x1b[2J\x1b]0;owned\x07",
    "\u202eadmin\u2066\u2069",
    "a\u2028b\u2029c\x85d\x0b\x0c\x1c\x1d\x1e",
    "\0\udc80\uffff",
    "=1+1",
    "@SUM(A1)",
    "\t=1+1",
    "'; DROP TABLE audit_events; --",
]
texts = st.text(st.characters(codec=None), max_size=60) | st.sampled_from(EVIL)
FORMULA = tuple("=+-@\t\r＝＋－＠")


@pytest.fixture
def accounts(tmp_path: Path) -> Iterator[Accounts]:
    made = Accounts(load_settings(var=tmp_path / "var"))
    yield made
    made.close()


@pytest.mark.promise("ASVS 16.4.1")
@rules(deadline=None)
@given(st.lists(texts, min_size=1, max_size=5))
def test_a_line_of_csv_is_one_line_of_cells_that_are_no_formulas(values: list[str]) -> None:
    line = csv_line(values)
    assert line.endswith("\r\n")
    assert line[:-2].isprintable()
    assert len(line.splitlines()) == 1
    (cells,) = csv.reader(io.StringIO(line, newline=""), strict=True)
    assert len(cells) == len(values)
    for cell, value in zip(cells, values, strict=True):
        assert not cell.startswith(FORMULA)
        assert cell.removeprefix("'" if value.startswith(FORMULA) else "") == readable(value, 10_000)


@pytest.mark.parametrize("value", ["=1", "+1", "-1", "@x", "＝1", "=cmd|' /C calc'!A0"])
def test_formulas_get_an_apostrophe_and_numbers_stay(value: str) -> None:
    assert csv_line([value, 5, "x"]) == f"'{value},5,x\r\n"


@pytest.mark.promise("ASVS 16.4.1")
@rules(deadline=None)
@given(texts)
def test_exports_hold_one_line_for_each_event_even_of_a_log_that_was_tampered_with(text: str) -> None:
    event = LoggedEvent(1, datetime(2026, 11, 20, tzinfo=UTC), text, text, text, text, text, text, text)
    for lines in (list(as_csv([event]))[1:], list(as_jsonl([event]))):
        assert len(lines) == 1
        assert lines[0].rstrip("\r\n").isprintable()
        assert len(lines[0].splitlines()) == 1
    assert json.loads(next(as_jsonl([event])))["actor"] == text


@pytest.mark.promise("ASVS 16.4.1")
def test_nothing_in_an_event_breaks_a_line_anywhere(accounts: Accounts, tmp_path: Path) -> None:
    for text in EVIL:
        accounts.record(Event(Kind.ACCESS_DENIED, 1, text, "denied", text, text, text, {"path": text, text: 1}))
    var = tmp_path / "var"
    assert run_command(var, "audit", "verify").returncode == 0
    for form, headings in (("csv", 1), ("jsonl", 0)):
        done = run_command(var, "audit", "export", "--kind", "access_denied", "--format", form)
        assert done.returncode == 0
        assert len(done.stdout.splitlines()) == len(EVIL) + headings
        assert done.stdout.replace("\r\n", "").replace("\n", "").isprintable()
    rows = list(csv.DictReader(io.StringIO(run_command(var, "audit", "export").stdout, newline="")))
    assert [row["seq"] for row in rows][: len(EVIL)] == [str(number + 1) for number in range(len(EVIL))]
    assert all(set(row) == set(LoggedEvent.__dataclass_fields__) for row in rows)
    head = run_command(var, "audit", "head").stdout
    assert len(head.splitlines()) == 1
    (found, *_rest), total = accounts.log.search(LogFilter(text="\x1b[2J"))
    assert (total, found.actor) == (1, "\\x1b[2J\\x1b]0;owned\\x07")
