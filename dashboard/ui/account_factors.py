"""The Second factor card: authenticator app, codes by mail, recovery codes."""

from collections.abc import Mapping
from typing import Any

import dash_bootstrap_components as dbc
import segno
from dash import html
from dash.development.base_component import Component

from dashboard.accounts.password_policy import SHORTEST, SHORTEST_BESIDE_A_FACTOR
from dashboard.ui.account_parts import Action, Answer, card, labelled, stale, text
from dashboard.ui.attributes import extra
from dashboard.ui.caller import Caller

FIELDS = ("code",)
LONGEST_CODE = 20
OTHERS = "Your other devices are signed out."


def factors_card(caller: Caller) -> Component:
    """Places that the browser fills from :func:`factors_data`, and the field for the first code of an app."""
    return card(
        "factors",
        "Second factor",
        [
            html.P("Asked for besides the password, so that a stolen password is not enough.", className="sg-hint"),
            stale(caller, "change this"),
            html.Ul(className="sg-lines", **extra(data_sg="account.factors")),
            html.Div(
                [html.Div(className="sg-offer", **extra(data_sg="account.offer")), _code_form()],
                hidden=True,
                className="sg-inset",
                **extra(data_sg="account.enrolling"),
            ),
            html.Div(hidden=True, className="sg-inset", **extra(data_sg="account.codes")),
        ],
    )


def _code_form() -> Component:
    box = dbc.Input(
        id="account-code",
        type="text",
        size="sm",
        maxlength=LONGEST_CODE,
        autocomplete="one-time-code",
        inputmode="numeric",
        className="sg-code",
    )
    cancel = html.Button(
        "Cancel",
        type="button",
        className="btn btn-sm btn-outline-secondary",
        **extra(data_sg="account.cancel"),
    )
    submit = html.Button("Confirm the code", type="submit", className="btn btn-sm btn-primary")
    fields = [
        labelled("account-code", "Code that the app shows", box),
        html.Div([submit, cancel], className="sg-presets"),
    ]
    return html.Form(fields, method="POST", className="sg-fields", **extra(data_sg_form="code"))


def factors_data(caller: Caller) -> Answer:
    """What is set up, and what could be; ``shortest``: how long a new password has to be beside that."""
    mine = caller.accounts.factors.of(caller.viewer.user_id)
    return {
        "fresh": caller.actor.fresh,
        "totp": mine.totp,
        "mail": mine.mail,
        "codes_left": mine.codes_left,
        "any": bool(mine.totp or mine.mail or mine.passkeys),
        "required": mine.required,
        "methods": [method.value for method in caller.accounts.factors.methods],
        "shortest": SHORTEST_BESIDE_A_FACTOR if mine.totp or mine.passkeys else SHORTEST,
    }


def qr_code(address: str) -> str:
    """A QR code as the address of an image: dark on a white ground of its own, so that it reads in any theme."""
    return str(segno.make(address, error="m", micro=False).svg_data_uri(scale=4, border=3, dark="#000", light="#fff"))


def _show(caller: Caller, _values: Mapping[str, Any]) -> Answer:
    return factors_data(caller)


def _offer_totp(caller: Caller, _values: Mapping[str, Any]) -> Answer:
    offer = caller.accounts.factors.offer_totp(caller.actor)
    return {"offer": {"secret": offer.secret, "qr": qr_code(offer.uri), "pending": offer.pending}}


def _confirm_totp(caller: Caller, values: Mapping[str, Any]) -> Answer:
    code = text(values, "code", LONGEST_CODE).replace(" ", "")
    codes = caller.accounts.factors.confirm_totp(text(values, "pending"), code, caller.actor)
    return _changed(caller, f"The authenticator app is set up. {OTHERS}", codes)


def _remove_totp(caller: Caller, _values: Mapping[str, Any]) -> Answer:
    caller.accounts.factors.remove_totp(caller.actor)
    return _changed(caller, f"The authenticator app is removed. {OTHERS}")


def _mail_on(caller: Caller, _values: Mapping[str, Any]) -> Answer:
    codes = caller.accounts.factors.set_mail(True, caller.actor)
    return _changed(caller, f"Codes by mail are on. {OTHERS}", codes)


def _mail_off(caller: Caller, _values: Mapping[str, Any]) -> Answer:
    caller.accounts.factors.set_mail(False, caller.actor)
    return _changed(caller, f"Codes by mail are off. {OTHERS}")


def _new_codes(caller: Caller, _values: Mapping[str, Any]) -> Answer:
    codes = caller.accounts.factors.new_codes(caller.actor)
    return _changed(caller, "The old recovery codes do not work any more.", codes)


def _changed(caller: Caller, message: str, codes: list[str] | None = None) -> Answer:
    return {**factors_data(caller), "message": message, "codes": codes or []}


ACTIONS: Mapping[str, Action] = {
    "show": _show,
    "offer_totp": _offer_totp,
    "confirm_totp": _confirm_totp,
    "remove_totp": _remove_totp,
    "mail_on": _mail_on,
    "mail_off": _mail_off,
    "new_codes": _new_codes,
}
