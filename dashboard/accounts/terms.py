"""The words of this room: who acts, from where, on which account."""

from dataclasses import dataclass, field
from datetime import datetime

from dashboard.access import Permission, Scope, Viewer


class AccountError(Exception):
    """Something about an account cannot be done. ``reasons`` are sentences for people."""

    def __init__(self, *reasons: str) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True)
class Origin:
    """Where a request came from: network address and browser."""

    ip: str = ""
    agent: str = ""


@dataclass(frozen=True)
class Actor:
    """Who does something to an account.

    Attributes:
        user_id: of the signed-in user; 0 for the operator at the command line.
        username: for the audit log.
        origin: where the request came from.
        session: short hash of the actor's session.
        permissions: of the actor's role; None for the operator at the command line, who may do everything.
        scope: rows the actor may see.
    """

    user_id: int
    username: str
    origin: Origin = Origin()
    session: str = ""
    permissions: frozenset[Permission] | None = None
    scope: Scope = field(default_factory=Scope)


@dataclass(frozen=True)
class NewUser:
    """What has to be known to create a user; ``role`` is the key of a role."""

    username: str
    email: str
    role: str
    first_name: str = ""
    last_name: str = ""


@dataclass(frozen=True)
class User:
    """A user as administrators see one. ``locked_until`` is None unless the lock is in force now."""

    id: int
    username: str
    email: str
    first_name: str
    last_name: str
    role: str
    active: bool
    has_password: bool
    created_at: datetime
    last_sign_in_at: datetime | None
    locked_until: datetime | None
    is_original_admin: bool
    open_sessions: int


@dataclass(frozen=True)
class SignedIn:
    """What a valid session token stands for.

    Attributes:
        viewer: who asks, with the rights of this moment.
        name: how to greet the user.
        session: short hash of the session, for the audit log.
        idle_seconds_left: until the session ends for want of use.
        absolute_seconds_left: until it ends in any case.
        authenticated_at: when the password was last given.
    """

    viewer: Viewer
    name: str
    session: str
    idle_seconds_left: int
    absolute_seconds_left: int
    authenticated_at: datetime


@dataclass(frozen=True)
class OpenSession:
    """One signed-in device of a user, by the short hash of its token."""

    session: str
    created_at: datetime
    seen_at: datetime
    ip: str
    agent: str
