"""Stock: what to reorder and what to clear, by when and why, and what stands behind it."""

from collections.abc import Mapping
from typing import Any

from dash.development.base_component import Component

from dashboard.access import Permission
from dashboard.ui import board, stock_board
from dashboard.ui.board import Block, Board
from dashboard.ui.caller import Caller, Registrar

PATH = "/stock"
NAME = "Stock"
SCRIPTS: tuple[str, ...] = board.SCRIPTS
HAS_CHARTS = True
PERMISSION: Permission | None = Permission.MEASURE_STOCK
BOARD = Board(
    key="stock",
    title="Stock",
    permission=Permission.MEASURE_STOCK,
    blocks=(
        Block("missing", "words", "Stock"),
        Block("todo", "words", "What to do first"),
        Block("cards", "cards"),
        Block("worklist", "table", "Worklist", search=True),
        Block("no_advice", "words", "No advice"),
        Block("outs", "chart", "Out of stock", hint="Choose a bar to see that product.", half=True),
        Block("ages", "chart", "Age of the stock", half=True),
        Block("dead", "table", "Dead stock", half=True),
        Block("slow", "table", "Slow", half=True),
        Block("excess", "table", "More than enough"),
    ),
    build=stock_board.build,
    filters=stock_board.FILTER_NAMES,
)


def layout(caller: Caller, parameters: Mapping[str, Any]) -> Component:
    """The page for the choice in the address."""
    return board.layout(BOARD, caller, parameters)


def register(app: Registrar) -> None:
    """Declare the callbacks."""
    board.register(BOARD, app)
