"""The layout of a board: fixed components that the browser fills from the board's store."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.reports import ASKABLE, DataStatus, NoDataError, Options, Reports
from dashboard.sales.calendar import first_day, is_unfinished
from dashboard.ui.asked import Asked, Offers
from dashboard.ui.attributes import extra
from dashboard.ui.filters import dimension_field, period_buttons, select_field
from dashboard.ui.skeleton import GRAPH_CONFIG, banner
from dashboard.ui.words import status_line

if TYPE_CHECKING:
    from dashboard.ui.board import Block, Board


def page(
    board: "Board",
    reports: Reports,
    options: Options,
    offers: Mapping[str, Offers],
    asked: Asked,
    view: dict[str, Any],
) -> Component:
    """The page with its first state already in it, so that no callback stands between loading and charts."""
    status = reports.status()
    return html.Div(
        [
            dcc.Store(id=board.id("view"), data=view),
            dcc.Store(id=board.id("tables"), data={}),
            dcc.Store(id=board.id("product"), data=asked.question.product or ""),
            dcc.Store(id=board.id("drawn")),
            dcc.Store(id=board.id("followed")),
            _heading(board, status),
            *banner(reports, board.key),
            *_filters(board, status, options, offers, asked),
            html.Div(className="alert alert-warning sg-notice", role="alert", hidden=True, **extra(data_sg="notice")),
            *_blocks(board),
        ],
        id=board.id("page"),
        className="sg-page",
        **extra(data_sg_board=board.key, data_sg_charts=" ".join(board.charts)),
    )


def empty(title: str, error: NoDataError) -> Component:
    """The page before the first import."""
    return html.Div([html.H1(title, className="h3"), dbc.Alert(str(error), color="info")], className="sg-page")


def _heading(board: "Board", status: DataStatus) -> Component:
    window = html.P(className="sg-window", **extra(data_sg="window"))
    title = html.H1(board.title, className="h3 mb-0", **extra(data_sg="heading"))
    return html.Header(
        [html.Div([title, window]), html.P(status_line(status), className="sg-about")], className="sg-heading"
    )


def _filters(
    board: "Board", status: DataStatus, options: Options, offers: Mapping[str, Offers], asked: Asked
) -> list[Component]:
    fields = [*_shared(board, options, asked), *_own(board, offers, asked)]
    if not fields:
        return []
    complete = next((key for key in reversed(options.months) if not is_unfinished(key, status.complete_to)), None)
    rows = [html.Div(fields, className="sg-filter-grid")]
    if "from" in board.filters:
        rows.append(html.Div(period_buttons(options, complete), className="sg-filter-row"))
    legend = html.Legend("Filters", className="visually-hidden")
    return [html.Fieldset([legend, *rows], className="card card-body sg-filters")]


def _shared(board: "Board", options: Options, asked: Asked) -> Iterator[Component]:
    months = [(key, f"{first_day(key):%b %Y}") for key in reversed(options.months)]
    for name in board.filters:
        if name in {"from", "to"}:
            yield select_field(board, name, name.capitalize(), months, asked.value(name))
        elif name in ASKABLE:
            yield dimension_field(board, name, options, asked.value(name))


def _own(board: "Board", offers: Mapping[str, Offers], asked: Asked) -> Iterator[Component]:
    for select in board.selects:
        offered = offers[select.name]
        yield select_field(board, select.name, select.label, offered, asked.get(select.name), hidden=len(offered) <= 1)


def _blocks(board: "Board") -> Iterator[Component]:
    """Blocks from the top; neighbours that may share a row do."""
    waiting: list[Component] = []
    for block in board.blocks:
        drawn = _block(board, block)
        if block.half:
            waiting.append(drawn)
            continue
        yield from _pair(waiting)
        waiting = []
        yield drawn
    yield from _pair(waiting)


def _pair(blocks: Sequence[Component]) -> Iterator[Component]:
    for first in range(0, len(blocks), 2):
        yield html.Div(list(blocks[first : first + 2]), className="sg-pair")


def _block(board: "Board", block: "Block") -> Component:
    part = block.part
    if block.kind == "cards":
        return html.Section(className="sg-cards", **extra(data_sg=part, aria_label=block.title or "Key figures"))
    if block.kind == "words":
        heading = html.H2(block.title, className="h6 mb-0", **extra(data_sg=f"{part}.title"))
        words = html.Ul(className="sg-findings", **extra(data_sg=f"{part}.items"))
        return html.Section([heading, words], className="card card-body sg-chart", **extra(data_sg=part))
    head = _head(board, block)
    empty_words = html.P(className="sg-empty", hidden=True, **extra(data_sg=f"{part}.empty"))
    note = html.P(className="sg-note", **extra(data_sg=f"{part}.note"))
    how = html.Div(**extra(data_sg=f"{part}.how"))
    table = html.Div(className="sg-table", **extra(data_sg=f"{part}.table"))
    if block.kind == "table":
        status = html.Div(className="sg-table-status", role="status", **extra(data_sg=f"{part}.status"))
        chips = html.Div(className="sg-chips", **extra(data_sg=f"{part}.filters"))
        inside = [head, chips, status, empty_words, table, note, how]
        return html.Section(inside, className="card card-body sg-chart", tabIndex=-1, **extra(data_sg=part))
    plot = html.Div(
        dcc.Graph(id=board.chart_id(part), config=GRAPH_CONFIG, responsive=True),
        className="sg-plot",
        role="img",
        **extra(data_sg=f"{part}.plot", aria_label=block.title),
    )
    as_table = html.Details([html.Summary("Show as table"), table], **extra(data_sg=f"{part}.details"))
    caption = html.Figcaption(note)
    inside = [head, empty_words, plot, caption, as_table, how]
    return html.Figure(inside, className="card card-body sg-chart", **extra(data_sg=part))


def _head(board: "Board", block: "Block") -> Component:
    title = html.H2(block.title, className="h6 mb-0", **extra(data_sg=f"{block.part}.title"))
    hint = [html.Span(block.hint, className="sg-hint")] if block.hint else []
    return html.Div([title, *hint, *(_search(board, block) if block.search else ())], className="sg-chart-head")


def _search(board: "Board", block: "Block") -> list[Component]:
    field = board.id(f"{block.part}-search")
    box = dbc.Input(id=field, type="search", placeholder="Name or code", size="sm", maxlength=80)
    label = dbc.Label("Find", html_for=field, className="sg-label mb-0")
    return [html.Div([label, box], className="sg-search", **extra(data_sg_search=block.part))]
