"""Refreshes in processes of their own: killed, interrupted, at the same time, and started by the site."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from kit import Installation, command, serve
from refresh_kit import Shop, current, lines, totals, write_settings

from dashboard.settings import PROJECT, Settings, load_settings
from dashboard.sources.refresh.status import read_status

# Where a power cut would hurt: in the middle of a fetch, between what was read and what is in force, in the swap.
POINTS = [
    "dashboard.sources.refresh.source_reading.fetch",
    "dashboard.sources.refresh.extract_store._point",
    "dashboard.sources.store.write_version",
    "dashboard.sources.store.RollupStore._point_to",
    "dashboard.sources.refresh.picture._note",
]
KILLED_AT = """
import os, sys
from importlib import import_module
path, point = sys.argv[1:3]
owner, _, name = point.rpartition(".")
try:
    target = import_module(owner)
except ModuleNotFoundError:
    module, _, kind = owner.rpartition(".")
    target = getattr(import_module(module), kind)
setattr(target, name, lambda *args, **more: os.kill(os.getpid(), 9))
from dashboard.cli import main
main(["refresh"])
"""
# A view whose first row takes minutes.
SLOW = """
CREATE VIEW sales AS
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000000)
SELECT * FROM kept WHERE (SELECT max(i) FROM n) > 0
"""


class Company:
    def __init__(self, folder: Path, **sections: dict[str, object]) -> None:
        self.var = folder / "var"
        self.shop = Shop(folder / "shop.db", lines(range(3)))
        self.environment = write_settings(folder / "settings.toml", {"shop": self.shop}, **sections)

    @property
    def settings(self) -> Settings:
        return load_settings(var=self.var)

    def refresh(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return command(self.var, "refresh", *arguments, **self.environment)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, *arguments],
            cwd=PROJECT,
            env={**os.environ, **self.environment, "SALESGATE_VAR": str(self.var)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def make_slow(self) -> None:
        self.shop.run("ALTER TABLE sales RENAME TO kept")
        self.shop.run(SLOW)

    def make_quick(self) -> None:
        self.shop.run("DROP VIEW sales")
        self.shop.run("ALTER TABLE kept RENAME TO sales")


def until(true: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def company(tmp_path: Path) -> Company:
    return Company(tmp_path)


@contextmanager
def under_way(company: Company) -> Iterator[subprocess.Popen[str]]:
    """A refresh that is busy with a slow statement."""
    company.make_slow()
    process = company.start("-m", "dashboard", "refresh")
    try:
        until(lambda: (now := read_status(company.var).running) and now.source)
        yield process
    finally:
        process.kill()
        process.communicate()


def test_killed_at_any_moment_the_last_good_version_serves(company: Company) -> None:
    assert company.refresh().returncode == 0
    for number, point in enumerate(POINTS, 1):
        version, before = current(company.settings).version, totals(company.settings)["gross_units"]
        company.shop.add(lines([0], days=(4,)))
        process = company.start("-c", KILLED_AT, str(company.var), point)
        process.communicate(timeout=60)
        assert process.returncode == -signal.SIGKILL, point
        units = totals(company.settings)["gross_units"]
        swapped = current(company.settings).version != version
        assert units == ((3 * 2 + number) * 3 if swapped else before), point
        assert swapped == (point in POINTS[-1:]), point
        assert read_status(company.var).running is None
    done = company.refresh()
    assert done.returncode == 0, done.stderr
    assert totals(company.settings)["gross_units"] == (3 * 2 + len(POINTS)) * 3
    assert not [path for path in company.var.rglob(".work-*") if path.is_dir()]


def test_a_dead_process_leaves_no_lease_behind_on_its_machine(company: Company) -> None:
    with under_way(company) as process:
        assert company.refresh().returncode == 3
        process.send_signal(signal.SIGKILL)
        process.wait()
        company.make_quick()
        assert company.refresh().returncode == 0


@pytest.mark.parametrize("how", ["interrupt", "terminate", "command"])
def test_a_busy_statement_is_cancelled(company: Company, how: str) -> None:
    with under_way(company) as process:
        begun = time.monotonic()
        if how == "command":
            assert company.refresh("--cancel").stdout == "The refresh was asked to stop.\n"
        else:
            process.send_signal(signal.SIGINT if how == "interrupt" else signal.SIGTERM)
        out, err = process.communicate(timeout=30)
        assert time.monotonic() - begun < 25
        assert (process.returncode, out) == (130, "")
        assert err.startswith("Cancelled on request.")
        last = read_status(company.var).last
        assert last
        assert last.outcome == "cancelled"


def test_two_at_once(company: Company) -> None:
    processes = [company.start("-m", "dashboard", "refresh") for _ in range(2)]
    told = [process.communicate(timeout=120) for process in processes]
    codes = sorted(process.returncode for process in processes)
    assert codes in ([0, 0], [0, 3]), told
    assert totals(company.settings)["gross_units"] == 3 * 2 * 3


def test_the_site_reads_its_sources_by_itself_and_serves_the_last_when_they_are_down(tmp_path: Path) -> None:
    company = Company(tmp_path, refresh={"every_minutes": 0.01})
    company.make_slow()
    site = serve(Installation(company.var, {}), **company.environment)
    next(site)  # it answers although the sources do not
    until(lambda: read_status(company.var).running)
    assert company.refresh("--cancel").returncode == 0
    until(lambda: read_status(company.var).last)
    company.make_quick()
    assert company.refresh().returncode == 0
    version = current(company.settings).version
    next(site, None)
    company.shop.path.unlink()
    site = serve(Installation(company.var, {}), **company.environment)
    next(site)
    until(lambda: (last := read_status(company.var).last) and not last.ok and last.outcome == "failed")
    assert current(company.settings).version == version
    next(site, None)
