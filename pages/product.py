"""Product: all that the role may know of one product, down to the lines of its orders."""

from collections.abc import Mapping
from typing import Any

from dash.development.base_component import Component

from dashboard.access import Permission
from dashboard.ui import board, product_board
from dashboard.ui.board import Block, Board, Select
from dashboard.ui.caller import Caller, Registrar

PATH = "/product"
NAME = "Product"
SCRIPTS: tuple[str, ...] = board.SCRIPTS
HAS_CHARTS = True
PERMISSION: Permission | None = Permission.MEASURE_UNITS
BOARD = Board(
    key="product",
    title="Product",
    permission=Permission.MEASURE_UNITS,
    blocks=(
        Block("found", "table", "Choose a product", search=True),
        Block("about", "words", "Product"),
        Block("order", "table", "Order"),
        Block("cards", "cards"),
        Block("trend", "chart", "By month", hint="Choose a bar to see that month."),
        Block("region", "chart", "By region", half=True),
        Block("channel", "chart", "By channel", half=True),
        Block("source", "chart", "By source"),
        Block("price", "chart", "Average price by month", half=True),
        Block("returns", "chart", "Units returned by month", half=True),
        Block("stock", "chart", "Stock", half=True),
        Block("season", "chart", "The usual year", half=True),
        Block("events", "table", "What happened"),
        Block("lines", "table", "Order lines", hint="Choose an order to see all its lines."),
    ),
    build=product_board.build,
    selects=(Select("measure", "Measure", product_board.measure_offers),),
)


def layout(caller: Caller, parameters: Mapping[str, Any]) -> Component:
    """The board for the choice in the address."""
    return board.layout(BOARD, caller, parameters)


def register(app: Registrar) -> None:
    """Declare the callbacks."""
    board.register(BOARD, app)
