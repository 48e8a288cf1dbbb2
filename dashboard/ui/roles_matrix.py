"""Who can see what, and why: every page, figure and right against every role, and against one user."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dashboard.access import Permission, Role, Scope, allows
from dashboard.accounts import AccountError, User
from dashboard.sales.measures import MEASURES
from dashboard.ui.admin_parts import Data, full_name, role_name, scope_words, state_of, text, whole
from dashboard.ui.caller import Caller

MOST_FOUND = 10
NOBODY = "You see roles here. To look a user up, your role needs the right to manage users."


@dataclass(frozen=True)
class Thing:
    """Something that is open to some: what it is called, and the permission it needs (None: every signed-in user)."""

    group: str
    name: str
    permission: Permission | None
    note: str = ""

    def is_open_to(self, role: Role) -> bool:
        """Whether the role has what it needs."""
        return self.permission is None or self.permission in role.permissions

    @property
    def reason(self) -> str:
        """What it hangs on."""
        return "every signed-in user" if self.permission is None else self.permission.value


def things(caller: Caller) -> list[Thing]:
    """Pages, figures and rights, in the order shown; each with the permission that its door asks for."""
    figures = [Thing("Figures", measure.name, measure.permission) for measure in MEASURES.values()]
    return [
        *(Thing("Pages", page.name, page.permission) for page in caller.pages),
        *figures,
        *(Thing("Rights", permission.value, permission, permission.meaning) for permission in Permission),
    ]


def matrix_data(caller: Caller) -> Data:
    """``{"roles", "groups", "rows"}``: a column a role with its holders and rows, and a row a thing with yes or no."""
    roles, holders = list(caller.accounts.roles), caller.accounts.role_book.holders()
    return {
        "roles": [
            {"key": role.key, "name": role.name, "holders": holders.get(role.key, 0), "scope": _rows_seen(role)}
            for role in roles
        ],
        "rows": [
            {
                "group": thing.group,
                "name": thing.name,
                "note": thing.note,
                "reason": thing.reason,
                "cells": [thing.is_open_to(role) for role in roles],
            }
            for thing in things(caller)
        ],
    }


def found_data(caller: Caller, wish: Any) -> Data:
    """Users that fit what was typed (``{"search"}``), or the explanation of one (``{"id"}``)."""
    if not allows(caller.viewer, Permission.USERS_MANAGE):
        return {"error": NOBODY}
    wanted = wish if isinstance(wish, dict) else {}
    if user_id := whole(wanted.get("id")):
        try:
            return {"user": explained(caller, caller.accounts.user(user_id))}
        except AccountError as error:
            return {"error": " ".join(error.reasons)}
    search = text(wanted.get("search")).strip()
    if not search:
        return {}
    users, found = caller.accounts.users(search=search, limit=MOST_FOUND)
    return {"matches": [[user.id, user.username, full_name(user)] for user in users], "found": found}


def explained(caller: Caller, user: User) -> Data:
    """What one user can see at this moment, by which role, and what stands in the way."""
    roles = caller.accounts.roles
    role = roles[user.role] if user.role in roles else Role(user.role, user.role, frozenset())
    state = state_of(user)
    return {
        "id": user.id,
        "username": user.username,
        "role": role_name(roles, user.role),
        "state": state,
        "usable": state == "active",
        "scope": _rows_seen(role),
        "groups": [[group, _named(things(caller), group, role)] for group in ("Pages", "Figures", "Rights")],
    }


def _named(everything: Iterable[Thing], group: str, role: Role) -> list[list[str]]:
    return [
        [thing.note or thing.name, "as everybody" if thing.permission is None else f"by {thing.reason}"]
        for thing in everything
        if thing.group == group and thing.is_open_to(role)
    ]


def _rows_seen(role: Role) -> str:
    """Rows matter only to those who see figures."""
    if all(permission.is_administrative for permission in role.permissions):
        return "no figures"
    return "all rows" if role.scope == Scope() else scope_words(role.scope)
