"""The hash chain: every event's digest covers the digest before it, so no event can be edited, removed or moved unseen.

Digest n = SHA-256(digest n-1 + canonical event n). Cutting events off the end together with the head row leaves a
shorter, valid chain: only a head that was noted elsewhere shows that.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from dashboard.audit.columns import microseconds
from dashboard.audit.events import Detail, Event
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


def verify(connection: Connection) -> Verdict:
    """Check every event and the head. One pass, constant memory."""
    head = connection.execute(select(audit_head.c.seq, audit_head.c.digest).where(audit_head.c.id == 1)).one_or_none()
    count, digest = 0, GENESIS
    rows = connection.execution_options(yield_per=1000).execute(select(audit_events).order_by(audit_events.c.seq))
    for row in (found._asdict() for found in rows):
        if row["seq"] != count + 1:
            return Verdict(count, digest, f"event {count + 1} is missing: the next one is number {row['seq']}")
        expected = _digest(digest, row)
        if row["digest"] != expected:
            return Verdict(count, digest, f"event {row['seq']} was changed, or is not in its place")
        count, digest = count + 1, expected
    if head is None or (head.seq, head.digest) != (count, digest):
        return Verdict(count, digest, f"the head of the chain does not fit: events after number {count} are missing")
    return Verdict(count, digest)


def _row(seq: int, event: Event, at: datetime) -> dict[str, Any]:
    return {
        "seq": seq,
        "happened_at": at,
        "kind": event.kind.value,
        "actor_id": event.actor_id,
        "actor": _readable(event.actor, 255),
        "outcome": _readable(event.outcome, 40),
        "target": _readable(event.target, 255),
        "ip": _readable(event.ip, 64),
        "session_hash": _readable(event.session, 16),
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


def _readable(text: str, limit: int) -> str:
    """Control characters become escapes, so no text can forge a line of its own wherever the log is printed."""
    escaped = (char if char.isprintable() else char.encode("unicode_escape").decode() for char in text[:limit])
    return "".join(escaped)[:limit]
