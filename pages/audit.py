"""The audit log."""

from collections.abc import Mapping
from typing import Any

from dash.development.base_component import Component

from dashboard.access import Permission
from dashboard.ui import audit_page
from dashboard.ui.caller import Caller, Registrar

PATH = "/audit"
NAME = "Audit log"
SCRIPTS: tuple[str, ...] = ("admin.js", "audit.js")
HAS_CHARTS = False
PERMISSION: Permission | None = Permission.AUDIT_READ


def layout(caller: Caller, parameters: Mapping[str, Any]) -> Component:
    """The page for the filters in its address."""
    return audit_page.layout(caller, parameters)


def register(app: Registrar) -> None:
    """Declare the callbacks."""
    audit_page.register(app)
