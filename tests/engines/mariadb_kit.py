"""A MariaDB server of our own on a loopback port: databases for tests, and accounts that may only read them."""

import shutil
import subprocess
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from urllib.parse import quote

import pymysql
import pytest
from engines.process_kit import Process, free_port, own_folder, run_as

OWNER, READER, PASSWORD = "salesgate_owner", "salesgate_reader", "Ring-Tailed 2 Coati"
# Nothing is kept, so nothing needs to reach the disk.
_QUICK = (
    # A killed server must come back with what was committed; only a machine without power might lose it.
    "--innodb-flush-log-at-trx-commit=2",
    "--innodb-log-file-size=32M",
    "--innodb-buffer-pool-size=96M",
    "--skip-innodb-doublewrite",
    "--performance-schema=OFF",
    "--skip-name-resolve",
)


class MariaDB:
    """A server on ``port`` of 127.0.0.1; :attr:`way_in` is the way in for root."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port, self.way_in = port, folder / "socket"
        self._numbers = count(1)
        places = [f"--datadir={folder / 'data'}", f"--socket={self.way_in}", f"--pid-file={folder / 'pid'}"]
        network = [f"--port={port}", "--bind-address=127.0.0.1"]
        command = [_program("mariadbd"), "--no-defaults", *places, *network, *_QUICK]
        process = Process(command, folder, "mysql", port, lambda: self.execute("SELECT 1"))
        self.start, self.stop, self.kill = process.start, process.stop, process.kill

    def fresh(self) -> str:
        """The SQLAlchemy URL of a new, empty database whose account may do everything in it."""
        name = f"test_{next(self._numbers)}"
        self.execute(
            f"CREATE DATABASE {name} CHARACTER SET utf8mb4",
            f"CREATE USER {OWNER}_{name}@'127.0.0.1' IDENTIFIED BY '{PASSWORD}'",
            f"GRANT ALL ON {name}.* TO {OWNER}_{name}@'127.0.0.1'",
        )
        return self._url(f"{OWNER}_{name}", name, PASSWORD)

    def reader(self, url: str) -> str:
        """The URL, without its ``PASSWORD``, of an account that may only read the database of ``url``."""
        name = url.rsplit("/", 1)[1].split("?", 1)[0]
        who = f"{READER}_{name}@'127.0.0.1'"
        self.execute(
            f"CREATE OR REPLACE USER {who} IDENTIFIED BY '{PASSWORD}'",
            f"GRANT SELECT ON {name}.* TO {who}",
        )
        return self._url(f"{READER}_{name}", name)

    def execute(self, *statements: str) -> None:
        """Run statements as root."""
        with (
            pymysql.connect(unix_socket=str(self.way_in), user="root", autocommit=True, connect_timeout=5) as root,
            root.cursor() as cursor,
        ):
            for statement in statements:
                cursor.execute(statement)

    def _url(self, user: str, database: str, password: str | None = None) -> str:
        secret = f":{quote(password)}" if password else ""
        return f"mariadb+pymysql://{user}{secret}@127.0.0.1:{self.port}/{database}?charset=utf8mb4"


def run_mariadb() -> Iterator[MariaDB]:
    """Start a server, and stop it after the tests."""
    folder = own_folder("mariadb", "mysql")
    try:
        made = [_program("mariadb-install-db"), "--no-defaults", f"--datadir={folder / 'data'}", "--skip-test-db"]
        made += ["--auth-root-authentication-method=normal", "--skip-name-resolve", "--innodb-log-file-size=32M"]
        subprocess.run(made, check=True, capture_output=True, cwd=folder, **run_as("mysql"))  # type: ignore[call-overload]
        server = MariaDB(folder, free_port())
        server.start()
        try:
            yield server
        finally:
            server.kill()
    finally:
        shutil.rmtree(folder)


def _program(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        pytest.fail(f"{name} is not installed. On Debian, as root: sh tests/install-debian.sh mariadb")
    return found
