"""Roles that Admins make, out of the permission vocabulary."""

import re

from sqlalchemy import Connection, delete, func, insert, select, update

from dashboard.access import DIMENSIONS, Permission, Role, Roles
from dashboard.accounts.guards import require_standing
from dashboard.accounts.models import own_roles, users
from dashboard.accounts.own_roles import columns_of
from dashboard.accounts.rights import beyond, require_fresh, require_right
from dashboard.accounts.store import Store, done_by
from dashboard.accounts.terms import AccountError, Actor, NotFoundError
from dashboard.accounts.users import line_up
from dashboard.audit import Kind

_KEY = re.compile(r"[a-z][a-z0-9_]{1,63}")
_LONGEST_NAME = 100
_MOST_VALUES = 200
_LONGEST_VALUE = 200


class RoleBook:
    """Roles of one's own."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def define(self, role: Role, by: Actor) -> Role:
        """Make a role, or change the one of that key; counts at the next request of its users.

        Raises:
            AccountError: a key, a name or a scope that is refused, a built-in role or one of the settings, the role of
                ``by``, or rights that ``by`` may not hand out.
            NotFreshError: the sign-in is not fresh.
        """
        require_fresh(by)
        role = Role(role.key, role.name.strip(), frozenset(role.permissions), role.scope)
        reasons = _objections(role)
        if reasons:
            raise AccountError(*reasons)
        with self._store.writing() as connection:
            roles = self._guarded(connection, role.key, by)
            before = roles.get(role.key)
            _require_free_name(roles, role)
            for definition in filter(None, (before, role)):
                _require(beyond(roles, by, definition))
            if before != role:
                _write(connection, role, self._store, is_new=before is None)
                detail = {"permissions": ", ".join(sorted(role.permissions)), "rows": _rows(role)}
                self._store.record(connection, done_by(by, Kind.ROLE_DEFINED, role.key, detail))
        return role

    def remove(self, key: str, by: Actor) -> None:
        """Remove a role that nobody has; AccountError, NotFreshError."""
        require_fresh(by)
        with self._store.writing() as connection:
            roles = self._guarded(connection, key, by)
            if key not in roles:
                raise NotFoundError("There is no such role.")
            _require(beyond(roles, by, roles[key]))
            count = connection.execute(select(func.count()).select_from(users).where(users.c.role == key)).scalar_one()
            if count:
                have = "user has" if count == 1 else "users have"
                raise AccountError(f"{count} {have} this role: give them another one first.")
            connection.execute(delete(own_roles).where(own_roles.c.role_key == key))
            self._store.record(connection, done_by(by, Kind.ROLE_REMOVED, key))

    def is_own(self, key: str) -> bool:
        """Whether Admins made it, so that it can be changed here."""
        with self._store.reading() as connection:
            return key not in self._store.base_roles and key in self._store.roles(connection)

    def own(self) -> frozenset[str]:
        """The keys of the roles that Admins made."""
        with self._store.reading() as connection:
            return frozenset(
                role.key for role in self._store.roles(connection) if role.key not in self._store.base_roles
            )

    def holders(self) -> dict[str, int]:
        """How many users have each role; a role that nobody has is left out."""
        counted = select(users.c.role, func.count().label("users")).group_by(users.c.role)
        with self._store.reading() as connection:
            return {row.role: row.users for row in connection.execute(counted)}

    def _guarded(self, connection: Connection, key: str, by: Actor) -> Roles:
        """The roles of this moment; nobody else defines one, or gives one to a user, until the commit."""
        require_right(by, Permission.ROLES_MANAGE)
        require_standing(self._store, connection, by)
        line_up(connection)
        if key in self._store.base_roles:
            raise AccountError("This role is built in or stands in settings.toml: it cannot be changed here.")
        own = connection.execute(select(users.c.role).where(users.c.id == by.user_id)).scalar_one_or_none()
        if own == key:
            raise AccountError("This is your own role: somebody else has to change it.")
        return self._store.roles(connection)


def _objections(role: Role) -> tuple[str, ...]:
    found = []
    if not _KEY.fullmatch(role.key):
        found.append("The key of a role begins with a small letter; small letters, digits and _ follow, 64 at most.")
    if not (0 < len(role.name) <= _LONGEST_NAME and role.name.isprintable()):
        found.append(f"The name of a role has 1 to {_LONGEST_NAME} characters, all of them visible.")
    if not all(isinstance(permission, Permission) for permission in role.permissions):
        found.append(f"There is no such right. Known are {', '.join(Permission)}.")
    if not all(map(_fits, (role.scope.allowed(name) for name in DIMENSIONS))):
        found.append(f"A row scope names up to {_MOST_VALUES} values, each with 1 to {_LONGEST_VALUE} characters.")
    return tuple(found)


def _fits(values: frozenset[str] | None) -> bool:
    if values is None:
        return True
    return len(values) <= _MOST_VALUES and all(
        0 < len(text) <= _LONGEST_VALUE and text.isprintable() for text in values
    )


def _require(refused: str) -> None:
    if refused:
        raise AccountError(refused)


def _require_free_name(roles: Roles, role: Role) -> None:
    if any(other.name.casefold() == role.name.casefold() for other in roles if other.key != role.key):
        raise AccountError(f"There is a role named {role.name} already.")


def _rows(role: Role) -> str:
    """The row scope for the audit log."""
    limits = ((name, role.scope.allowed(name)) for name in DIMENSIONS)
    return "; ".join(f"{name}: {', '.join(sorted(values))}" for name, values in limits if values is not None) or "all"


def _write(connection: Connection, role: Role, store: Store, *, is_new: bool) -> None:
    values = columns_of(role)
    if is_new:
        connection.execute(insert(own_roles).values(**values, created_at=store.clock(), version=1))
        return
    newer = update(own_roles).where(own_roles.c.role_key == role.key)
    connection.execute(newer.values(**values, version=own_roles.c.version + 1))
