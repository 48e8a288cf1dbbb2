"""The Password card."""

import json
from collections.abc import Mapping
from typing import Any

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from dashboard.accounts import AccountError, User
from dashboard.ui.account_parts import Action, Answer, card, form, line, stale
from dashboard.ui.account_sign_on import password_words
from dashboard.ui.attributes import extra
from dashboard.ui.caller import Caller

FIELDS = ("current", "new", "again")
# Longer than any password that is accepted, so that the rules can say so.
LONGEST_PASSWORD = 1025


def password_card(caller: Caller, user: User) -> Component:
    """Current password, new one, and the new one again."""
    if not user.has_password:
        usual = "You have no password. To get one, sign out and choose “Forgot your password?”."
        words = password_words(caller, user) or usual
        return card("password", "Password", [html.P(words, className="sg-hint")])
    return card(
        "password",
        "Password",
        [
            html.P("Your other devices are signed out when you change it.", className="sg-hint"),
            stale(caller, "change it"),
            form("password", _fields(caller, user), "Change password", open_to=caller.actor.fresh),
        ],
    )


def _fields(caller: Caller, user: User) -> list[Component]:
    # Password managers want to know whose password it is.
    whose = dbc.Input(id="account-username", value=user.username, autocomplete="username", readonly=True)
    return [
        html.Div(whose, className="d-none"),
        _secret("current", "Current password", "current-password"),
        _secret("new", "New password", "new-password"),
        html.Div(**extra(data_sg="account.strength", data_words=json.dumps(_known(caller, user)))),
        _secret("again", "New password again", "new-password"),
        html.Button("Show what I type", type="button", className="sg-reveal", **extra(data_sg="account.reveal")),
    ]


def _secret(part: str, label: str, autocomplete: str) -> Component:
    return line(
        f"account-{part}",
        label,
        type="password",
        autocomplete=autocomplete,
        maxlength=LONGEST_PASSWORD,
        required=True,
    )


def _known(caller: Caller, user: User) -> list[str]:
    """Words that a password must not be made of; the server knows them by itself, these are for the meter."""
    return [user.username, user.email, user.first_name, user.last_name, caller.viewer.role]


def _change(caller: Caller, values: Mapping[str, Any]) -> Answer:
    current, new, again = (values[part] if isinstance(values[part], str) else "" for part in FIELDS)
    if new != again:
        raise AccountError("The new password and its repetition differ. Type both again.")
    ended = caller.accounts.profiles.change_password(current, new, caller.actor)
    others = {0: "No other device was signed in.", 1: "One other device was signed out."}
    words = others.get(ended, f"{ended} other devices were signed out.")
    return {"message": f"Your password is changed. {words}", "done": True}


ACTIONS: Mapping[str, Action] = {"change": _change}
