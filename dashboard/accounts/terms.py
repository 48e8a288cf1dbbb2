"""The words of this room: who acts, from where, on which account."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum

from dashboard.access import Permission, Scope, Viewer

# An administrator's lock: no time, no mailed link, no known device and no passkey gets past it.
LOCKED_FOR_GOOD = datetime(9999, 1, 1, tzinfo=UTC)


class AccountError(Exception):
    """Something about an account cannot be done. ``reasons`` are sentences for people."""

    def __init__(self, *reasons: str) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


class NotFoundError(AccountError):
    """What it is about, such as a user or a role, is not there (any more)."""


class NotFreshError(Exception):
    """This needs a sign-in that is fresh: the person must prove once more who they are."""


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
        fresh: whether they proved who they are a short while ago; sensitive changes need it.
        device: token of the browser they use, where it is known: strangers' wrong passwords do not lock it out.
    """

    user_id: int
    username: str
    origin: Origin = Origin()
    session: str = ""
    permissions: frozenset[Permission] | None = None
    scope: Scope = field(default_factory=Scope)
    fresh: bool = True
    device: str = ""


@dataclass(frozen=True)
class NewUser:
    """What has to be known to create a user; ``role`` is the key of a role."""

    username: str
    email: str
    role: str
    first_name: str = ""
    last_name: str = ""


@dataclass(frozen=True)
class Registering:
    """What somebody types who registers. ``wanted_role`` is a request: it grants nothing; empty for none."""

    username: str
    email: str
    password: str
    first_name: str
    last_name: str
    wanted_role: str = ""
    date_of_birth: date | None = None


@dataclass(frozen=True)
class Profile:
    """What a user, or an administrator, may change of an account without further ado."""

    first_name: str
    last_name: str
    date_of_birth: date | None = None


class Method(StrEnum):
    """How somebody proves who they are; the values stand in a session's ``amr``."""

    PASSWORD = "pwd"  # noqa: S105 - the name of a method
    TOTP = "totp"
    PASSKEY = "passkey"
    MAIL = "mail"
    RECOVERY_CODE = "recovery"
    LINK = "link"
    SSO = "sso"  # another provider (OpenID Connect) says so
    SSO_FACTOR = "sso2"  # and that it has asked for a second factor


class SessionKind(StrEnum):
    """What a session belongs to."""

    WEB = "web"
    API = "api"


@dataclass(frozen=True)
class Tokens:
    """What a program gets for a sign-in: both are secrets.

    Attributes:
        access: JWT that names the session, good for ``seconds``.
        refresh: good once, for new tokens of the same sign-in.
    """

    access: str
    refresh: str
    seconds: int


@dataclass(frozen=True)
class ApiKey:
    """One API key of a user, without its secret.

    Attributes:
        prefix: how the key begins; names it in lists and logs.
        scopes: permissions that it was made for; of these count those that its owner has now.
        networks: addresses and networks it may come from; none: any.
    """

    id: int
    user_id: int
    name: str
    prefix: str
    scopes: frozenset[Permission]
    networks: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    last_used_ip: str


@dataclass(frozen=True)
class NewApiKey:
    """What somebody asks for who has a key made."""

    name: str
    scopes: frozenset[Permission]
    days: int
    networks: tuple[str, ...] = ()


@dataclass(frozen=True)
class User:
    """A user as administrators see one.

    Attributes:
        locked_until: None unless the lock is in force now.
        verified: whether the mail address is known to be the user's.
        factors: the second factors that are set up; recovery codes are none by themselves.
    """

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
    verified: bool = True
    factors: tuple[Method, ...] = ()

    @property
    def state(self) -> str:
        """Why the account cannot be used: disabled, locked, unverified or invited; else active. As lists filter it."""
        if not self.active:
            return "disabled"
        if self.locked_until is not None:
            return "locked"
        if not self.verified:
            return "unverified"
        return "active" if self.has_password or Method.PASSKEY in self.factors else "invited"

    @property
    def locked_by_administrator(self) -> bool:
        """Whether somebody locked the account on purpose, so that only somebody can unlock it."""
        return self.locked_until is not None and self.locked_until >= LOCKED_FOR_GOOD


