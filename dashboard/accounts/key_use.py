"""Using an API key: whose it is, what it may do now, and from where."""

import hmac
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, or_, select, update

from dashboard import audit
from dashboard.access import Role
from dashboard.accounts import factor_policy, session_rules
from dashboard.accounts.key_rules import is_from, known
from dashboard.accounts.models import api_keys, own_roles, users
from dashboard.accounts.pending import hashed
from dashboard.accounts.store import AnyRow, Store
from dashboard.accounts.terms import LOCKED_FOR_GOOD, Origin, SignedIn
from dashboard.audit import Kind

BEGINS = "sgk_"
PREFIX = 12  # characters that name a key, with those that all begin with
_SHAPE = re.compile(r"(sgk_[a-z0-9]{8})_[A-Za-z0-9_-]{43}")
_NOTED_AGAIN = timedelta(minutes=1)

# Part of every request with a key: one statement, compiled once.
_LOAD = (
    select(
        api_keys.c.id,
        api_keys.c.user_id,
        api_keys.c.prefix,
        api_keys.c.key_hash,
        api_keys.c.scopes,
        api_keys.c.networks,
        api_keys.c.created_at,
        api_keys.c.expires_at,
        api_keys.c.last_used_at,
        users.c.verified_at,
        users.c.locked_until,
        *session_rules.OF_USER,
    )
    .join(users, users.c.id == api_keys.c.user_id)
    .outerjoin(own_roles, own_roles.c.role_key == users.c.role)
    .where(api_keys.c.prefix == bindparam("presented"))
)


def load(store: Store, secret: str, origin: Origin, told: Callable[[str, str], int | None]) -> SignedIn | None:
    """See :meth:`dashboard.accounts.api_keys.ApiKeys.load`."""
    shape = _SHAPE.fullmatch(secret)
    if shape is None or store.settings.api.key_days == 0:
        return None
    with store.reading() as connection:
        row = connection.execute(_LOAD, {"presented": shape[1]}).one_or_none()
    if row is None or not hmac.compare_digest(row.key_hash, hashed(secret)):
        return None
    now, role = store.clock(), session_rules.role_in(store, row)
    why_not = _why_not(store, row, role, origin, now)
    if why_not or role is None:
        _audit(store, row, origin, why_not, told)
        return None
    _note(store, row, origin, now)
    return _signed_in(store, row, role, now)


def _ends_at(store: Store, row: AnyRow) -> datetime:
    """When the key of ``row`` ends: at the latest after what the settings allow today."""
    made, kept = row.created_at, row.expires_at
    return min(kept, made + timedelta(days=store.settings.api.key_days))  # type: ignore[no-any-return]


def _signed_in(store: Store, row: AnyRow, role: Role, now: datetime) -> SignedIn:
    """The owner as the key's rights allow. The version of the policy is that of these rights, not of the role's."""
    narrowed = replace(role, permissions=role.permissions & known(json.loads(row.scopes)))
    left = int((_ends_at(store, row) - now).total_seconds())
    return SignedIn(
        viewer=narrowed.viewer(row.user_id, row.username),
        name=f"{row.first_name} {row.last_name}".strip() or row.username,
        session=_short(row.prefix),
        idle_seconds_left=left,
        absolute_seconds_left=left,
        authenticated_at=row.created_at,
        role_name=role.name,
        fresh=False,  # a key never proves that its owner is there
    )


def _short(prefix: str) -> str:
    """What names the use of a key where others are named by the short hash of their session: ``key-1a2b3c4d``."""
    return f"key-{prefix.removeprefix(BEGINS)}"


def _why_not(store: Store, row: AnyRow, role: Role | None, origin: Origin, now: datetime) -> str:
    """Why the key does not count at this moment; empty where it does. Wrong passwords of others never stop it."""
    has_factor = row.has_totp or row.passkeys or row.mail_codes
    reasons = {
        "expired": now >= _ends_at(store, row),
        "owner disabled": not row.active,
        "owner's mail address not verified": row.verified_at is None,
        "owner locked": row.locked_until is not None and row.locked_until >= LOCKED_FOR_GOOD,
        "owner's role removed": role is None,
        "owner needs a second factor": factor_policy.is_demanded(store, role) and not has_factor,
        "wrong address": not is_from(json.loads(row.networks), origin.ip),
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def _note(store: Store, row: AnyRow, origin: Origin, now: datetime) -> None:
    """When and from where it was used; seldom, for a write costs more than the rest."""
    if row.last_used_at is not None and now - row.last_used_at < _NOTED_AGAIN:
        return
    older = or_(api_keys.c.last_used_at.is_(None), api_keys.c.last_used_at <= now - _NOTED_AGAIN)
    used = update(api_keys).where(and_(api_keys.c.id == row.id, older))
    with store.writing() as connection:
        connection.execute(used.values(last_used_at=now, last_used_ip=origin.ip[:64]))


def _audit(store: Store, row: AnyRow, origin: Origin, why_not: str, told: Callable[[str, str], int | None]) -> None:
    left_out = told(_short(row.prefix), Kind.API_KEY_REFUSED)
    if left_out is None:
        return
    detail = {"prefix": row.prefix, "reason": why_not, **({"left_out": left_out} if left_out else {})}
    target, session = row.username, _short(row.prefix)
    event = audit.Event(Kind.API_KEY_REFUSED, row.user_id, row.username, "denied", target, origin.ip, session, detail)
    with store.writing() as connection:
        store.record(connection, event)
