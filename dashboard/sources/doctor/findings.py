"""What the doctor found, in shapes that a terminal and JSON show alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

Level = Literal["fault", "warning"]


@dataclass(frozen=True)
class Finding:
    """One thing to mend.

    Attributes:
        level: a fault keeps the source from being read, or from being right; a warning is for people to judge.
        where: the mapping key, or the step.
    """

    level: Level
    where: str
    what: str


@dataclass(frozen=True)
class ColumnLook:
    """A mapped column, and what a limited sample of it holds.

    Attributes:
        key: of the mapping, such as ``lines.columns.product``.
        table: with its schema. type: as the database calls it; None: there is no such column.
        rows: of the sample. nulls, distinct: of these. values: a few of them, made fit for a terminal.
    """

    key: str
    table: str
    column: str
    type: str | None
    rows: int = 0
    nulls: int = 0
    distinct: int = 0
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trial:
    """One month, added up in the database as a refresh does it.

    Attributes:
        month: ``YYYY-MM``. groups: rows that came back. lines: that they stand for; counted: of these, those that the
            database counts. set_aside: reason -> lines. seconds: for the statement and its rows.
    """

    month: str
    groups: int
    lines: int
    counted: int
    set_aside: Mapping[str, int]
    seconds: float


@dataclass(frozen=True)
class SourceLook:
    """A source; what could not be looked at is empty or None."""

    name: str
    label: str
    columns: tuple[ColumnLook, ...] = ()
    first_day: date | None = None
    last_day: date | None = None
    outside_lines: int = 0
    trial: Trial | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class BindLook:
    """A bind with its sources.

    Attributes:
        url: without the password. product: such as "PostgreSQL 15.8"; empty if it did not answer.
        read_only: "proved", "writable", "unknown" or "" (did not answer); evidence: a sentence.
    """

    name: str
    url: str
    product: str = ""
    connect_seconds: float | None = None
    read_only: str = ""
    evidence: str = ""
    findings: tuple[Finding, ...] = ()
    sources: tuple[SourceLook, ...] = ()


@dataclass(frozen=True)
class Diagnosis:
    """Everything that was looked at; ``findings`` are of settings.toml itself."""

    binds: tuple[BindLook, ...] = ()
    findings: tuple[Finding, ...] = ()

    def all_findings(self) -> tuple[tuple[str, Finding], ...]:
        """Each finding with what it is about, in the order in which it was looked at."""
        found = [("settings.toml", finding) for finding in self.findings]
        for bind in self.binds:
            found += [(f"binds.{bind.name}", finding) for finding in bind.findings]
            found += [(f"sources.{look.name}", finding) for look in bind.sources for finding in look.findings]
        return tuple(found)

    @property
    def sound(self) -> bool:
        """Whether there is no fault; warnings may be there."""
        return all(finding.level != "fault" for _about, finding in self.all_findings())
