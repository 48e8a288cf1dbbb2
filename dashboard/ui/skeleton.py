"""The layout of a sales page: fixed components that the browser fills from the page's stores."""

from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.reports import DataStatus, NoDataError, Options, Reports, quality
from dashboard.ui.attributes import extra
from dashboard.ui.choice import Choice, split_dimensions
from dashboard.ui.spec import SalesPage
from dashboard.ui.words import status_facts, status_line

GRAPH_CONFIG: Any = {"displayModeBar": False, "responsive": True, "scrollZoom": False}
DRAWN = ("monthly", "best", "worst", "split")


def sales_layout(
    page: SalesPage,
    reports: Reports,
    choice: Choice,
    filters: Component,
    view: dict[str, Any],
    products: dict[str, Any],
) -> Component:
    """The page with its first state already in it, so that no callback stands between loading and charts."""
    options, status = reports.options(), reports.status()
    titles = {part: view["charts"][part]["title"] for part in DRAWN}
    return html.Div(
        [
            dcc.Store(id=page.id("view"), data=view),
            dcc.Store(id=page.id("products"), data=products),
            dcc.Store(id=page.id("table"), data={}),
            dcc.Store(id=page.id("months")),
            dcc.Store(id=page.id("product"), data=choice.product),
            _heading(page, status),
            *banner(reports, page.key),
            filters,
            html.Div(className="alert alert-warning sg-notice", role="alert", hidden=True, **extra(data_sg="notice")),
            html.Nav(className="sg-crumb", **extra(data_sg="crumb", aria_label="What is shown")),
            html.Ul(className="card card-body sg-findings", hidden=True, **extra(data_sg="findings")),
            html.Section(className="sg-cards", **extra(data_sg="cards"), **extra(aria_label="Key figures")),
            _chart(page, "monthly", titles["monthly"], hint="Choose a bar to see that month."),
            html.Div(
                [
                    _chart(page, "best", titles["best"], hint="Choose a bar to follow that product."),
                    _chart(page, "worst", titles["worst"], hint="Choose a bar to follow that product."),
                ],
                className="sg-pair",
            ),
            _split(page, options, choice, titles["split"]),
            _products(page),
        ],
        id=page.id("page"),
        className="sg-page",
        **extra(data_sg_page=page.key),
    )


def banner(reports: Reports, key: str) -> list[Component]:
    """One line with a link while the data themselves are in doubt; not on the page that it leads to."""
    said = quality.banner(reports)
    if not said or key == quality.BANNER_WORD.lower():
        return []
    return [html.P(html.A(said, href=quality.BANNER_ADDRESS), className="sg-banner")]


def empty_layout(page: SalesPage, error: NoDataError) -> Component:
    """The page before the first import."""
    return html.Div([html.H1(page.title, className="h3"), dbc.Alert(str(error), color="info")], className="sg-page")


def _heading(page: SalesPage, status: DataStatus) -> Component:
    # Each figure has its definition beside it.
    facts = [part for term, words in status_facts(status, {}) for part in (html.Dt(term), html.Dd(words))]
    return html.Header(
        [
            html.Div(
                [html.H1(page.title, className="h3 mb-0"), html.P(className="sg-window", **extra(data_sg="window"))]
            ),
            html.Details(
                [html.Summary([html.Span(status_line(status)), html.Span("About these figures")]), html.Dl(facts)],
                className="sg-about",
            ),
        ],
        className="sg-heading",
    )


def _chart(page: SalesPage, part: str, title: str, hint: str = "", control: Component | None = None) -> Component:
    heading = [html.H2(title, className="h6 mb-0", **extra(data_sg=f"{part}.title")), *([control] if control else [])]
    return html.Figure(
        [
            html.Div([*heading, html.Span(hint, className="sg-hint") if hint else None], className="sg-chart-head"),
            html.P(className="sg-empty", hidden=True, **extra(data_sg=f"{part}.empty")),
            html.Div(
                dcc.Graph(id=page.id(part), config=GRAPH_CONFIG, responsive=True),
                className=f"sg-plot sg-plot-{part}",
                role="img",
                **extra(data_sg=f"{part}.plot"),
                **extra(aria_label=title),
            ),
            html.Figcaption(
                [
                    html.Span(**extra(data_sg=f"{part}.note")),
                    html.Span(className="sg-left-out", **extra(data_sg=f"{part}.left_out")),
                ]
            ),
            html.Details(
                [html.Summary("Show as table"), html.Div(className="sg-table", **extra(data_sg=f"{part}.table"))]
            ),
            html.Div(**extra(data_sg=f"{part}.how")),
        ],
        className="card card-body sg-chart",
    )


def _split(page: SalesPage, options: Options, choice: Choice, title: str) -> Component:
    offers = [{"label": f"By {name}", "value": name} for name in split_dimensions(options)]
    select = dbc.Select(id=page.id("split-by"), options=offers, value=choice.split, size="sm", className="w-auto")
    label = dbc.Label("Split", html_for=page.id("split-by"), className="visually-hidden")
    hint = "Choose a bar to narrow everything to it."
    return _chart(page, "split", title, hint, html.Div([label, select]))


def _products(page: SalesPage) -> Component:
    search = dbc.Input(
        id=page.id("search"), type="search", debounce=0.4, placeholder="Name or code", size="sm", maxlength=80
    )
    label = dbc.Label("Find a product", html_for=page.id("search"), className="sg-label mb-0")
    return html.Section(
        [
            html.Div(
                [html.H2("All products", className="h6 mb-0"), html.Div([label, search], className="sg-search")],
                className="sg-chart-head",
            ),
            html.Div(className="sg-table-status", role="status", **extra(data_sg="products.status")),
            html.Div(className="sg-table", **extra(data_sg="products.table")),
            html.Div(**extra(data_sg="products.how")),
        ],
        className="card card-body sg-chart",
        id=page.id("all"),
        tabIndex=-1,
        **extra(aria_label="All products"),
    )
