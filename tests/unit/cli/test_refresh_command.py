"""``python -m dashboard refresh``, and what import and demo say where sources are configured."""

import re
from pathlib import Path

import pytest
from kit import Finished, run_command
from refresh_kit import Shop, lines, write_settings

from dashboard.accounts import Accounts
from dashboard.accounts.audit_log import LogFilter, as_jsonl
from dashboard.accounts.leases import Leases
from dashboard.cli.accounts import OPERATOR
from dashboard.settings import load_settings
from dashboard.sources.refresh.control import Mode, start_refresh
from dashboard.sources.refresh.lease import HOST_ONLY, RefreshRunning, single_flight
from dashboard.sources.refresh.status import read_status

HISTORY = 6


class Company:
    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.var = folder / "var"
        self.north = Shop(folder / "north.db", lines(range(HISTORY)))
        self.south = Shop(folder / "south.db", lines(range(2), region="South"))
        for name, value in write_settings(folder / "settings.toml", {"north": self.north, "south": self.south}).items():
            patch.setenv(name, value)

    def run(self, *arguments: str) -> Finished:
        return run_command(self.var, "refresh", *arguments)

    def events(self) -> str:
        accounts = Accounts(load_settings(var=self.var))
        try:
            return "".join(as_jsonl(accounts.log.export(LogFilter(), OPERATOR)))
        finally:
            accounts.close()


@pytest.fixture
def company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Company:
    return Company(tmp_path, monkeypatch)


def test_refresh_says_what_it_read_and_the_log_holds_counts_but_no_money(company: Company) -> None:
    done = company.run()
    assert (done.returncode, done.stderr) == (0, "")
    assert f"Shop north: read all of it; {HISTORY * 4} groups of {HISTORY * 4} lines, complete to 20" in done.stdout
    assert "New figures are in force (version " in done.stdout
    assert "Nothing is new: the figures stay" in company.run("north").stdout
    log = company.events()
    assert log.count('"data_refreshed"') == 2
    assert "north, south" in log
    assert not re.search(r"net|gross|amount|money|minor", log)


def test_a_source_that_fails_is_exit_code_one(company: Company) -> None:
    company.run()
    company.south.run("ALTER TABLE sales RENAME COLUMN qty TO quantity")
    done = company.run()
    assert done.returncode == 1
    assert "Shop south: failed." in done.stdout
    assert "has no column 'qty'." in done.stdout
    assert " UTC stay in use." in done.stdout
    assert '"failed"' in company.events()


def test_nothing_works(company: Company) -> None:
    for shop in (company.north, company.south):
        shop.path.unlink()
    done = company.run("--full")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Not refreshed. north: ")
    assert done.stderr.endswith("The figures read before, if any, are still in use.\n")
    assert company.run("east").returncode == 1


def test_scheduled_is_quiet_and_not_audited_where_nothing_is_new(company: Company) -> None:
    assert company.run("--scheduled") == Finished(0, "", "")
    assert company.run("--scheduled") == Finished(0, "", "")
    assert company.events().count('"data_refreshed"') == 1


def test_what_the_site_starts_reads_nothing_that_another_one_has_just_read(company: Company) -> None:
    quiet = ("--scheduled", "--if-due")
    assert company.run(*quiet) == Finished(0, "", "")
    last = read_status(company.var).last
    assert last
    assert last.ok
    for shop in (company.north, company.south):
        shop.path.unlink()
    assert company.run(*quiet) == Finished(0, "", "")
    assert read_status(company.var).last == last
    assert company.run("--scheduled").returncode == 1  # a person's wish is never too early


