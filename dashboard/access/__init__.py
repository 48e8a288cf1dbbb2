"""Who may see what: permissions, roles, the viewer, and the one policy that decides. Pure; no web, no database."""

from dashboard.access.permissions import Permission
from dashboard.access.policy import Forbidden, allows, require
from dashboard.access.roles import ADMIN, NO_ROLE, Role, Roles, built_in_roles
from dashboard.access.viewer import DIMENSIONS, Scope, Viewer

__all__ = [
    "ADMIN",
    "DIMENSIONS",
    "NO_ROLE",
    "Forbidden",
    "Permission",
    "Role",
    "Roles",
    "Scope",
    "Viewer",
    "allows",
    "built_in_roles",
    "require",
]
