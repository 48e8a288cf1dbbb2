"""The filter bar of a sales page: native controls with labels, set from a choice."""

from collections.abc import Sequence
from typing import Protocol

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from dashboard.reports import ASKABLE, Options
from dashboard.sales.calendar import MONTHS_A_YEAR, first_day, month_key, month_number
from dashboard.ui.attributes import extra
from dashboard.ui.choice import ALL, LISTS, RANKS, Choice
from dashboard.ui.spec import RANKING_SIZES, SalesPage


class Identified(Protocol):
    """A page that names its components."""

    def id(self, part: str) -> str:
        """The id of one component of the page."""


PLURAL = {"region": "regions", "category": "categories", "channel": "channels", "source": "sources"}


def filter_bar(
    page: SalesPage, options: Options, choice: Choice, complete_month: str | None, *, ranks: bool
) -> Component:
    """Months, presets, dimensions worth filtering by, what is listed, and the zero-seller switch.

    ``ranks``: whether there is a choice of what to rank by.
    """
    months = [(key, f"{first_day(key):%b %Y}") for key in reversed(options.months)]
    sizes = [(str(size), f"{size} products") for size in RANKING_SIZES]
    fields = [
        select_field(page, "from", "From", months, choice.first),
        select_field(page, "to", "To", months, choice.last),
        *(dimension_field(page, name, options, getattr(choice, name)) for name in ASKABLE),
        select_field(page, "show", "Show", sizes, str(choice.size)),
        select_field(page, "lists", "Lists", list(LISTS.items()), choice.lists),
        select_field(page, "rank", "Rank by", list(RANKS.items()), choice.rank, hidden=not ranks),
    ]
    switch = dbc.Checkbox(id=page.id("zero"), label="Worst sellers include zero-sellers", value=choice.zero_sellers)
    return html.Fieldset(
        [
            html.Legend("Filters", className="visually-hidden"),
            html.Div(fields, className="sg-filter-grid"),
            html.Div([period_buttons(options, complete_month), switch], className="sg-filter-row"),
        ],
        className="card card-body sg-filters",
    )


def select_field(
    page: Identified, part: str, label: str, offers: Sequence[tuple[str, str]], value: str, *, hidden: bool = False
) -> Component:
    """A labelled native select."""
    choices = [{"label": text, "value": key} for key, text in offers]
    return html.Div(
        [
            dbc.Label(label, html_for=page.id(part), className="sg-label"),
            dbc.Select(id=page.id(part), options=choices, value=value, size="sm"),
        ],
        hidden=hidden,
    )


def dimension_field(page: Identified, name: str, options: Options, value: str) -> Component:
    """A select of one dimension's values."""
    values = options.values(name)
    offers = [(ALL, f"All {PLURAL[name]}"), *((value, value) for value in values)]
    # A dimension with one value is nothing to choose; it stays in the page because callbacks read it.
    return select_field(page, name, name.capitalize(), offers, value or ALL, hidden=len(values) <= 1)


def period_buttons(options: Options, complete_month: str | None) -> Component:
    """Buttons for the periods worth one."""
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
    before = month_number(newest) - MONTHS_A_YEAR
    if before >= low:
        offers.append(("Same month last year", month_key(before), month_key(before)))
    january = f"{newest[:4]}-01"
    if low <= month_number(january) < month_number(newest):
        offers.append(("Year to date", january, newest))
    return offers
