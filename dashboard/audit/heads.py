"""Heads of the chain, noted outside the database: against them shows what was cut off its end, or written anew."""

import fcntl
import logging
import logging.handlers
import os
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, select

from dashboard.audit.models import audit_head

_LINE = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) ([1-9]\d{0,17}) ([0-9a-f]{64})")
_TIME: Final = "%Y-%m-%dT%H:%M:%SZ"
_ONE_LINE = 200  # bytes; more than any line has

logger = logging.getLogger(__name__)


class HeadsError(Exception):
    """Noted heads that cannot be read. The message says where and why."""


@dataclass(frozen=True)
class Head:
    """The chain at one moment: ``seq`` is the number of its last event, ``digest`` covers all of them."""

    at: datetime
    seq: int
    digest: str

    def as_line(self) -> str:
        """As it is noted: time, number, digest."""
        return f"{self.at.astimezone(UTC):{_TIME}} {self.seq} {self.digest}"


def read(connection: Connection, at: datetime) -> Head:
    """The head of this moment, ``at``; NoResultFound where the database has lost it."""
    found = select(audit_head.c.seq, audit_head.c.digest).where(audit_head.c.id == 1)
    seq, digest = connection.execute(found).one()
    return Head(at, seq, digest)


def parse(lines: Iterable[str], name: str) -> list[Head]:
    """The heads that were noted in ``lines`` of the file ``name``; empty lines do not count.

    Raises:
        HeadsError: a line that is no head.
    """
    heads = []
    for number, line in enumerate(lines, 1):
        found = _LINE.fullmatch(line.strip())
        if found:
            heads.append(_head(found))
        elif line.strip():
            raise HeadsError(f"{name}, line {number}, is not a noted head (time, number, digest).")
    return heads


def noted(path: Path) -> list[Head]:
    """The heads in the file ``path``.

    Raises:
        HeadsError: it cannot be read, or holds something else.
    """
    try:
        with path.open(encoding="ascii") as file:
            return parse(file, str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise HeadsError(f"{path} cannot be read: {getattr(error, 'strerror', None) or 'it is no text'}.") from None


def note(head: Head, path: Path) -> bool:
    """Append ``head`` to the file ``path`` unless it stands there last; whether it was new. Survives a power cut.

    Any number of processes may do so. The folder must be there: it may be another disk, which may be missing.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        end = os.lseek(descriptor, 0, os.SEEK_END)
        tail = os.pread(descriptor, _ONE_LINE, max(0, end - _ONE_LINE)).decode("ascii", "replace")
        last = _last(tail)
        if last and (last.seq, last.digest) == (head.seq, head.digest):
            return False
        _warn(last, head)
        torn = "\n" if tail and not tail.endswith("\n") else ""
        os.write(descriptor, f"{torn}{head.as_line()}\n".encode())
        os.fsync(descriptor)
        return True
    finally:
        os.close(descriptor)


class Syslog(logging.handlers.SysLogHandler):
    """Sends heads to syslog.

    Args:
        address: a path such as ``/dev/log``, or ``host:port``, which is UDP.
    """

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        local = address.startswith("/")
        super().__init__(address if local else (host.strip("[]"), int(port)), facility=self.LOG_AUTHPRIV)
        self.append_nul = local
        self._local = local

    def tell(self, head: Head) -> None:
        """Send ``head``; OSError where nobody can take it."""
        said = f"seq={head.seq} digest={head.digest}"
        stamp = f"{head.at.astimezone(UTC):{_TIME}}"
        # The frame of RFC 5424 for servers elsewhere; the local one puts time and host in front by itself.
        frame = "salesgate: audit-head" if self._local else f"1 {stamp} {socket.gethostname()} salesgate - audit-head -"
        self.emit(logging.makeLogRecord({"msg": f"{frame} {said}", "levelno": logging.INFO, "levelname": "INFO"}))

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802 - logging's own name
        """Not to standard error, as logging does: our caller has to know."""
        raise  # noqa: PLE0704 - logging calls this while it handles the error


def _head(found: "re.Match[str]") -> Head:
    try:
        at = datetime.strptime(found[1], _TIME).replace(tzinfo=UTC)
    except ValueError:
        raise HeadsError(f"{found[1]} is no time.") from None
    return Head(at, int(found[2]), found[3])


def _last(tail: str) -> Head | None:
    lines = tail.splitlines()
    found = _LINE.fullmatch(lines[-1]) if lines else None
    return _head(found) if found else None


def _warn(last: Head | None, head: Head) -> None:
    if last and head.seq <= last.seq:
        logger.error(
            "the audit log was cut off, or another one put in its place: event %d was noted at %s, now the last is "
            "event %d; run: python -m dashboard audit verify",
            last.seq,
            f"{last.at:{_TIME}}",
            head.seq,
        )
