"""The Audit log page: what happened, who did it, and whether the log is whole."""

from collections.abc import Mapping
from typing import Any

import dash_bootstrap_components as dbc
from dash import Input, Output, State, dcc, html
from dash.development.base_component import Component

from dashboard.access import Permission
from dashboard.audit import Kind
from dashboard.ui.admin_parts import field, search_box, select, table_card, text
from dashboard.ui.attributes import extra
from dashboard.ui.audit_data import LONGEST_NOTE, list_data, verdict_data
from dashboard.ui.audit_filter import OUTCOMES, PARTS
from dashboard.ui.caller import Caller, Registrar
from dashboard.ui.choice import ALL

READ = Permission.AUDIT_READ


def layout(caller: Caller, parameters: Mapping[str, Any]) -> Component:
    """The newest events that fit the filters in the address, which are named as PARTS."""
    typed = tuple(text(parameters.get(part)) for part in PARTS)
    return html.Div(
        [
            dcc.Store(id="audit-table"),
            dcc.Store(id="audit-list", data=list_data(caller, typed, None)),
            dcc.Store(id="audit-verdict"),
            html.Header(html.H1("Audit log", className="h3 mb-0"), className="sg-heading"),
            _chain_card(),
            table_card(
                "audit", "Events", [_filters(typed), html.Div(className="sg-presets", **extra(data_sg="audit.export"))]
            ),
        ],
        className="sg-page",
        **extra(data_sg_page="audit"),
    )


def register(app: Registrar) -> None:
    """Declare the page's callbacks."""

    @app.callback(
        READ,
        Output("audit-list", "data"),
        *(Input(f"audit-{part}", "value") for part in PARTS),
        Input("audit-table", "data"),
        prevent_initial_call=True,
    )
    def _list(caller: Caller, *values: Any) -> Any:
        *typed, table = values
        return list_data(caller, tuple(typed), table)

    @app.callback(
        READ,
        Output("audit-verdict", "data"),
        Input("audit-verify", "n_clicks"),
        State("audit-noted", "value"),
        prevent_initial_call=True,
    )
    def _verify(caller: Caller, _clicks: Any, noted: Any) -> Any:
        return verdict_data(caller, noted)

    app.clientside("events", Output("audit-text", "title"), Input("audit-list", "data"))
    app.clientside("verdict", Output("audit-verify", "title"), Input("audit-verdict", "data"))


def _chain_card() -> Component:
    noted = dbc.Textarea(id="audit-noted", rows=2, maxlength=LONGEST_NOTE, size="sm", spellcheck=False)
    hint = (
        "Each event is sealed together with the one before it, so a change, a gap or a swap shows. Somebody who can "
        "write to the database could still cut events off at the end: paste a line of the file or syslog where "
        "the heads are noted (audit in settings.toml) to find that too."
    )
    verify = html.Button(
        "Verify the chain", id="audit-verify", type="button", className="btn btn-sm btn-outline-secondary"
    )
    return html.Section(
        [
            html.Div([html.H2("Is the log whole?", className="h6 mb-0"), verify], className="sg-chart-head"),
            html.P(hint, className="sg-hint"),
            html.Details(
                [html.Summary("Check against noted heads"), field("audit-noted", "Noted heads, one a line", noted)]
            ),
            html.Div(role="status", **extra(data_sg="audit.verdict")),
        ],
        className="card card-body sg-chart",
        **extra(aria_label="Is the log whole?"),
    )


def _filters(typed: tuple[str, ...]) -> Component:
    kind, outcome, words, first, last = typed
    kinds = [{"label": one.value.replace("_", " ").capitalize(), "value": one.value} for one in Kind]
    kinds = [{"label": "All kinds", "value": ALL}, *sorted(kinds, key=lambda option: option["label"])]
    outcomes = [
        {"label": "All outcomes", "value": ALL},
        *({"label": label, "value": key} for key, label in OUTCOMES.items()),
    ]
    return html.Div(
        [
            search_box("audit-text", "Who, whom or address", words),
            select("audit-kind", "Kind", kinds, kind if kind in {option["value"] for option in kinds} else ALL),
            select("audit-outcome", "Outcome", outcomes, outcome if outcome in OUTCOMES else ALL),
            _day("audit-from", "From day (UTC)", first),
            _day("audit-to", "To day (UTC)", last),
        ],
        className="sg-filter-grid",
    )


def _day(target: str, label: str, value: str) -> Component:
    # As a text field with a type of its own: the browser brings its calendar.
    return field(target, label, dbc.Input(id=target, type="date", size="sm", value=value, debounce=0.4))
