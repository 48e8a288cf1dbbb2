"""The Sources page: how the databases behind the figures stand, and refreshing them."""

from collections.abc import Mapping
from typing import Any

from dash import Input, Output, dcc, html
from dash.development.base_component import Component

from dashboard import audit
from dashboard.access import Permission
from dashboard.reports.source_status import MODES
from dashboard.ui import sources_words
from dashboard.ui.admin_parts import NOT_HERE, Data, record, text
from dashboard.ui.attributes import extra
from dashboard.ui.caller import Caller, Registrar

MANAGE = Permission.SOURCES_MANAGE
WHAT_FOR = (
    "A refresh reads the open months of every source again; Salesgate only ever reads. While it goes on, and if it "
    "fails, every page shows the figures read before."
)
# Wish -> what it is called in the audit log.
ASKED = {
    "incremental": "refresh the sources",
    "full": "read everything of the sources again",
    "verify": "verify the sources",
    "cancel": "cancel the refresh",
}
STEPS = (
    ("Name the database in settings.toml, its password in the environment or in a file:", '[binds.erp]  url = "…"'),
    ("Map its tables, and let every column be checked:", "python -m dashboard sources add"),
    ("Read it; from then on the site does so by itself:", "python -m dashboard refresh"),
)


def layout(caller: Caller, _parameters: Mapping[str, Any]) -> Component:
    """The page; without sources it says how to connect one."""
    overview = caller.gate.watch.overview(caller.viewer)
    inside = _board(sources_words.view(overview)) if overview.sources else [_how_to()]
    return html.Div(
        [
            # There in any case: the callbacks hang on them.
            dcc.Store(id="sources-act"),
            dcc.Store(id="sources-done"),
            html.Header(
                html.Div(
                    [
                        html.H1("Sources", className="h3 mb-0"),
                        html.P("Databases that the figures are read from", className="sg-window"),
                    ]
                ),
                className="sg-heading",
            ),
            *inside,
        ],
        className="sg-page",
        **extra(data_sg_page="sources"),
    )


def register(app: Registrar) -> None:
    """Declare the page's callbacks."""

    @app.callback(MANAGE, Output("sources-done", "data"), Input("sources-act", "data"), prevent_initial_call=True)
    def _act(caller: Caller, wish: Any) -> Any:
        return act(caller, wish)

    app.clientside("sources", Output("sources-view", "storage_type"), Input("sources-view", "data"))
    app.clientside("sources_done", Output("sources-done", "storage_type"), Input("sources-done", "data"))


def view(caller: Caller) -> Data:
    """How the sources stand at this moment, as the browser draws it."""
    return sources_words.view(caller.gate.watch.overview(caller.viewer))


def act(caller: Caller, wish: Any) -> Data:
    """Do what the browser asks for: ``{"do": "incremental" | "full" | "verify" | "cancel"}``.

    What was asked is audited before it is done; how a refresh ends, it notes itself.
    """
    wanted, watch = text(record(wish).get("do")), caller.gate.watch
    if wanted not in ASKED:
        return {"error": NOT_HERE}
    before = view(caller)["last"]
    _note(caller, ASKED[wanted])
    if wanted == "cancel":
        refused = watch.cancel(caller.viewer)
    else:
        refused = next(watch.start(caller.viewer, mode) for mode in MODES if mode == wanted)
    return {"error": refused} if refused else {"do": wanted, "before": before["at"] if before else ""}


def _note(caller: Caller, what: str) -> None:
    actor = caller.actor
    event = audit.Event(
        audit.Kind.REFRESH_ASKED, actor.user_id, actor.username, "ok", what, actor.origin.ip, actor.session
    )
    caller.accounts.record(event)


def _board(data: Data) -> list[Component]:
    return [
        dcc.Store(id="sources-view", data=data),
        html.P(WHAT_FOR, className="sg-hint"),
        html.Div(
            [
                html.Div(className="sg-presets", role="group", **extra(data_sg="sources.acts", aria_label="Refresh")),
                html.Div(role="status", **extra(data_sg="sources.said")),
            ],
            className="sg-fields",
        ),
        html.Section(
            className="card card-body sg-run",
            hidden=True,
            **extra(data_sg="sources.run", aria_label="The refresh under way"),
        ),
        html.Section(className="sg-cards", **extra(data_sg="sources.cards", aria_label="Key figures")),
        html.Section(
            [
                html.H2("Sources", className="h6 mb-0"),
                # It may scroll, and holds nothing else that the keyboard reaches.
                html.Div(className="sg-table sg-sources", tabIndex=0, **extra(data_sg="sources.table")),
            ],
            className="card card-body sg-chart",
            **extra(aria_label="Sources"),
        ),
    ]


def _how_to() -> Component:
    steps = [html.Li([words, html.Code(command, className="sg-command")]) for words, command in STEPS]
    return html.Section(
        [
            html.H2("No database is connected", className="h6 mb-0"),
            html.P("The figures come from imported files. To read them from a database instead:", className="sg-hint"),
            html.Ol(steps, className="sg-connect"),
        ],
        className="card card-body sg-chart",
        **extra(aria_label="How to connect a database"),
    )
