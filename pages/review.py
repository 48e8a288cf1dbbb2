"""The access review."""

from collections.abc import Mapping
from typing import Any

from dash.development.base_component import Component

from dashboard.access import Permission
from dashboard.ui import review_page
from dashboard.ui.caller import Caller, Registrar

PATH = "/review"
NAME = "Access review"
SCRIPTS: tuple[str, ...] = ("admin.js", "review.js")
HAS_CHARTS = False
PERMISSION: Permission | None = Permission.USERS_MANAGE


def layout(caller: Caller, parameters: Mapping[str, Any]) -> Component:
    """The page for the kind of finding in its address."""
    return review_page.layout(caller, parameters)


def register(app: Registrar) -> None:
    """Declare the callbacks."""
    review_page.register(app)
