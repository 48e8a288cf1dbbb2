"""`keys ...` on the command line: the keys that sign access tokens."""

import re
from pathlib import Path

import pytest
from kit import Finished, run_command

from dashboard.accounts import Accounts, Actor, NewUser, Origin, SessionKind, Tokens
from dashboard.settings import load_settings

HERE, PASSWORD = Origin("192.0.2.7"), "violet tram beside lake 4711"


@pytest.fixture
def var(tmp_path: Path) -> Path:
    accounts = Accounts(load_settings(var=tmp_path / "var"))
    accounts.create_user(NewUser("petra", "petra@example.com", "sales_manager"), Actor(0, "x"), PASSWORD)
    accounts.close()
    return tmp_path / "var"


def keys(var: Path, *arguments: str) -> Finished:
    done = run_command(var, "keys", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return done


def sign_in(accounts: Accounts) -> Tokens:
    step = accounts.sign_ins.begin("petra", PASSWORD, HERE, kind=SessionKind.API)
    assert step
    return accounts.tokens.issue(step.session)


@pytest.mark.promise("key rotation")
def test_a_site_that_runs_follows_the_command(var: Path) -> None:
    site = Accounts(load_settings(var=var))
    before = sign_in(site)
    assert "stays good for its time" in keys(var, "rotate").stdout
    after = sign_in(site)
    assert site.tokens.load(before.access) is not None
    assert "refused from now on" in keys(var, "rotate", "--at-once").stdout
    assert [site.tokens.load(tokens.access) for tokens in (before, after)] == [None, None]
    renewed = site.tokens.refresh(after.refresh, HERE)
    assert site.tokens.load(renewed.access) is not None
    site.close()


def test_the_list_tells_names_and_times_only(var: Path) -> None:
    assert len(keys(var, "list").stdout.splitlines()) == 1
    made = re.search(r"with ([0-9a-f]{16}) now", keys(var, "rotate").stdout)
    newest = re.search(r"with ([0-9a-f]{16}) now", keys(var, "rotate").stdout)
    assert made
    assert newest
    lines = keys(var, "list").stdout.splitlines()
    assert re.fullmatch(r"KEY +MADE \(UTC\) +STATE", lines[0])
    assert sorted(line.split()[0] for line in lines[1:]) == sorted([made[1], newest[1]])
    assert [line.split()[0] for line in lines if line.endswith("in use")] == [newest[1]]
    assert sum("signs nothing since 20" in line for line in lines) == 1
