"""The API keys card: keys for programs, with a part of one's own rights."""

from collections.abc import Mapping
from typing import Any

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from dashboard.access import Permission
from dashboard.accounts import ApiKey, NewApiKey
from dashboard.ui.account_parts import Action, Answer, card, form, labelled, line, stale, text, whole
from dashboard.ui.attributes import extra
from dashboard.ui.caller import Caller

FIELDS = ("key-name", "key-scopes", "key-days", "key-networks")
LONGEST_NAME = 100
LONGEST_NETWORKS = 1000
USUAL_DAYS = 90
OFF = "API keys are switched off on this site."
NOTHING = "Your role allows nothing that a program could do with a key."


def keys_card(caller: Caller) -> Component:
    """The list that the browser fills from :func:`keys_data`, a place for a new secret, and the form for one more."""
    words = "For programs that read figures in your name. A key can never do more than you can at that moment."
    return card(
        "keys",
        "API keys",
        [
            html.P([words, " ", html.A("What programs can ask", href="/api-docs"), "."], className="sg-hint"),
            stale(caller, "make one"),
            html.Ul(className="sg-lines", **extra(data_sg="account.keys")),
            html.Div(hidden=True, className="sg-inset", **extra(data_sg="account.secret")),
            *_making(caller),
        ],
    )


def keys_data(caller: Caller) -> Answer:
    """The caller's keys; of their permissions those in ``lost`` do not count any more."""
    held = caller.viewer.permissions
    return {"keys": [_key(one, held) for one in caller.accounts.keys.list(caller.viewer.user_id)]}


def _making(caller: Caller) -> list[Component]:
    longest = caller.accounts.keys.longest_days
    why_not = OFF if longest == 0 else "" if caller.viewer.permissions else NOTHING
    fields = form("key", _fields(caller, longest), "Make the key", open_to=caller.actor.fresh)
    making = html.Details([html.Summary("Make a key"), fields], hidden=bool(why_not))
    return [html.P(why_not, className="sg-hint"), making] if why_not else [making]


def _fields(caller: Caller, longest: int) -> list[Component]:
    mine = [one for one in Permission if one in caller.viewer.permissions]
    scopes = dbc.Checklist(
        id="account-key-scopes",
        options=[{"label": one.meaning.capitalize(), "value": one.value} for one in mine],
        value=[],
    )
    days = {"type": "number", "min": 1, "max": max(longest, 1), "value": min(longest, USUAL_DAYS), "maxlength": 3}
    networks = dbc.Textarea(id="account-key-networks", size="sm", rows=2, maxlength=LONGEST_NETWORKS)
    return [
        line("account-key-name", "Name", "What it is for, such as the program.", maxlength=LONGEST_NAME),
        html.Fieldset([html.Legend("What it may do", className="sg-label"), scopes], className="sg-boxes"),
        line("account-key-days", "Days that it is good for", f"At most {longest}.", **days),
        labelled(
            "account-key-networks",
            "Addresses it may come from",
            networks,
            "Such as 203.0.113.7 or 203.0.113.0/24, one a line. Leave it empty for any.",
        ),
    ]


def _key(key: ApiKey, held: frozenset[Permission]) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "prefix": key.prefix,
        "may": _meanings(key.scopes & held),
        "lost": _meanings(key.scopes - held),
        "networks": list(key.networks),
        "until": key.expires_at.isoformat(),
        "used": key.last_used_at.isoformat() if key.last_used_at else "",
        "ip": key.last_used_ip,
    }


def _meanings(permissions: frozenset[Permission]) -> list[str]:
    return [one.meaning for one in Permission if one in permissions]


def _show(caller: Caller, _values: Mapping[str, Any]) -> Answer:
    return keys_data(caller)


def _make(caller: Caller, values: Mapping[str, Any]) -> Answer:
    wanted = values.get("key-scopes")
    chosen = wanted if isinstance(wanted, list) else []
    scopes = frozenset(one for one in Permission if one.value in chosen)
    networks = text(values, "key-networks", LONGEST_NETWORKS).replace(",", " ").split()
    new = NewApiKey(text(values, "key-name", LONGEST_NAME), scopes, whole(values, "key-days"), tuple(networks))
    key, secret = caller.accounts.keys.make(new, caller.actor)
    words = f"The key “{key.name}” is made. You are told of it by mail."
    return {**keys_data(caller), "message": words, "secret": secret}


def _revoke(caller: Caller, values: Mapping[str, Any]) -> Answer:
    caller.accounts.keys.revoke(caller.viewer.user_id, whole(values, "id"), caller.actor)
    return {**keys_data(caller), "message": "The key is revoked: it does not work any more."}


ACTIONS: Mapping[str, Action] = {"show": _show, "make": _make, "revoke": _revoke}
