"""Users, sessions and the audit chain."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables, and the head of an empty chain."""
    _users()
    _sessions()
    _audit()


def _users() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.Integer, sa.Identity(), primary_key=True),
        sa.Column("username", sa.Unicode(128), nullable=False),
        sa.Column("username_key", sa.Unicode(255), nullable=False),
        sa.Column("email", sa.Unicode(254), nullable=False),
        sa.Column("first_name", sa.Unicode(100)),
        sa.Column("last_name", sa.Unicode(100)),
        sa.Column("role", sa.String(64), nullable=False),
        sa.Column("password_hash", sa.String(255)),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("is_original_admin", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("last_sign_in_at", sa.BigInteger),
        sa.Column("password_changed_at", sa.BigInteger),
        sa.Column("failed_attempts", sa.Integer, nullable=False),
        sa.Column("lock_count", sa.Integer, nullable=False),
        sa.Column("locked_until", sa.BigInteger),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_index("uq_users_username_key", "users", ["username_key"], unique=True)


def _sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.String(64), primary_key=True),
        sa.Column("user_id", sa.Integer, sa.ForeignKey("users.id", name="fk_sessions_user_id"), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
        sa.Column("authenticated_at", sa.BigInteger, nullable=False),
        sa.Column("absolute_expires_at", sa.BigInteger, nullable=False),
        sa.Column("ip", sa.Unicode(64)),
        sa.Column("agent", sa.Unicode(255)),
    )
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"])


def _audit() -> None:
    op.create_table(
        "audit_events",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("happened_at", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("actor_id", sa.Integer),
        sa.Column("actor", sa.Unicode(255)),
        sa.Column("outcome", sa.String(40), nullable=False),
        sa.Column("target", sa.Unicode(255)),
        sa.Column("ip", sa.Unicode(64)),
        sa.Column("session_hash", sa.Unicode(16)),
        sa.Column("detail", sa.UnicodeText, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
    )
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
    )
    op.bulk_insert(head, [{"id": 1, "seq": 0, "digest": "0" * 64}])
