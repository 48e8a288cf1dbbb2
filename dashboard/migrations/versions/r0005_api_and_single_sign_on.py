"""API tokens and keys, and people who are known by another provider."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the kind of a session, and create the tables."""
    op.add_column("sessions", sa.Column("kind", sa.String(10), nullable=False, server_default="web"))
    op.create_table(
        "refresh_tokens",
        sa.Column("token_hash", sa.String(64), primary_key=True),
        sa.Column("session_hash", sa.String(64), nullable=False),
        _user("refresh_tokens"),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("used_at", sa.BigInteger),
    )
    op.create_table(
        "signing_keys",
        sa.Column("kid", sa.String(32), primary_key=True),
        sa.Column("secret", sa.String(255), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("retired_at", sa.BigInteger),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Integer, sa.Identity(), primary_key=True),
        _user("api_keys"),
        sa.Column("name", sa.Unicode(100), nullable=False),
        sa.Column("prefix", sa.String(16), nullable=False),
        sa.Column("key_hash", sa.String(64), nullable=False),
        sa.Column("scopes", sa.UnicodeText, nullable=False),
        sa.Column("networks", sa.UnicodeText, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("last_used_at", sa.BigInteger),
        sa.Column("last_used_ip", sa.Unicode(64)),
    )
    op.create_table(
        "identities",
        sa.Column("id", sa.Integer, sa.Identity(), primary_key=True),
        _user("identities"),
        sa.Column("issuer", sa.Unicode(255), nullable=False),
        sa.Column("subject", sa.Unicode(255), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("last_used_at", sa.BigInteger),
    )
    _add_indexes()


def _user(table: str) -> sa.Column[int]:
    return sa.Column("user_id", sa.Integer, sa.ForeignKey("users.id", name=f"fk_{table}_user_id"), nullable=False)


def _add_indexes() -> None:
    for table in ("refresh_tokens", "api_keys", "identities"):
        op.create_index(f"ix_{table}_user_id", table, ["user_id"])
    op.create_index("ix_refresh_tokens_session_hash", "refresh_tokens", ["session_hash"])
    op.create_index("uq_api_keys_prefix", "api_keys", ["prefix"], unique=True)
    op.create_index("uq_identities_subject", "identities", ["issuer", "subject"], unique=True)
