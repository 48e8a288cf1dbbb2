"""Changes: by how much, why, who made it, and what does not fit."""

from collections.abc import Mapping
from typing import Any

from dash.development.base_component import Component

from dashboard.access import Permission
from dashboard.ui import board, changes_board
from dashboard.ui.board import Block, Board, Select
from dashboard.ui.caller import Caller, Registrar

PATH = "/changes"
NAME = "Changes"
SCRIPTS: tuple[str, ...] = board.SCRIPTS
HAS_CHARTS = True
PERMISSION: Permission | None = Permission.MEASURE_UNITS
BOARD = Board(
    key="changes",
    title="Changes",
    permission=Permission.MEASURE_UNITS,
    blocks=(
        Block("findings", "words", "What stands out"),
        Block("cards", "cards"),
        Block("waterfall", "chart", "Why net sales changed", half=True),
        Block("movers", "chart", "Largest changes", hint="Click a bar for its product", half=True),
        Block("products", "table", "Every product that changed", search=True),
        Block("pairs", "words", "Ups and downs that nearly cancel each other"),
        Block("category", "chart", "Change by category", hint="Click a bar to narrow", half=True),
        Block("region", "chart", "Change by region", hint="Click a bar to narrow", half=True),
        Block("channel", "chart", "Change by channel", hint="Click a bar to narrow", half=True),
        Block("source", "chart", "Change by source", hint="Click a bar to narrow", half=True),
        Block("calendar", "table", "What the calendar did"),
        Block("fiscal", "chart", "By fiscal period"),
        Block("anomalies", "table", "Months that do not fit a product's past"),
    ),
    build=changes_board.build,
    selects=(
        Select("measure", "Measure", changes_board.measure_offers),
        Select("against", "Compare with", changes_board.against_offers),
    ),
)


def layout(caller: Caller, parameters: Mapping[str, Any]) -> Component:
    """The page for the choice in the address."""
    return board.layout(BOARD, caller, parameters)


def register(app: Registrar) -> None:
    """Declare the callbacks."""
    board.register(BOARD, app)
