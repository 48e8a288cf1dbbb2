"""The outbox: mails that wait, and a trace of those that were sent."""

from sqlalchemy import BigInteger, Column, Identity, Index, Integer, String, Table, Unicode, UnicodeText

from dashboard.audit.columns import Instant, Words, metadata

outbox = Table(
    "outbox",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), Identity(), primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("recipient", Unicode(254), nullable=False),
    Column("body", UnicodeText),  # sealed; NULL once it was sent or given up
    Column("state", String(20), nullable=False),  # waiting, sent, failed
    Column("attempts", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("next_at", Instant, nullable=False),  # when it may be tried; a sender that takes it moves this ahead
    Column("sent_at", Instant),
    Column("error", Words(255)),
    Index("ix_outbox_state_next_at", "state", "next_at"),
)
