"""Two hosts of one site: nginx, two application servers with folders of their own, one PostgreSQL, one Redis."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import postgres_kit
import psycopg
import pytest
from kit import PLENTY, free_port
from nginx_kit import NAME, Nginx
from redis_kit import RedisServer
from stock_kit import shop

from dashboard.accounts.demo import Credentials, ensure_demo_users
from dashboard.cli.serving import make_ready
from dashboard.settings import PROJECT, Settings, load_settings
from dashboard.sources.store import ROLLUP, RollupStore
from dashboard.web import static_files

START_SECONDS = 90
MOST = 8
TOKEN = "monitor-" + "0123456789abcdef" * 2


def prepare(settings: Settings) -> None:
    """As a host does before it starts; but files are compressed the quick way, for the other one takes seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(static_files, "BEST", static_files.QUICK)
        make_ready(settings)


class Database:
    """A PostgreSQL that is stopped and started in the middle of a test."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="salesgate-cluster-"))
        self._who: dict[str, str] = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
        if self._who:
            shutil.chown(self._folder, "postgres", "postgres")
        self._programs = postgres_kit._programs()
        words = ["-D", self._data, "-U", "salesgate", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]
        self._run(self._programs / "initdb", *words)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def _data(self) -> str:
        return str(self._folder / "data")

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://salesgate@/postgres?host={self._folder}"

    def start(self) -> None:
        options = [part for setting in postgres_kit._QUICK for part in ("-c", setting)]
        command = [self._programs / "postgres", "-D", self._data, "-k", self._folder, "-c", "listen_addresses="]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, *options], stdout=log, stderr=log, cwd=self._folder, **self._who
            )  # type: ignore[call-overload]
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                psycopg.connect(f"host={self._folder} user=salesgate dbname=postgres").close()
                return
            except psycopg.OperationalError:
                time.sleep(0.05)
        pytest.fail("PostgreSQL did not start in time")

    def stop(self) -> None:
        """At once, whoever is connected."""
        assert self._process
        self._process.send_signal(signal.SIGINT)
        self._process.wait(timeout=60)

    def remove(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.stop()
        shutil.rmtree(self._folder)

    def _run(self, *command: Any) -> None:
        subprocess.run(command, check=True, capture_output=True, cwd=self._folder, **self._who)


class Host:
    """One application server, started as in a container: ``gunicorn`` with the configuration that is shipped."""

    def __init__(self, var: Path, environment: dict[str, str]) -> None:
        self.var, self.port = var, free_port()
        self._environment = {**os.environ, **environment, "SALESGATE_VAR": str(var), "PORT": str(self.port)}
        self._process: subprocess.Popen[bytes] | None = None
        self.log = var.parent / f"{var.name}.log"

    def begin(self) -> None:
        with self.log.open("ab") as out:
            command = [sys.executable, "-m", "gunicorn"]
            self._process = subprocess.Popen(
                command, cwd=PROJECT, env=self._environment, stdout=out, stderr=out, start_new_session=True
            )

    def wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert self._process
            assert self._process.poll() is None, self.log.read_text()
            try:
                if self.ask("/health").status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        pytest.fail(f"the site did not answer in time: {self.log.read_text()}")

    def ask(self, path: str, **headers: str) -> httpx.Response:
        """Past nginx, as nginx itself would ask."""
        by_proxy = {"Host": NAME, "X-Forwarded-For": "192.0.2.9", "X-Forwarded-Proto": "https"}
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", headers={**by_proxy, **headers}, timeout=30)

    def reload(self) -> None:
        """As after a new version was installed."""
        assert self._process
        self._process.send_signal(signal.SIGHUP)

    def retire(self) -> None:
        """As an orchestrator ends it: what is under way is answered."""
        assert self._process
        self._process.send_signal(signal.SIGTERM)

    def is_there(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """As when the machine loses power: parent and worker at once."""
        assert self._process
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(timeout=30)

    def end(self) -> None:
        """Begin to stop."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)

    def stop(self) -> None:
        """Wait until it has."""
        if self._process is not None:
            self._process.wait(timeout=60)


class Cluster:
    """All of it; to be stopped even where starting it failed."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.redis, self.database = folder, RedisServer(folder), Database()
        self.hosts: list[Host] = []
        self._nginx: Nginx | None = None

    @property
    def nginx(self) -> Nginx:
        assert self._nginx
        return self._nginx

    def start(self) -> None:
        folder = self._folder
        self.redis.start()
        self.database.start()
        (folder / "token").write_text(TOKEN)
        self._environment = {
            "SALESGATE_ACCOUNTS__URL": self.database.url,
            "SALESGATE_LIMITS__STORAGE": self.redis.url,
            "SALESGATE_SERVER__HTTPS": "true",
            "SALESGATE_SERVER__PUBLIC_URL": f"https://{NAME}",
            "SALESGATE_SERVER__PROXY_HOPS": "1",
            "SALESGATE_METRICS__TOKEN_FILE": str(folder / "token"),
            "SALESGATE_LOG_FORMAT": "json",
            **{f"SALESGATE_LIMITS__{name.upper()}": rate for name, rate in PLENTY.items()},
            "SALESGATE_LIMITS__PER_ADDRESS": f"{MOST} per hour",
        }
        first, second = folder / "one", folder / "two"
        self.settings = load_settings(var=first, accounts={"url": self.database.url})
        self.people: Credentials = ensure_demo_users(self.settings)
        RollupStore(first / ROLLUP).write(shop())
        prepare(self.settings)
        # What a second host needs: the key, and the figures; see docs/how-to/deploy.md.
        shutil.copytree(first, second)
        self.hosts = [Host(first, self._environment), Host(second, self._environment)]
        for host in self.hosts:
            host.begin()
        for host in self.hosts:
            host.wait()
        self._nginx = Nginx(folder / "nginx", [host.port for host in self.hosts])
        self.nginx.start()

    def stop(self) -> None:
        if self._nginx is not None:
            self._nginx.stop()
        for host in self.hosts:
            if host.is_there():
                host.kill()
        self.redis.stop()
        self.database.remove()


class Load:
    """Several clients that ask again and again until the end, and what they were answered."""

    def __init__(self, ask: Callable[[], object]) -> None:
        self._ask, self._over = ask, threading.Event()
        self.answers: Counter[object] = Counter()
        self._lock = threading.Lock()

    @contextmanager
    def on(self, clients: int = 4) -> Iterator[None]:
        threads = [threading.Thread(target=self._work) for _ in range(clients)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join(timeout=60)

    def _work(self) -> None:
        while not self._over.is_set():
            try:
                answer = self._ask()
            except httpx.TransportError as error:
                answer = type(error).__name__
            with self._lock:
                self.answers[answer] += 1
