"""The card of ways in by other providers. Connecting and disconnecting are pages of their own, away from Dash."""

from collections.abc import Mapping

from dash import html
from dash.development.base_component import Component

from dashboard.accounts import User
from dashboard.accounts.federation_terms import Identity
from dashboard.ui.account_parts import card
from dashboard.ui.attributes import extra
from dashboard.ui.caller import Caller

_ORIGINAL = "The original Admin signs in with a password, so that there is a way in when a provider is not there."


def sign_on_card(caller: Caller, user: User) -> list[Component]:
    """The card, where the site has providers."""
    federation = caller.accounts.federation
    providers, mine = federation.providers, {one.provider: one for one in federation.of(user.id)}
    if not providers:
        return []
    if user.is_original_admin:
        return [card("sign-on", "Other ways to sign in", [html.P(_ORIGINAL, className="sg-hint")])]
    rows = [_row(name, label, mine) for name, label in providers.items()]
    ends = "Signing out here does not sign you out there."
    content = [html.Ul(rows, className="sg-lines"), html.P(ends, className="sg-hint")]
    return [card("sign-on", "Other ways to sign in", content)]


def password_words(caller: Caller, user: User) -> str:
    """Why a user has no password: because of the provider they sign in by; empty for any other reason."""
    labels = " or ".join(one.label for one in caller.accounts.federation.of(user.id))
    return f"You sign in with {labels}, so you have no password here." if labels else ""


def _row(name: str, label: str, mine: Mapping[str, Identity]) -> Component:
    identity = mine.get(name)
    words, what, verb = ("Not connected.", "connect", "Connect")
    if identity is not None:
        used = identity.last_used_at
        words = f"Connected. Last used on {used:%Y-%m-%d}." if used else "Connected, and not used since."
        what, verb = "disconnect", "Disconnect"
    text = [html.Span(label, className="sg-row-title"), html.Span(words, className="sg-hint")]
    look = "btn btn-sm btn-outline-secondary"
    link = html.A(verb, href=f"/sign-on/{name}/{what}", className=look, **extra(aria_label=f"{verb} {label}"))
    return html.Li([html.Div(text), html.Div(link, className="sg-presets")])
