"""Roles that Admins made: rows of the accounts database, read anew whenever they are asked for."""

import json
from functools import lru_cache

from sqlalchemy import Connection, select

from dashboard.access import DIMENSIONS, Permission, Role, Scope
from dashboard.accounts.models import own_roles


def read(connection: Connection) -> list[Role]:
    """All of them, by name."""
    rows = connection.execute(select(own_roles).order_by(own_roles.c.name, own_roles.c.role_key))
    return [role_of(row.role_key, row.name, row.permissions, row.row_scope) for row in rows]


@lru_cache(maxsize=256)
def role_of(key: str, name: str, permissions: str, row_scope: str) -> Role:
    """The role that these columns describe. A permission that this version does not know grants nothing."""
    known = {permission.value for permission in Permission}
    named = json.loads(row_scope)
    scope = {dimension: frozenset(named[dimension]) for dimension in DIMENSIONS if named.get(dimension) is not None}
    granted = frozenset(Permission(value) for value in json.loads(permissions) if value in known)
    return Role(key, name, granted, Scope(**scope))


def columns_of(role: Role) -> dict[str, str]:
    """The columns that :func:`role_of` reads."""
    scope = {name: sorted(values) for name in DIMENSIONS if (values := role.scope.allowed(name)) is not None}
    return {
        "role_key": role.key,
        "name": role.name,
        "permissions": json.dumps(sorted(role.permissions)),
        "row_scope": json.dumps(scope),
    }
