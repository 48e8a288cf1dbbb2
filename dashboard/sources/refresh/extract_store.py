"""Where extracts lie: a folder a source, versions in it, one of them current, swapped in one step."""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from dashboard.sources.errors import StoreError
from dashboard.sources.refresh.extract import Extract, as_record, from_record

# Where in the rollup's folder the extracts are.
SOURCES = "sources"
FORMAT = 1
MANIFEST = "extract.json"
_CURRENT = "CURRENT"
_WORK = ".work-"
_KEEP = 2
_VERSION = re.compile(r"[0-9]{8}T[0-9]{12}Z")


class ExtractStore:
    """Extracts under ``folder``, one writer at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def current(self, source: str) -> tuple[Extract, Path] | None:
        """The extract of ``source`` in force and the folder of its files; None if it was never read.

        Raises:
            StoreError: it is damaged or of another version of the program: it has to be read in full again.
        """
        pointer = self._place(source) / _CURRENT
        if not pointer.exists():
            return None
        try:
            version = pointer.read_text(encoding="ascii").strip()
            if not _VERSION.fullmatch(version):
                raise ValueError(f"{version[:60]!r} is no version")
            return _read(pointer.parent / version), pointer.parent / version
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StoreError(f"What was read of {source} before is damaged ({error}).") from error

    @contextmanager
    def draft(self, source: str) -> Iterator[Path]:
        """A private folder for the files of the next extract; it is removed in the end, leftovers of others before."""
        place = self._place(source)
        for folder in (self._folder, place):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
        for leftover in place.glob(f"{_WORK}*"):
            shutil.rmtree(leftover, ignore_errors=True)
        draft = place / f"{_WORK}{os.getpid()}"
        draft.mkdir(mode=0o700)
        try:
            yield draft
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def write(self, extract: Extract, draft: Path) -> Path:
        """Put ``extract`` in force, whose files are all in ``draft``; the folder that they are in then.

        Raises:
            OSError: no space or no permission; the extract in force stays.
        """
        place = self._place(extract.source)
        wanted = set(extract.files)
        for path in draft.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name not in wanted:
                path.unlink()
        digests = {name: _closed(draft / name) for name in extract.files}
        record = {"format": FORMAT, "extract": as_record(extract), "digests": digests}
        (draft / MANIFEST).write_text(json.dumps(record, default=str, indent=1), encoding="utf-8")
        _closed(draft / MANIFEST)
        _sync(draft)
        version = place / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}Z"
        draft.rename(version)
        _point(place, version.name)
        _prune(place, version.name)
        return version

    def keep_only(self, sources: Collection[str]) -> None:
        """Remove what was read of sources that are not in the settings any more."""
        wanted = {self._place(source).name for source in sources}
        for place in self._folder.glob("*"):
            if place.is_dir() and place.name not in wanted and (place / _CURRENT).exists():
                shutil.rmtree(place, ignore_errors=True)

    def _place(self, source: str) -> Path:
        return self._folder / source


def take_over(name: str, old: Path, draft: Path) -> None:
    """Bring a file of an older extract into a draft without copying it, where the disk can do that."""
    try:
        os.link(old / name, draft / name)
    except OSError:
        shutil.copyfile(old / name, draft / name)


def _read(folder: Path) -> Extract:
    record = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    if record["format"] != FORMAT:
        raise ValueError(f"format {record['format']}, this program reads {FORMAT}")
    extract = from_record(record["extract"])
    for name in extract.files:
        if _digest(folder / name) != record["digests"][name]:
            raise ValueError(f"{name} is not what was written")
    return extract


def _point(place: Path, version: str) -> None:
    pointer = place / f"{_WORK}{_CURRENT}"
    try:
        pointer.write_text(version, encoding="ascii")
        pointer.chmod(0o600)
        _sync(pointer)
        pointer.replace(place / _CURRENT)
    except OSError:
        pointer.unlink(missing_ok=True)
        raise
    _sync(place)


def _prune(place: Path, current: str) -> None:
    others = sorted(path.name for path in place.iterdir() if _VERSION.fullmatch(path.name) and path.name != current)
    for version in others[: len(others) - (_KEEP - 1)]:
        shutil.rmtree(place / version, ignore_errors=True)


def _closed(path: Path) -> str:
    """Close the file to others and bring it to the disk; its digest."""
    path.chmod(0o600)
    _sync(path)
    return _digest(path)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
