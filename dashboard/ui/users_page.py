"""The Users page of administrators: who may sign in, and with what role. It shows no sales figure."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import dash_bootstrap_components as dbc
from dash import Input, Output, State, dcc, html
from dash.development.base_component import Component

from dashboard.access import Permission, require
from dashboard.accounts import AccountError, NewUser, User
from dashboard.ui.attributes import extra
from dashboard.ui.caller import Caller, Registrar
from dashboard.ui.choice import ALL

ROWS = 25
LONGEST_TEXT = 254
FURTHEST = 10**6
FIELDS = ("username", "email", "first-name", "last-name", "new-role")
MANAGE, SESSIONS = Permission.USERS_MANAGE, Permission.SESSIONS_MANAGE
COLUMNS = [
    {"label": "User name", "kind": "user"},
    {"label": "Name", "kind": "text"},
    {"label": "Role", "kind": "text"},
    {"label": "State", "kind": "text"},
    {"label": "Last sign-in (UTC)", "kind": "text"},
    {"label": "Open sessions", "kind": "number"},
]


def layout(caller: Caller) -> Component:
    """List, the chosen user with what can be done, and the form for a new one."""
    roles = [{"label": role.name, "value": role.key} for role in caller.accounts.roles]
    return html.Div(
        [
            *(dcc.Store(id=f"users-{part}") for part in ("act", "chosen", "paging")),
            dcc.Store(id="users-list", data=list_data(caller, "", "", 0)),
            html.Header(html.H1("Users", className="h3 mb-0"), className="sg-heading"),
            html.Div(
                [_list_card(roles), html.Div([_chosen_card(), _new_card(roles)], className="sg-side")],
                className="sg-admin",
            ),
        ],
        className="sg-page",
        **extra(data_sg_page="users"),
    )


def register(app: Registrar) -> None:
    """Declare the page's callbacks."""

    @app.callback(
        MANAGE,
        Output("users-list", "data"),
        Input("users-search", "value"),
        Input("users-role", "value"),
        Input("users-paging", "data"),
        Input("users-chosen", "data"),
        prevent_initial_call=True,
    )
    def _list(caller: Caller, search: Any, role: Any, paging: Any, _changed: Any) -> Any:
        return list_data(
            caller,
            _text(search),
            "" if role == ALL else _text(role),
            min(paging, FURTHEST) if type(paging) is int and paging >= 0 else 0,
        )

    @app.callback(MANAGE, Output("users-chosen", "data"), Input("users-act", "data"), prevent_initial_call=True)
    def _act(caller: Caller, wish: Any) -> Any:
        return act(caller, wish)

    @app.callback(
        MANAGE,
        Output("users-chosen", "data", allow_duplicate=True),
        Input("users-create", "n_clicks"),
        *(State(f"users-{field}", "value") for field in FIELDS),
        prevent_initial_call=True,
    )
    def _create(caller: Caller, _clicks: Any, *values: Any) -> Any:
        return create(caller, dict(zip(FIELDS, map(_text, values), strict=True)))

    app.clientside("users", Output("users-search", "title"), Input("users-list", "data"))
    app.clientside("user", Output("users-create", "title"), Input("users-chosen", "data"), prevent_initial_call=True)


def list_data(caller: Caller, search: str, role: str, offset: int) -> dict[str, Any]:
    """A page of users as a table."""
    users, found = caller.accounts.users(search=search, role=role, offset=offset, limit=ROWS)
    return {
        "columns": COLUMNS,
        "rows": [_row(caller, user) for user in users],
        "found": found,
        "offset": offset,
        "size": ROWS,
    }


def act(caller: Caller, wish: Any) -> dict[str, Any]:
    """Do to a user what the browser asks for: ``{"do", "id"}``; answers the user as it is then, and what was done."""
    wanted, user_id = (wish.get("do"), wish.get("id")) if isinstance(wish, dict) else (None, None)
    action = ACTIONS.get(wanted) if isinstance(wanted, str) else None
    if action is None or type(user_id) is not int:
        return {"error": "This cannot be done here. Reload the page and try again."}
    try:
        done = action(caller, user_id)
        return {"user": _details(caller, caller.accounts.user(user_id)), **done}
    except AccountError as error:
        return {**_still_there(caller, user_id), "error": " ".join(error.reasons)}


def create(caller: Caller, fields: Mapping[str, str]) -> dict[str, Any]:
    """Create a user and an invitation; nobody but the user ever knows the password."""
    new = NewUser(fields["username"], fields["email"], fields["new-role"], fields["first-name"], fields["last-name"])
    try:
        user = caller.accounts.create_user(new, caller.actor)
        return {"user": _details(caller, user), **_invite(caller, user.id), "created": True}
    except AccountError as error:
        return {"error": " ".join(error.reasons), "create": True}


def _still_there(caller: Caller, user_id: int) -> dict[str, Any]:
    try:
        return {"user": _details(caller, caller.accounts.user(user_id))}
    except AccountError:
        return {}


def _show(_caller: Caller, _user_id: int) -> dict[str, Any]:
    return {}


def _disable(caller: Caller, user_id: int) -> dict[str, Any]:
    caller.accounts.disable_user(user_id, caller.actor)
    return {"message": "Disabled: the user is signed out everywhere and cannot sign in."}


