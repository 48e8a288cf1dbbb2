"""The rollup store: versions in a folder, one of them current, swapped in one step while others read."""

import os
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from dashboard.sales.rollup import Rollup
from dashboard.sources.errors import ImportRefused, StoreError
from dashboard.sources.layout import Damaged, Outdated, read_version, write_version
from dashboard.sources.locking import exclusive

# Where in var the store is.
ROLLUP = "rollup"
CURRENT = "CURRENT"
KEEP = 2
# How the private folder of an import begins.
WORK = ".work-"
_VERSION = re.compile(r"[0-9]{8}T[0-9]{12}Z-[0-9a-f]{8}")
_ATTEMPTS = 5
Stamp = tuple[int, int, int]


class RollupStore:
    """Versions of the rollup under ``folder``; safe for many reading threads and processes and one writer."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._pointer = folder / CURRENT
        self._loaded: tuple[Stamp | None, Rollup | None] = (None, None)
        self._loading = threading.Lock()

    def current(self) -> Rollup | None:
        """The rollup in force, None if nothing was imported yet. Costs one ``stat`` unless there is a new version.

        Raises:
            StoreError: the version in force is damaged, unreadable or of another version of the program.
        """
        stamp = self._stamp()
        loaded_stamp, rollup = self._loaded
        if stamp == loaded_stamp:
            return rollup
        with self._loading:
            return self._load()

    def has_data(self) -> bool:
        """Whether anything was imported yet; opens nothing."""
        return self._pointer.exists()

    @contextmanager
    def writing(self) -> Iterator[Path]:
        """A private folder for one import, on the store's disk; it is removed in the end, leftovers of others before.

        Raises:
            ImportRefused: another import is running, or the folder cannot be written.
        """
        try:
            for folder in (self._folder.parent, self._folder):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._folder.chmod(0o700)
        except OSError as error:
            raise ImportRefused(f"{self._folder}: cannot be written: {error.strerror}.") from None
        with exclusive(self._folder / "import.lock"):
            for leftover in self._folder.glob(f"{WORK}*"):
                shutil.rmtree(leftover, ignore_errors=True)
            work = self._folder / f"{WORK}{os.getpid()}"
            work.mkdir(mode=0o700)
            try:
                yield work
            finally:
                shutil.rmtree(work, ignore_errors=True)

    def write(self, rollup: Rollup, work: Path | None = None) -> str:
        """Write ``rollup`` and put it in force; returns the name of the new version (``rollup.version`` is ignored).

        ``work`` is the folder of :meth:`writing` when the caller holds it; without it the store takes its own.

        Raises:
            ImportRefused: another import is running.
            OSError: no space or no permission; the version in force stays.
        """
        if work is None:
            with self.writing() as own:
                return self.write(rollup, own)
        draft = work / "version"
        draft.mkdir(mode=0o700)
        digest = write_version(draft, rollup)
        for file in draft.iterdir():
            file.chmod(0o600)
            _sync(file)
        _sync(draft)
        version = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}Z-{digest[:8]}"
        draft.rename(self._folder / version)
        self._point_to(version, work)
        self._prune(version)
        return version

    def versions(self) -> list[str]:
        """Names of the versions on disk, oldest first."""
        return sorted(path.name for path in self._folder.glob("*") if _VERSION.fullmatch(path.name))

    def _point_to(self, version: str, work: Path) -> None:
        pointer = work / CURRENT
        pointer.write_text(version, encoding="ascii")
        pointer.chmod(0o600)
        _sync(pointer)
        pointer.replace(self._pointer)
        _sync(self._folder)

    def _prune(self, current: str) -> None:
        """Keep the newest versions; readers that mapped an older one keep its pages until they let go."""
        others = [version for version in self.versions() if version != current]
        for version in others[: len(others) - (KEEP - 1)]:
            shutil.rmtree(self._folder / version, ignore_errors=True)

    def _stamp(self) -> Stamp | None:
        try:
            found = os.stat(self._pointer)  # noqa: PTH116 - the one call on every request
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(f"{self._pointer}: cannot be read: {error.strerror}") from None
        return found.st_ino, found.st_mtime_ns, found.st_size

    def _load(self) -> Rollup | None:
        """Load under the lock. A version may be pruned between the pointer and its files: then look again."""
        for attempt in range(_ATTEMPTS):
            stamp = self._stamp()
            if stamp == self._loaded[0]:
                break
            try:
                rollup = None if stamp is None else read_version(self._folder / self._named())
            except (Damaged, OSError) as error:
                if attempt + 1 < _ATTEMPTS and stamp != self._stamp():
                    continue
                what = "of another version of Salesgate" if isinstance(error, Outdated) else "damaged"
                raise StoreError(f"The imported data are {what}: {error}. Import the file again.") from error
            self._loaded = (stamp, rollup)
            break
        return self._loaded[1]

    def _named(self) -> str:
        version = self._pointer.read_text(encoding="ascii", errors="replace").strip()
        if not _VERSION.fullmatch(version):
            raise Damaged(f"{self._pointer}: {version[:60]!r} is no version")
        return version


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
