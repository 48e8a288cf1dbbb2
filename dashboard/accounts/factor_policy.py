"""Who needs a second factor, from when; which ones can be set up, and which are asked for."""

from collections.abc import Iterable
from datetime import date, timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from sqlalchemy import Connection, func, select

from dashboard.access import Permission, Role
from dashboard.accounts.models import passkeys, recovery_codes
from dashboard.accounts.store import AnyRow, Store
from dashboard.accounts.terms import Method
from dashboard.settings import Settings

# What proves more than the password does; a passkey that verified the person is two factors by itself.
SECOND = frozenset({Method.TOTP, Method.PASSKEY, Method.MAIL, Method.RECOVERY_CODE, Method.SSO_FACTOR})
# Whoever may hand out rights could get any.
_POWERFUL = frozenset({Permission.USERS_MANAGE, Permission.ROLES_MANAGE})


def is_proved(methods: Iterable[str]) -> bool:
    """Whether ``methods`` (values of :class:`Method`) hold a second factor."""
    return not SECOND.isdisjoint(methods)


def is_demanded(store: Store, role: Role | None) -> bool:
    """Whether nobody of ``role`` is signed in without a second factor today; None for a role that is gone."""
    return _asks(store.settings, role) and store.clock().date() > _grace(store.settings)


def due(store: Store, role: Role) -> date | None:
    """The first day on which that will be so; None where it is so already, or policy does not ask."""
    if not _asks(store.settings, role) or is_demanded(store, role):
        return None
    return min(_grace(store.settings), date.max - timedelta(days=1)) + timedelta(days=1)


def set_up(connection: Connection, user: AnyRow) -> tuple[Method, ...]:
    """The second factors of a user (a row of ``users``)."""
    keys = select(func.count()).select_from(passkeys).where(passkeys.c.user_id == user.id)
    there = {
        Method.TOTP: user.totp_secret is not None,
        Method.PASSKEY: connection.execute(keys).scalar_one() > 0,
        Method.MAIL: user.mail_codes,
    }
    return tuple(method for method, has in there.items() if has)


def offered(settings: Settings) -> tuple[Method, ...]:
    """The second factors that can be set up here."""
    return tuple(
        method
        for method in (Method.TOTP, Method.PASSKEY, Method.MAIL)
        if method.value in settings.second_factor.methods and (method is not Method.PASSKEY or has_name(settings))
    )


def can_be_set_up(settings: Settings, user: AnyRow) -> tuple[Method, ...]:
    """Those that somebody without any can begin with: codes by mail are too little beside a short password."""
    return tuple(method for method in offered(settings) if method is not Method.MAIL or not is_short(user))


def is_short(user: AnyRow) -> bool:
    """Whether the password of ``user`` was chosen beside a second factor, without which it is too short."""
    return user.password_hash is not None and not user.password_is_long


def asked(store: Store, connection: Connection, user: AnyRow) -> tuple[Method, ...]:
    """The second factors of which one is asked for at sign-in; none where none is set up.

    One that was switched off in the settings is asked for only where the user has no other, or none but codes by mail:
    recovery, which comes by mail too, must not skip it.
    """
    theirs = set_up(connection, user)
    usable = tuple(method for method in theirs if method in offered(store.settings))
    if not set(usable) - {Method.MAIL}:
        usable = theirs
    return (*usable, Method.RECOVERY_CODE) if usable and codes_left(connection, user.id) else usable


def codes_left(connection: Connection, user_id: int) -> int:
    """How many unused recovery codes a user has."""
    unused = (recovery_codes.c.user_id == user_id, recovery_codes.c.used_at.is_(None))
    return connection.execute(select(func.count()).select_from(recovery_codes).where(*unused)).scalar_one()


def has_name(settings: Settings) -> bool:
    """Whether the site has a name that a passkey can belong to; browsers make none for a bare address."""
    host = urlsplit(settings.public_url).hostname or ""
    try:
        ip_address(host)
    except ValueError:
        return bool(host)
    return False


def _asks(settings: Settings, role: Role | None) -> bool:
    if role is None:
        return False
    return role.key in settings.second_factor.required_for or not _POWERFUL.isdisjoint(role.permissions)


def _grace(settings: Settings) -> date:
    last = settings.second_factor.grace_until
    return date.fromisoformat(last) if last else date.min
