"""What a proof came to: as JSON with a digest of its own, and as a page to sign. No sales figure stands in it."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Step:
    """One thing that was tried.

    Attributes:
        source: name, or "" where it is about the bind. rows: that came back, if it was a statement.
        note: what was found; of a step that failed, why.
    """

    what: str
    source: str
    ok: bool
    seconds: float
    rows: int | None = None
    note: str = ""


@dataclass(frozen=True)
class MonthCheck:
    """One month: the rollup beside plain sums.

    Attributes:
        lines: in the month. groups: that the rollup made of them. differences: what is not equal; empty if all is.
        note: what was not compared, and why.
        rounding: whether money agrees but for the rounding of lines (never more than half a minor unit a line).
    """

    source: str
    month: str
    lines: int
    groups: int
    ok: bool
    rounding: bool
    note: str
    differences: tuple[str, ...]


@dataclass(frozen=True)
class ProofReport:
    """The whole proof of one bind."""

    made_at: str
    bind: str
    product: str
    driver: str
    versions: dict[str, str]
    read_only: str
    evidence: str
    steps: tuple[Step, ...]
    months: tuple[MonthCheck, ...]
    statements: dict[str, str]

    @property
    def passed(self) -> bool:
        """Whether every step and every month did, and there was something to compare."""
        return all(step.ok for step in self.steps) and all(month.ok for month in self.months) and bool(self.months)

    def to_json(self) -> str:
        """With ``digest``: SHA-256 of the same object without that key, in JSON with sorted keys and no blanks."""
        record: dict[str, Any] = {"passed": self.passed, **asdict(self)}
        return json.dumps({**record, "digest": digest(record)}, ensure_ascii=False, indent=2) + "\n"

    def to_text(self) -> str:
        """A page for people, with a line to sign."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        yield f"Salesgate: proof of the bind {self.bind!r}"
        yield f"{self.product}, {self.driver}; {self.made_at}"
        yield f"Account: {self.read_only}. {self.evidence}"
        yield "\nSteps"
        for step in self.steps:
            rows = "" if step.rows is None else f", {step.rows:,} rows"
            about = f"{step.source}: " if step.source else ""
            note = f": {step.note}" if step.note else ""
            yield f"  {_mark(step.ok)}  {about}{step.what} ({step.seconds:.2f} s{rows}){note}"
        yield "\nMonths: the rollup beside plain sums"
        for month in self.months:
            equal = "equal but for rounding" if month.rounding else "equal"
            said = "; ".join([*(month.differences or (equal,)), *filter(None, [month.note])])
            size = f"{month.lines:,} lines, {month.groups:,} groups"
            yield f"  {_mark(month.ok)}  {month.source} {month.month}: {size}: {said}"
        yield f"\n{'PASSED' if self.passed else 'FAILED'}. Digest: {json.loads(self.to_json())['digest']}"
        yield "\nSigned off by: ____________________   on: ____________"


def digest(record: dict[str, Any]) -> str:
    """SHA-256 of a report without its digest."""
    text = json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _mark(ok: bool) -> str:
    return "ok  " if ok else "FAIL"
