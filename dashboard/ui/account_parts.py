"""What the cards of the Account page share: what the browser may send, what it is answered, and a few components."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from dashboard.accounts import AccountError
from dashboard.ui.attributes import extra
from dashboard.ui.caller import Caller

PATH = "/account"
CONFIRM = f"/confirm?next={PATH}"
NOT_HERE = "This cannot be done here. Reload the page and try again."
LONGEST = 254
# A WebAuthn response with its certificates.
LONGEST_ANSWER = 20_000

Answer = dict[str, Any]
Action = Callable[[Caller, Mapping[str, Any]], Answer]


def act(caller: Caller, wish: Any, actions: Mapping[str, Action], values: Mapping[str, Any]) -> Answer:
    """Do what the browser asks for with ``{"do": ...}``; ``values`` are the fields of the form it was asked with.

    The answer has a ``message`` or an ``error`` for people, and ``of``: what was asked for.
    """
    asked = wish if isinstance(wish, dict) else {}
    wanted = asked.get("do")
    action = actions.get(wanted) if isinstance(wanted, str) else None
    if action is None:
        return {"error": NOT_HERE, "of": ""}
    try:
        return {**action(caller, {**asked, **values}), "of": wanted}
    except AccountError as error:
        return {"error": " ".join(error.reasons), "of": wanted}


def text(values: Mapping[str, Any], name: str, longest: int = LONGEST) -> str:
    """The text of that name; empty for what is none, or is longer than anything that is meant."""
    value = values.get(name)
    return value if isinstance(value, str) and len(value) <= longest else ""


def whole(values: Mapping[str, Any], name: str) -> int:
    """The whole number of that name; 0, which is nobody's id, for anything else."""
    value = values.get(name)
    return value if type(value) is int and 0 <= value < 2**31 else 0


def card(name: str, title: str, content: Sequence[Component]) -> Component:
    """One card with its heading, and a place where the browser says what came of the last wish."""
    return html.Section(
        [
            html.H2(title, className="h6 mb-0", id=f"account-{name}-title"),
            *content,
            html.Div(className="sg-note", role="status", **extra(data_sg=f"account.{name}.note")),
        ],
        className="card card-body sg-chart",
        **extra(aria_labelledby=f"account-{name}-title"),
    )


def form(name: str, fields: Sequence[Component], button: str, *, open_to: bool = True) -> Component:
    """A form that the page's script sends as the wish of that card; ``open_to`` False: it can be seen, not used."""
    submit = html.Button(button, type="submit", className="btn btn-sm btn-primary")
    # Were the script missing, the browser would send the form by itself: as POST, so that no password is in an address.
    return html.Form(
        html.Fieldset([*fields, html.Div(submit)], disabled=not open_to, className="sg-fields"),
        method="POST",
        action=PATH,
        **extra(data_sg_form=name),
    )


def line(target: str, label: str, hint: str = "", **options: Any) -> Component:
    """A labelled input; the hint below it is read out with it."""
    control = dbc.Input(id=target, size="sm", **{"type": "text", "maxlength": LONGEST, **options})
    return labelled(target, label, control, hint)


def labelled(target: str, label: str, control: Component, hint: str = "") -> Component:
    """A control with its label above and a hint below."""
    below = [html.P(hint, className="sg-hint", id=f"{target}-hint")] if hint else []
    return html.Div([dbc.Label(label, html_for=target, className="sg-label"), control, *below])


def stale(caller: Caller, what: str) -> Component:
    """Says ahead that ``what`` needs a fresh proof of who is there; the browser shows it when it becomes so."""
    return html.P(
        [f"You signed in a while ago. To {what}, first ", html.A("confirm that it is you", href=CONFIRM), "."],
        className="sg-stale",
        hidden=caller.actor.fresh,
        **extra(data_sg="stale"),
    )
