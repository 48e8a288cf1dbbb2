"""The Audit log page: what happened, who did it, and whether the log is whole."""

import json
import threading
from collections.abc import Mapping
from typing import Any

import dash_bootstrap_components as dbc
from dash import Input, Output, State, dcc, html
from dash.development.base_component import Component

from dashboard.access import Permission
from dashboard.accounts import LogFilter, LoggedEvent
from dashboard.audit import HeadsError, Kind, Verdict
from dashboard.audit.heads import parse
from dashboard.ui.admin_parts import ROWS, Column, Data, field, page_of, paging, search_box, select, table_card, text
from dashboard.ui.attributes import extra
from dashboard.ui.audit_filter import OUTCOMES, PARTS, BadFilterError, filter_of
from dashboard.ui.caller import Caller, Registrar
from dashboard.ui.choice import ALL
from dashboard.ui.event_words import sentence

READ = Permission.AUDIT_READ
COLUMNS: list[Column] = [
    {"label": "When (UTC)", "kind": "moment"},
    {"label": "What happened", "kind": "event"},
    {"label": "Who", "kind": "text"},
    {"label": "Outcome", "kind": "outcome"},
    {"label": "From address", "kind": "text"},
]
LONGEST_NOTE = 10_000
# A check reads the whole log: one at a time is enough for everybody.
_checking = threading.Lock()


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


def list_data(caller: Caller, typed: tuple[Any, ...], table: Any) -> Data:
    """A page of events, latest first; or what is wrong with the filter. ``typed`` are the values of PARTS."""
    values = dict(zip(PARTS, typed, strict=True))
    filters = tuple("" if value == ALL else text(value) for value in typed)
    try:
        wanted_events = filter_of(values)
    except BadFilterError as error:
        return {"error": str(error), "of": list(filters)}
    return _page(caller, wanted_events, filters, table)


def verdict_data(caller: Caller, noted: Any) -> Data:
    """Whether the chain of events is whole, in words; also against the heads that were ``noted`` elsewhere."""
    typed = noted[:LONGEST_NOTE] if isinstance(noted, str) else ""
    try:
        heads = parse(typed.splitlines(), "What you pasted")
    except HeadsError as error:
        return {"ok": False, "words": str(error), "head": ""}
    if not _checking.acquire(blocking=False):
        return {"ok": False, "words": "The log is being checked already. Try again in a moment.", "head": ""}
    try:
        return _in_words(caller.accounts.verify_audit(heads), len(heads))
    finally:
        _checking.release()


def _page(caller: Caller, events: LogFilter, filters: tuple[str, ...], table: Any) -> Data:
    wanted = paging(table, filters, COLUMNS)
    found, total = caller.accounts.log.search(events, wanted.offset, ROWS)
    if not found and wanted.offset:
        return _page(caller, events, filters, None)
    return page_of(wanted, filters, total, COLUMNS, [_row(event) for event in found])


def _row(event: LoggedEvent) -> list[Any]:
    detail = [
        ["Event", f"{event.seq} ({event.kind})"],
        ["Target", event.target],
        ["Session", event.session],
        *_known(event),
    ]
    return [
        f"{event.at:%Y-%m-%d %H:%M:%S}",
        [[pair for pair in detail if pair[1]], sentence(event)],
        event.actor or "somebody unknown",
        [event.outcome, OUTCOMES.get(event.outcome, event.outcome)],
        event.ip or "–",
    ]


def _known(event: LoggedEvent) -> list[list[str]]:
    """The details as they stand in the log, a line each."""
    try:
        detail = json.loads(event.detail)
    except ValueError:
        return [["Detail", event.detail]]
    if not isinstance(detail, dict):
        return [["Detail", event.detail]]
    return [[name.replace("_", " ").capitalize(), _plain(value)] for name, value in detail.items()]


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "–" if value is None else str(value)


def _in_words(verdict: Verdict, heads: int) -> Data:
    if not verdict.ok:
        return {"ok": False, "words": f"The log does not hold: {verdict.problem}.", "head": verdict.head}
    words = f"All {verdict.events:,} events are whole: none was changed, taken out or moved. "
    if heads:
        words += "Nothing is missing that was there when you noted what you pasted."
    else:
        words += "Whether events were cut off at the end shows only against a head that was noted elsewhere."
    return {"ok": True, "words": words, "head": verdict.head}


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
