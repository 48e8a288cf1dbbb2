"""A PostgreSQL server of our own: started for a test run, with a new database for every test."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest

_PLACES = ("/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt")
_START_SECONDS = 60
# Nothing is kept, so nothing needs to reach the disk.
_QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200", "max_wal_size=64MB")


class Postgres:
    """A server that listens on a socket in ``folder`` only. Its databases are schemas of one, which is much quicker."""

    def __init__(self, folder: Path) -> None:
        self._address = f"host={folder} user=salesgate dbname=postgres"
        self._url = f"postgresql+psycopg://salesgate@/postgres?host={folder}"
        self._numbers = count(1)
        self._made: list[str] = []

    def fresh(self) -> str:
        """The SQLAlchemy URL of a new, empty database."""
        name = f"test_{next(self._numbers)}"
        self._do(f"CREATE SCHEMA {name}")
        self._made.append(name)
        return f"{self._url}&options=-csearch_path%3D{name}"

    def clear(self) -> None:
        """Remove what :meth:`fresh` has made; a connection that still uses it is an error."""
        while self._made:
            self._do(f"SET lock_timeout = '10s'; DROP SCHEMA {self._made.pop()} CASCADE")

    def _do(self, statement: str) -> None:
        with psycopg.connect(self._address, autocommit=True) as connection:
            connection.execute(statement)


def run_postgres() -> Iterator[Postgres]:
    """Start a server, and stop it after the tests."""
    folder = Path(tempfile.mkdtemp(prefix="salesgate-postgres-"))
    # PostgreSQL refuses to run as root; its package makes this user.
    who: dict[str, str] = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
    if who:
        shutil.chown(folder, "postgres", "postgres")
    data = folder / "data"
    programs = _programs()
    made = [programs / "initdb", "-D", data, "-U", "salesgate", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]
    subprocess.run(made, check=True, capture_output=True, cwd=folder, **who)  # type: ignore[call-overload]
    options = [part for setting in _QUICK for part in ("-c", setting)]
    command = [programs / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses=", *options]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, **who)  # type: ignore[call-overload]
    try:
        _wait(folder, server)
        yield Postgres(folder)
    finally:
        server.send_signal(signal.SIGINT)  # does not wait for those who are connected
        server.wait(timeout=60)
        shutil.rmtree(folder)


def _programs() -> Path:
    """The folder with the programs of one version of PostgreSQL; Debian keeps them off the path."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    for place in _PLACES:
        folders += sorted(Path(place).glob("*/bin"), reverse=True)
    for folder in folders:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    pytest.fail("PostgreSQL is not installed. On Debian, as root: sh tests/install-debian.sh postgresql")


def _wait(folder: Path, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        assert server.poll() is None, (folder / "log").read_text()
        try:
            psycopg.connect(f"host={folder} user=salesgate dbname=postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("PostgreSQL did not answer in time")
