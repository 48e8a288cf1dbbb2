"""The list of users: searched, filtered, sorted and paged by the database."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, false, func, literal, or_, select

from dashboard.access import NO_ROLE, Roles
from dashboard.accounts import names
from dashboard.accounts.models import passkeys, users
from dashboard.accounts.store import Store
from dashboard.accounts.terms import User
from dashboard.accounts.users import LARGEST_ID, selected, user_of
from dashboard.audit.columns import Instant

LONGEST_PAGE = 500
STATES = ("active", "disabled", "locked", "invited", "unverified", "no_role")
SORTS = ("username", "name", "role", "state", "last_sign_in", "open_sessions")
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)

Condition = ColumnElement[bool]


def search(
    store: Store,
    text: str = "",
    role: str = "",
    state: str = "",
    *,
    sort: str = "username",
    descending: bool = False,
    offset: int = 0,
    limit: int = 50,
) -> tuple[list[User], int]:
    """One page of the users whose names or e-mail contain ``text``, who have ``role`` and are in ``state``.

    Besides, how many there are on all pages.

    Nobody has a role or a state that does not exist; an unknown ``sort`` is by user name.
    """
    conditions = [*_named(text.strip(), role), *_in_state(store, state)]
    first, most = min(max(offset, 0), LARGEST_ID), min(max(limit, 1), LONGEST_PAGE)
    with store.reading() as connection:
        page = selected(store).where(*conditions)
        page = page.order_by(*_order(store, page, store.roles(connection), sort, descending=descending))
        total = connection.execute(select(func.count()).select_from(users).where(*conditions)).scalar_one()
        rows = connection.execute(page.offset(first).limit(most))
        return [user_of(store, row) for row in rows], total


def _named(text: str, role: str) -> list[Condition]:
    conditions: list[Condition] = []
    if not (text.isprintable() and role.isprintable()):
        return [false()]
    if role:
        conditions.append(users.c.role == role)
    if text:
        wanted = names.username_key(text)
        places = (users.c.username_key, func.lower(users.c.email), func.lower(users.c.first_name))
        matches = [place.contains(wanted, autoescape=True) for place in (*places, func.lower(users.c.last_name))]
        conditions.append(or_(*matches))
    return conditions


def _in_state(store: Store, state: str) -> list[Condition]:
    if not state:
        return []
    if state == "no_role":
        return [users.c.role == NO_ROLE]
    return [_states(store)[state]] if state in STATES else [false()]


def _states(store: Store) -> dict[str, Condition]:
    """Every user is in exactly one of these, as the list shows it."""
    disabled, unverified = users.c.active.is_(False), users.c.verified_at.is_(None)
    locked = and_(users.c.locked_until.is_not(None), users.c.locked_until > store.clock())
    has_key = exists().where(passkeys.c.user_id == users.c.id)
    invited = and_(users.c.password_hash.is_(None), ~has_key)
    unlocked = or_(users.c.locked_until.is_(None), users.c.locked_until <= store.clock())
    verified = users.c.verified_at.is_not(None)
    open_ = and_(~disabled, unlocked)
    return {
        "active": and_(open_, verified, ~invited),
        "invited": and_(open_, verified, invited),
        "unverified": and_(open_, unverified),
        "locked": and_(~disabled, locked),
        "disabled": disabled,
    }


def _order(store: Store, page: Select[Any], roles: Roles, sort: str, *, descending: bool) -> list[ColumnElement[Any]]:
    keys = _keys(store, page, roles).get(sort, [])
    return [*(key.desc() if descending else key for key in keys), *_by_name(descending and not keys)]


def _by_name(descending: bool) -> tuple[ColumnElement[Any], ...]:
    by_name = (users.c.username_key, users.c.id)
    return tuple(column.desc() for column in by_name) if descending else by_name


def _keys(store: Store, page: Select[Any], roles: Roles) -> dict[str, list[ColumnElement[Any]]]:
    # Databases disagree on where NULL stands: nothing here is NULL.
    states = _states(store)
    rank = case(*((condition, literal(number)) for number, condition in enumerate(states.values())), else_=len(states))
    shown = {role.key: role.name.casefold() for role in roles}
    return {
        "name": [_text(users.c.first_name), _text(users.c.last_name)],
        "role": [case(shown, value=users.c.role, else_=users.c.role)],
        "state": [rank],
        "last_sign_in": [func.coalesce(users.c.last_sign_in_at, literal(_NEVER, Instant()))],
        "open_sessions": [page.selected_columns["open_sessions"]],
    }


def _text(column: ColumnElement[str]) -> ColumnElement[str]:
    return case((column.is_(None), literal(" ")), else_=func.lower(column))
