"""Two hosts with one accounts database on PostgreSQL and one data folder, whose lock files do not reach each other."""

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from postgres_kit import Postgres
from refresh_kit import Shop, lines, totals, write_settings

from dashboard.accounts.database import migrate, open_engine
from dashboard.accounts.leases import Leases
from dashboard.settings import PROJECT, Settings, load_settings
from dashboard.sources.refresh.lease import LEASE_SECONDS, RefreshRunning
from dashboard.sources.refresh.run import refresh

# A host: a lock file and a kernel of its own. It begins when told, and stands still in its first answer until told.
HOST = """
import sys
from dashboard.accounts.database import open_engine
from dashboard.accounts.leases import Leases
from dashboard.settings import load_settings
from dashboard.sources.refresh import lease, source_reading
from dashboard.sources.refresh.run import refresh
var, url, machine = sys.argv[1:]
lease.LOCK = f"refresh-{machine}.lock"
settings = load_settings(var=var, accounts={"url": url})
fetch = source_reading.fetch
def gated(*given):
    print("reading", flush=True)
    sys.stdin.readline()
    source_reading.fetch = fetch
    return fetch(*given)
source_reading.fetch = gated
print("ready", flush=True)
sys.stdin.readline()
try:
    print("changed", refresh(settings, lease=Leases(open_engine(settings), machine=machine)).changed)
except lease.RefreshRunning as running:
    print(running)
"""
HISTORY = 2
UNITS = HISTORY * 2 * 3


@pytest.fixture
def url(postgres: Postgres) -> Iterator[str]:
    yield postgres.fresh()
    postgres.clear()


@pytest.fixture
def company(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    shop, var = Shop(tmp_path / "shop.db", lines(range(HISTORY))), tmp_path / "var"
    for name, value in write_settings(tmp_path / "settings.toml", {"shop": shop}).items():
        monkeypatch.setenv(name, value)
    settings = load_settings(var=var, accounts={"url": url})
    engine = open_engine(settings)
    migrate(engine)
    engine.dispose()
    return settings


@pytest.fixture
def hosts(company: Settings) -> Iterator[dict[str, "subprocess.Popen[str]"]]:
    """Two that are ready to begin."""
    url = company.accounts.url
    found = {
        name: subprocess.Popen(
            [sys.executable, "-c", HOST, str(company.var), url, name],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("a", "b")
    }
    try:
        assert [heard(host) for host in found.values()] == ["ready", "ready"]
        yield found
    finally:
        for host in found.values():
            host.kill()
            host.communicate()


def heard(host: "subprocess.Popen[str]") -> str:
    assert host.stdout
    return host.stdout.readline().strip()


def tell(host: "subprocess.Popen[str]") -> None:
    assert host.stdin
    host.stdin.write("\n")
    host.stdin.flush()


def test_of_two_hosts_that_begin_at_once_one_refreshes(
    company: Settings, hosts: dict[str, "subprocess.Popen[str]"]
) -> None:
    for host in hosts.values():
        tell(host)
    said = {name: heard(host) for name, host in hosts.items()}
    first = next(name for name, words in said.items() if words == "reading")
    other = next(name for name in hosts if name != first)
    assert re.match(rf"A refresh is running since .* by process {hosts[first].pid} on .*Wait for its end", said[other])
    tell(hosts[first])
    assert heard(hosts[first]) == "changed True"
    assert totals(company)["gross_units"] == UNITS
    # Neither was stopped by the lock file of the other.
    locks = [path.name for path in (company.var / "rollup" / "sources").glob("refresh-*.lock")]
    assert sorted(locks) == ["refresh-a.lock", "refresh-b.lock"]


def test_a_host_that_died_is_taken_over_from_when_its_time_is_over(
    company: Settings, hosts: dict[str, "subprocess.Popen[str]"]
) -> None:
    tell(hosts["a"])
    assert heard(hosts["a"]) == "reading"
    hosts["a"].kill()
    hosts["a"].wait()
    tell(hosts["b"])
    assert "if that host died, its claim ends at " in heard(hosts["b"])
    engine, ahead = open_engine(company), timedelta(0)
    there = Leases(engine, machine="c", clock=lambda: datetime.now(UTC) + ahead)
    with pytest.raises(RefreshRunning):
        refresh(company, lease=there)
    ahead = timedelta(seconds=LEASE_SECONDS + 1)
    assert refresh(company, lease=there).changed
    assert totals(company)["gross_units"] == UNITS
    engine.dispose()
