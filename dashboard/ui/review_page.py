"""The Access review page: accounts and rights that deserve a look, each with the way to the user."""

from collections.abc import Mapping
from typing import Any

from dash import Input, Output, dcc, html
from dash.development.base_component import Component

from dashboard.access import Permission
from dashboard.accounts import Finding
from dashboard.ui.admin_parts import ROWS, Column, Data, page_of, paging, record, role_name, table_card, text
from dashboard.ui.attributes import extra
from dashboard.ui.caller import Caller, Registrar

MANAGE = Permission.USERS_MANAGE
# Kind of finding -> what it is called, and what to do about it.
KINDS = {
    "no_factor": ("No second factor", "Ask them to set one up on their Account page."),
    "stale": ("Long not signed in", "Ask whether the account is still needed; else disable or delete it."),
    "never": ("Never signed in", "Make a new invitation link, or delete the account."),
    "unused_right": ("Rights not used", "Give them a role with fewer rights."),
    "unverified": (
        "Mail not verified",
        "They cannot sign in. Vouch for the address on the Users page, or delete the account.",
    ),
    "no_role": ("No role", "They see nothing. Give them a role, or delete the account."),
}
COLUMNS: list[Column] = [
    {"label": "User", "kind": "person"},
    {"label": "Role", "kind": "text"},
    {"label": "Finding", "kind": "text"},
    {"label": "Why", "kind": "text"},
]


def layout(caller: Caller, parameters: Mapping[str, Any]) -> Component:
    """Counts by kind, and the findings of the ``kind`` in the address."""
    kind = text(parameters.get("kind"))
    return html.Div(
        [
            dcc.Store(id="review-table"),
            dcc.Store(id="review-counts", data=counts(caller)),
            dcc.Store(id="review-list", data=list_data(caller, {"kind": kind})),
            html.Header(
                [
                    html.H1("Access review", className="h3 mb-0"),
                    html.P(
                        "Accounts and rights that deserve a look. Choose a user to act on it.", className="sg-window"
                    ),
                ],
                className="sg-heading",
            ),
            table_card("review", "Findings", [_kinds_bar(), _advice()]),
        ],
        className="sg-page",
        **extra(data_sg_page="review"),
    )


def register(app: Registrar) -> None:
    """Declare the page's callbacks."""

    @app.callback(MANAGE, Output("review-list", "data"), Input("review-table", "data"), prevent_initial_call=True)
    def _list(caller: Caller, table: Any) -> Any:
        return list_data(caller, table)

    app.clientside(
        "findings", Output("review-table", "storage_type"), Input("review-list", "data"), Input("review-counts", "data")
    )


def counts(caller: Caller) -> list[list[Any]]:
    """``[kind, name, how many]`` of every kind, all of them first."""
    names = {"": "All", **{kind: name for kind, (name, _) in KINDS.items()}}
    return [[kind, name, _findings(caller, kind, 0, 1)[1]] for kind, name in names.items()]


def list_data(caller: Caller, table: Any) -> Data:
    """A page of findings; ``table`` is ``{"kind", "offset"}`` as the browser sent it."""
    wanted = record(table)
    kind = text(wanted.get("kind"))
    filters = (kind if kind in KINDS else "",)
    page = paging(wanted, filters, COLUMNS)
    found, total = _findings(caller, filters[0], page.offset, ROWS)
    if not found and page.offset:
        return list_data(caller, {"kind": kind})
    roles = caller.accounts.roles
    rows = [_row(one, role_name(roles, one.role)) for one in found]
    advice = KINDS[filters[0]][1] if filters[0] else ""
    return {**page_of(page, filters, total, COLUMNS, rows), "advice": advice}


def _findings(caller: Caller, kind: str, offset: int, limit: int) -> tuple[list[Finding], int]:
    return caller.accounts.administration.review(caller.actor, offset, limit, kind)


def _row(finding: Finding, role: str) -> list[Any]:
    name = KINDS[finding.kind][0] if finding.kind in KINDS else finding.kind
    return [[finding.user_id, finding.username], role, name, finding.detail]


def _kinds_bar() -> Component:
    return html.Div(className="sg-presets", role="group", **extra(aria_label="Kind of finding", data_sg="review.kinds"))


def _advice() -> Component:
    return html.P(className="sg-hint", **extra(data_sg="review.advice"))
