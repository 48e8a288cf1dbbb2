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
    USER_UNLOCKED = "user_unlocked"
    USER_INVITED = "user_invited"
    PASSWORD_RESET_OFFERED = "password_reset_offered"  # noqa: S105 - the name of an event
    PASSWORD_SET = "password_set"  # noqa: S105 - the name of an event
    ACCESS_DENIED = "access_denied"
    DATA_IMPORTED = "data_imported"


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
