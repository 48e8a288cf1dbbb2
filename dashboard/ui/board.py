"""A board: a page that is declared by its blocks and filled by one function of the gate's answers.

The server sends data (cards, figures, tables, words), the browser draws them, as on the sales pages: no component is
rebuilt when a filter changes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from dash import Input, Output
from dash.development.base_component import Component

from dashboard.access import Permission
from dashboard.reports import ASKABLE, BadQuestionError, NoDataError, Options, Reports
from dashboard.sales.calendar import month_window
from dashboard.ui import board_layout
from dashboard.ui.asked import Asked, Offers, TableState, read, table_states
from dashboard.ui.caller import Caller, Registrar

__all__ = ["SCRIPTS", "Asked", "Block", "Board", "Select", "TableState", "layout", "register"]

SCRIPTS = ("board.js",)
View = dict[str, Any]
FILTERS = ("from", "to", *ASKABLE)


@dataclass(frozen=True)
class Block:
    """One block of a board.

    Attributes:
        part: name within the board; key of its content.
        kind: what the content is, see docs/reference/boards.md.
        title: heading until the content brings its own.
        hint: a short sentence beside the heading.
        half: whether it may stand beside the next one.
        search: whether its table, paged by the server, has a search field.
    """

    part: str
    kind: Literal["cards", "chart", "table", "words"]
    title: str = ""
    hint: str = ""
    half: bool = False
    search: bool = False


@dataclass(frozen=True)
class Select:
    """A choice of this board; ``offers(reports)`` gives ``(value, label)``, the first is the default."""

    name: str
    label: str
    offers: Callable[[Reports], Offers]


@dataclass(frozen=True)
class Board:
    """What tells one board from another.

    Attributes:
        key: prefix of every component id.
        permission: what the page and its callbacks need.
        build: ``(reports, asked)`` -> part -> content; a part that is missing or None is not shown.
        filters: which of the shared filters it has; ``product`` comes from the address alone.
        watches: whether it shows how the sources stand, which changes while the data do not.
    """

    key: str
    title: str
    permission: Permission
    blocks: tuple[Block, ...]
    build: Callable[[Reports, Asked], Mapping[str, Any]]
    filters: tuple[str, ...] = FILTERS
    selects: tuple[Select, ...] = ()
    watches: bool = False

    def id(self, part: str) -> str:
        """The id of one component of this board."""
        return f"{self.key}-{part}"

    def chart_id(self, part: str) -> str:
        """The id of one chart: a chart by region stands beside the filter of that name."""
        return self.id(f"{part}-chart")

    @property
    def tables(self) -> tuple[str, ...]:
        """The parts that are tables."""
        return tuple(block.part for block in self.blocks if block.kind == "table")

    @property
    def charts(self) -> tuple[str, ...]:
        """The parts that are charts."""
        return tuple(block.part for block in self.blocks if block.kind == "chart")

    def offers(self, reports: Reports) -> dict[str, Offers]:
        """What each select offers this viewer; one that has nothing to choose offers one value."""
        return {select.name: select.offers(reports) for select in self.selects}


def layout(board: Board, caller: Caller, parameters: Mapping[str, Any]) -> Component:
    """The board for the choice in the address; what the address got wrong is said, and the default shown."""
    try:
        reports = caller.reports()
    except NoDataError as error:
        return board_layout.empty(board.title, error)
    options, offers = reports.options(), board.offers(reports)
    notice = ""
    try:
        asked = read(parameters, options, offers, board.tables)
        view = _view(board, reports, asked)
    except BadQuestionError as error:
        notice = f"{_sentence(error)} The newest month is shown instead."
        asked = read({}, options, offers, board.tables)
        view = _view(board, reports, asked)
    return board_layout.page(board, reports, options, offers, asked, {**view, "notice": notice})


def register(board: Board, app: Registrar) -> None:
    """Declare the board's callbacks; each needs the board's permission."""
    names = (*board.filters, *(select.name for select in board.selects))
    view, tables, product = board.id("view"), board.id("tables"), board.id("product")

    @app.callback(
        board.permission,
        Output(view, "data"),
        Input(tables, "data"),
        Input(product, "data"),
        *(Input(board.id(name), "value") for name in names),
        prevent_initial_call=True,
    )
    def _answer(caller: Caller, states: Any, drilled: Any, *values: Any) -> Any:
        return answer(board, caller, states, {"product": drilled, **dict(zip(names, values, strict=True))})

    figures = [Output(board.chart_id(part), "figure") for part in board.charts]
    clicks = [Input(board.chart_id(part), "clickData") for part in board.charts]
    app.clientside("board", Output(board.id("drawn"), "data"), *figures, Input(view, "data"), Input("theme", "data"))
    if clicks:
        app.clientside("follow", Output(board.id("followed"), "data"), *clicks, prevent_initial_call=True)


def answer(board: Board, caller: Caller, states: Any, values: Mapping[str, Any]) -> View:
    """The view for the values of the controls, or a notice that says what is wrong with them."""
    try:
        reports = caller.reports()
        offers = board.offers(reports)
        asked = read(values, reports.options(), offers, ())
        here = _address(board, asked, reports.options(), offers)
        same = isinstance(states, dict) and states.get("at") == here
        asked = Asked(asked.question, asked.extras, table_states(states or {}, board.tables, same=same))
        return _view(board, reports, asked)
    except (BadQuestionError, NoDataError) as error:
        return {"notice": f"{_sentence(error)} What is shown below is from before."}


def _view(board: Board, reports: Reports, asked: Asked) -> View:
    """Shared between requests with the very same rights: not to be changed."""
    sources = reports.sources() if board.watches else ()
    return reports.remember(("board", board.key, asked, sources), lambda: _build(board, reports, asked))


def _build(board: Board, reports: Reports, asked: Asked) -> View:
    reports.check(asked.question)
    options, offers = reports.options(), board.offers(reports)
    plain = Asked(asked.question, asked.extras)
    names = (*board.filters, "product")
    return {
        "window": month_window(asked.question.first, asked.question.last).words if "from" in board.filters else "",
        "address": asked.address(names, offers, options.months[-1]),
        "at": plain.address(names, offers, options.months[-1]),
        "parts": dict(board.build(reports, asked)),
        "notice": "",
    }


def _address(board: Board, asked: Asked, options: Options, offers: Mapping[str, Offers]) -> str:
    return Asked(asked.question, asked.extras).address((*board.filters, "product"), offers, options.months[-1])


def _sentence(error: Exception) -> str:
    said = str(error)
    return f"{said[:1].upper()}{said[1:].rstrip('.')}."