def _enable(caller: Caller, user_id: int) -> dict[str, Any]:
    caller.accounts.enable_user(user_id, caller.actor)
    return {"message": "Enabled: the user can sign in again."}


def _unlock(caller: Caller, user_id: int) -> dict[str, Any]:
    caller.accounts.unlock_user(user_id, caller.actor)
    return {"message": "The lock is off."}


def _end_sessions(caller: Caller, user_id: int) -> dict[str, Any]:
    require(caller.viewer, SESSIONS)
    ended = caller.accounts.end_sessions(user_id, caller.actor)
    return {"message": f"{ended} session{'' if ended == 1 else 's'} ended."}


def _invite(caller: Caller, user_id: int) -> dict[str, Any]:
    token = caller.accounts.invite(user_id, caller.actor)
    return {
        "message": "Send this link to the user. It sets one password, once, and is shown only now.",
        "invitation": f"/invitation/{token}",
    }


ACTIONS: Mapping[str, Callable[[Caller, int], dict[str, Any]]] = {
    "show": _show,
    "disable": _disable,
    "enable": _enable,
    "unlock": _unlock,
    "end_sessions": _end_sessions,
    "invite": _invite,
}


def _row(caller: Caller, user: User) -> list[Any]:
    name = f"{user.first_name} {user.last_name}".strip()
    sessions = [user.open_sessions, str(user.open_sessions)]
    return [
        [user.id, user.username],
        name,
        _role(caller, user),
        _standing(user),
        _moment(user.last_sign_in_at),
        sessions,
    ]


def _details(caller: Caller, user: User) -> dict[str, Any]:
    link = "New password link" if user.has_password else "New invitation link"
    offers = [("invite", link), ("end_sessions", "End sessions")] if user.active else []
    offers += [("unlock", "Take the lock off")] if user.locked_until else []
    if not user.is_original_admin:
        offers += [("disable", "Disable")] if user.active else [("enable", "Enable")]
    return {
        "id": user.id,
        "username": user.username,
        "facts": [
            ["Name", f"{user.first_name} {user.last_name}".strip() or "–"],
            ["E-mail", user.email or "–"],
            ["Role", _role(caller, user)],
            ["State", _standing(user)],
            ["Open sessions", str(user.open_sessions)],
            ["Last sign-in (UTC)", _moment(user.last_sign_in_at)],
            ["Created (UTC)", _moment(user.created_at)],
        ],
        "offers": offers,
    }


def _role(caller: Caller, user: User) -> str:
    roles = caller.accounts.roles
    return roles[user.role].name if user.role in roles else f"{user.role} (no such role: no rights)"


def _standing(user: User) -> str:
    if not user.active:
        return "disabled"
    if user.locked_until is not None:
        return f"locked until {user.locked_until:%H:%M} UTC"
    return "active" if user.has_password else "invited, no password yet"


def _moment(at: datetime | None) -> str:
    return "never" if at is None else f"{at:%Y-%m-%d %H:%M}"


def _text(value: Any) -> str:
    return value[:LONGEST_TEXT] if isinstance(value, str) else ""


def _list_card(roles: list[dict[str, str]]) -> Component:
    filters = [
        _field(
            "users-search", "Find", dbc.Input(id="users-search", type="search", debounce=0.4, size="sm", maxlength=80)
        ),
        _field(
            "users-role",
            "Role",
            dbc.Select(id="users-role", options=[{"label": "All roles", "value": ALL}, *roles], value=ALL, size="sm"),
        ),
    ]
    return html.Section(
        [
            html.Div(filters, className="sg-filter-grid"),
            html.Div(className="sg-table-status", role="status", **extra(data_sg="users.status")),
            html.Div(className="sg-table", **extra(data_sg="users.table")),
        ],
        className="card card-body sg-chart",
        **extra(aria_label="All users"),
    )


def _chosen_card() -> Component:
    return html.Section(
        html.P("Choose a user to see their state and change it.", className="sg-hint"),
        className="card card-body sg-chart",
        **extra(aria_label="Chosen user"),
        **extra(data_sg="users.chosen", aria_live="polite"),
    )


def _new_card(roles: list[dict[str, str]]) -> Component:
    def line(part: str, label: str, kind: Any = "text") -> Component:
        return _field(
            f"users-{part}",
            label,
            dbc.Input(id=f"users-{part}", type=kind, size="sm", maxlength=LONGEST_TEXT, autocomplete="off"),
        )

    role = dbc.Select(id="users-new-role", options=roles, value=roles[0]["value"], size="sm")
    fields = [
        line("username", "User name"),
        line("email", "E-mail", "email"),
        line("first-name", "First name"),
        line("last-name", "Last name"),
        _field("users-new-role", "Role", role),
    ]
    return html.Section(
        [
            html.H2("New user", className="h6 mb-0"),
            html.Fieldset([html.Legend("New user", className="visually-hidden"), *fields], className="sg-fields"),
            html.P("The user sets the password with a link that you get once; you never see it.", className="sg-hint"),
            html.Div(html.Button("Create user", id="users-create", type="button", className="btn btn-sm btn-primary")),
            html.Div(role="alert", hidden=True, className="alert alert-danger mb-0", **extra(data_sg="users.refused")),
        ],
        className="card card-body sg-chart",
        **extra(aria_label="New user"),
    )


def _field(target: str, label: str, control: Component) -> Component:
    return html.Div([dbc.Label(label, html_for=target, className="sg-label"), control])
