"""Units: what the Procurement Manager sees."""

from collections.abc import Mapping
from typing import Any

from dash.development.base_component import Component

from dashboard.access import Permission
from dashboard.ui import sales_page
from dashboard.ui.caller import Caller, Registrar
from dashboard.ui.spec import SalesPage

PATH = "/units"
NAME = "Units"
SCRIPTS: tuple[str, ...] = ()
HAS_CHARTS = True
PERMISSION: Permission | None = Permission.MEASURE_UNITS
PAGE = SalesPage(
    key="units",
    title="Units sold",
    permission=Permission.MEASURE_UNITS,
    measure="net_units",
    cards=("net_units", "gross_units", "returned_units", "return_rate"),
    columns=("net_units", "gross_units", "returned_units", "return_rate", "rate", "change"),
)


def layout(caller: Caller, parameters: Mapping[str, Any]) -> Component:
    """The page for the choice in the address."""
    return sales_page.layout(PAGE, caller, parameters)


def register(app: Registrar) -> None:
    """Declare the callbacks."""
    sales_page.register(PAGE, app)
