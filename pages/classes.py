"""Classes: which products carry the whole, which sell steadily, and what one usually does with each kind."""

from collections.abc import Mapping
from typing import Any

from dash.development.base_component import Component

from dashboard.access import Permission
from dashboard.ui import board, classes_board
from dashboard.ui.board import Block, Board, Select
from dashboard.ui.caller import Caller, Registrar

PATH = "/classes"
NAME = "Classes"
SCRIPTS: tuple[str, ...] = board.SCRIPTS
HAS_CHARTS = True
PERMISSION: Permission | None = Permission.MEASURE_UNITS
BOARD = Board(
    key="classes",
    title="Classes",
    permission=Permission.MEASURE_UNITS,
    blocks=(
        Block("findings", "words", "What stands out"),
        Block("cards", "cards"),
        Block("pareto", "chart", "Pareto", half=True),
        Block("boxes", "chart", "Nine boxes", hint="Click a box for its products", half=True),
        Block("list", "table", "Products", search=True),
        Block("policies", "table", "What one usually does with each box"),
        Block("movers", "table", "Products that changed class"),
    ),
    build=classes_board.build,
    filters=classes_board.NAMED,
    selects=(
        Select("measure", "Classify by", classes_board.measure_offers),
        Select("since", "Compare with", classes_board.since_offers),
    ),
)


def layout(caller: Caller, parameters: Mapping[str, Any]) -> Component:
    """The page for the choice in the address."""
    return board.layout(BOARD, caller, parameters)


def register(app: Registrar) -> None:
    """Declare the callbacks."""
    board.register(BOARD, app)
