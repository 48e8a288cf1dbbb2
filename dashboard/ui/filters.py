"""The filter bar of a sales page: native controls with labels, set from a choice."""

from collections.abc import Sequence

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from dashboard.access import DIMENSIONS
from dashboard.reports import Options
from dashboard.sales.calendar import first_day, month_key, month_number
from dashboard.ui.attributes import extra
from dashboard.ui.choice import ALL, Choice
from dashboard.ui.spec import RANKING_SIZES, SalesPage

PLURAL = {"region": "regions", "category": "categories", "channel": "channels"}


def filter_bar(page: SalesPage, options: Options, choice: Choice, complete_month: str | None) -> Component:
    """Months, presets, dimensions worth filtering by, ranking size and the zero-seller switch."""
    months = [(key, f"{first_day(key):%b %Y}") for key in reversed(options.months)]
    fields = [
        _select(page, "from", "From", months, choice.first),
        _select(page, "to", "To", months, choice.last),
        *(_dimension(page, name, options, getattr(choice, name)) for name in DIMENSIONS),
        _select(page, "show", "Show", [(str(size), f"{size} products") for size in RANKING_SIZES], str(choice.size)),
    ]
    switch = dbc.Checkbox(id=page.id("zero"), label="Worst sellers include zero-sellers", value=choice.zero_sellers)
    return html.Fieldset(
        [
            html.Legend("Filters", className="visually-hidden"),
            html.Div(fields, className="sg-filter-grid"),
            html.Div([_presets(options, complete_month), switch], className="sg-filter-row"),
        ],
        className="card card-body sg-filters",
    )


def _select(
    page: SalesPage, part: str, label: str, offers: Sequence[tuple[str, str]], value: str, *, hidden: bool = False
) -> Component:
    choices = [{"label": text, "value": key} for key, text in offers]
    return html.Div(
        [
            dbc.Label(label, html_for=page.id(part), className="sg-label"),
            dbc.Select(id=page.id(part), options=choices, value=value, size="sm"),
        ],
        hidden=hidden,
    )


def _dimension(page: SalesPage, name: str, options: Options, value: str) -> Component:
    values = options.values(name)
    offers = [(ALL, f"All {PLURAL[name]}"), *((value, value) for value in values)]
    # A dimension with one value is nothing to choose; it stays in the page because callbacks read it.
    return _select(page, name, name.capitalize(), offers, value or ALL, hidden=len(values) <= 1)


def _presets(options: Options, complete_month: str | None) -> Component:
    buttons = [
        html.Button(
            label,
            type="button",
            className="btn btn-sm btn-outline-secondary",
            **extra(data_sg_months=f"{first}|{last}"),
        )
        for label, first, last in presets(options.months, complete_month)
    ]
    return html.Div(buttons, className="sg-presets", role="group", **extra(aria_label="Periods"))


def presets(months: Sequence[str], complete_month: str | None) -> list[tuple[str, str, str]]:
    """``(label, first, last)`` of the periods worth a button; those that reach before the data are left out."""
    low, newest = month_number(months[0]), months[-1]
    offers = [(f"{first_day(newest):%b %Y}", newest, newest)]
    if complete_month is not None and complete_month != newest:
        offers.append(("Last full month", complete_month, complete_month))
    if complete_month is not None:
        offers += [
            (f"Last {n} full months", month_key(month_number(complete_month) - n + 1), complete_month)
            for n in (3, 12)
            if month_number(complete_month) - n + 1 >= low
        ]
    january = f"{newest[:4]}-01"
    if low <= month_number(january) < month_number(newest):
        offers.append(("Year to date", january, newest))
    return offers
