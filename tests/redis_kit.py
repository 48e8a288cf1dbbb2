"""A Redis server of our own, to be stopped and started again in the middle of a test."""

import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
import redis
from kit import free_port

START_SECONDS = 20


class RedisServer:
    """Redis on a free port of this machine, which keeps nothing: it comes back empty."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._port = folder, free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        program = shutil.which("redis-server")
        assert program, "redis-server is not installed"
        options = {
            "port": str(self._port),
            "bind": "127.0.0.1",
            "save": "",
            "appendonly": "no",
            "dir": str(self._folder),
        }
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        with (self._folder / "redis.log").open("ab") as log:
            self._process = subprocess.Popen([program, *words], stdout=log, stderr=log)
        self._wait()

    def stop(self) -> None:
        """End it as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=START_SECONDS)
            self._process = None

    def hang(self) -> None:
        """It takes connections, and never answers."""
        assert self._process
        self._process.send_signal(signal.SIGSTOP)

    def keys(self) -> dict[str, str]:
        """Everything that stands in it."""
        with redis.Redis.from_url(self.url, decode_responses=True) as client:
            return {key: str(client.get(key)) for key in client.scan_iter("*")}

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                with redis.Redis.from_url(self.url, socket_timeout=1) as client:
                    client.ping()
                return
            except redis.RedisError:
                time.sleep(0.05)
        pytest.fail("Redis did not start in time")
