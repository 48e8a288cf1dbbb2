"""The lists of the Users page: who there is, and who asks for a role."""

from typing import Any

from dashboard.access import Roles
from dashboard.accounts import AccountError, Method, RoleRequest, User
from dashboard.ui.admin_parts import (
    ROWS,
    Column,
    Data,
    chosen,
    full_name,
    moment,
    offset,
    page_of,
    paging,
    role_name,
    state_of,
    text,
)
from dashboard.ui.caller import Caller

STATES = {
    "active": "Active",
    "disabled": "Disabled",
    "locked": "Locked",
    "invited": "Invited, no password yet",
    "unverified": "Mail not verified",
    "no_role": "No role yet",
}
MOST_REQUESTS = 10
FACTOR_NAMES = {Method.TOTP: "app", Method.PASSKEY: "passkey", Method.MAIL: "mail"}
COLUMNS: list[Column] = [
    {"label": "User name", "kind": "user", "sort": "username"},
    {"label": "Name", "kind": "text", "sort": "name"},
    {"label": "Role", "kind": "text", "sort": "role"},
    {"label": "State", "kind": "text", "sort": "state"},
    {"label": "Second factor", "kind": "text", "fixed": True},
    {"label": "Last sign-in (UTC)", "kind": "moment", "sort": "last_sign_in"},
    {"label": "Sessions", "kind": "number", "sort": "open_sessions"},
]


def list_data(caller: Caller, search: Any, role: Any, state: Any, table: Any) -> Data:
    """A page of users as a table; what the browser sent is checked here."""
    filters = (text(search).strip(), chosen(role), chosen(state) if chosen(state) in STATES else "")
    wanted = paging(table, filters, COLUMNS)
    users, found = caller.accounts.users(
        search=filters[0],
        role=filters[1],
        state=filters[2],
        sort=wanted.sort,
        descending=wanted.descending,
        offset=wanted.offset,
        limit=ROWS,
    )
    if not users and wanted.offset:
        return list_data(caller, search, role, state, {"sort": wanted.sort, "descending": wanted.descending})
    roles = caller.accounts.roles
    rows = [_row(roles, user) for user in users]
    return {**page_of(wanted, filters, found, COLUMNS, rows), "fresh": caller.actor.fresh}


def requests_data(caller: Caller, first: Any) -> Data:
    """The open role requests, oldest first; those that the caller cannot decide say why."""
    roles, start = caller.accounts.roles, offset(first)
    found, total = caller.accounts.requests.open(start, MOST_REQUESTS)
    if not found and start:
        return requests_data(caller, 0)
    rows = [_request(caller, roles, request) for request in found]
    return {"rows": rows, "found": total, "offset": start, "size": MOST_REQUESTS}


def factors_words(user: User) -> str:
    """The second factors that are set up, or "none"."""
    return ", ".join(FACTOR_NAMES[method] for method in user.factors if method in FACTOR_NAMES) or "none"


def _row(roles: Roles, user: User) -> list[Any]:
    return [
        [user.id, user.username],
        full_name(user),
        role_name(roles, user.role),
        state_of(user),
        factors_words(user),
        moment(user.last_sign_in_at),
        str(user.open_sessions),
    ]


def _request(caller: Caller, roles: Roles, request: RoleRequest) -> Data:
    return {
        "id": request.id,
        "user": request.user_id,
        "username": request.username,
        "name": request.name,
        "role": role_name(roles, request.role),
        "asked": moment(request.requested_at),
        "why_not": _why_not(caller, request.user_id),
    }


def _why_not(caller: Caller, user_id: int) -> str:
    if user_id == caller.viewer.user_id:
        return "Your own request: another administrator has to decide it."
    try:
        allowed = caller.accounts.administration.may(user_id, caller.actor)
    except AccountError:  # deleted a moment ago
        allowed = frozenset()
    return "" if "decide" in allowed else "Your role does not allow you to decide this."
