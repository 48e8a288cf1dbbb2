"""Sources: the databases behind the figures, for those who keep the data."""

from collections.abc import Mapping
from typing import Any

from dash.development.base_component import Component

from dashboard.access import Permission
from dashboard.ui import sources_page
from dashboard.ui.caller import Caller, Registrar

PATH = "/sources"
NAME = "Sources"
SCRIPTS: tuple[str, ...] = ("admin.js", "sources.js")
HAS_CHARTS = False
PERMISSION: Permission | None = Permission.SOURCES_MANAGE


def layout(caller: Caller, parameters: Mapping[str, Any]) -> Component:
    """The page."""
    return sources_page.layout(caller, parameters)


def register(app: Registrar) -> None:
    """Declare the callbacks."""
    sources_page.register(app)
