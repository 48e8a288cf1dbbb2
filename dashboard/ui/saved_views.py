"""Saved views in the shell: a menu of addresses that people keep. What a view leads to asks every right again."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from dash import Input, Output, dcc, html
from dash.development.base_component import Component

from dashboard.access import Viewer, allows
from dashboard.accounts import AccountError
from dashboard.accounts.saved_views import LONGEST_ADDRESS, LONGEST_NAME, SavedView
from dashboard.ui.account_parts import Answer, act, text, whole
from dashboard.ui.attributes import extra
from dashboard.ui.board import Board
from dashboard.ui.caller import Caller, Listed, Registrar
from dashboard.ui.choice import PARAMETERS
from dashboard.ui.spec import SalesPage

ASK, ANSWER, DRAWN = "account-views-ask", "account-views", "account-views-drawn"
MOST_PARAMETERS = 40
NOT_SAVED = "Only a page with figures can be saved, with the choices that it offers. Open one, and try again."


def parameters_of(page: object) -> tuple[str, ...]:
    """The names that a page reads from its address; none for a page without figures, which is nothing to save."""
    board, sales = getattr(page, "BOARD", None), getattr(page, "PAGE", None)
    if isinstance(board, Board):
        selects, filters = (select.name for select in board.selects), (f"{part}.only" for part in board.tables)
        return (*dict.fromkeys((*board.filters, "product", *selects, *filters)),)
    return PARAMETERS if isinstance(sales, SalesPage) else ()


def menu(script: str) -> list[Component]:
    """The button and its panel, which the script at ``script`` fills when it is opened for the first time."""
    return [
        dcc.Store(id=ASK),
        dcc.Store(id=ANSWER),
        dcc.Store(id=DRAWN),
        html.Details(
            [
                html.Summary("Views", className="btn btn-sm btn-outline-secondary"),
                html.Div(className="card card-body sg-views-panel", **extra(data_sg="views")),
            ],
            className="sg-views",
            **extra(data_sg_script=script),
        ),
    ]


def register(app: Registrar) -> None:
    """Declare the callbacks; every user has views of their own."""

    @app.callback(None, Output(ANSWER, "data"), Input(ASK, "data"), prevent_initial_call=True)
    def _answer(caller: Caller, wish: Any) -> Answer:
        return answer(caller, wish)

    app.clientside("views", Output(DRAWN, "data"), Input(ANSWER, "data"), prevent_initial_call=True)


def answer(caller: Caller, wish: Any) -> Answer:
    """Do what the browser asks for, and tell the views as they are then; ``error`` where it was refused."""
    said = act(caller, wish, ACTIONS, {})
    views = caller.accounts.views.mine(caller.viewer.user_id)
    return {**said, "views": [_shown(caller, view) for view in views]}


def checked_address(caller: Caller, address: str) -> tuple[str, str]:
    """Path and query string of an address of this site that may be saved, written anew out of what was understood.

    Raises:
        AccountError: another site, a page that is not there for this viewer, or a parameter that it does not read.
    """
    if not address.startswith("/") or address.startswith(("//", "/\\")) or not address.isprintable():
        raise AccountError(NOT_SAVED)
    try:
        parts = urlsplit(address)
        given = parse_qsl(parts.query, strict_parsing=bool(parts.query), max_num_fields=MOST_PARAMETERS)
    except ValueError:
        raise AccountError(NOT_SAVED) from None
    page = _page(caller, parts.path)
    known = page.parameters if page is not None and _may_open(caller.viewer, page) else ()
    names, is_legible = [name for name, _ in given], all(value.isprintable() for _, value in given)
    if parts.netloc or not known or not set(names) <= set(known) or len(set(names)) < len(names) or not is_legible:
        raise AccountError(NOT_SAVED)
    return parts.path, urlencode(given)


def _page(caller: Caller, path: str) -> Listed | None:
    return next((page for page in caller.pages if page.path == path), None)


def _may_open(viewer: Viewer, page: Listed) -> bool:
    return page.permission is None or allows(viewer, page.permission)


def _shown(caller: Caller, view: SavedView) -> dict[str, str | int]:
    """A page that is gone, or not open to the viewer any more, has no link; the view can still be removed."""
    page = _page(caller, view.page)
    is_open = page is not None and _may_open(caller.viewer, page)
    name = page.name if page is not None and is_open else "not open to you now"
    return {"number": view.number, "page": name, "name": view.name, "href": view.href if is_open else ""}


def _list(_caller: Caller, _values: Mapping[str, Any]) -> Answer:
    return {}


def _save(caller: Caller, values: Mapping[str, Any]) -> Answer:
    path, query = checked_address(caller, text(values, "address", LONGEST_ADDRESS))
    caller.accounts.views.save(path, text(values, "name", 2 * LONGEST_NAME), query, caller.actor)
    return {"message": "Saved."}


def _rename(caller: Caller, values: Mapping[str, Any]) -> Answer:
    caller.accounts.views.rename(whole(values, "number"), text(values, "name", 2 * LONGEST_NAME), caller.actor)
    return {"message": "Renamed."}


def _remove(caller: Caller, values: Mapping[str, Any]) -> Answer:
    caller.accounts.views.remove(whole(values, "number"), caller.actor)
    return {"message": "Removed."}


ACTIONS = {"list": _list, "save": _save, "rename": _rename, "remove": _remove}
