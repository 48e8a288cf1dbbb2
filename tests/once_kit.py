"""What takes seconds to make and is the same for all: made once a run, by the first of its processes that needs it."""

import atexit
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

_FOLDER = "TESTS_MADE_ONCE"


def begin() -> None:
    """Have a folder for this process and those it starts from now on; it goes when this process ends."""
    if _FOLDER not in os.environ:
        os.environ[_FOLDER] = folder = tempfile.mkdtemp(prefix="salesgate-once-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)


def made_once(name: str, make: Callable[[Path], None]) -> Path:
    """The folder that ``make`` has filled; whoever asks meanwhile waits. It is everybody's: nobody may change it."""
    begin()
    made = Path(os.environ[_FOLDER], name)
    with made.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            unfinished = made.with_suffix(".unfinished")
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir()
            make(unfinished)
            unfinished.rename(made)
    return made
