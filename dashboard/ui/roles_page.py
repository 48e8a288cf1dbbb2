"""The Roles page: what roles there are, roles of one's own, and who can see what, and why. It shows no sales figure."""

from collections.abc import Mapping
from typing import Any

from dash import Input, Output, dcc, html
from dash.development.base_component import Component

from dashboard.access import Permission
from dashboard.ui.admin_parts import search_box, stale_notice, text, whole
from dashboard.ui.attributes import extra
from dashboard.ui.caller import Caller, Registrar
from dashboard.ui.roles_editor import act, list_data, offers
from dashboard.ui.roles_matrix import found_data, matrix_data

MANAGE = Permission.ROLES_MANAGE


def layout(caller: Caller, parameters: Mapping[str, Any]) -> Component:
    """Roles, the editor, and the matrix; the address may name a ``role`` to open, and the id of a ``user``."""
    found = found_data(caller, {"id": whole(parameters.get("user"))}) if parameters.get("user") else None
    return html.Div(
        [
            *(dcc.Store(id=f"roles-{part}") for part in ("act", "done", "user")),
            dcc.Store(id="roles-list", data=_lists(caller)),
            dcc.Store(id="roles-offers", data={**offers(), "open": text(parameters.get("role"))}),
            dcc.Store(id="roles-found", data=found),
            html.Header(html.H1("Roles", className="h3 mb-0"), className="sg-heading"),
            stale_notice(caller, "/roles"),
            html.Div(
                [html.Div([_roles_card(), _user_card()], className="sg-side"), _editor_card()], className="sg-admin"
            ),
            _matrix_card(),
        ],
        className="sg-page",
        **extra(data_sg_page="roles"),
    )


def register(app: Registrar) -> None:
    """Declare the page's callbacks."""

    @app.callback(MANAGE, Output("roles-done", "data"), Input("roles-act", "data"), prevent_initial_call=True)
    def _act(caller: Caller, wish: Any) -> Any:
        return act(caller, wish)

    @app.callback(MANAGE, Output("roles-list", "data"), Input("roles-done", "data"), prevent_initial_call=True)
    def _list(caller: Caller, _changed: Any) -> Any:
        return _lists(caller)

    @app.callback(
        MANAGE,
        Output("roles-found", "data"),
        Input("roles-search", "value"),
        prevent_initial_call=True,
    )
    def _search(caller: Caller, search: Any) -> Any:
        return found_data(caller, {"search": search})

    @app.callback(
        MANAGE,
        Output("roles-found", "data", allow_duplicate=True),
        Input("roles-user", "data"),
        prevent_initial_call=True,
    )
    def _explain(caller: Caller, wish: Any) -> Any:
        return found_data(caller, wish)

    app.clientside(
        "roles", Output("roles-act", "storage_type"), Input("roles-list", "data"), Input("roles-offers", "data")
    )
    app.clientside("role_done", Output("roles-done", "storage_type"), Input("roles-done", "data"))
    app.clientside("role_found", Output("roles-search", "title"), Input("roles-found", "data"))


def _lists(caller: Caller) -> dict[str, Any]:
    return {"list": list_data(caller), "matrix": matrix_data(caller), "fresh": caller.actor.fresh}


def _roles_card() -> Component:
    return html.Section(
        [
            html.Div(
                [html.H2("All roles", className="h6 mb-0"), html.Span(**extra(data_sg="roles.new"))],
                className="sg-chart-head",
            ),
            html.Div(className="sg-table", **extra(data_sg="roles.table")),
        ],
        className="card card-body sg-chart",
        **extra(aria_label="All roles"),
    )


def _editor_card() -> Component:
    return html.Section(
        className="card card-body sg-chart", tabIndex=-1, **extra(aria_label="Chosen role", data_sg="roles.editor")
    )


def _user_card() -> Component:
    return html.Section(
        [
            html.H2("What can one user see?", className="h6 mb-0"),
            html.Div(search_box("roles-search", "Find a user"), className="sg-narrow"),
            html.Div(role="status", className="sg-fields", **extra(data_sg="roles.user")),
        ],
        className="card card-body sg-chart",
        **extra(aria_label="What can one user see?"),
    )


def _matrix_card() -> Component:
    return html.Section(
        [
            html.H2("Who can see what, and why", className="h6 mb-0"),
            html.P(
                "A role opens what it has the right for, and nothing else. The right stands below each name.",
                className="sg-hint",
            ),
            html.Div(
                className="sg-table sg-matrix",
                role="group",
                tabIndex=0,
                **extra(data_sg="roles.matrix", aria_label="Who can see what, by role"),
            ),
        ],
        className="card card-body sg-chart",
        **extra(aria_label="Who can see what, and why"),
    )
