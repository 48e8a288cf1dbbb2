"""Saved views, and the holidays that comparisons leave out."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Create both tables."""
    _saved_views()
    _holidays()


def _saved_views() -> None:
    op.create_table(
        "saved_views",
        sa.Column("id", sa.Integer, sa.Identity(), primary_key=True),
        sa.Column("user_id", sa.Integer, sa.ForeignKey("users.id", name="fk_saved_views_user_id"), nullable=False),
        sa.Column("page", sa.Unicode(40), nullable=False),
        sa.Column("name", sa.Unicode(80), nullable=False),
        sa.Column("address", sa.Unicode(1000)),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
    op.create_index("uq_saved_views_name", "saved_views", ["user_id", "page", "name"], unique=True)


def _holidays() -> None:
    op.create_table(
        "holidays",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("name", sa.Unicode(80), nullable=False),
        sa.Column("closed", sa.Boolean, nullable=False),
        sa.Column("created_by", sa.Unicode(255)),
        sa.Column("created_at", sa.BigInteger, nullable=False),
    )
