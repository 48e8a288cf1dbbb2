"""Tables of users and sessions."""

from sqlalchemy import Boolean, Column, ForeignKey, Identity, Index, Integer, String, Table, Unicode

from dashboard.audit.columns import Instant, Words, metadata

users = Table(
    "users",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("username", Unicode(128), nullable=False),
    Column("username_key", Unicode(255), nullable=False),
    Column("email", Unicode(254), nullable=False),
    Column("first_name", Words(100)),
    Column("last_name", Words(100)),
    Column("role", String(64), nullable=False),
    Column("password_hash", String(255)),
    Column("active", Boolean(create_constraint=False), nullable=False),
    Column("is_original_admin", Boolean(create_constraint=False), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("last_sign_in_at", Instant),
    Column("password_changed_at", Instant),
    Column("failed_attempts", Integer, nullable=False),
    Column("lock_count", Integer, nullable=False),
    Column("locked_until", Instant),
    Column("version", Integer, nullable=False),
    Index("uq_users_username_key", "username_key", unique=True),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("user_id", Integer, ForeignKey("users.id", name="fk_sessions_user_id"), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("authenticated_at", Instant, nullable=False),
    Column("absolute_expires_at", Instant, nullable=False),
    Column("ip", Words(64)),
    Column("agent", Words(255)),
    Index("ix_sessions_user_id", "user_id"),
)