@dataclass(frozen=True)
class SignedIn:
    """What a valid session token stands for.

    Attributes:
        viewer: who asks, with the rights of this moment.
        name: how to greet the user.
        session: short hash of the session, for the audit log.
        idle_seconds_left: until the session ends for want of use.
        absolute_seconds_left: until it ends in any case.
        authenticated_at: when the user last proved who they are.
        role_name: name of the viewer's role.
        fresh: whether that was so short ago that sensitive changes need no further proof.
        remembered: whether this session was to be kept beyond the idle limit.
        factor_due: day from which the user cannot sign in without a second factor, where one is missing.
    """

    viewer: Viewer
    name: str
    session: str
    idle_seconds_left: int
    absolute_seconds_left: int
    authenticated_at: datetime
    role_name: str = ""
    fresh: bool = True
    remembered: bool = False
    factor_due: date | None = None


@dataclass(frozen=True)
class OpenSession:
    """One signed-in device of a user, by the short hash of its token."""

    session: str
    created_at: datetime
    seen_at: datetime
    ip: str
    agent: str
    methods: tuple[str, ...] = ()
    remembered: bool = False
    kind: SessionKind = SessionKind.WEB


@dataclass(frozen=True)
class Step:
    """What a sign-in, a recovery or a re-authentication needs next.

    Attributes:
        pending: token of the server's row about it, for a cookie; empty where nothing is left to do.
        methods: second factors of which one is asked for; empty where none is.
        enrol: whether a second factor has to be set up first, for policy asks for one and the user has none.
        session: token of the session that was started; empty until everything is proved.
        device: token that makes this browser known, for a cookie of its own; empty for none.
        username: whose step it is.
        remembered: whether the session is to be kept.
        ways: second factors of which one can be set up, where one has to be.
    """

    pending: str = ""
    methods: tuple[Method, ...] = ()
    enrol: bool = False
    session: str = ""
    device: str = ""
    username: str = ""
    remembered: bool = False
    ways: tuple[Method, ...] = ()


@dataclass(frozen=True)
class Passkey:
    """One passkey of a user."""

    id: int
    name: str
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True)
class Factors:
    """The second factors of one user.

    Attributes:
        totp: whether an authenticator app is set up.
        mail: whether codes are sent by mail.
        passkeys: in the order they were made.
        codes_left: unused recovery codes.
        required: whether policy asks for a second factor.
    """

    totp: bool
    mail: bool
    passkeys: tuple[Passkey, ...]
    codes_left: int
    required: bool


@dataclass(frozen=True)
class TotpOffer:
    """An authenticator app being set up: the secret to type, its ``otpauth:`` address, and the pending token."""

    secret: str
    uri: str
    pending: str


@dataclass(frozen=True)
class RecoveryLink:
    """A recovery link that is still good: whose, and what is asked next.

    Attributes:
        hint: masked date of birth, such as ``••.••.•••4``; empty where the date is not asked.
    """

    username: str
    hint: str


@dataclass(frozen=True)
class RoleRequest:
    """What somebody asked for, and what became of it. ``state``: open, approved, refused or withdrawn."""

    id: int
    user_id: int
    username: str
    name: str
    role: str
    state: str
    reason: str
    requested_at: datetime
    decided_at: datetime | None
    decided_by: str


@dataclass(frozen=True)
class Finding:
    """One line of the access review.

    Attributes:
        kind: "stale", "never", "no_factor", "unverified", "no_role" or "unused_right".
        detail: a sentence for people.
    """

    user_id: int
    username: str
    role: str
    kind: str
    detail: str
