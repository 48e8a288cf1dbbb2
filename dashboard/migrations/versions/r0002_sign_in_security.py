"""Registration, second factors, pending steps, devices, own roles, role requests, the outbox, indexes of the log."""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Extend users and sessions, and create the other tables."""
    _users()
    _sessions()
    _pending()
    _factors()
    _devices()
    _roles()
    _outbox()
    _audit()


def _users() -> None:
    no = sa.false()
    for column in (
        # Never empty, not even for a moment: Oracle would read that as NULL.
        sa.Column("email_key", sa.Unicode(254), nullable=False, server_default="-"),
        sa.Column("verified_at", sa.BigInteger),
        sa.Column("date_of_birth", sa.String(255)),
        sa.Column("password_is_long", sa.Boolean, nullable=False, server_default=no),
        sa.Column("totp_secret", sa.String(255)),
        sa.Column("totp_step", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("mail_codes", sa.Boolean, nullable=False, server_default=no),
    ):
        op.add_column("users", column)
    op.create_index("ix_users_email_key", "users", ["email_key"])
    users = sa.table(
        "users",
        *map(sa.column, ("id", "email", "verified_at", "created_at", "password_hash", "password_is_long")),
        sa.column("email_key", sa.Unicode(254)),
    )
    # Whoever is here was entered by an administrator, with a password of 15 characters or more.
    op.execute(users.update().values(email_key=sa.func.lower(users.c.email), verified_at=users.c.created_at))
    # Databases know other small letters than Python; a script that is only written down cannot look at the rows.
    if not op.get_context().as_sql:
        for number, email in op.get_bind().execute(sa.select(users.c.id, users.c.email)).all():
            op.execute(users.update().where(users.c.id == number).values(email_key=_email_key(email)))
    op.execute(users.update().where(users.c.password_hash.is_not(None)).values(password_is_long=sa.true()))


def _email_key(text: str) -> str:
    """The rule as it was for this version: what was filled in once must not change with the program."""
    local, at, domain = text.strip().rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        domain = unicodedata.normalize("NFKC", domain).casefold()
    return (unicodedata.normalize("NFKC", local).casefold() + at + domain)[:254]


def _sessions() -> None:
    no = sa.false()
    op.add_column("sessions", sa.Column("amr", sa.Unicode(64)))
    op.add_column("sessions", sa.Column("remembered", sa.Boolean, nullable=False, server_default=no))
    op.add_column("sessions", sa.Column("resumed", sa.Boolean, nullable=False, server_default=no))


def _user(table: str, **more: bool) -> "sa.Column[int]":
    key = sa.ForeignKey("users.id", name=f"fk_{table}_user_id")
    return sa.Column("user_id", sa.Integer, key, **({"nullable": False} | more))  # type: ignore[arg-type]


def _pending() -> None:
    op.create_table(
        "pending",
        sa.Column("token_hash", sa.String(64), primary_key=True),
        sa.Column("purpose", sa.String(20), nullable=False),
        _user("pending", nullable=True),
        sa.Column("user_version", sa.Integer, nullable=False),
        sa.Column("session_hash", sa.String(64)),
        sa.Column("data", sa.UnicodeText, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_pending_user_id", "pending", ["user_id"])


def _factors() -> None:
    op.create_table(
        "passkeys",
        sa.Column("id", sa.Integer, sa.Identity(), primary_key=True),
        _user("passkeys"),
        sa.Column("credential_hash", sa.String(64), nullable=False),
        sa.Column("credential_id", sa.String(1400), nullable=False),
        sa.Column("public_key", sa.String(2000), nullable=False),
        sa.Column("sign_count", sa.BigInteger, nullable=False),
        sa.Column("transports", sa.Unicode(100)),
        sa.Column("name", sa.Unicode(100), nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("last_used_at", sa.BigInteger),
    )
    op.create_index("uq_passkeys_credential_hash", "passkeys", ["credential_hash"], unique=True)
    op.create_index("ix_passkeys_user_id", "passkeys", ["user_id"])
    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.Integer, sa.Identity(), primary_key=True),
        _user("recovery_codes"),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("used_at", sa.BigInteger),
    )
    op.create_index("ix_recovery_codes_user_id", "recovery_codes", ["user_id"])


def _devices() -> None:
    op.create_table(
        "devices",
        sa.Column("token_hash", sa.String(64), primary_key=True),
        _user("devices"),
        sa.Column("agent", sa.Unicode(255)),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("last_used_at", sa.BigInteger, nullable=False),
        sa.Column("failed_attempts", sa.Integer, nullable=False),
    )
    op.create_index("ix_devices_user_id", "devices", ["user_id"])


def _roles() -> None:
    op.create_table(
        "roles",
        sa.Column("role_key", sa.String(64), primary_key=True),
        sa.Column("name", sa.Unicode(100), nullable=False),
        sa.Column("permissions", sa.UnicodeText, nullable=False),
        sa.Column("row_scope", sa.UnicodeText, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_table(
        "role_requests",
        sa.Column("id", sa.Integer, sa.Identity(), primary_key=True),
        _user("role_requests"),
        sa.Column("role", sa.String(64), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("reason", sa.Unicode(500)),
        sa.Column("requested_at", sa.BigInteger, nullable=False),
        sa.Column("decided_at", sa.BigInteger),
        sa.Column("decided_by", sa.Unicode(255)),
    )
    op.create_index("ix_role_requests_user_id", "role_requests", ["user_id"])
    op.create_index("ix_role_requests_state", "role_requests", ["state"])
    op.create_table(
        "permission_uses",
        _user("permission_uses", primary_key=True),
        sa.Column("permission", sa.String(64), primary_key=True),
        sa.Column("used_at", sa.BigInteger, nullable=False),
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), sa.Identity(), primary_key=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("recipient", sa.Unicode(254), nullable=False),
        sa.Column("body", sa.UnicodeText),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("next_at", sa.BigInteger, nullable=False),
        sa.Column("sent_at", sa.BigInteger),
        sa.Column("error", sa.Unicode(255)),
    )
    op.create_index("ix_outbox_state_next_at", "outbox", ["state", "next_at"])


def _audit() -> None:
    op.create_index("ix_audit_events_happened_at", "audit_events", ["happened_at"])
    op.create_index("ix_audit_events_kind", "audit_events", ["kind", "seq"])
    op.create_index("ix_audit_events_actor_id", "audit_events", ["actor_id", "seq"])
