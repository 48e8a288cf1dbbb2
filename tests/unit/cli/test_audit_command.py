"""`audit ...` on the command line."""

import csv
import io
import json
from pathlib import Path

import pytest
from kit import Finished, run_command
from sqlalchemy import delete, select, update

from dashboard.accounts import Accounts
from dashboard.audit import Event, Kind
from dashboard.audit.models import audit_events, audit_head
from dashboard.settings import load_settings


@pytest.fixture
def var(tmp_path: Path) -> Path:
    folder = tmp_path / "var"
    accounts = Accounts(load_settings(var=folder))
    for number in range(5):
        accounts.record(Event(Kind.SIGN_IN, number, f"user{number}", "ok" if number else "failed"))
    accounts.close()
    return folder


def audit(var: Path, *arguments: str) -> Finished:
    return run_command(var, "audit", *arguments)


def cut(var: Path, last: int) -> None:
    accounts = Accounts(load_settings(var=var))
    with accounts.engine.begin() as connection:
        connection.execute(delete(audit_events).where(audit_events.c.seq > last))
        digest = connection.execute(select(audit_events.c.digest).where(audit_events.c.seq == last)).scalar_one()
        connection.execute(update(audit_head).values(seq=last, digest=digest))
    accounts.close()


def test_head_is_what_verify_takes(var: Path, tmp_path: Path) -> None:
    noted = tmp_path / "noted"
    noted.write_text(audit(var, "head").stdout)
    done = audit(var, "verify", "--heads", str(noted))
    assert done.returncode == 0
    assert done.stdout.splitlines()[0].startswith("The audit log holds: 5 events, head ")
    assert f"It fits the 1 heads noted in {noted}, the last at 20" in done.stdout


@pytest.mark.promise("ASVS 16.4.2", "ASVS 16.4.3")
def test_what_was_cut_off_is_found_against_the_file_named_or_the_usual_one(var: Path, tmp_path: Path) -> None:
    noted, usual = tmp_path / "noted", var / "audit-heads.log"
    noted.write_text(audit(var, "head").stdout)
    cut(var, 3)
    assert audit(var, "verify").returncode == 0
    for arguments in (("--heads", str(noted)), ()):
        if not arguments:
            noted.rename(usual)
        done = audit(var, "verify", *arguments)
        assert (done.returncode, done.stdout) == (1, "")
        assert "The audit log does not hold: events after number 3 were cut off: 5 events are noted at" in done.stderr
        assert "Events before that hold: 3." in done.stderr


def test_without_noted_heads_verify_says_what_it_cannot_find(var: Path) -> None:
    assert "cut off the end show only against a noted head" in audit(var, "verify").stdout


@pytest.mark.parametrize(
    ("content", "words"), [("nonsense\n", "line 1, is not a noted head"), (None, "No such file or directory")]
)
def test_heads_that_cannot_be_read_are_an_error(var: Path, tmp_path: Path, content: str | None, words: str) -> None:
    noted = tmp_path / "noted"
    if content:
        noted.write_text(content)
    done = audit(var, "verify", "--heads", str(noted))
    assert (done.returncode, done.stdout) == (1, "")
    assert str(noted) in done.stderr
    assert words in done.stderr


def test_the_file_of_the_settings_is_the_usual_one(var: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tmp_path / "elsewhere"
    monkeypatch.setenv("SALESGATE_AUDIT__HEAD_FILE", str(elsewhere))
    elsewhere.write_text(audit(var, "head").stdout)
    assert f"heads noted in {elsewhere}" in audit(var, "verify").stdout


@pytest.mark.promise("ASVS 16.2.2")
def test_export_prints_the_events_and_is_one_itself(var: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(audit(var, "export").stdout, newline="")))
    assert list(rows[0]) == ["seq", "at", "kind", "actor", "outcome", "target", "ip", "session", "detail"]
    assert [(row["seq"], row["actor"]) for row in rows] == [(str(n + 1), f"user{n}") for n in range(5)]
    lines = [json.loads(line) for line in audit(var, "export", "--format", "jsonl").stdout.splitlines()]
    assert (lines[5]["kind"], lines[5]["actor"], lines[5]["detail"]) == ("audit_exported", "command line", {})
    assert lines[0]["at"] == rows[0]["at"]
    assert lines[0]["at"].endswith("+00:00")


def test_export_takes_filters(var: Path) -> None:
    def count(*arguments: str) -> int:
        return len(audit(var, "export", "--format", "jsonl", *arguments).stdout.splitlines())

    assert count("--outcome", "failed") == 1
    assert count("--kind", "sign_in") == 5
    assert count("--kind", "sign_out") == 0
    day = json.loads(audit(var, "export", "--format", "jsonl").stdout.splitlines()[0])["at"][:10]
    assert count("--kind", "sign_in", "--since", day, "--until", day) == 5
    assert count("--kind", "sign_in", "--until", f"{day}T00:00") == 0
    assert count("--kind", "sign_in", "--until", "2000-01-01") == 0
    assert count("--kind", "sign_in", "--since", "9999-12-31") == 0
    assert count("--kind", "sign_in", "--until", "9999-12-31") == 5


@pytest.mark.parametrize(
    "arguments", [("--kind", "nonsense"), ("--since", "yesterday"), ("--format", "xlsx"), ("--until", "2026-13-01")]
)
def test_what_cannot_be_asked_is_refused(var: Path, arguments: tuple[str, str]) -> None:
    done = audit(var, "export", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert arguments[0] in done.stderr
