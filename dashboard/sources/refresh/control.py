"""Starting a refresh beside the site, in a process of its own, and asking it to stop. Imports no engine."""

import os
import subprocess
import sys
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Literal

from dashboard.settings import PROJECT, Settings
from dashboard.sources.errors import ImportRefused
from dashboard.sources.refresh.status import STOP, read_status, status_file

Mode = Literal["incremental", "full", "verify"]
# A refresh that failed is tried again sooner than the next one is due.
AGAIN_MINUTES = 5.0
_LOW_PRIORITY = 10
_FLAGS = {"incremental": (), "full": ("--full",), "verify": ("--verify",)}


def start_refresh(settings: Settings, mode: Mode = "incremental", *, if_due: bool = False) -> None:
    """Begin a refresh that outlives this process; where one is under way already, the new one ends at once.

    Args:
        if_due: it ends at once too where another one has ended meanwhile, so that it is not due any more.

    Raises:
        ImportRefused: no process can be started.
    """
    environment = {**os.environ, "SALESGATE_VAR": str(settings.var)}
    flags = (*_FLAGS[mode], "--if-due") if if_due else _FLAGS[mode]
    command = [sys.executable, "-m", "dashboard", "refresh", "--scheduled", *flags]
    try:
        process = subprocess.Popen(  # noqa: S603
            command,
            cwd=PROJECT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise ImportRefused(f"The refresh cannot be started: {error.strerror}.") from None
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, process.pid, _LOW_PRIORITY)
    # Somebody has to take note of its end, or it would stay in the list of processes.
    threading.Thread(target=process.wait, name="refresh-process", daemon=True).start()


def cancel_refresh(settings: Settings) -> bool:
    """Ask the refresh that is under way, on whichever host, to stop; whether there is one. OSError: no permission."""
    if read_status(settings.var).running is None:
        return False
    status_file(settings.var).with_name(STOP).touch(mode=0o600)
    return True


def is_due(settings: Settings, now: datetime | None = None) -> bool:
    """Whether the sources are to be read again by themselves."""
    every = settings.refresh.every_minutes
    if not settings.sources or not every:
        return False
    status = read_status(settings.var)
    if status.running is not None:
        return False
    last = status.last
    if last is None:
        return True
    minutes = every if last.ok or last.outcome == "cancelled" else min(every, AGAIN_MINUTES)
    return (now or datetime.now(UTC)) - datetime.fromisoformat(last.at) >= timedelta(minutes=minutes)
