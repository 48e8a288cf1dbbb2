"""What is written to the audit log: a closed list of kinds, and one shape for all of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Detail = Mapping[str, str | int | bool | None]


class Kind(StrEnum):
    """What happened."""

    SIGN_IN = "sign_in"
    SIGN_OUT = "sign_out"
    SESSION_EXPIRED = "session_expired"
    SESSION_ENDED = "session_ended"
    USER_CREATED = "user_created"
    USER_DISABLED = "user_disabled"
    USER_ENABLED = "user_enabled"
    USER_LOCKED = "user_locked"
    USER_UNLOCKED = "user_unlocked"
    USER_INVITED = "user_invited"
    PASSWORD_RESET_OFFERED = "password_reset_offered"  # noqa: S105 - the name of an event
    PASSWORD_SET = "password_set"  # noqa: S105 - the name of an event
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - the name of an event
    REGISTERED = "registered"
    MAIL_VERIFIED = "mail_verified"
    RECOVERY_ASKED = "recovery_asked"
    RECOVERY_CHECKED = "recovery_checked"
    RECOVERY_DONE = "recovery_done"
    UNLOCK_OFFERED = "unlock_offered"
    MAIL_CHANGE_ASKED = "mail_change_asked"
    MAIL_CHANGED = "mail_changed"
    PROFILE_CHANGED = "profile_changed"
    VIEW_CHANGED = "view_changed"
    SECOND_FACTOR_CHECKED = "second_factor_checked"
    FACTOR_ADDED = "factor_added"
    FACTOR_REMOVED = "factor_removed"
    FACTORS_RESET = "factors_reset"
    RECOVERY_CODES_MADE = "recovery_codes_made"
    REAUTHENTICATED = "reauthenticated"
    IDENTITY_CONNECTED = "identity_connected"
    IDENTITY_DISCONNECTED = "identity_disconnected"
    API_KEY_MADE = "api_key_made"
    API_KEY_REVOKED = "api_key_revoked"
    API_KEY_REFUSED = "api_key_refused"
    USER_EDITED = "user_edited"
    USER_DELETED = "user_deleted"
    ROLE_CHANGED = "role_changed"
    ROLE_REQUESTED = "role_requested"
    ROLE_REQUEST_DECIDED = "role_request_decided"
    ROLE_DEFINED = "role_defined"
    ROLE_REMOVED = "role_removed"
    AUDIT_EXPORTED = "audit_exported"
    LIMIT_REACHED = "limit_reached"
    ACCESS_DENIED = "access_denied"
    TOKEN_REUSED = "token_reused"  # noqa: S105 - the name of an event
    SIGNING_KEY_CHANGED = "signing_key_changed"
    DATA_IMPORTED = "data_imported"
    DATA_REFRESHED = "data_refreshed"
    DATA_VERIFIED = "data_verified"
    REFRESH_ASKED = "refresh_asked"
    HOLIDAY_ADDED = "holiday_added"
    HOLIDAY_REMOVED = "holiday_removed"
    HOLIDAYS_IMPORTED = "holidays_imported"
    BACKUP_MADE = "backup_made"
    BACKUP_RESTORED = "backup_restored"


@dataclass(frozen=True)
class Event:
    """One audit event. It never carries a password, a token or a secret.

    Attributes:
        kind: what happened.
        actor_id: id of the user who did it; 0 for the operator at the command line; None when nobody is signed in.
        actor: the user name, for reading.
        outcome: "ok", "failed", "locked" or "denied".
        target: whom or what it was done to.
        ip: network address of the actor.
        session: short hash of the actor's session.
        detail: whatever else helps; texts are cut at 500 characters.
    """

    kind: Kind
    actor_id: int | None
    actor: str
    outcome: str
    target: str = ""
    ip: str = ""
    session: str = ""
    detail: Detail = field(default_factory=dict)
