"""The Profile card: who the account is of, and another mail address."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.accounts import AccountError, Profile, User
from dashboard.ui.account_parts import Action, Answer, card, form, line, stale, text
from dashboard.ui.caller import Caller

FIELDS = ("first-name", "last-name", "born")
MAIL_FIELDS = ("email",)


def profile_card(caller: Caller, user: User) -> Component:
    """Names and date of birth."""
    mine = caller.accounts.profiles.read(user.id)
    born = mine.date_of_birth.isoformat() if mine.date_of_birth else ""
    fields = [
        html.Div(
            [
                line(
                    "account-first-name", "First name", value=mine.first_name, autocomplete="given-name", maxlength=100
                ),
                line("account-last-name", "Last name", value=mine.last_name, autocomplete="family-name"),
            ],
            className="sg-two",
        ),
        line(
            "account-born",
            "Date of birth",
            "Asked for when you forget your password.",
            type="date",
            value=born,
            autocomplete="bday",
            disabled=not caller.actor.fresh,
        ),
    ]
    facts = [("User name", user.username), ("Role", role_name(caller, user))]
    return card(
        "profile",
        "Profile",
        [_facts(facts), stale(caller, "change the date of birth"), form("profile", fields, "Save")],
    )


def mail_card(caller: Caller, user: User) -> Component:
    """The mail address, and the form for another one."""
    hint = "A link goes to the new address. The old one counts until that link is opened."
    box = line("account-email", "New address", hint, type="email", autocomplete="email")
    state = "" if user.verified else " (not confirmed yet)"
    return card(
        "mail",
        "Mail address",
        [
            _facts([("Now", f"{user.email or 'none'}{state}")]),
            stale(caller, "change it"),
            form("mail", [box], "Send the link", open_to=caller.actor.fresh),
        ],
    )


def role_name(caller: Caller, user: User) -> str:
    """The name of the user's role."""
    roles = caller.accounts.roles
    return roles[user.role].name if user.role in roles else user.role


def _facts(facts: list[tuple[str, str]]) -> Component:
    pairs = [part for term, words in facts for part in (html.Dt(term), html.Dd(words))]
    return html.Dl(pairs, className="sg-facts")


def _save(caller: Caller, values: Mapping[str, Any]) -> Answer:
    profile = Profile(text(values, "first-name").strip(), text(values, "last-name").strip(), _day(text(values, "born")))
    user = caller.accounts.profiles.change(profile, caller.actor)
    return {"message": "Saved.", "name": f"{user.first_name} {user.last_name}".strip() or user.username}


def _day(typed: str) -> date | None:
    if not typed:
        return None
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise AccountError("This date of birth is no date. Write it like 1980-02-29.") from None


def _ask(caller: Caller, values: Mapping[str, Any]) -> Answer:
    email = text(values, "email").strip()
    caller.accounts.profiles.ask_mail_change(email, caller.actor)
    return {"message": f"A link is on its way to {email}. Open it to make this your address.", "done": True}


PROFILE_ACTIONS: Mapping[str, Action] = {"save": _save}
MAIL_ACTIONS: Mapping[str, Action] = {"ask": _ask}
