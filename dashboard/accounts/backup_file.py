"""The file of a backup: a ZIP archive with the rows of each table and a signed manifest. Knows no database."""

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Literal
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile
from zlib import error as ZlibError  # noqa: N812 - an exception of the standard library, named like one

from pydantic import BaseModel, ConfigDict, ValidationError

from dashboard.accounts.private_files import FILE_MODE
from dashboard.accounts.terms import AccountError

Value = str | int | bool | None
Row = Sequence[Value]

LONGEST_LINE = 16 * 1024 * 1024  # bytes; compressed, a file of some kilobytes can hold lines of gigabytes
LONGEST_MANIFEST = 1024 * 1024
MANIFEST, SIGNATURE = "manifest.json", "manifest.hmac"
_DAMAGED = (BadZipFile, ZlibError, EOFError, KeyError, ValueError, NotImplementedError)


class Part(BaseModel):
    """One table of a backup: its columns in the order of the values, how many rows, and SHA-256 of its lines."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    columns: tuple[str, ...]
    rows: int
    sha256: str


class Manifest(BaseModel):
    """What a backup holds.

    Attributes:
        format: version of this file format.
        made_at: when, in UTC.
        revision: version of the tables.
        dialect: the kind of database that it was taken of; it may go into another one.
        events: how many events the audit log had.
        head: digest of the last of them.
        parts: the tables, each after those that it refers to.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    made_at: datetime
    revision: str
    dialect: str
    events: int
    head: str
    parts: tuple[Part, ...]

    def rows(self, table: str) -> int:
        """How many rows of ``table`` are in the backup."""
        return next((part.rows for part in self.parts if part.name == table), 0)


@contextmanager
def new_archive(path: Path) -> Iterator[ZipFile]:
    """An archive that stands under ``path`` once it is whole, readable by its owner only; nothing is left of a failure.

    Raises:
        AccountError: there is something of that name already.
        OSError: it cannot be written there.
    """
    if path.exists():
        raise AccountError(f"{path} is there already. Give the backup a name of its own.")
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE), "wb") as file:
            yield from _archive(file)
        temporary.rename(path)
    finally:
        temporary.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def _archive(file: BinaryIO) -> Iterator[ZipFile]:
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        yield archive
    file.flush()
    os.fsync(file.fileno())


@contextmanager
def opened(path: Path) -> Iterator[ZipFile]:
    """The archive at ``path``, for reading.

    Raises:
        AccountError: it is none.
        OSError: it cannot be read.
    """
    with _noticing_damage():
        archive = ZipFile(path)
    with archive:
        yield archive


@contextmanager
def _noticing_damage() -> Iterator[None]:
    try:
        yield
    except _DAMAGED:
        raise AccountError("This file is no backup of Salesgate, or is damaged. Nothing was changed.") from None


def write_part(archive: ZipFile, name: str, columns: Sequence[str], rows: Iterable[Row]) -> Part:
    """Put the rows of the table ``name`` into ``archive``, a line each."""
    digest, count = hashlib.sha256(), 0
    with archive.open(_place(name), "w", force_zip64=True) as file:
        for row in rows:
            line = json.dumps(list(row), ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
            file.write(line)
            digest.update(line)
            count += 1
    return Part(name=name, columns=tuple(columns), rows=count, sha256=digest.hexdigest())


def read_part(archive: ZipFile, part: Part) -> Iterator[list[Value]]:
    """The rows of ``part``; AccountError, at the end at the latest, where they are not those that were written."""
    digest, count = hashlib.sha256(), 0
    with _noticing_damage(), archive.open(_place(part.name)) as file:
        while line := file.readline(LONGEST_LINE):
            digest.update(line)
            count += 1
            if count > part.rows or not line.endswith(b"\n"):
                raise ValueError
            yield json.loads(line)
        if (count, digest.hexdigest()) != (part.rows, part.sha256):
            raise ValueError


def sign(archive: ZipFile, manifest: Manifest, secret: str) -> None:
    """Put ``manifest`` into ``archive`` with a signature by the installation's secret key."""
    text = manifest.model_dump_json(indent=1).encode()
    archive.writestr(MANIFEST, text)
    archive.writestr(SIGNATURE, _signature(text, secret))


def read_manifest(archive: ZipFile, secret: str) -> Manifest:
    """What ``archive`` holds.

    Raises:
        AccountError: another key signed it, or it was changed, or it is of a newer format.
    """
    with _noticing_damage():
        text, signature = _beginning(archive, MANIFEST), _beginning(archive, SIGNATURE)
    if not hmac.compare_digest(signature, _signature(text, secret)):
        raise AccountError(
            "This backup was made with another secret key, or was changed. Put the secret_key of that installation "
            "into the var folder first. Nothing was changed."
        )
    try:
        return Manifest.model_validate_json(text)
    except ValidationError:
        raise AccountError("This backup was made by a newer Salesgate. Install that version.") from None


def _beginning(archive: ZipFile, name: str) -> bytes:
    with archive.open(name) as file:
        return file.read(LONGEST_MANIFEST)


def _place(table: str) -> str:
    return f"tables/{table}.jsonl"


def _signature(text: bytes, secret: str) -> bytes:
    key = hmac.digest(bytes.fromhex(secret), b"salesgate.backup", "sha256")
    return hmac.new(key, text, "sha256").hexdigest().encode()
