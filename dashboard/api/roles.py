"""Roles: which there are, and those of one's own."""

from dashboard.access import Permission, Role, Viewer, allows
from dashboard.api.models.common import Paging
from dashboard.api.models.roles import RoleAnswer, RoleDefinition, RoleList, RolePath
from dashboard.api.part import PERSON, Part, needing
from dashboard.ui.caller import Caller

ROLES = needing(Permission.ROLES_MANAGE)

part = Part("roles", "Roles", "Sets of permissions over a set of rows. Changing one needs a fresh sign-in.")


@part.operation("GET", "/roles", PERSON, returns=RoleList)
def index(caller: Caller, query: Paging) -> RoleList:
    """What roles there are, and what each may do: whoever asks for one wants to know."""
    found = list(caller.accounts.roles)
    answers = _answers(caller, found[query.offset : query.offset + query.limit])
    return RoleList(items=answers, total=len(found), offset=query.offset, limit=query.limit)


@part.operation("PUT", "/roles/<key>", ROLES, returns=RoleAnswer)
def define(caller: Caller, path: RolePath, body: RoleDefinition) -> RoleAnswer:
    """Make a role, or change all of the one of that key; it counts at the next request of its users."""
    role = Role(path.key, body.name, frozenset(body.permissions), body.scope.scope)
    return _answers(caller, [caller.accounts.role_book.define(role, caller.actor)])[0]


@part.operation("DELETE", "/roles/<key>", ROLES, status=204)
def remove(caller: Caller, path: RolePath) -> None:
    """Remove a role of one's own that nobody has."""
    caller.accounts.role_book.remove(path.key, caller.actor)


def _answers(caller: Caller, roles: list[Role]) -> list[RoleAnswer]:
    book = caller.accounts.role_book
    own, holders = book.own(), book.holders() if _may_count(caller.viewer) else None
    return [
        RoleAnswer.of(role, own=role.key in own, holders=None if holders is None else holders.get(role.key, 0))
        for role in roles
    ]


def _may_count(viewer: Viewer) -> bool:
    return any(allows(viewer, permission) for permission in (Permission.USERS_MANAGE, Permission.ROLES_MANAGE))
