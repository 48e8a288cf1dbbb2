"""How the refresh stands, in a small file that everybody may look at: counts and days, never units or money."""

import json
import os
import socket
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dashboard.sources.refresh.small_files import put

STATUS = "status.json"
# A file of this name beside it asks for the end of the refresh.
STOP = "stop-requested"
# A run that has not shown itself for so long is over, however it ended.
SILENT_SECONDS = 90.0


@dataclass(frozen=True)
class Running:
    """A refresh that is under way.

    Attributes:
        mode: "incremental", "full" or "verify".
        source: name of the source that is being read; empty between sources.
        step: what is being done, for people; share: of the whole, 0 to 1; rows: that have arrived of this source.
        started, seen: ISO 8601 UTC; ``seen`` moves on while it lives.
        host, process: who does it.
    """

    mode: str
    source: str
    step: str
    share: float
    rows: int
    started: str
    seen: str
    host: str
    process: int

    @property
    def holder(self) -> str:
        """Who does it, in words."""
        return f"process {self.process} on {self.host}"


@dataclass(frozen=True)
class LastRun:
    """How the last refresh ended.

    Attributes:
        at: ISO 8601 UTC of its end.
        mode: as in :class:`Running`.
        ok: whether every source was read and the figures are in force.
        outcome: "ok", "failed" or "cancelled"; reason: in words, empty if all is well.
        seconds: how long it took.
        version: of the rollup in force then; empty if none.
        changed: whether there was anything new.
    """

    at: str
    mode: str
    ok: bool
    outcome: str
    reason: str
    seconds: float
    version: str
    changed: bool


@dataclass(frozen=True)
class Verified:
    """What the last comparison of finished months with the source found.

    Attributes:
        at: ISO 8601 UTC.
        months: how many were compared.
        drifted: those that differ, ``YYYY-MM``.
        words: one sentence for people.
    """

    at: str
    months: int
    drifted: tuple[str, ...]
    words: str


@dataclass(frozen=True)
class SourceStatus:
    """How one source stands.

    Attributes:
        name, label, bind, product: as in the extract; product is empty if it was never reached.
        ok: whether the last attempt succeeded; reason: why not, or what is to be known all the same.
        kind: of the fault, as ``BindError.kind``; "data" for others; empty if there is none.
        tried: ISO 8601 UTC of the last attempt; as_of: of the figures in use, empty if it was never read.
        rows: groups kept here; lines: that they stand for, counted or not.
        read_only: "proved", "writable", "unknown" or empty; evidence: one sentence on that.
        verified: None if it never was.
    """

    name: str
    label: str
    bind: str
    product: str = ""
    ok: bool = True
    reason: str = ""
    kind: str = ""
    tried: str = ""
    as_of: str = ""
    rows: int = 0
    lines: int = 0
    read_only: str = ""
    evidence: str = ""
    complete_to: str = ""
    verified: Verified | None = None

    @property
    def drift(self) -> str:
        """Which finished months differ from the source, as far as it was verified; empty for none."""
        return ", ".join(self.verified.drifted) if self.verified else ""


@dataclass(frozen=True)
class RefreshStatus:
    """The whole; ``sources`` in the order of the settings."""

    running: Running | None = None
    last: LastRun | None = None
    sources: tuple[SourceStatus, ...] = ()

    def source(self, name: str) -> SourceStatus | None:
        """How the source of that name stands; None if it was never tried."""
        return next((one for one in self.sources if one.name == name), None)

    def with_source(self, one: SourceStatus) -> "RefreshStatus":
        """The same but for one source."""
        if self.source(one.name) is None:
            return replace(self, sources=(*self.sources, one))
        return replace(self, sources=tuple(one if old.name == one.name else old for old in self.sources))


def status_file(var: Path) -> Path:
    """Where the status of the installation in ``var`` is."""
    return var / "rollup" / "sources" / STATUS


def read_status(var: Path, now: datetime | None = None) -> RefreshStatus:
    """The status of the installation in ``var``; an empty one where there is none or it is damaged.

    A run whose process died is not told of as running.
    """
    try:
        status = _from_record(json.loads(status_file(var).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError):
        return RefreshStatus()
    if status.running is not None and _is_over(status.running, now or datetime.now(UTC)):
        return replace(status, running=None)
    return status


def write_status(var: Path, status: RefreshStatus) -> None:
    """Write it in one step: a reader sees the old one or the new. OSError where it cannot be written."""
    path = status_file(var)
    for folder in (path.parent.parent, path.parent):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    put(path, json.dumps(asdict(status), indent=1))


def _is_over(running: Running, now: datetime) -> bool:
    if (now - datetime.fromisoformat(running.seen)).total_seconds() > SILENT_SECONDS:
        return True
    return running.host == socket.gethostname() and not _is_alive(running.process)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # it belongs to another user
    return True


def _from_record(record: Mapping[str, Any]) -> RefreshStatus:
    running, last = record["running"], record["last"]
    return RefreshStatus(
        running=None if running is None else Running(**running),
        last=None if last is None else LastRun(**last),
        sources=tuple(SourceStatus(**{**one, "verified": _verified(one["verified"])}) for one in record["sources"]),
    )


def _verified(record: Mapping[str, Any] | None) -> Verified | None:
    return None if record is None else Verified(**{**record, "drifted": tuple(record["drifted"])})
