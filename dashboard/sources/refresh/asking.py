"""How often people may have the sources read: clicks and forged requests must not keep the databases busy."""

import fcntl
import json
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from dashboard.sources.errors import ImportRefused
from dashboard.sources.refresh.status import status_file

ASKED = "asked.json"
# As long as a process needs to say that it is at work; and how many may be begun in how many seconds.
GAP_SECONDS = 2.0
MOST, WINDOW_SECONDS = 10, 600.0


def note_asking(var: Path, clock: Callable[[], float] = time.time) -> None:
    """Note that somebody asks for a refresh now; over all processes of the installation in ``var``.

    Raises:
        ImportRefused: too soon or too often.
        OSError: the data folder cannot be written.
    """
    path = status_file(var).with_name(ASKED)
    for folder in (path.parent.parent, path.parent):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "r+", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        now = clock()
        times = [at for at in _times(file.read()) if now - WINDOW_SECONDS < at <= now]
        wait = _wait(times, now)
        if wait > 0:
            raise ImportRefused(f"Too many refreshes were asked for. Wait {_shown(wait)}, then try again.")
        file.seek(0)
        file.truncate()
        json.dump([*times, now], file)


def _wait(times: list[float], now: float) -> float:
    """Seconds until the next one may begin."""
    soon = times[-1] + GAP_SECONDS - now if times else 0.0
    full = times[-MOST] + WINDOW_SECONDS - now if len(times) >= MOST else 0.0
    return max(soon, full)


def _times(text: str) -> list[float]:
    with suppress(ValueError, TypeError):
        return sorted(float(at) for at in json.loads(text))
    return []


def _shown(seconds: float) -> str:
    return f"{int(seconds // 60) + 1} min" if seconds > 60 else f"{int(seconds) + 1} s"  # noqa: PLR2004
