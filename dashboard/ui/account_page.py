"""The Account page of everybody who is signed in: their own account, and nobody else's."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dash import Input, Output, State, dcc, html
from dash.development.base_component import Component

from dashboard.access import NO_ROLE
from dashboard.ui import (
    account_factors,
    account_keys,
    account_passkeys,
    account_password,
    account_profile,
    account_request,
    account_sessions,
    account_sign_on,
)
from dashboard.ui.account_parts import Action, act
from dashboard.ui.account_request import waiting_for
from dashboard.ui.attributes import extra
from dashboard.ui.caller import Caller, Registrar

# Each card: what may be asked of it, and the fields that are read with the wish.
CARDS: Mapping[str, tuple[Mapping[str, Action], Sequence[str]]] = {
    "profile": (account_profile.PROFILE_ACTIONS, account_profile.FIELDS),
    "mail": (account_profile.MAIL_ACTIONS, account_profile.MAIL_FIELDS),
    "request": (account_request.ACTIONS, account_request.FIELDS),
    "password": (account_password.ACTIONS, account_password.FIELDS),
    "factors": (account_factors.ACTIONS, account_factors.FIELDS),
    "passkeys": (account_passkeys.ACTIONS, account_passkeys.FIELDS),
    "keys": (account_keys.ACTIONS, account_keys.FIELDS),
    "sessions": (account_sessions.SESSION_ACTIONS, ()),
}


def layout(caller: Caller) -> Component:
    """All cards, with their first state in the stores."""
    user = caller.accounts.user(caller.viewer.user_id)
    left = [
        account_profile.profile_card(caller, user),
        account_profile.mail_card(caller, user),
        account_request.request_card(caller, user),
        account_sessions.sessions_card(),
        account_keys.keys_card(caller),
    ]
    right = [
        account_password.password_card(caller, user),
        *account_sign_on.sign_on_card(caller, user),
        account_factors.factors_card(caller),
        account_passkeys.passkeys_card(caller),
    ]
    return html.Div(
        [
            *_stores(caller),
            html.Header(html.H1("Your account", className="h3 mb-0"), className="sg-heading"),
            *_welcome(caller),
            html.Div([html.Div(left), html.Div(right)], className="sg-account"),
            account_sessions.events_card(),
        ],
        className="sg-page",
        **extra(data_sg_page="account"),
    )


def register(app: Registrar) -> None:
    """Declare the page's callbacks: one a card, and the pages of the events."""
    for name, (actions, fields) in CARDS.items():
        app.callback(
            None,
            Output(f"account-{name}", "data"),
            Input(f"account-{name}-act", "data"),
            *(State(f"account-{field}", "value") for field in fields),
            prevent_initial_call=True,
        )(_answering(actions, fields))

    @app.callback(
        None, Output("account-events", "data"), Input("account-events-paging", "data"), prevent_initial_call=True
    )
    def _events(caller: Caller, wanted: Any) -> Any:
        return account_sessions.events_data(caller, wanted)

    for name in (*CARDS, "events"):
        app.clientside(f"account_{name}", Output(f"account-{name}-title", "title"), Input(f"account-{name}", "data"))


def _answering(actions: Mapping[str, Action], fields: Sequence[str]) -> Callable[..., Any]:
    def answer(caller: Caller, wish: Any, *values: Any) -> Any:
        return act(caller, wish, actions, dict(zip(fields, values, strict=True)))

    return answer


def _stores(caller: Caller) -> list[Component]:
    first = {
        "request": account_request.request_data(caller),
        "factors": account_factors.factors_data(caller),
        "passkeys": account_passkeys.passkeys_data(caller),
        "keys": account_keys.keys_data(caller),
        "sessions": account_sessions.sessions_data(caller),
        "events": account_sessions.events_data(caller, None),
    }
    return [
        *(dcc.Store(id=f"account-{name}", data=first.get(name)) for name in (*CARDS, "events")),
        *(dcc.Store(id=f"account-{name}-act") for name in CARDS),
        dcc.Store(id="account-events-paging"),
    ]


def _welcome(caller: Caller) -> list[Component]:
    """A start for those who may not see anything yet."""
    if caller.viewer.role != NO_ROLE:
        return []
    role = waiting_for(caller)
    waits = f"Your request for {role} waits for an Admin. You get a mail when it is decided."
    words = waits if role else "You have no role yet, so there are no pages for you. Ask for one below."
    return [html.Div([html.Strong("Welcome. "), words], className="alert alert-info mb-0", role="note")]
