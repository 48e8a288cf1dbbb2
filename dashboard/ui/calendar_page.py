"""The Calendar page: the holidays of the business, which comparisons of trading days leave out."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from dash import Input, Output, dcc, html
from dash.development.base_component import Component

from dashboard.access import Permission
from dashboard.accounts import AccountError
from dashboard.sales.holidays import Holiday
from dashboard.sales.trading_days import WEEKDAYS
from dashboard.ui.admin_parts import NOT_HERE, Column, Data, record, text
from dashboard.ui.attributes import extra
from dashboard.ui.caller import Caller, Registrar
from dashboard.ui.words import day as day_words

MANAGE = Permission.SOURCES_MANAGE
COLUMNS: list[Column] = [
    {"label": "Day", "kind": "text"},
    {"label": "Weekday", "kind": "text"},
    {"label": "Name", "kind": "text"},
    {"label": "Open or closed", "kind": "text"},
    {"label": "Remove", "kind": "remove", "fixed": True},
]
WHAT_FOR = (
    "Pages that show a change without the calendar effect do not count these days when they find out what a weekday "
    "is worth, and take closed days off the length of a month. Enter above all what moves from year to year, such as "
    "Easter, Eid, Diwali and the Friday after Thanksgiving, for this year and the year before."
)


def layout(caller: Caller, _parameters: Mapping[str, Any]) -> Component:
    """The list, and the two ways to enter days."""
    return html.Div(
        [
            dcc.Store(id="calendar-act"),
            dcc.Store(id="calendar-done"),
            dcc.Store(id="calendar-list", data=list_data(caller)),
            html.Header(
                html.Div(
                    [
                        html.H1("Calendar", className="h3 mb-0"),
                        html.P("Holidays of the business", className="sg-window"),
                    ]
                ),
                className="sg-heading",
            ),
            html.P(WHAT_FOR, className="sg-hint"),
            html.Div(className="sg-fields", role="status", tabIndex=-1, **extra(data_sg="calendar.said")),
            html.Div([_card("Holidays", "table"), _side()], className="sg-admin"),
        ],
        className="sg-page",
        **extra(data_sg_page="calendar"),
    )


def register(app: Registrar) -> None:
    """Declare the page's callbacks."""

    @app.callback(MANAGE, Output("calendar-done", "data"), Input("calendar-act", "data"), prevent_initial_call=True)
    def _act(caller: Caller, wish: Any) -> Any:
        return act(caller, wish)

    @app.callback(MANAGE, Output("calendar-list", "data"), Input("calendar-done", "data"), prevent_initial_call=True)
    def _list(caller: Caller, _changed: Any) -> Any:
        return list_data(caller)

    app.clientside("calendar", Output("calendar-act", "storage_type"), Input("calendar-list", "data"))
    app.clientside("calendar_done", Output("calendar-done", "storage_type"), Input("calendar-done", "data"))


def list_data(caller: Caller) -> Data:
    """All holidays as a table, the latest first."""
    rows = [_row(one) for one in reversed(caller.accounts.calendar.read().days)]
    return {"columns": COLUMNS, "rows": rows}


def act(caller: Caller, wish: Any) -> Data:
    """Do what the browser asks for: ``{"do": "add" | "remove" | "paste", ...}``; what came of it in words."""
    wanted, calendar = record(wish), caller.accounts.calendar
    try:
        match wanted.get("do"):
            case "add":
                added = calendar.add(_day(wanted), text(wanted.get("name")), caller.actor, closed=_closed(wanted))
                return {"do": "add", "message": f"{added.name} on {day_words(added.day)} is entered."}
            case "remove":
                day = _day(wanted)
                calendar.remove(day, caller.actor)
                return {"do": "remove", "message": f"{day_words(day)} is an ordinary day again."}
            case "paste":
                count = calendar.paste(_lines(wanted), caller.actor)
                return {"do": "paste", "message": _pasted(count)}
    except AccountError as error:
        return {"errors": list(error.reasons)}
    return {"errors": [NOT_HERE]}


def _day(wanted: Data) -> date:
    try:
        return date.fromisoformat(text(wanted.get("day")))
    except ValueError:
        raise AccountError("Write the day like 2026-12-25.") from None


def _closed(wanted: Data) -> bool:
    return wanted.get("closed") is True


def _lines(wanted: Data) -> str:
    lines = wanted.get("lines")
    return lines if isinstance(lines, str) else ""


def _pasted(count: int) -> str:
    if not count:
        return "Every day of the list was entered already, with the same name."
    return "1 day is entered or changed." if count == 1 else f"{count:,} days are entered or changed."


def _row(holiday: Holiday) -> list[Any]:
    iso = holiday.day.isoformat()
    state = "closed" if holiday.closed else "open"
    return [[iso, day_words(holiday.day)], WEEKDAYS[holiday.day.weekday()], holiday.name, state, [iso, holiday.name]]


def _side() -> Component:
    return html.Div([_card("Add a day", "add"), _card("Paste a list", "paste")], className="sg-side")


def _card(title: str, part: str) -> Component:
    inside = html.Div(className="sg-table" if part == "table" else "sg-fields", **extra(data_sg=f"calendar.{part}"))
    heading = html.H2(title, className="h6 mb-0")
    return html.Section([heading, inside], className="card card-body sg-chart", **extra(aria_label=title))
