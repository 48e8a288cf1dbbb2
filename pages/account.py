"""Account: what everybody who is signed in may change of their own."""

from collections.abc import Mapping
from typing import Any

from dash.development.base_component import Component

from dashboard.access import Permission
from dashboard.ui import account_page
from dashboard.ui.caller import Caller, Registrar

PATH = "/account"
NAME = "Account"
SCRIPTS: tuple[str, ...] = ("passkeys.js", "strength.js", "admin.js", "account.js")
HAS_CHARTS = False
PERMISSION: Permission | None = None


def layout(caller: Caller, _parameters: Mapping[str, Any]) -> Component:
    """The page; its address has no parameters."""
    return account_page.layout(caller)


def register(app: Registrar) -> None:
    """Declare the callbacks."""
    account_page.register(app)
