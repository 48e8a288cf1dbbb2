"""From what somebody has proved to what comes next: a second factor, one to be set up, or the session."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from dashboard.accounts import devices, factor_policy, notices, pending, programs, session_rules, sessions, slots
from dashboard.accounts.store import AnyRow, Store, done_by
from dashboard.accounts.terms import AccountError, Actor, Method, Origin, SessionKind, Step
from dashboard.audit import Kind

# Purposes of rows of ``pending``.
SIGN_IN, REAUTHENTICATION, RECOVERY, PASSKEY = "sign_in", "reauth", "recovery", "passkey"

CLOSED = "This account cannot be used."


@dataclass(frozen=True)
class Way:
    """A sign-in on its way.

    Attributes:
        methods: what was proved so far.
        remember: whether the session is to be kept, as far as the role allows it.
        replacing: hash of the session token that the browser had; empty for none.
        device: hash of the cookie of a browser that is known for this user; empty for any other.
        enrol: whether a second factor has to be set up, for there is none.
        kind: of the session that it leads to.
    """

    methods: tuple[Method, ...]
    remember: bool = False
    replacing: str = ""
    device: str = ""
    enrol: bool = False
    kind: SessionKind = SessionKind.WEB

    def as_data(self) -> dict[str, Any]:
        """For a row of ``pending``."""
        return {
            "methods": list(self.methods),
            "remember": self.remember,
            "replacing": self.replacing,
            "device": self.device,
            "enrol": self.enrol,
            "kind": self.kind,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Way":
        """What :meth:`as_data` wrote."""
        methods = tuple(Method(value) for value in data["methods"])
        return cls(methods, data["remember"], data["replacing"], data["device"], data["enrol"], kind_of(data))

    def and_by(self, method: Method) -> "Way":
        """The same, with one more proof."""
        return replace(self, methods=(*self.methods, method), enrol=False)


def proved(
    store: Store,
    user_id: int,
    origin: Origin,
    methods: tuple[Method, ...],
    *,
    remember: bool = False,
    replacing: str = "",
    device: str = "",
    version: int | None = None,
    kind: SessionKind = SessionKind.WEB,
) -> Step:
    """What comes next for a user who has proved ``methods``.

    ``replacing`` is the session token that the browser had, ``device`` its cookie if it may be known; ``version`` is
    that of the user's row when the proof was given.

    Raises:
        AccountError: the account cannot be used (any more).
    """
    with store.writing() as connection:
        user = slots.hold(connection, user_id)
        if user is None or not is_usable(user) or version not in {None, user.version}:
            raise AccountError(CLOSED)
        way = way_of(store, connection, user, methods, remember=remember, replacing=replacing, device=device)
        way = replace(way, kind=kind)
        return proceed(store, connection, user, way, origin)


def way_of(
    store: Store,
    connection: Connection,
    user: AnyRow,
    methods: tuple[Method, ...],
    *,
    remember: bool,
    replacing: str,
    device: str,
) -> Way:
    """The way of ``user`` who has proved ``methods``; ``replacing`` and ``device`` are tokens as in :func:`proved`."""
    known = devices.find(store, connection, device, user.id)
    return Way(methods, remember, pending.hashed(replacing) if replacing else "", known)


def proceed(store: Store, connection: Connection, user: AnyRow, way: Way, origin: Origin) -> Step:
    """As :func:`proved`, in the caller's transaction; ``user`` is the row of ``users``."""
    if factor_policy.is_proved(way.methods):
        return _start(store, connection, user, way, origin)
    asked = factor_policy.asked(store, connection, user)
    if asked:
        return Step(wait(store, connection, user, way), asked, username=user.username, remembered=way.remember)
    if _is_demanded(store, connection, user):
        token = wait(store, connection, user, replace(way, enrol=True))
        ways = factor_policy.can_be_set_up(store.settings, user)
        return Step(token, enrol=True, username=user.username, remembered=way.remember, ways=ways)
    return _start(store, connection, user, way, origin)


def wait(
    store: Store, connection: Connection, user: AnyRow, way: Way, session: str = "", only: tuple[Method, ...] = ()
) -> str:
    """Keep ``way`` in a row until the next answer; its token.

    ``session`` is the hash of the session that is to be renewed; ``only`` names the methods that count.
    """
    return pending.create(
        store,
        connection,
        REAUTHENTICATION if session else SIGN_IN,
        user_id=user.id,
        version=user.version,
        data={**way.as_data(), "only": list(only)},
        lasts=timedelta(minutes=store.settings.second_factor.code_minutes),
        session_hash=session,
    )


def kind_of(step: Mapping[str, Any]) -> SessionKind:
    """The kind of session that the data of a row of ``pending`` lead to."""
    return SessionKind(step.get("kind", SessionKind.WEB))  # begun before there were kinds


def is_usable(user: AnyRow) -> bool:
    """Whether the account may be signed in to, by whatever means."""
    return user.active and user.verified_at is not None and not slots.is_locked_for_good(user)


def _is_demanded(store: Store, connection: Connection, user: AnyRow) -> bool:
    # A short password was chosen beside a second factor, which an administrator may have taken off since.
    demanded = factor_policy.is_demanded(store, store.roles(connection).get(user.role))
    return demanded or factor_policy.is_short(user)


def _start(store: Store, connection: Connection, user: AnyRow, way: Way, origin: Origin) -> Step:
    remembered = way.remember and session_rules.may_be_remembered(store, store.roles(connection).get(user.role))
    slots.clear_unless_locked(store, connection, user.id)
    token = sessions.add(
        store,
        connection,
        user.id,
        origin,
        way.methods,
        replacing=way.replacing,
        remembered=remembered,
        version=user.version,
        kind=way.kind,
    )
    # A program keeps no cookie: it would be a new device at every sign-in.
    by_browser = way.kind == SessionKind.WEB
    device = devices.keep(store, connection, user.id, origin, way.device) if by_browser else ""
    if user.last_sign_in_at is not None:
        if device:
            notices.new_device(store, connection, user, origin)
        elif not by_browser and not programs.was_used(connection, user.id, origin.ip):
            notices.new_program(store, connection, user, origin)
    actor = Actor(user.id, user.username, origin, sessions.short(token))
    detail: dict[str, str | int | bool | None] = {
        "methods": " ".join(way.methods),
        "new_device": bool(device),
        "remembered": remembered,
        "kind": way.kind,
    }
    store.record(connection, done_by(actor, Kind.SIGN_IN, user.username, detail))
    return Step(session=token, device=device, username=user.username, remembered=remembered)
