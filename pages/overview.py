"""Overview: what needs attention today, in the figures that the role may see."""

from collections.abc import Mapping
from typing import Any

from dash.development.base_component import Component

from dashboard.access import Permission
from dashboard.ui import board, overview_board
from dashboard.ui.board import Block, Board
from dashboard.ui.caller import Caller, Registrar

PATH = "/overview"
NAME = "Overview"
SCRIPTS: tuple[str, ...] = board.SCRIPTS
HAS_CHARTS = True
PERMISSION: Permission | None = Permission.MEASURE_UNITS
BOARD = Board(
    key="overview",
    title="Overview",
    permission=Permission.MEASURE_UNITS,
    blocks=(
        Block("findings", "words", "What stands out"),
        Block("cards", "cards"),
        Block("worklist", "table", "To do first"),
        Block("monthly", "chart", "By month", hint="Choose a bar to see that month."),
        Block("best", "chart", "Best sellers", hint="Choose a bar to see that product.", half=True),
        Block("worst", "chart", "Worst sellers", half=True),
        Block("data", "words", "The data behind these figures"),
    ),
    build=overview_board.build,
)


def layout(caller: Caller, parameters: Mapping[str, Any]) -> Component:
    """The board for the choice in the address."""
    return board.layout(BOARD, caller, parameters)


def register(app: Registrar) -> None:
    """Declare the callbacks."""
    board.register(BOARD, app)
