"""Tables of the audit log: the events, and the head of their chain in a single row."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, UnicodeText

from dashboard.audit.columns import Instant, Words, metadata

GENESIS = "0" * 64

audit_events = Table(
    "audit_events",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("happened_at", Instant, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("actor_id", Integer),
    Column("actor", Words(255)),
    Column("outcome", String(40), nullable=False),
    Column("target", Words(255)),
    Column("ip", Words(64)),
    Column("session_hash", Words(16)),
    Column("detail", UnicodeText, nullable=False),
    Column("digest", String(64), nullable=False),
    Index("ix_audit_events_happened_at", "happened_at"),
    Index("ix_audit_events_kind", "kind", "seq"),
    Index("ix_audit_events_actor_id", "actor_id", "seq"),
)

# Every writer updates this row first, so the database itself lines the writers up.
audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("digest", String(64), nullable=False),
)
