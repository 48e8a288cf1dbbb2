"""Tables of users, sessions, factors, roles, what is under way, saved views, holidays and leases."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Identity,
    Index,
    Integer,
    String,
    Table,
    Unicode,
    UnicodeText,
)

from dashboard.audit.columns import Instant, Words, metadata


def _flag() -> Boolean:
    return Boolean(create_constraint=False)


def _user(table: str) -> Column[int]:
    return Column("user_id", Integer, ForeignKey("users.id", name=f"fk_{table}_user_id"), nullable=False)


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
    Column("active", _flag(), nullable=False),
    Column("is_original_admin", _flag(), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("last_sign_in_at", Instant),
    Column("password_changed_at", Instant),
    Column("failed_attempts", Integer, nullable=False),
    Column("lock_count", Integer, nullable=False),
    Column("locked_until", Instant),
    Column("version", Integer, nullable=False),
    Column("email_key", Unicode(254), nullable=False),
    Column("verified_at", Instant),
    Column("date_of_birth", String(255)),  # sealed
    # Long enough to be the only factor; a shorter one was chosen beside a second factor.
    Column("password_is_long", _flag(), nullable=False),
    Column("totp_secret", String(255)),  # sealed
    Column("totp_step", BigInteger, nullable=False),  # of the last code that was accepted
    Column("mail_codes", _flag(), nullable=False),
    Index("uq_users_username_key", "username_key", unique=True),
    Index("ix_users_email_key", "email_key"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    _user("sessions"),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("authenticated_at", Instant, nullable=False),
    Column("absolute_expires_at", Instant, nullable=False),
    Column("ip", Words(64)),
    Column("agent", Words(255)),
    Column("amr", Words(64)),  # how the user proved who they are, such as "pwd totp"
    Column("remembered", _flag(), nullable=False),
    Column("resumed", _flag(), nullable=False),  # used again after the idle limit: not fresh
    Column("kind", String(10), nullable=False, server_default="web"),  # web: of a browser's cookie; api: of tokens
    Index("ix_sessions_user_id", "user_id"),
)

# Refresh tokens of the API. A family is the session (of kind "api") that they renew: it ends, and all are dead.
refresh_tokens = Table(
    "refresh_tokens",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("session_hash", String(64), nullable=False),
    _user("refresh_tokens"),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),  # one that comes again was stolen, or its successor was
    Index("ix_refresh_tokens_session_hash", "session_hash"),
    Index("ix_refresh_tokens_user_id", "user_id"),
)

# What signs access tokens; several at a time while they are exchanged.
signing_keys = Table(
    "signing_keys",
    metadata,
    Column("kid", String(32), primary_key=True),
    Column("secret", String(255), nullable=False),  # sealed
    Column("created_at", Instant, nullable=False),
    Column("retired_at", Instant),  # signs nothing since; NULL: the one in use
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    _user("api_keys"),
    Column("name", Unicode(100), nullable=False),
    Column("prefix", String(16), nullable=False),  # names the key in lists and logs
    Column("key_hash", String(64), nullable=False),
    Column("scopes", UnicodeText, nullable=False),  # JSON: permissions, of which those count that the owner has
    Column("networks", UnicodeText, nullable=False),  # JSON: addresses it may come from; none: any
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("last_used_at", Instant),
    Column("last_used_ip", Words(64)),
    Index("uq_api_keys_prefix", "prefix", unique=True),
    Index("ix_api_keys_user_id", "user_id"),
)

# Who somebody is at another provider (OpenID Connect): by issuer and subject, never by mail address.
identities = Table(
    "identities",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    _user("identities"),
    Column("issuer", Unicode(255), nullable=False),
    Column("subject", Unicode(255), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("last_used_at", Instant),
    Index("uq_identities_subject", "issuer", "subject", unique=True),
    Index("ix_identities_user_id", "user_id"),
)

# What somebody has begun and not finished: a sign-in that waits for its second factor, a recovery, an enrolment.
# The browser holds a random token; everything that is believed stands here, and is gone when it was used.
pending = Table(
    "pending",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("purpose", String(20), nullable=False),
    Column("user_id", Integer, ForeignKey("users.id", name="fk_pending_user_id")),
    Column("user_version", Integer, nullable=False),
    Column("session_hash", String(64)),
    Column("data", UnicodeText, nullable=False),  # JSON
    Column("attempts", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Index("ix_pending_user_id", "user_id"),
)

passkeys = Table(
    "passkeys",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    _user("passkeys"),
    # Credential ids may be longer than some databases can index.
    Column("credential_hash", String(64), nullable=False),
    Column("credential_id", String(1400), nullable=False),  # base64url
    Column("public_key", String(2000), nullable=False),  # base64url, COSE
    Column("sign_count", BigInteger, nullable=False),
    Column("transports", Words(100)),
    Column("name", Unicode(100), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("last_used_at", Instant),
    Index("uq_passkeys_credential_hash", "credential_hash", unique=True),
    Index("ix_passkeys_user_id", "user_id"),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    _user("recovery_codes"),
    Column("code_hash", String(64), nullable=False),
    Column("used_at", Instant),
    Index("ix_recovery_codes_user_id", "user_id"),
)

devices = Table(
    "devices",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    _user("devices"),
    Column("agent", Words(255)),
    Column("created_at", Instant, nullable=False),
    Column("last_used_at", Instant, nullable=False),
    Column("failed_attempts", Integer, nullable=False),
    Index("ix_devices_user_id", "user_id"),
)

own_roles = Table(
    "roles",
    metadata,
    Column("role_key", String(64), primary_key=True),
    Column("name", Unicode(100), nullable=False),
    Column("permissions", UnicodeText, nullable=False),  # JSON
    Column("row_scope", UnicodeText, nullable=False),  # JSON
    Column("created_at", Instant, nullable=False),
    Column("version", Integer, nullable=False),
)

role_requests = Table(
    "role_requests",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    _user("role_requests"),
    Column("role", String(64), nullable=False),
    Column("state", String(20), nullable=False),  # open, approved, refused, withdrawn
    Column("reason", Words(500)),
    Column("requested_at", Instant, nullable=False),
    Column("decided_at", Instant),
    Column("decided_by", Words(255)),
    Index("ix_role_requests_user_id", "user_id"),
    Index("ix_role_requests_state", "state"),
)

permission_uses = Table(
    "permission_uses",
    metadata,
    Column("user_id", Integer, ForeignKey("users.id", name="fk_permission_uses_user_id"), primary_key=True),
    Column("permission", String(64), primary_key=True),
    Column("used_at", Instant, nullable=False),
)

saved_views = Table(
    "saved_views",
    metadata,
    Column("id", Integer, Identity(), primary_key=True),
    _user("saved_views"),
    Column("page", Unicode(40), nullable=False),
    Column("name", Unicode(80), nullable=False),
    Column("address", Words(1000)),  # the query string; empty for a page as it opens
    Column("created_at", Instant, nullable=False),
    Index("uq_saved_views_name", "user_id", "page", "name", unique=True),
)

holidays = Table(
    "holidays",
    metadata,
    Column("day", Date, primary_key=True),
    Column("name", Unicode(80), nullable=False),
    Column("closed", _flag(), nullable=False),
    Column("created_by", Words(255)),
    Column("created_at", Instant, nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("token", String(64)),  # of whom it belongs to; NULL: of nobody
    Column("holder", Words(200)),
    Column("since", Instant, nullable=False),
    Column("until", Instant, nullable=False),
)
