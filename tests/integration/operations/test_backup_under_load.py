"""A backup taken while several processes sign people in, on SQLite and PostgreSQL, into the other."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from kit import run_command
from postgres_kit import Postgres
from sqlalchemy import func, select

from dashboard.accounts import Accounts, Actor, NewUser
from dashboard.accounts.models import sessions
from dashboard.audit import Event, Kind
from dashboard.audit.models import audit_events
from dashboard.settings import Settings, load_settings

OPERATOR = Actor(0, "command line")
PROCESSES = 2
# Each turn writes to two tables at once: a session, and the event of it.
WORK = """
import sys
import time
from pathlib import Path
from dashboard.accounts import Accounts, Origin
from dashboard.settings import load_settings
var, url = sys.argv[1:]
accounts = Accounts(load_settings(var=var, accounts={"url": url}))
user = accounts.find("petra")
turns = 0
while not (Path(var) / "stop").exists():
    accounts.start_session(user.id, Origin("192.0.2.7", "Browser/1.0"))
    turns += 1
    time.sleep(0.01)
    if turns == 10:
        print("busy", flush=True)
accounts.close()
print(turns)
"""


@pytest.fixture
def url(postgres: Postgres) -> Iterator[str]:
    yield postgres.fresh()
    postgres.clear()


@contextmanager
def working(settings: Settings) -> Iterator[list[str]]:
    """Processes that write as fast as they can; what each has said at the end."""
    command = [sys.executable, "-W", "error", "-c", WORK, str(settings.var), settings.accounts_url]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    started = [subprocess.Popen(command, text=True, **pipes) for _ in range(PROCESSES)]  # type: ignore[call-overload]
    said: list[str] = []
    try:
        assert [process.stdout.readline() for process in started] == ["busy\n"] * PROCESSES
        yield said
    finally:
        (settings.var / "stop").touch()
        ended = [(*process.communicate(timeout=30), process.returncode) for process in started]
    assert [(errors, code) for _, errors, code in ended] == [("", 0)] * PROCESSES
    said += [turns for turns, _, _ in ended]


def counted(settings: Settings) -> tuple[int, int]:
    """Sessions, and sign-ins in the audit log."""
    accounts = Accounts(settings)
    with accounts.engine.connect() as connection:
        begun = connection.execute(select(func.count()).select_from(sessions)).scalar_one()
        told = select(func.count()).where(audit_events.c.kind == Kind.SIGN_IN.value)
        found = begun, connection.execute(told).scalar_one()
    accounts.close()
    return found


@pytest.mark.promise("a backup taken under load restores to a state whose audit chain verifies")
@pytest.mark.parametrize(("taken_of", "back_to"), [("sqlite", "postgresql"), ("postgresql", "sqlite")])
def test_a_backup_under_load_is_of_one_moment_and_its_audit_chain_holds(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch, taken_of: str, back_to: str
) -> None:
    source = load_settings(var=tmp_path / "var", accounts={"url": url if taken_of == "postgresql" else ""})
    accounts = Accounts(source)
    accounts.create_user(NewUser("petra", "petra@example.com", "sales_manager"), OPERATOR)
    accounts.close()
    files = [tmp_path / f"{number}.zip" for number in range(2)]
    monkeypatch.setenv("SALESGATE_ACCOUNTS__URL", source.accounts.url)
    with working(source) as said:
        for file in files:
            done = run_command(source.var, "backup", str(file))
            assert done.returncode == 0, done.stderr
    written = sum(map(int, said))
    assert counted(source) == (written, written)

    target = load_settings(var=tmp_path / "new", accounts={"url": url if back_to == "postgresql" else ""})
    target.var.mkdir()
    (target.var / "secret_key").write_text((source.var / "secret_key").read_text())
    monkeypatch.setenv("SALESGATE_ACCOUNTS__URL", target.accounts.url)
    site = Accounts(target)
    refused = run_command(target.var, "restore", str(files[0]), "--replace")
    assert (refused.returncode, "in use. Stop the site" in refused.stderr) == (1, True)
    assert site.condition.is_ready()
    site.close()
    seen = []
    for file in files:
        done = run_command(target.var, "restore", str(file), "--replace", "--keep-sessions")
        assert done.returncode == 0, done.stderr
        begun, told = counted(target)
        assert begun == told
        assert run_command(target.var, "audit", "verify").returncode == 0
        seen.append(begun)
    assert 10 * PROCESSES <= seen[0] <= seen[1] <= written
    assert seen[0] < written

    goes_on = Accounts(target)
    user = goes_on.create_user(NewUser("nora", "nora@example.com", "sales_manager"), OPERATOR)
    goes_on.record(Event(Kind.ACCESS_DENIED, user.id, "nora", "denied"))
    verdict = goes_on.verify_audit()
    goes_on.close()
    assert (verdict.ok, user.id) == (True, 2)
