"""Revenue: what the Sales Manager sees."""

from collections.abc import Mapping
from typing import Any

from dash.development.base_component import Component

from dashboard.access import Permission
from dashboard.ui import sales_page
from dashboard.ui.caller import Caller, Registrar
from dashboard.ui.spec import SalesPage

PATH = "/revenue"
NAME = "Revenue"
SCRIPTS: tuple[str, ...] = ()
HAS_CHARTS = True
PERMISSION: Permission | None = Permission.MEASURE_REVENUE
PAGE = SalesPage(
    key="revenue",
    title="Revenue",
    permission=Permission.MEASURE_REVENUE,
    measure="net_sales",
    cards=("net_sales", "gross_sales", "returned_sales", "average_price", "discount_rate", "margin", "margin_rate"),
    columns=(
        "net_sales",
        "gross_sales",
        "discounts",
        "returned_sales",
        "net_units",
        "average_price",
        "discount_rate",
        "margin",
        "margin_rate",
        "rate",
        "change",
    ),
)


def layout(caller: Caller, parameters: Mapping[str, Any]) -> Component:
    """The page for the choice in the address."""
    return sales_page.layout(PAGE, caller, parameters)


def register(app: Registrar) -> None:
    """Declare the callbacks."""
    sales_page.register(PAGE, app)
