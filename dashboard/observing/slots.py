"""Numbers for processes that live at the same time. Whoever ends, however it ends, leaves its number to the next one.

What a process has counted stands in files of its number: a successor counts on in them, so there are never more files
than there were processes at a time, and no count is lost with a process.
"""

import fcntl
import os
from pathlib import Path

_MODE = 0o600


class Slot:
    """The number of this process, held until it ends; a child that was forked gets one of its own.

    Args:
        folder: where the numbers are given out; it exists.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._claim()

    def __call__(self) -> str:
        """The number."""
        if os.getpid() != self._process:
            self._claim()
        return self._number

    def _claim(self) -> None:
        self._process, number = os.getpid(), 0
        while (lock := _locked(self._folder / f"{number}.lock")) is None:
            number += 1
        self._number, self._lock = str(number), lock
        # What was under way in the process before is over.
        for file in self._folder.glob(f"gauge_*_{number}.db"):
            file.unlink(missing_ok=True)


def tidy(folder: Path) -> None:
    """Begin to count anew: remove the files of all numbers that no process has."""
    for lock_file in folder.glob("*.lock"):
        lock = _locked(lock_file)
        if lock is None:
            continue
        for file in folder.glob(f"*_{lock_file.stem}.db"):
            file.unlink(missing_ok=True)
        os.close(lock)


def count(folder: Path) -> int:
    """How many processes have a number just now."""
    found = 0
    for lock_file in folder.glob("*.lock"):
        lock = _locked(lock_file)
        if lock is None:
            found += 1
        else:
            os.close(lock)
    return found


def _locked(path: Path) -> int | None:
    lock = os.open(path, os.O_RDWR | os.O_CREAT, _MODE)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return lock
