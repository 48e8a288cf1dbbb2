"""What stands around every page: name, menu, theme switch, who is signed in, and the way out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.ui.attributes import extra


@dataclass(frozen=True)
class Entry:
    """One entry of the menu; ``in_full``: the page has scripts of its own, so that it has to be loaded in full."""

    name: str
    path: str
    in_full: bool


def shell(
    title: str,
    menu: Sequence[Entry],
    name: str,
    role: str,
    csrf_token: str,
    content: Component,
    factor_due: date | None = None,
    views: Sequence[Component] = (),
) -> Component:
    """The frame of one signed-in person.

    Args:
        menu: the pages that this person may see.
        content: where the pages are shown.
        factor_due: day from which this person cannot sign in without a second factor, where one is missing.
        views: the menu of saved views, where the person may see pages worth saving.
    """
    links = [dbc.NavLink(one.name, href=one.path, active="exact", external_link=one.in_full) for one in menu]
    bar = [
        html.A(title, href="/", className="sg-brand"),
        html.Nav(links, className="sg-nav", **extra(aria_label="Pages")),
        html.Div([*views, *_who(name, role), _theme_switch(), _sign_out(csrf_token)], className="sg-user"),
    ]
    return html.Div(
        [
            dcc.Store(id="theme"),
            html.A("Skip to content", href="#content", className="visually-hidden-focusable"),
            html.Header(html.Div(bar, className="sg-bar-inner"), className="sg-bar"),
            *_due(factor_due),
            html.Main(content, id="content", className="sg-main", tabIndex=-1),
        ]
    )


def _who(name: str, role: str) -> list[Component]:
    return [html.A([name, html.Small(role)], href="/account", className="sg-who")]


def _due(day: date | None) -> list[Component]:
    if day is None:
        return []
    words = f"From {day.day} {day:%B %Y} you need a second factor to sign in. "
    return [
        html.Aside(
            [words, html.A("Set it up", href="/account#factors")], className="sg-due", **extra(data_sg="shell.due")
        )
    ]


def _theme_switch() -> Component:
    return html.Button(
        id="theme-switch", type="button", className="btn btn-sm btn-outline-secondary", title="Light or dark",
        **extra(aria_label="Switch between light and dark"),
    )  # fmt: skip


def _sign_out(csrf_token: str) -> Component:
    return html.Form(
        [
            dcc.Input(type="hidden", name="csrf_token", value=csrf_token, id="sign-out-token"),
            html.Button("Sign out", type="submit", className="btn btn-sm btn-outline-secondary"),
        ],
        action="/sign-out",
        method="POST",
    )
