"""The Users page of administrators: who may sign in, and with what role. It shows no sales figure."""

from collections.abc import Mapping
from typing import Any

import dash_bootstrap_components as dbc
from dash import Input, Output, State, dcc, html
from dash.development.base_component import Component

from dashboard.access import Permission
from dashboard.ui.admin_parts import (
    LONGEST_TEXT,
    field,
    role_options,
    search_box,
    select,
    stale_notice,
    table_card,
    whole,
)
from dashboard.ui.attributes import extra
from dashboard.ui.caller import Caller, Registrar
from dashboard.ui.choice import ALL
from dashboard.ui.users_actions import FIELDS, act, create
from dashboard.ui.users_list import STATES, list_data, requests_data

MANAGE = Permission.USERS_MANAGE
Options = list[dict[str, str]]


def layout(caller: Caller, parameters: Mapping[str, Any]) -> Component:
    """Open requests, the list, the chosen user with what can be done, and the form for a new one.

    The address may name ``q``, ``role`` and ``state`` of the filters, and the id of a ``user``.
    """
    roles = caller.accounts.roles
    options, grantable = role_options(roles), role_options(roles.grantable)
    users = list_data(caller, parameters.get("q"), parameters.get("role"), parameters.get("state"), None)
    user_id = whole(parameters.get("user"))
    chosen = act(caller, {"do": "show", "id": user_id}) if user_id else None
    return html.Div(
        [
            *(dcc.Store(id=f"users-{part}") for part in ("act", "table", "paging")),
            dcc.Store(id="users-list", data=users),
            dcc.Store(id="users-chosen", data=chosen),
            dcc.Store(id="users-requests", data=requests_data(caller, 0)),
            html.Header(html.H1("Users", className="h3 mb-0"), className="sg-heading"),
            stale_notice(caller, "/users"),
            _requests_card(),
            html.Div(
                [
                    _list_card(options, users["of"]),
                    html.Div([_chosen_card(), _new_card(grantable)], className="sg-side"),
                ],
                className="sg-admin",
            ),
        ],
        className="sg-page",
        **extra(data_sg_page="users"),
    )


def register(app: Registrar) -> None:
    """Declare the page's callbacks."""
    _register_lists(app)

    @app.callback(MANAGE, Output("users-chosen", "data"), Input("users-act", "data"), prevent_initial_call=True)
    def _act(caller: Caller, wish: Any) -> Any:
        return act(caller, wish)

    @app.callback(
        MANAGE,
        Output("users-chosen", "data", allow_duplicate=True),
        Input("users-create", "n_clicks"),
        *(State(f"users-{part}", "value") for part in FIELDS),
        prevent_initial_call=True,
    )
    def _create(caller: Caller, _clicks: Any, *values: Any) -> Any:
        return create(caller, values)

    app.clientside("users", Output("users-search", "title"), Input("users-list", "data"))
    app.clientside("requests", Output("users-state", "title"), Input("users-requests", "data"))
    app.clientside("user", Output("users-create", "title"), Input("users-chosen", "data"))


def _register_lists(app: Registrar) -> None:
    @app.callback(
        MANAGE,
        Output("users-list", "data"),
        *(Input(f"users-{part}", "value") for part in ("search", "role", "state")),
        Input("users-table", "data"),
        Input("users-chosen", "data"),
        prevent_initial_call=True,
    )
    def _list(caller: Caller, search: Any, role: Any, state: Any, table: Any, _changed: Any) -> Any:
        return list_data(caller, search, role, state, table)

    @app.callback(
        MANAGE,
        Output("users-requests", "data"),
        Input("users-paging", "data"),
        Input("users-chosen", "data"),
        prevent_initial_call=True,
    )
    def _requests(caller: Caller, first: Any, _changed: Any) -> Any:
        return requests_data(caller, first)


def _requests_card() -> Component:
    return html.Section(
        [
            html.H2("Role requests", className="h6 mb-0", **extra(data_sg="users.asked")),
            html.Ul(className="sg-people", **extra(data_sg="users.requests")),
            html.Div(className="sg-table-status", **extra(data_sg="users.more")),
        ],
        className="card card-body sg-chart",
        hidden=True,
        **extra(aria_label="Role requests", data_sg="users.asking"),
    )


def _list_card(roles: Options, filters: list[str]) -> Component:
    search, role, state = filters
    states = [{"label": label, "value": key} for key, label in STATES.items()]
    known = {option["value"] for option in roles}
    filter_row = html.Div(
        [
            search_box("users-search", "Find", search),
            select(
                "users-role", "Role", [{"label": "All roles", "value": ALL}, *roles], role if role in known else ALL
            ),
            select("users-state", "State", [{"label": "All states", "value": ALL}, *states], state or ALL),
        ],
        className="sg-filter-grid",
    )
    return table_card("users", "All users", [filter_row])


def _chosen_card() -> Component:
    return html.Section(
        html.P("Choose a user to see their state and change it.", className="sg-hint"),
        className="card card-body sg-chart",
        tabIndex=-1,
        **extra(aria_label="Chosen user", data_sg="users.chosen", aria_live="polite"),
    )


def _new_card(roles: Options) -> Component:
    def line(part: str, label: str, kind: Any = "text") -> Component:
        box = dbc.Input(id=f"users-{part}", type=kind, size="sm", maxlength=LONGEST_TEXT, autocomplete="off")
        return field(f"users-{part}", label, box)

    role = dbc.Select(id="users-new-role", options=roles, value=roles[0]["value"], size="sm")
    fields = [
        line("username", "User name"),
        line("email", "E-mail", "email"),
        line("first-name", "First name"),
        line("last-name", "Last name"),
        field("users-new-role", "Role", role),
    ]
    return html.Section(
        [
            html.H2("New user", className="h6 mb-0"),
            html.Fieldset([html.Legend("New user", className="visually-hidden"), *fields], className="sg-fields"),
            html.P("The user sets the password with a link that you get once; you never see it.", className="sg-hint"),
            html.Div(html.Button("Create user", id="users-create", type="button", className="btn btn-sm btn-primary")),
            html.Div(role="alert", hidden=True, className="alert alert-danger mb-0", **extra(data_sg="users.refused")),
        ],
        className="card card-body sg-chart",
        **extra(aria_label="New user"),
    )
