"""Roles: named sets of permissions with a row scope. Some are built in; others come from settings.toml or are made by
Admins."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from dashboard.access.permissions import Permission
from dashboard.access.viewer import DIMENSIONS, Scope, Viewer
from dashboard.settings import RoleSettings, SettingsError

ADMIN = "admin"
# The role of those who registered and were not granted one yet: it may do nothing.
NO_ROLE = "no_role"


@dataclass(frozen=True)
class Role:
    """A named set of permissions over a set of rows."""

    key: str
    name: str
    permissions: frozenset[Permission]
    scope: Scope = field(default_factory=Scope)

    @property
    def is_administrative(self) -> bool:
        """Whether it manages anything of the site."""
        return any(permission.is_administrative for permission in self.permissions)

    @property
    def version(self) -> str:
        """Changes with the definition: part of every cache key."""
        text = "|".join([self.key, *sorted(self.permissions), self.scope.digest])
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def viewer(self, user_id: int, username: str) -> Viewer:
        """The viewer that a user of this role is."""
        return Viewer(user_id, username, self.key, self.permissions, self.scope, self.version)


class Roles:
    """The roles of this installation, by key."""

    def __init__(self, roles: Iterable[Role]) -> None:
        self._roles = {role.key: role for role in roles}

    def __iter__(self) -> Iterator[Role]:
        return iter(self._roles.values())

    def __getitem__(self, key: str) -> Role:
        """The role; KeyError where there is none of that key."""
        return self._roles[key]

    def __contains__(self, key: object) -> bool:
        return key in self._roles

    def get(self, key: str) -> Role | None:
        """The role; None where there is none of that key."""
        return self._roles.get(key)

    @property
    def grantable(self) -> list[Role]:
        """The roles that somebody can be given, or can ask for."""
        return [role for role in self if role.key != NO_ROLE]

    def with_own(self, own: Iterable[Role]) -> "Roles":
        """These roles and ``own``, which never replace one that is here."""
        return Roles([*self, *(role for role in own if role.key not in self._roles)])

    @classmethod
    def from_settings(cls, own: Mapping[str, RoleSettings]) -> "Roles":
        """Built-in roles and those of settings.toml.

        Raises:
            SettingsError: an unknown permission, or a key that a built-in role has.
        """
        built_in = built_in_roles()
        taken = {role.key for role in built_in}
        for key in own:
            if key in taken:
                raise SettingsError(f"settings: roles.{key}: this is a built-in role; choose another key")
        return cls([*built_in, *(_own_role(key, role) for key, role in own.items())])


def built_in_roles() -> tuple[Role, ...]:
    """The roles every installation has."""
    p = Permission
    admin = {p.USERS_MANAGE, p.ROLES_MANAGE, p.SESSIONS_MANAGE, p.AUDIT_READ, p.SOURCES_MANAGE}
    return (
        Role("procurement_manager", "Procurement Manager", frozenset({p.MEASURE_UNITS, p.MEASURE_STOCK})),
        Role("sales_manager", "Sales Manager", frozenset({p.MEASURE_UNITS, p.MEASURE_REVENUE})),
        Role(ADMIN, "Admin", frozenset(admin)),
        Role(NO_ROLE, "No role yet", frozenset()),
    )


def _own_role(key: str, role: RoleSettings) -> Role:
    try:
        permissions = frozenset(Permission(name) for name in role.permissions)
    except ValueError as error:
        known = ", ".join(Permission)
        raise SettingsError(f"settings: roles.{key}.permissions: {error}; known are {known}") from None
    named = {name: frozenset(getattr(role.scope, name)) for name in DIMENSIONS if name in role.scope.model_fields_set}
    return Role(key, role.name, permissions, Scope(**named))
