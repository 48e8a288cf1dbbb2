"""Users: what the Admin sees."""

from collections.abc import Mapping
from typing import Any

from dash.development.base_component import Component

from dashboard.access import Permission
from dashboard.ui import users_page
from dashboard.ui.caller import Caller, Registrar

PATH = "/users"
NAME = "Users"
SCRIPTS: tuple[str, ...] = ("admin.js", "users.js")
HAS_CHARTS = False
PERMISSION: Permission | None = Permission.USERS_MANAGE


def layout(caller: Caller, parameters: Mapping[str, Any]) -> Component:
    """The page for the filters and the user in its address."""
    return users_page.layout(caller, parameters)


def register(app: Registrar) -> None:
    """Declare the callbacks."""
    users_page.register(app)
