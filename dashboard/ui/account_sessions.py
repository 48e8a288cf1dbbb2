"""The Sessions card and the list of one's own security events."""

from collections.abc import Mapping
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashboard.accounts import LoggedEvent, OpenSession
from dashboard.accounts.agents import session_words
from dashboard.ui.account_parts import Action, Answer, card, text, whole
from dashboard.ui.attributes import extra
from dashboard.ui.caller import Caller
from dashboard.ui.event_words import sentence

EVENTS = 20
FURTHEST = 10**6


def sessions_card() -> Component:
    """The list that the browser fills from :func:`sessions_data`."""
    return card(
        "sessions",
        "Signed-in devices",
        [
            html.P("Something you do not know? End it, then change your password.", className="sg-hint"),
            html.Ul(className="sg-lines", **extra(data_sg="account.sessions")),
            html.Div(className="sg-presets", **extra(data_sg="account.others")),
        ],
    )


def events_card() -> Component:
    """The list that the browser fills from :func:`events_data`."""
    return card(
        "events",
        "Recent security events",
        [
            html.Div(className="sg-table-status", role="status", **extra(data_sg="account.events.status")),
            html.Ol(className="sg-lines sg-events", **extra(data_sg="account.events")),
        ],
    )


def sessions_data(caller: Caller) -> Answer:
    """The sessions in force, latest use first."""
    found = caller.accounts.open_sessions(caller.viewer.user_id)
    return {"sessions": [_session(caller, one) for one in found]}


def _session(caller: Caller, one: OpenSession) -> dict[str, Any]:
    return {
        "id": one.session,
        "device": session_words(one),
        "ip": one.ip,
        "seen": one.seen_at.isoformat(),
        "since": one.created_at.isoformat(),
        "kept": one.remembered,
        "mine": one.session == caller.actor.session,
    }


def _end(caller: Caller, values: Mapping[str, Any]) -> Answer:
    caller.accounts.end_one(caller.viewer.user_id, text(values, "id"), caller.actor)
    return {**sessions_data(caller), "message": "That device is signed out."}


def _end_others(caller: Caller, _values: Mapping[str, Any]) -> Answer:
    ended = caller.accounts.end_others(caller.actor)
    words = "One other device is signed out." if ended == 1 else f"{ended} other devices are signed out."
    return {**sessions_data(caller), "message": words}


def _show(caller: Caller, _values: Mapping[str, Any]) -> Answer:
    return sessions_data(caller)


SESSION_ACTIONS: Mapping[str, Action] = {"show": _show, "end": _end, "end_others": _end_others}


def events_data(caller: Caller, wanted: Any) -> Answer:
    """One page of the events by or about the caller, latest first; ``wanted["offset"]`` says how many to leave out."""
    offset = min(whole(wanted, "offset"), FURTHEST) if isinstance(wanted, dict) else 0
    events, found = caller.accounts.profiles.events(caller.viewer.user_id, offset, EVENTS)
    return {"events": [_event(caller, one) for one in events], "found": found, "offset": offset, "size": EVENTS}


def _event(caller: Caller, one: LoggedEvent) -> dict[str, Any]:
    by = "" if one.actor in {"", caller.viewer.username} else one.actor
    return {
        "at": one.at.isoformat(),
        "words": sentence(one),
        "by": by,
        "ip": one.ip,
        "bad": one.outcome != "ok",
    }
