"""Servers as processes of a test run: their folder, their port, and starting, stopping and killing them."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

_START_SECONDS = 60
_STOP_SECONDS = 60


def free_port() -> int:
    """A loopback port that nobody has now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def run_as(user: str) -> dict[str, str]:
    """Arguments of ``subprocess`` to become ``user`` where we are root."""
    return {"user": user, "group": user} if os.geteuid() == 0 else {}


def own_folder(prefix: str, user: str) -> Path:
    """A new folder that ``user`` may write, readable along the whole way; the caller removes it."""
    folder = Path(tempfile.mkdtemp(prefix=f"salesgate-{prefix}-"))
    hand_over(folder, user)
    return folder


def hand_over(folder: Path, user: str) -> None:
    """Make it the folder of ``user``, where we are root."""
    if run_as(user):
        shutil.chown(folder, user, user)


class Process:
    """One server: ``command`` is run as ``user`` in ``folder``, and is there when ``ping`` returns without error.

    It listens on ``port`` of 127.0.0.1.
    """

    def __init__(
        self, command: Sequence[str | Path], folder: Path, user: str, port: int, ping: Callable[[], None]
    ) -> None:
        self._command = [str(part) for part in command]
        self._folder, self._user, self._port, self._ping = folder, user, port, ping
        self._running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and wait until it answers."""
        assert self._running is None, "the server runs already"
        with (self._folder / "log").open("ab") as log:
            self._running = subprocess.Popen(  # type: ignore[call-overload]
                self._command, stdout=log, stderr=log, cwd=self._folder, **run_as(self._user)
            )
        try:
            self._wait()
        except BaseException:
            self.kill()
            raise

    def stop(self, number: int = signal.SIGTERM) -> None:
        """End it in order; one that was stopped already stays so."""
        if self._running is not None:
            self._running.send_signal(number)
            self._running.wait(timeout=_STOP_SECONDS)
            self._running = None

    def kill(self) -> None:
        """End it as a power cut would."""
        self.stop(signal.SIGKILL)

    def _wait(self) -> None:
        assert self._running is not None
        deadline = time.monotonic() + _START_SECONDS
        while True:
            assert self._running.poll() is None, (self._folder / "log").read_text(errors="replace")[-4000:]
            try:
                # Drivers log a port that nobody has, or leave their socket open.
                socket.create_connection(("127.0.0.1", self._port), 5).close()
                return self._ping()
            except Exception:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.03)