def test_whether_it_is_due_is_asked_when_nobody_else_can_refresh(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = company.var / "rollup" / "sources"
    asked: list[bool] = []

    def due(_settings: object) -> bool:
        with pytest.raises(RefreshRunning), single_flight(folder, HOST_ONLY):
            pass
        asked.append(not asked)
        return asked[-1]

    monkeypatch.setattr("dashboard.cli.refreshing.is_due", due)
    with single_flight(folder, HOST_ONLY):
        assert company.run("--scheduled", "--if-due") == Finished(0, "", "")
    assert asked == []
    at = [read_status(company.var).last for _ in range(2) if company.run("--scheduled", "--if-due").returncode == 0]
    assert asked == [True, False]
    assert at[0]
    assert at[0] == at[1]
    assert company.events().count('"data_refreshed"') == 1


def test_another_one_is_running(company: Company) -> None:
    settings = load_settings(var=company.var)
    accounts = Accounts(settings)
    folder = company.var / "rollup" / "sources"
    with single_flight(folder, Leases(accounts.engine)):
        done = company.run()
        assert (done.returncode, company.run("--scheduled")) == (3, Finished(0, "", ""))
        assert "A refresh is running already." in done.stderr
    # The same folder, seen by a host that does not share the lock file.
    with Leases(accounts.engine, machine="other").hold(f"refresh:{(folder / 'installation-id').read_text()}", 90):
        done = company.run()
        assert done.returncode == 3
        assert re.search(r"A refresh is running since \d{4}-\d\d-\d\d \d\d:\d\d UTC by process \d+ on ", done.stderr)
    accounts.close()
    assert company.run().returncode == 0


def test_verify(company: Company) -> None:
    company.run()
    assert company.run("--verify", "--all").returncode == 0
    company.north.add(lines([4], days=(9,)))
    done = company.run("--verify", "--months", "50", "--seed", "3", "north")
    assert done.returncode == 1
    assert "differs in 2 groups" in done.stdout
    assert "Chosen with --seed 3." in done.stdout
    assert '"data_verified"' in company.events()
    assert "differ from the source" in company.run("--status").stdout


def test_status_and_cancel(company: Company) -> None:
    assert company.run("--status").stdout == "No refresh has ended yet.\nnorth: never read.\nsouth: never read.\n"
    assert company.run("--cancel").stdout == "No refresh is running.\n"
    company.run()
    told = company.run("--status").stdout
    assert re.search(r"Last refresh: ok, .*\nnorth: up to date; figures of .* UTC; 24 lines in 24 groups;", told)


@pytest.mark.parametrize("arguments", [("--full", "--verify"), ("--verify", "--months", "0"), ("--months", "x")])
def test_arguments_that_make_no_sense(company: Company, arguments: tuple[str, ...]) -> None:
    assert company.run(*arguments).returncode == 2


def test_import_and_demo_would_be_replaced(company: Company) -> None:
    for arguments in (("demo",), ("import", "x.csv", "--mapping", "m.toml")):
        done = run_command(company.var, *arguments)
        assert done.returncode == 1
        assert "The figures come from north, south ([sources.*] in settings.toml)" in done.stderr
        assert "--force" in done.stderr
    assert (
        "no such mapping file" in run_command(company.var, "import", "x.csv", "--mapping", "m.toml", "--force").stderr
    )


@pytest.mark.parametrize("mode", ["incremental", "full", "verify"])
def test_the_site_starts_it_beside_itself(company: Company, mode: Mode, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []

    class Process:
        pid = 0

        def __init__(self, command: list[str], **how: object) -> None:
            started.append(command[2:])
            environment = how["env"]
            assert isinstance(environment, dict)
            assert environment["SALESGATE_VAR"] == str(company.var)
            assert how["start_new_session"]

        def wait(self) -> None:
            pass

    monkeypatch.setattr("dashboard.sources.refresh.control.subprocess.Popen", Process)
    monkeypatch.setattr("dashboard.sources.refresh.control.os.setpriority", lambda *_: None)
    start_refresh(load_settings(var=company.var), mode)
    assert len(started) == 1
    run_command(company.var, *started[0][1:])
    status = read_status(company.var)
    assert (status.last is not None) == (mode != "verify")
    start_refresh(load_settings(var=company.var), mode, if_due=True)
    assert started[1] == [*started[0], "--if-due"]
    run_command(company.var, *started[1][1:])
    assert read_status(company.var).last == status.last
