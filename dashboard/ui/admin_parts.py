"""What the admin pages share: checked inputs, words, and a few components."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from dashboard.access import DIMENSIONS, Permission, Role, Roles, Scope
from dashboard.accounts import AccountError, Method, User
from dashboard.ui.attributes import extra
from dashboard.ui.caller import Caller
from dashboard.ui.choice import ALL
from dashboard.ui.filters import PLURAL

ROWS = 25
LONGEST_TEXT = 254
FURTHEST = 10**6
NOT_HERE = "This cannot be done here. Reload the page and try again."

Data = dict[str, Any]
Column = dict[str, str | bool]  # label, kind, and either the key that the server sorts by, or "fixed"


def text(value: Any) -> str:
    """``value`` if it is a text, cut at :data:`LONGEST_TEXT` characters; else an empty one."""
    return value[:LONGEST_TEXT] if isinstance(value, str) else ""


def chosen(value: Any) -> str:
    """The value of a select; empty for all."""
    return "" if value == ALL else text(value)


def offset(value: Any) -> int:
    """``value`` as the number of rows to leave out; 0 for what is no such number."""
    return min(value, FURTHEST) if type(value) is int and value >= 0 else 0


def record(value: Any) -> Data:
    """``value`` if it is an object; else an empty one."""
    return value if isinstance(value, dict) else {}


def whole(value: Any) -> int:
    """``value`` if it is a whole number, or the digits of one as in an address; else 0, which is nobody's id."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= len(str(2**31)):
        return int(value)
    return value if type(value) is int else 0


@dataclass(frozen=True)
class Paging:
    """Which rows of a table the browser shows, in which order; ``sort`` is a key of the table's columns."""

    sort: str
    descending: bool
    offset: int


def paging(table: Any, filters: tuple[str, ...], columns: Iterable[Column]) -> Paging:
    """What the store of a table asks for. Its offset counts only for the filters that it was made for."""
    wanted = record(table)
    keys = [column["sort"] for column in columns if "sort" in column]
    sort = next((str(key) for key in keys if key == wanted.get("sort")), str(keys[0]) if keys else "")
    first = offset(wanted.get("offset")) if wanted.get("of") == list(filters) else 0
    return Paging(sort, wanted.get("descending") is True, first)


def page_of(wanted: Paging, filters: tuple[str, ...], found: int, columns: list[Column], rows: list[Any]) -> Data:
    """One page of a table as the browser draws it."""
    return {
        "columns": columns,
        "rows": rows,
        "found": found,
        "offset": wanted.offset,
        "size": ROWS,
        "sort": wanted.sort,
        "descending": wanted.descending,
        "of": list(filters),
    }


def sentence_of(error: AccountError) -> str:
    """The reasons, one after the other."""
    return " ".join(error.reasons)


def moment(at: datetime | None) -> str:
    """``2026-11-20 14:05`` in UTC, or "never"."""
    return "never" if at is None else f"{at:%Y-%m-%d %H:%M}"


def full_name(user: User) -> str:
    """First and last name, as far as they are known."""
    return f"{user.first_name} {user.last_name}".strip()


def role_name(roles: Roles, key: str) -> str:
    """The name of a role; what to make of a key that is none."""
    return roles[key].name if key in roles else f"{key} (no such role: no rights)"


def state_of(user: User) -> str:
    """Whether the account can be used, and if not, why not."""
    if not user.active:
        return "disabled"
    if user.locked_until is not None:
        by_admin = user.locked_by_administrator
        return "locked by an administrator" if by_admin else f"locked until {user.locked_until:%H:%M} UTC"
    if not user.verified:
        return "mail not verified"
    return "active" if user.has_password or Method.PASSKEY in user.factors else "invited"


def scope_words(scope: Scope) -> str:
    """The rows of a scope in one sentence fragment."""
    parts = [_dimension_words(name, values) for name in DIMENSIONS if (values := scope.allowed(name)) is not None]
    return "; ".join(parts) or "all rows"


def _dimension_words(name: str, values: frozenset[str]) -> str:
    return f"{name} {', '.join(sorted(values))}" if values else f"no {name} at all, so no row"


def rights_words(role: Role) -> str:
    """What a role lets its holders do, in one sentence."""
    rights = "; ".join(permission.meaning for permission in Permission if permission in role.permissions)
    rows = "" if role.scope == Scope() else f". Rows: {scope_words(role.scope)}"
    return f"Lets its holders {rights}{rows}." if rights else "Lets its holders do nothing but keep their own account."


def role_options(roles: Iterable[Role]) -> list[dict[str, str]]:
    """Options of a select."""
    return [{"label": role.name, "value": role.key} for role in roles]


def plural_of(dimension: str) -> str:
    """``regions`` for ``region``."""
    return PLURAL[dimension]


def field(target: str, label: str, control: Component) -> Component:
    """A control with its label above it."""
    return html.Div([dbc.Label(label, html_for=target, className="sg-label"), control])


def select(target: str, label: str, options: list[dict[str, str]], value: str) -> Component:
    """A labelled select."""
    return field(target, label, dbc.Select(id=target, options=options, value=value, size="sm"))


def search_box(target: str, label: str, value: str = "") -> Component:
    """A labelled search field that asks shortly after the last key."""
    box = dbc.Input(id=target, type="search", debounce=0.4, size="sm", maxlength=80, value=value)
    return field(target, label, box)


def table_card(page: str, label: str, before: list[Component]) -> Component:
    """A card with controls, a line that says how many rows there are, and a table that the browser fills."""
    return html.Section(
        [
            *before,
            html.Div(className="sg-table-status", role="status", **extra(data_sg=f"{page}.status")),
            html.Div(className="sg-table", **extra(data_sg=f"{page}.table")),
        ],
        className="card card-body sg-chart",
        **extra(aria_label=label),
    )


def stale_notice(caller: Caller, path: str) -> Component:
    """Says ahead that sensitive changes need a fresh proof; the browser shows it as soon as that is so."""
    link = html.A(
        "Confirm that it is you", href=f"/confirm?next={path}", className="alert-link", **extra(data_sg="confirm")
    )
    words = (
        "You signed in a while ago. Before you add, invite, enable or delete users, or change roles, names or factors: "
    )
    return html.Div(
        [words, link, "."], className="alert alert-info mb-0", hidden=caller.actor.fresh, **extra(data_sg="stale")
    )
