"""Lines above a page about sources that are late, failed, changed or can be written to."""

from dash import html
from dash.development.base_component import Component

from dashboard.reports.source_states import Notice
from dashboard.ui.attributes import extra
from dashboard.ui.caller import Caller


def with_notices(content: Component, caller: Caller, path: str) -> Component:
    """``content`` below the lines that its viewer must know of; those that lead to ``path``, where it is, are left
    out."""
    told = [notice for notice in caller.gate.watch.notices(caller.viewer) if notice.address != path]
    if not told:
        return content
    lines = [html.P(_line(one), className="sg-banner mb-2") for one in told]
    return html.Div([html.Aside(lines, className="mb-3", **extra(aria_label="About the data")), content])


def _line(notice: Notice) -> Component | str:
    return html.A(notice.text, href=notice.address) if notice.address else notice.text
