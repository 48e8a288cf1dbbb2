"""Roles: sets of permissions over a set of rows."""

from typing import Annotated

from pydantic import Field

from dashboard.access import Permission, Role, Scope
from dashboard.api.models.common import ONE_LINE, Answer, Asked, Page

LONGEST_KEY = 64
LONGEST_NAME = 100
MOST_VALUES = 200
LONGEST_VALUE = 200

RoleKey = Annotated[
    str, Field(min_length=1, max_length=LONGEST_KEY, pattern=ONE_LINE, description="such as sales_manager")
]
RoleName = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME, pattern=ONE_LINE)]
ScopeValue = Annotated[str, Field(min_length=1, max_length=LONGEST_VALUE, pattern=ONE_LINE)]
ScopeValues = Annotated[list[ScopeValue], Field(max_length=MOST_VALUES)]


class RolePath(Asked):
    """Which role that was made here, or is to be made."""

    key: Annotated[str, Field(pattern="^[a-z][a-z0-9_]{1,63}$", description="of the role")]


class RowScope(Asked):
    """Rows that may be seen: values of each dimension. Null: all of them; an empty list: none, so no row at all.

    Every dimension has to be there, so that nothing is opened by leaving it out.
    """

    region: ScopeValues | None
    category: ScopeValues | None
    channel: ScopeValues | None

    @classmethod
    def of(cls, scope: Scope) -> "RowScope":
        """The answer for ``scope``."""
        region, category, channel = map(_values, (scope.region, scope.category, scope.channel))
        return cls(region=region, category=category, channel=channel)

    @property
    def scope(self) -> Scope:
        """As the policy knows it."""
        return Scope(*map(_set, (self.region, self.category, self.channel)))


class RoleDefinition(Asked):
    """All of a role but its key; it takes the place of what the role was."""

    name: RoleName
    permissions: Annotated[list[Permission], Field(max_length=len(Permission))]
    scope: RowScope


class RoleAnswer(Answer):
    """A role of this moment."""

    key: str
    name: str
    permissions: list[Permission]
    scope: RowScope
    own: bool = Field(description="whether it was made here, so that it can be changed")
    holders: int | None = Field(description="how many users have it; null for those who manage neither users nor roles")

    @classmethod
    def of(cls, role: Role, *, own: bool, holders: int | None) -> "RoleAnswer":
        """The answer for ``role``."""
        permissions = [permission for permission in Permission if permission in role.permissions]
        scope = RowScope.of(role.scope)
        return cls(key=role.key, name=role.name, permissions=permissions, scope=scope, own=own, holders=holders)


class RoleList(Page):
    """One page of roles."""

    items: list[RoleAnswer]


def _values(values: frozenset[str] | None) -> list[str] | None:
    return None if values is None else sorted(values)


def _set(values: list[str] | None) -> frozenset[str] | None:
    return None if values is None else frozenset(values)
