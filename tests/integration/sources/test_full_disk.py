"""A disk that fills up at any moment of a refresh; a limit on the size of files stands in for it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from faults_kit import half_written
from kit import run_command
from refresh_kit import Shop, current, lines, months_ago, totals, write_settings

from dashboard.settings import PROJECT, load_settings
from dashboard.sources.refresh.run import refresh
from dashboard.sources.refresh.status import read_status

PRODUCTS = 9000
# From the status file over the groups and the engine's own files to the figures that are written last.
OURS = [0, 500, 1_000, 20_000, 100_000, 400_000]
# Room for the accounts database, which notes what was done.
BY_COMMAND = [100_000, 400_000]
FILL = """
import contextlib, io, json, resource, sys
sys.path[:0] = {path!r}
from pathlib import Path
from faults_kit import half_written
from kit import run_command
from dashboard.settings import load_settings
from dashboard.sources.errors import ImportRefused
from dashboard.sources.refresh.run import refresh

def ours():
    try:
        refresh(load_settings(var=var), "full")
    except ImportRefused as refused:
        return 1, str(refused)
    return 0, ""

def by_command():
    done = run_command(var, "refresh", "--full")
    return done.returncode, done.stderr

var = Path({var!r})
for work, sizes in ((ours, {ours!r}), (by_command, {by_command!r})):
    for size in sizes:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        code, said = work()
        left, version = [str(path) for path in half_written(var)], (var / "rollup" / "CURRENT").read_text()
        print(json.dumps({{"size": size, "code": code, "said": said, "left": left, "version": version}}))
"""


def filled(var: Path) -> list[dict[str, Any]]:
    """How refreshes ended that found so little space."""
    script = FILL.format(path=sys.path, var=str(var), ours=OURS, by_command=BY_COMMAND)
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=PROJECT, capture_output=True, check=False, text=True, timeout=240
    )
    assert run.returncode == 0, run.stderr
    return [json.loads(line) for line in run.stdout.splitlines()]


def test_whatever_does_not_fit_the_last_figures_serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    many = [(f"{months_ago(1)}", f"P{n}", 1, f"{n}.{n % 89:02}", "North") for n in range(PRODUCTS)]
    shop, var = Shop(tmp_path / "shop.db", [*lines(range(2)), *many]), tmp_path / "var"
    for name, value in write_settings(tmp_path / "settings.toml", {"shop": shop}).items():
        monkeypatch.setenv(name, value)
    assert run_command(var, "refresh").returncode == 0
    version, units = current(load_settings(var=var)).version, totals(load_settings(var=var))["gross_units"]
    shop.add(lines([0], days=(4,)))
    told = filled(var)
    assert [one["size"] for one in told] == OURS + BY_COMMAND
    for one in told:
        assert (one["code"], one["version"], one["left"]) == (1, version, []), one
        assert "No space left in the data folder. Free some and refresh again" in one["said"], one
        assert str(var) not in one["said"]
    assert all(one["said"].startswith("Not refreshed. No space left") for one in told[len(OURS) :])
    status = read_status(var)
    assert status.last
    assert (status.running, status.last.outcome, status.last.reason[:13]) == (None, "failed", "No space left")
    settings = load_settings(var=var)
    assert totals(settings)["gross_units"] == units
    assert refresh(settings).changed
    assert totals(settings)["gross_units"] == units + 3
    assert half_written(var) == []
