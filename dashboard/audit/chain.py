"""The hash chain: every event's digest covers the digest before it, so no event can be edited, removed or moved unseen.

Digest n = SHA-256(digest n-1 + canonical event n). Cutting events off the end together with the head row leaves a
shorter, valid chain, and so does writing all of it anew: only a head that was noted elsewhere shows that.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from dashboard.audit.columns import microseconds
from dashboard.audit.events import Detail, Event
from dashboard.audit.heads import Head
from dashboard.audit.lines import readable
from dashboard.audit.models import GENESIS, audit_events, audit_head

_LONGEST_TEXT = 500


@dataclass(frozen=True)
class Verdict:
    """Result of checking the chain.

    Attributes:
        events: how many events hold, from the first on.
        head: digest of the last event that holds; note it elsewhere to prove later that nothing was cut off.
        problem: what is wrong, in one sentence; empty when the chain holds.
    """

    events: int
    head: str
    problem: str = ""

    @property
    def ok(self) -> bool:
        """Whether the whole chain holds."""
        return not self.problem


def record(connection: Connection, event: Event, at: datetime) -> None:
    """Append ``event`` in the caller's transaction; ``at`` is an aware time.

    Make it the last statement of the transaction: from here to the commit, other writers wait.
    """
    connection.execute(update(audit_head).where(audit_head.c.id == 1).values(seq=audit_head.c.seq + 1))
    seq, previous = connection.execute(select(audit_head.c.seq, audit_head.c.digest).where(audit_head.c.id == 1)).one()
    row = _row(seq, event, at)
    digest = _digest(previous, row)
    connection.execute(insert(audit_events).values(**row, digest=digest))
    connection.execute(update(audit_head).where(audit_head.c.id == 1).values(digest=digest))


def verify(connection: Connection, noted: Iterable[Head] = ()) -> Verdict:
    """Check every event, the head, and that the heads ``noted`` elsewhere fit. One pass, constant memory."""
    before = _head(connection)
    expected = _by_number(noted)
    proved, count, digest = Verdict(0, GENESIS), 0, GENESIS
    # Options of the statement: those of the connection would stay on it.
    rows = connection.execute(select(audit_events).order_by(audit_events.c.seq).execution_options(yield_per=1000))
    for row in (found._asdict() for found in rows):
        problem = _problem(count, digest, row)
        if problem:
            return Verdict(count, digest, problem)
        count, digest = count + 1, row["digest"]
        for known in expected.pop(count, ()):
            if known.digest != digest:
                return replace(proved, problem=f"the events up to number {count} are not those {_words(known)}")
            proved = Verdict(count, digest)
    if not _fit(before, _head(connection), count, digest):
        return Verdict(count, digest, f"the head of the chain does not fit: events after number {count} are missing")
    if expected:
        lost = expected[max(expected)][0]
        return Verdict(count, digest, f"events after number {count} were cut off: {lost.seq} events are {_words(lost)}")
    return Verdict(count, digest)


def _head(connection: Connection) -> tuple[int, str] | None:
    row = connection.execute(select(audit_head.c.seq, audit_head.c.digest).where(audit_head.c.id == 1)).one_or_none()
    return None if row is None else (row.seq, row.digest)


def _fit(before: tuple[int, str] | None, after: tuple[int, str] | None, count: int, digest: str) -> bool:
    """Whether the events that were read end where the head stood: others may write while the log is read."""
    if before is None or after is None or not before[0] <= count <= after[0]:
        return False
    return all(head[1] == digest for head in (before, after) if head[0] == count)


def _problem(count: int, digest: str, row: Mapping[str, Any]) -> str:
    if row["seq"] != count + 1:
        return f"event {count + 1} is missing: the next one is number {row['seq']}"
    if row["digest"] != _digest(digest, row):
        return f"event {row['seq']} was changed, or is not in its place"
    return ""


def _by_number(noted: Iterable[Head]) -> dict[int, list[Head]]:
    found: dict[int, list[Head]] = {}
    for head in noted:
        found.setdefault(head.seq, []).append(head)
    return found


def _words(head: Head) -> str:
    return f"noted at {head.at:%Y-%m-%d %H:%M:%S} UTC"


def _row(seq: int, event: Event, at: datetime) -> dict[str, Any]:
    return {
        "seq": seq,
        "happened_at": at,
        "kind": event.kind.value,
        "actor_id": event.actor_id,
        "actor": readable(event.actor, 255),
        "outcome": readable(event.outcome, 40),
        "target": readable(event.target, 255),
        "ip": readable(event.ip, 64),
        "session_hash": readable(event.session, 16),
        "detail": _detail(event.detail),
    }


def _digest(previous: str, row: Mapping[str, Any]) -> str:
    fields = {name: row[name] for name in row if name not in {"digest", "happened_at"}}
    fields["at"] = microseconds(row["happened_at"])
    return hashlib.sha256((previous + _canonical(fields)).encode()).hexdigest()


def _canonical(values: Mapping[str, Any]) -> str:
    return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def _detail(detail: Detail) -> str:
    return _canonical(
        {key: value[:_LONGEST_TEXT] if isinstance(value, str) else value for key, value in detail.items()}
    )
