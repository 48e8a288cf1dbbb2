"""The Passkeys card."""

from collections.abc import Mapping
from typing import Any

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from dashboard.accounts import Passkey
from dashboard.accounts.agents import device_words
from dashboard.ui.account_factors import OTHERS
from dashboard.ui.account_parts import LONGEST_ANSWER, Action, Answer, card, labelled, stale, text, whole
from dashboard.ui.attributes import extra
from dashboard.ui.caller import Caller

FIELDS = ("passkey-name",)
LONGEST_NAME = 100


def passkeys_card(caller: Caller) -> Component:
    """The list that the browser fills from :func:`passkeys_data`, and the name for one more."""
    words = "Sign in with your fingerprint, face or device PIN instead of a password."
    return card(
        "passkeys",
        "Passkeys",
        [
            html.P(words, className="sg-hint"),
            stale(caller, "add or remove one"),
            html.Ul(className="sg-lines", **extra(data_sg="account.passkeys")),
            html.P(hidden=True, className="sg-hint", **extra(data_sg="account.unsupported")),
            html.Form(
                html.Fieldset(_fields(caller), disabled=not caller.actor.fresh, className="sg-fields"),
                method="POST",
                hidden=True,
                **extra(data_sg_form="passkey"),
            ),
        ],
    )


def _fields(caller: Caller) -> list[Component]:
    box = dbc.Input(
        id="account-passkey-name",
        type="text",
        size="sm",
        maxlength=LONGEST_NAME,
        autocomplete="off",
        value=device_words(caller.actor.origin.agent),
    )
    return [
        labelled("account-passkey-name", "Name for the new passkey", box),
        html.Div(html.Button("Add a passkey", type="submit", className="btn btn-sm btn-primary")),
    ]


def passkeys_data(caller: Caller) -> Answer:
    """The passkeys of the caller; ``offered``: whether the settings allow another."""
    factors = caller.accounts.factors
    mine = factors.of(caller.viewer.user_id)
    return {
        "fresh": caller.actor.fresh,
        "passkeys": [_passkey(one) for one in mine.passkeys],
        "offered": "passkey" in factors.methods,
    }


def _passkey(one: Passkey) -> dict[str, Any]:
    used = one.last_used_at.isoformat() if one.last_used_at else ""
    return {"id": one.id, "name": one.name, "made": one.created_at.isoformat(), "used": used}


def _offer(caller: Caller, _values: Mapping[str, Any]) -> Answer:
    pending, options = caller.accounts.factors.offer_passkey(caller.actor)
    return {"options": options, "pending": pending}


def _keep(caller: Caller, values: Mapping[str, Any]) -> Answer:
    name = text(values, "passkey-name", LONGEST_NAME).strip() or device_words(caller.actor.origin.agent)
    response = text(values, "response", LONGEST_ANSWER)
    codes = caller.accounts.factors.confirm_passkey(text(values, "pending"), response, name, caller.actor)
    return {**passkeys_data(caller), "message": f"The passkey “{name}” is added. {OTHERS}", "codes": codes}


def _remove(caller: Caller, values: Mapping[str, Any]) -> Answer:
    caller.accounts.factors.remove_passkey(whole(values, "id"), caller.actor)
    return {**passkeys_data(caller), "message": f"The passkey is removed. {OTHERS}"}


ACTIONS: Mapping[str, Action] = {"offer": _offer, "keep": _keep, "remove": _remove}
