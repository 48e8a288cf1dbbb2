"""Installations, commands and served sites for tests."""

import io
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from urllib.request import urlopen

import pyotp
import pytest
from forked_kit import start_site
from once_kit import made_once

from dashboard.accounts import Accounts, Actor
from dashboard.accounts.demo import ensure_demo_users
from dashboard.cli import main
from dashboard.settings import PROJECT, Settings, load_settings

START_SECONDS = 90
# No limit is in the way of tests that are not about limits.
PLENTY = dict.fromkeys(
    ("per_address", "per_account", "per_pair", "mails_per_address", "mails_per_account"), "10000 per minute"
)


@dataclass(frozen=True)
class Finished:
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Installation:
    """A var folder with data and the three demo users."""

    var: Path
    credentials: dict[str, dict[str, str]]

    @property
    def settings(self) -> Settings:
        return load_settings(var=self.var)


def command(var: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run ``python -m dashboard`` on an installation of its own."""
    variables = {**os.environ, **environment, "SALESGATE_VAR": str(var)}
    return subprocess.run(
        [sys.executable, "-m", "dashboard", *arguments],
        cwd=PROJECT,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def run_command(var: Path, *arguments: str) -> Finished:
    """The same within this process, which is quicker."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setenv("SALESGATE_VAR", str(var))
        try:
            code = main(arguments)
        except SystemExit as stop:
            code = int(stop.code or 0)
    return Finished(code, out.getvalue(), err.getvalue())


def with_users(var: Path) -> Installation:
    """The installation of ``var``, with the three demo users."""
    return Installation(var, ensure_demo_users(load_settings(var=var)))


def enrol_totp(accounts: Accounts, username: str, now: datetime | None = None) -> pyotp.TOTP:
    """The authenticator app of a user, set up with its last code: the present one was not used yet."""
    user = accounts.find(username)
    assert user
    actor = Actor(user.id, username)
    offer = accounts.factors.offer_totp(actor)
    app = pyotp.TOTP(offer.secret)
    before = (now or accounts._store.clock()) - timedelta(seconds=app.interval)
    accounts.factors.confirm_totp(offer.pending, app.at(before), actor)
    return app


@dataclass(frozen=True)
class Served:
    """A site that answers at ``url``."""

    url: str
    installation: Installation


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _compress(folder: Path) -> None:
    from dashboard.web.static_files import prepare  # noqa: PLC0415 - few tests need it, and it takes a second

    prepare(PROJECT / "assets", folder)


def share_files(var: Path) -> None:
    """Let the site of ``var`` find its files compressed, as if it was started before: that takes seconds each time."""
    shutil.copytree(made_once("static", _compress), var / "static", dirs_exist_ok=True)


def serve(installation: Installation, *, name: str = "127.0.0.1", **environment: str) -> Iterator[Served]:
    """Serve an installation as ``make run`` does, until the test is done; stopping it must be clean.

    ``name`` is how it is visited: passkeys need ``localhost``, for they belong to no address.
    """
    port = free_port()
    share_files(installation.var)
    variables = {
        **os.environ,
        **{f"SALESGATE_LIMITS__{name.upper()}": rate for name, rate in PLENTY.items()},
        **environment,
    }
    variables |= {"SALESGATE_VAR": str(installation.var), "PORT": str(port)}
    log = installation.var.parent / f"site-{port}.log"
    process = start_site(variables, log)
    try:
        _wait(f"http://127.0.0.1:{port}", process)
        yield Served(f"http://{name}:{port}", installation)
    finally:
        if process.is_alive():
            os.kill(process.pid, signal.SIGINT)
        process.join(30)
        code = process.exitcode
        process.kill()
    said = log.read_text()
    assert (code, "was sent SIG" in said, "Traceback" in said) == (0, False, False), said


def _wait(url: str, process: ForkServerProcess) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.is_alive(), "the site ended before it answered"
        try:
            with urlopen(f"{url}/health", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail("the site did not answer in time")
