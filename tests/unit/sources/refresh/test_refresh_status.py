"""The status file, the reporter that writes it, and what follows from it."""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from refresh_kit import Shop, settings_of

from dashboard.settings import Settings
from dashboard.sources.pushdown.cancel import Cancel
from dashboard.sources.refresh.control import cancel_refresh, is_due
from dashboard.sources.refresh.reporter import Reporter
from dashboard.sources.refresh.status import (
    LastRun,
    RefreshStatus,
    SourceStatus,
    Verified,
    read_status,
    status_file,
    write_status,
)

VERIFIED = Verified("2026-11-21T10:00:00+00:00", 3, ("2026-08",), "1 of 3 differ.")
FULL = RefreshStatus(
    last=LastRun("2026-11-21T10:00:00+00:00", "full", False, "failed", "Why.", 1.5, "v", False),
    sources=(SourceStatus("erp", "ERP", "erp", ok=False, reason="Why.", kind="lost", verified=VERIFIED),),
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_of(tmp_path / "var", {"erp": Shop(tmp_path / "erp.db")})


def folder(settings: Settings) -> Path:
    found = status_file(settings.var).parent
    found.mkdir(parents=True, exist_ok=True)
    return found


def reporter(settings: Settings, mode: str = "full", cancel: Cancel | None = None) -> Reporter:
    return Reporter(settings.var, folder(settings), mode, lambda _step, _share: None, cancel or Cancel())


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_it_comes_back_as_it_was(settings: Settings) -> None:
    assert read_status(settings.var) == RefreshStatus()
    write_status(settings.var, FULL)
    assert read_status(settings.var) == FULL
    assert FULL.sources[0].drift == "2026-08"
    assert status_file(settings.var).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", ["", "{", "[]", '{"running": null}', '{"running": {"a": 1}, "last": null}'])
def test_a_damaged_file_says_nothing(settings: Settings, text: str) -> None:
    write_status(settings.var, FULL)
    status_file(settings.var).write_text(text)
    assert read_status(settings.var) == RefreshStatus()


def test_what_goes_on_is_told_while_it_goes_on(settings: Settings) -> None:
    write_status(settings.var, FULL)
    told: list[tuple[str, float]] = []
    with Reporter(settings.var, folder(settings), "full", lambda *one: told.append(one), Cancel()) as running:
        until(lambda: read_status(settings.var).running)
        running.step("Adding up", 0.25, "erp")
        running.rows(1200)
        until(lambda: (now := read_status(settings.var).running) and now.rows == 1200)
        seen = read_status(settings.var)
        assert seen.running
        assert (seen.running.mode, seen.running.source, seen.running.share) == ("full", "erp", 0.25)
        assert seen.running.holder.endswith(f"on {socket.gethostname()}")
        assert seen.last == FULL.last
        running.step("Next", 0.5, "shop")
        assert running.status.running
        assert running.status.running.rows == 0
        last = running.end(ok=True, outcome="ok", reason="", version="w", changed=True)
    assert read_status(settings.var) == replace(FULL, last=last)
    assert told == [("Adding up", 0.25), ("Adding up (1,200 rows)", 0.25), ("Next", 0.5)]


def test_it_writes_at_most_twice_a_second(settings: Settings) -> None:
    with reporter(settings) as running:
        stamps = set()
        end = time.monotonic() + 1.2
        while time.monotonic() < end:
            running.rows(int(time.monotonic() * 1e6))
            stamps.add(status_file(settings.var).stat().st_mtime_ns)
            time.sleep(0.002)
    assert 2 <= len(stamps) <= 4


def test_a_comparison_is_no_refresh(settings: Settings) -> None:
    write_status(settings.var, FULL)
    with reporter(settings, "verify") as running:
        running.end(ok=True, outcome="ok", reason="", version="", changed=False)
    assert read_status(settings.var).last == FULL.last


def test_a_killed_run_is_not_running(settings: Settings) -> None:
    code = (
        "import os, sys; from pathlib import Path; from dashboard.sources.pushdown.cancel import Cancel\n"
        "from dashboard.sources.refresh.reporter import Reporter\n"
        "var = Path(sys.argv[1]); Reporter(var, var, 'full', print, Cancel()).__enter__(); os._exit(9)"
    )
    folder(settings)
    subprocess.run([sys.executable, "-c", code, str(settings.var)], cwd=Path(__file__).parents[4], check=False)
    assert json.loads(status_file(settings.var).read_text())["running"] is not None
    assert read_status(settings.var).running is None


def test_a_silent_run_on_another_host_is_not_running(settings: Settings) -> None:
    with reporter(settings) as running:
        status = running.status
    assert status.running
    there = replace(status, running=replace(status.running, host="elsewhere", process=1))
    write_status(settings.var, there)
    assert read_status(settings.var) == there
    assert read_status(settings.var, datetime.now(UTC) + timedelta(seconds=91)).running is None


def test_cancel_reaches_the_run_but_not_the_next_one(settings: Settings) -> None:
    assert not cancel_refresh(settings)
    first, second = Cancel(), Cancel()
    with reporter(settings, cancel=first):
        assert cancel_refresh(settings)
        until(lambda: first.requested)
    status_file(settings.var).with_name("stop-requested").touch()
    with reporter(settings, cancel=second):
        time.sleep(0.7)
    assert not second.requested


def test_a_disk_that_is_full_does_not_stop_it(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("dashboard.sources.refresh.reporter.write_status", full)
    with reporter(settings) as running:
        running.step("Adding up", 0.5)
    assert not [thread for thread in threading.enumerate() if thread.name == "refresh-status"]


@pytest.mark.parametrize(
    ("minutes", "ok", "outcome", "due"),
    [
        (59, True, "ok", False),
        (60, True, "ok", True),
        (4, False, "failed", False),
        (5, False, "failed", True),
        (5, False, "cancelled", False),
        (60, False, "cancelled", True),
    ],
)
def test_when_it_is_due(settings: Settings, minutes: int, ok: bool, outcome: str, due: bool) -> None:
    assert is_due(settings)
    now = datetime.now(UTC)
    last = LastRun((now - timedelta(minutes=minutes)).isoformat(), "incremental", ok, outcome, "", 1.0, "", False)
    write_status(settings.var, RefreshStatus(last=last))
    assert is_due(settings, now) == due


def test_it_is_never_due_by_command_only_or_without_sources(settings: Settings) -> None:
    assert not is_due(settings.model_copy(update={"refresh": settings.refresh.model_copy(update={"every_minutes": 0})}))
    assert not is_due(settings.model_copy(update={"sources": {}}))
    with reporter(settings):
        assert not is_due(settings)
