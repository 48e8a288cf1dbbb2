"""Data: how far the figures reach, what the checks found, what is not counted, and what to do."""

from collections.abc import Mapping
from typing import Any

from dash.development.base_component import Component

from dashboard.access import Permission
from dashboard.ui import board, data_board
from dashboard.ui.board import Block, Board
from dashboard.ui.caller import Caller, Registrar

PATH = "/data"
NAME = "Data"
SCRIPTS: tuple[str, ...] = board.SCRIPTS
HAS_CHARTS = False
PERMISSION: Permission | None = Permission.MEASURE_UNITS
BOARD = Board(
    key="data",
    title="Data",
    permission=Permission.MEASURE_UNITS,
    blocks=(
        Block("summary", "words", "What the checks say"),
        Block("cards", "cards"),
        Block("sources", "table", "Sources"),
        Block("checks", "table", "Checks of the data", hint="What needs attention comes first."),
        Block("aside", "table", "Lines set aside or flagged"),
    ),
    build=data_board.build,
    filters=(),
    watches=True,
)


def layout(caller: Caller, parameters: Mapping[str, Any]) -> Component:
    """The board."""
    return board.layout(BOARD, caller, parameters)


def register(app: Registrar) -> None:
    """Declare the callbacks."""
    board.register(BOARD, app)
