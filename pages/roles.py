"""Roles: what each opens, and roles of one's own."""

from collections.abc import Mapping
from typing import Any

from dash.development.base_component import Component

from dashboard.access import Permission
from dashboard.ui import roles_page
from dashboard.ui.caller import Caller, Registrar

PATH = "/roles"
NAME = "Roles"
SCRIPTS: tuple[str, ...] = ("admin.js", "roles.js")
HAS_CHARTS = False
PERMISSION: Permission | None = Permission.ROLES_MANAGE


def layout(caller: Caller, parameters: Mapping[str, Any]) -> Component:
    """The page for the role and the user in its address."""
    return roles_page.layout(caller, parameters)


def register(app: Registrar) -> None:
    """Declare the callbacks."""
    roles_page.register(app)
