"""Telling how a refresh goes on, and hearing that it shall stop."""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from dashboard.sources.pushdown.cancel import Cancel
from dashboard.sources.refresh.status import (
    STOP,
    LastRun,
    RefreshStatus,
    Running,
    SourceStatus,
    read_status,
    write_status,
)

VERIFY = "verify"
_TICK, _SIGN_OF_LIFE = 0.5, 10.0  # seconds

Progress = Callable[[str, float], None]

logger = logging.getLogger(__name__)


def iso_now() -> str:
    """The present moment; ISO 8601 UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class Reporter:
    """Writes the status file at most twice a second, from a thread of its own; use as a context.

    Args:
        folder: of the extracts; a file in it asks for the end.
        tell: is told each step and the share done, in the thread that works.
    """

    def __init__(self, var: Path, folder: Path, mode: str, tell: Progress, cancel: Cancel) -> None:
        self._var, self._stop_file, self._tell, self._cancel = var, folder / STOP, tell, cancel
        self._lock, self._over = threading.Lock(), threading.Event()
        now = iso_now()
        self._running = Running(mode, "", "Starting", 0.0, 0, now, now, socket.gethostname(), os.getpid())
        self._status: RefreshStatus = replace(read_status(var), running=self._running)
        self._written: tuple[RefreshStatus | None, float] = (None, 0.0)
        self._begun = time.monotonic()
        self._thread = threading.Thread(target=self._work, name="refresh-status", daemon=True)

    @property
    def status(self) -> RefreshStatus:
        """As it will be written next."""
        with self._lock:
            return replace(self._status, running=self._running)

    def step(self, step: str, share: float, source: str = "") -> None:
        """What is being done now, of which source, and the share of the whole that is done."""
        with self._lock:
            same = source == self._running.source
            rows = self._running.rows if same else 0
            self._running = replace(self._running, step=step, share=round(share, 3), source=source, rows=rows)
        self._tell(step, share)

    def rows(self, rows: int) -> None:
        """How many rows of this source have arrived."""
        with self._lock:
            self._running = replace(self._running, rows=rows)
            step, share = self._running.step, self._running.share
        self._tell(f"{step} ({rows:,} rows)", share)

    def source(self, one: SourceStatus) -> None:
        """How one source stands now."""
        with self._lock:
            self._status = self._status.with_source(one)

    def keep_only(self, names: list[str]) -> None:
        """Order the sources like the settings, and forget those that are not in them any more."""
        with self._lock:
            found = [self._status.source(name) for name in names]
            self._status = replace(self._status, sources=tuple(one for one in found if one is not None))

    def end(self, *, ok: bool, outcome: str, reason: str, version: str, changed: bool) -> LastRun:
        """How it ended; this is written when the context ends. A comparison is no refresh, and is noted elsewhere."""
        seconds = round(time.monotonic() - self._begun, 1)
        last = LastRun(iso_now(), self._running.mode, ok, outcome, reason, seconds, version, changed)
        if last.mode != VERIFY:
            with self._lock:
                self._status = replace(self._status, last=last)
        return last

    def __enter__(self) -> Self:
        self._stop_file.unlink(missing_ok=True)
        self._write()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        self._stop_file.unlink(missing_ok=True)
        self._put(replace(self._status, running=None))

    def _work(self) -> None:
        while not self._over.wait(_TICK):
            if self._stop_file.exists():
                self._cancel.request()
            status, at = self._written
            if self.status != status or time.monotonic() - at > _SIGN_OF_LIFE:
                self._write()

    def _write(self) -> None:
        with self._lock:
            self._running = replace(self._running, seen=iso_now())
            status = replace(self._status, running=self._running)
        self._written = (status, time.monotonic())
        self._put(status)

    def _put(self, status: RefreshStatus) -> None:
        try:
            write_status(self._var, status)
        except OSError as error:  # figures matter more than telling of them
            logger.warning("the status of the refresh cannot be written: %s", error.strerror)
