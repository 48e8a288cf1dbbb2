"""When a session is over, remembered or fresh: asked of its row and of the rights of this moment."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select

from dashboard.access import Role
from dashboard.accounts import factor_policy
from dashboard.accounts.models import own_roles, passkeys, sessions, users
from dashboard.accounts.own_roles import role_of
from dashboard.accounts.store import AnyRow, Store
from dashboard.accounts.terms import SessionKind

# What is read of a user at every request, with the row of the session or the key.
OF_USER = (
    users.c.username,
    users.c.first_name,
    users.c.last_name,
    users.c.role,
    users.c.active,
    users.c.mail_codes,
    users.c.totp_secret.is_not(None).label("has_totp"),
    select(func.count())
    .select_from(passkeys)
    .where(passkeys.c.user_id == users.c.id)
    .correlate(users)
    .scalar_subquery()
    .label("passkeys"),
    own_roles.c.name.label("role_name"),
    own_roles.c.permissions,
    own_roles.c.row_scope,
)


def role_in(store: Store, row: AnyRow) -> Role | None:
    """The role of the user of ``row``, with the columns of roles that Admins made; None where it is gone."""
    if row.role in store.base_roles:
        return store.base_roles[row.role]
    if row.permissions is None:
        return None
    return role_of(row.role, row.role_name, row.permissions, row.row_scope)


def may_be_remembered(store: Store, role: Role | None) -> bool:
    """Whether users of ``role`` may stay signed in beyond the idle limit: never those who manage the site."""
    return store.settings.session.remember_days > 0 and role is not None and not role.is_administrative


def remembers_for(store: Store) -> timedelta:
    """How long a remembered session lasts."""
    return timedelta(days=store.settings.session.remember_days)


def lasts(store: Store, kind: SessionKind, *, remembered: bool) -> timedelta:
    """How long a new session may last, whatever is done with it."""
    if kind == SessionKind.API:
        return timedelta(days=store.settings.api.refresh_days)
    return remembers_for(store) if remembered else store.absolute


def why_over(store: Store, row: AnyRow, now: datetime) -> str:
    """Why the session of ``row`` is over; empty while it is not."""
    role = role_in(store, row)
    if now - row.seen_at >= idle_limit(store, row, role):
        return "not used for too long"
    if now >= ends_at(store, row, role):
        return "signed in for too long"
    if not row.active:
        return "user disabled"
    if role is None:
        return "role removed"
    lacks_factor = factor_policy.is_demanded(store, role) and not factor_policy.is_proved(row.amr.split())
    return "second factor needed" if lacks_factor else ""


def is_remembered(store: Store, row: AnyRow, role: Role | None) -> bool:
    """Whether the longer limits hold: a session of somebody who manages the site by now has the normal ones."""
    return row.remembered and may_be_remembered(store, role)


def idle_limit(store: Store, row: AnyRow, role: Role | None) -> timedelta:
    """How long the session may stay unused."""
    if row.kind == SessionKind.API:
        return _api_idle(store)
    return remembers_for(store) if is_remembered(store, row, role) else store.idle


def ends_at(store: Store, row: AnyRow, role: Role | None) -> datetime:
    """When it ends in any case."""
    kept: datetime = row.absolute_expires_at
    if row.kind == SessionKind.API and role is not None and not role.is_administrative:
        return kept
    return kept if is_remembered(store, row, role) else min(kept, row.created_at + store.absolute)


def is_resumed(store: Store, row: AnyRow, now: datetime) -> bool:
    """Whether it was used again after a pause in which any other session would have ended."""
    return bool(row.resumed) or now - row.seen_at >= store.idle


def is_fresh(store: Store, row: AnyRow, now: datetime) -> bool:
    """Whether the person proved who they are so short ago that sensitive changes need no further proof."""
    recently = now - row.authenticated_at < timedelta(minutes=store.settings.session.fresh_minutes)
    return recently and not is_resumed(store, row, now)


def in_force(store: Store) -> ColumnElement[bool]:
    """The condition that a row's own limits are not reached. (Those of its user's role are asked when it is used.)"""
    now = store.clock()
    remembered = and_(sessions.c.remembered.is_(True), sessions.c.seen_at > now - remembers_for(store))
    by_tokens = and_(sessions.c.kind == SessionKind.API, sessions.c.seen_at > now - _api_idle(store))
    used = or_(sessions.c.seen_at > now - store.idle, remembered, by_tokens)
    return and_(used, sessions.c.absolute_expires_at > now)


def _api_idle(store: Store) -> timedelta:
    return timedelta(hours=store.settings.api.refresh_idle_hours)
