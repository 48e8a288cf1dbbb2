"""How the databases behind the figures stand: what an administrator sees, and the part of it that managers see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

# Class of a failure -> what managers are told: no host, no account, no statement.
WHY = {
    "unreachable": "the database did not answer",
    "timeout": "the database took too long",
    "lost": "the connection to the database broke off",
    "refused": "the database did not let Salesgate in",
    "statement": "the database refused what it was asked",
    "driver": "Salesgate has no driver for the database",
    "settings": "its settings are not right",
    "writable": "the account at the database could write",
    "data": "what the database sent cannot be used",
}
NO_CLASS = "it could not be read"


class State(StrEnum):
    """How one source stands."""

    READ = "read"
    LATE = "late"
    FAILED = "failed"
    NEVER = "never"


class ReadOnly(StrEnum):
    """What is known of the rights of the account that reads."""

    PROVED = "proved"
    WRITABLE = "writable"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class SourceState:
    """One source as an administrator sees it. No sales measure is in it.

    Attributes:
        name, label: key in settings.toml, and the name for people.
        bind, product, address: the named database, what it is ("PostgreSQL 15.8"), and where, without a password.
        kind: class of the failure, see :data:`WHY`; empty while there is none.
        reason: the failure in full, or what else is to be known; may be empty.
        as_of: when its figures were read, in UTC; None if never.
        lines, lines_kept: lines of the source, and those in the figures; groups: what came back. None if not known.
        read_only: None before the first connection.
        evidence: how that is known, in a sentence.
        accepted: whether settings.toml accepts an account that can write.
        drift: months whose closed figures changed in the source, in words; empty for none.
        verified, verified_at: what the last comparison with the source found, and when.
    """

    name: str
    label: str
    bind: str
    product: str = ""
    address: str = ""
    state: State = State.NEVER
    kind: str = ""
    reason: str = ""
    as_of: datetime | None = None
    lines: int | None = None
    lines_kept: int | None = None
    groups: int | None = None
    read_only: ReadOnly | None = None
    evidence: str = ""
    accepted: bool = False
    drift: str = ""
    verified: str = ""
    verified_at: datetime | None = None

    @property
    def why(self) -> str:
        """The failure for managers."""
        return WHY.get(self.kind, NO_CLASS)


@dataclass(frozen=True)
class Run:
    """A refresh under way: what it does, how far it is (0 to 1; None if not known), since when and where."""

    mode: str
    source: str
    step: str
    share: float | None
    rows: int
    started: datetime | None
    holder: str


@dataclass(frozen=True)
class LastRun:
    """The refresh that ended last: "ok", "failed" or "cancelled", and why."""

    at: datetime
    mode: str
    outcome: str
    reason: str
    seconds: float


@dataclass(frozen=True)
class Overview:
    """All that the Sources page shows.

    Attributes:
        sources: in the order of the settings; empty where none is configured.
        next_at: when the next refresh is due; None where only commands refresh, or before the first.
    """

    sources: tuple[SourceState, ...]
    running: Run | None = None
    last: LastRun | None = None
    next_at: datetime | None = None
    every_minutes: float = 0
    late_hours: float = 0


@dataclass(frozen=True)
class SourceNews:
    """One source as managers see it; ``lines_read`` and ``lines_kept`` only for viewers of the whole company."""

    label: str
    as_of: datetime | None
    state: State
    words: str
    lines_read: int | None = None
    lines_kept: int | None = None


@dataclass(frozen=True)
class Notice:
    """A line for the top of every page, with the address of the page that says more; empty where none is open."""

    text: str
    address: str


def moment(at: datetime) -> str:
    """``20 Nov 2026, 14:05 UTC``."""
    return f"{at.day} {at:%b %Y, %H:%M} UTC"


def oldest(sources: Sequence[SourceState]) -> datetime | None:
    """As of when the figures are: of the source that was read the longest ago; None where none was."""
    return min((source.as_of for source in sources if source.as_of is not None), default=None)
