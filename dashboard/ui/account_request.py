"""The Role card: ask for another role, and see what became of it."""

from collections.abc import Mapping
from typing import Any

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from dashboard.access import NO_ROLE, Role, Scope
from dashboard.accounts import RoleRequest, User
from dashboard.ui.account_parts import Action, Answer, card, form, labelled, text
from dashboard.ui.admin_parts import rights_words, scope_words
from dashboard.ui.attributes import extra
from dashboard.ui.caller import Caller

FIELDS = ("wanted-role",)
STATES = {
    "approved": "Granted",
    "refused": "Refused",
    "withdrawn": "Withdrawn",
}


def request_card(caller: Caller, user: User) -> Component:
    """What the browser fills from :func:`request_data`, and the form to ask with."""
    offered = _offered(caller, user.role)
    options = [{"label": role.name, "value": role.key} for role in offered]
    box = dbc.Select(id="account-wanted-role", options=options, value=options[0]["value"] if options else "", size="sm")
    hint = "An Admin decides; you get a mail. Until then nothing changes."
    title = "Your role" if user.role != NO_ROLE else "Ask for a role"
    return card(
        "request",
        title,
        [
            html.Div(**extra(data_sg="account.request.state")),
            form("request", [labelled("account-wanted-role", "Role to ask for", box, hint)], "Ask for this role"),
            html.Details([html.Summary("What may each role see?"), _meanings(offered)]),
        ],
    )


def request_data(caller: Caller) -> Answer:
    """The state of the last request: ``{"state", "words", "reason"}``; ``state`` is empty where nothing was asked."""
    last = caller.accounts.requests.mine(caller.viewer.user_id)
    if last is None:
        return {"state": "", "words": "", "reason": ""}
    return {"state": last.state, "words": _words(caller, last), "reason": last.reason}


def waiting_for(caller: Caller) -> str:
    """The name of the role that is asked for and not decided; empty for none."""
    last = caller.accounts.requests.mine(caller.viewer.user_id)
    return _named(caller, last.role) if last is not None and last.state == "open" else ""


def _words(caller: Caller, last: RoleRequest) -> str:
    role = _named(caller, last.role)
    if last.state == "open":
        return f"Your request for {role} waits for an Admin since {last.requested_at:%d %b %Y}."
    when = f" on {last.decided_at:%d %b %Y}" if last.decided_at else ""
    return f"{STATES.get(last.state, last.state)}{when}: {role}."


def _named(caller: Caller, key: str) -> str:
    roles = caller.accounts.roles
    return roles[key].name if key in roles else key


def _offered(caller: Caller, mine: str) -> list[Role]:
    return [role for role in caller.accounts.roles.grantable if role.key != mine]


def _meanings(roles: list[Role]) -> Component:
    pairs = [part for role in roles for part in (html.Dt(role.name), html.Dd(_meaning(role)))]
    return html.Dl(pairs, className="sg-meanings")


def _meaning(role: Role) -> str:
    rights = [permission.meaning for permission in sorted(role.permissions)]
    rows = "" if role.scope == Scope() else f" ({scope_words(role.scope)})"
    return f"{'; '.join(rights).capitalize()}{rows}." if rights else rights_words(role)


def _ask(caller: Caller, values: Mapping[str, Any]) -> Answer:
    caller.accounts.requests.ask(text(values, "wanted-role"), caller.actor)
    return {**request_data(caller), "message": "Asked. An Admin decides, and you get a mail."}


def _withdraw(caller: Caller, _values: Mapping[str, Any]) -> Answer:
    caller.accounts.requests.withdraw(caller.actor)
    return {**request_data(caller), "message": "Your request is withdrawn."}


ACTIONS: Mapping[str, Action] = {"ask": _ask, "withdraw": _withdraw}
