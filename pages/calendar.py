"""Calendar: the holidays of the business, for those who keep its data."""

from collections.abc import Mapping
from typing import Any

from dash.development.base_component import Component

from dashboard.access import Permission
from dashboard.ui import calendar_page
from dashboard.ui.caller import Caller, Registrar

PATH = "/calendar"
NAME = "Calendar"
SCRIPTS: tuple[str, ...] = ("admin.js", "calendar.js")
HAS_CHARTS = False
PERMISSION: Permission | None = Permission.SOURCES_MANAGE


def layout(caller: Caller, parameters: Mapping[str, Any]) -> Component:
    """The page."""
    return calendar_page.layout(caller, parameters)


def register(app: Registrar) -> None:
    """Declare the callbacks."""
    calendar_page.register(app)
