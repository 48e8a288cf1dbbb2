"""Making, changing and removing roles of one's own: wishes of the browser, checked, and what came of them in words."""

import re
from typing import Any

from dashboard.access import DIMENSIONS, Permission, Role, Scope, allows, built_in_roles
from dashboard.accounts import AccountError
from dashboard.ui.admin_parts import (
    NOT_HERE,
    Column,
    Data,
    plural_of,
    record,
    rights_words,
    scope_words,
    sentence_of,
    text,
)
from dashboard.ui.caller import Caller

MOST_VALUES = 200
LONGEST_VALUE = 200
LONGEST_KEY = 64
COLUMNS: list[Column] = [
    {"label": "Role", "kind": "role"},
    {"label": "Key", "kind": "code"},
    {"label": "Made", "kind": "moment"},
    {"label": "Rights", "kind": "text"},
    {"label": "Rows", "kind": "text"},
    {"label": "Users", "kind": "holders"},
]
NOT_LETTERS = re.compile(r"[^a-z0-9]+")


def list_data(caller: Caller) -> Data:
    """All roles as a table, with what is needed to edit those that were made here."""
    book, roles = caller.accounts.role_book, list(caller.accounts.roles)
    holders = book.holders()
    own = {role.key for role in roles if book.is_own(role.key)}
    return {
        "columns": COLUMNS,
        "leads": allows(caller.viewer, Permission.USERS_MANAGE),  # whether the numbers may lead to the users
        "rows": [_row(role, role.key in own, holders.get(role.key, 0)) for role in roles],
        "roles": {role.key: details(role, role.key in own, holders.get(role.key, 0)) for role in roles},
    }


def act(caller: Caller, wish: Any) -> Data:
    """Do to a role what the browser asks for: ``{"do": "save" | "remove", "key", ...}``.

    Raises:
        Forbidden, NotFreshError: as the policy and the domain do.
    """
    wanted = record(wish)
    try:
        if wanted.get("do") == "save":
            role = caller.accounts.role_book.define(_role(caller, wanted), caller.actor)
            return {"message": f"{role.name} is saved. It counts at the next click of its users.", "key": role.key}
        if wanted.get("do") == "remove":
            key = text(wanted.get("key"))
            caller.accounts.role_book.remove(key, caller.actor)
            return {"message": "The role is removed.", "key": ""}
    except AccountError as error:
        return {"error": sentence_of(error)}
    return {"error": NOT_HERE}


def details(role: Role, own: bool, holders: int) -> Data:
    """One role as the editor shows it."""
    return {
        "key": role.key,
        "name": role.name,
        "permissions": [permission.value for permission in Permission if permission in role.permissions],
        "scope": {
            name: None if (values := role.scope.allowed(name)) is None else sorted(values) for name in DIMENSIONS
        },
        "words": rights_words(role),
        "own": own,
        "holders": holders,
    }


def offers() -> Data:
    """What a role can be made of."""
    return {
        "permissions": [
            [p.value, p.meaning, "Managing the site" if p.is_administrative else "Figures"] for p in Permission
        ],
        "dimensions": [[name, plural_of(name)] for name in DIMENSIONS],
    }


def _role(caller: Caller, wanted: Data) -> Role:
    """The role that was typed. A new one must not fall on the key of another, which would change that one.

    Raises:
        AccountError: a value of the wrong kind.
    """
    name = text(wanted.get("name")).strip()
    key = text(wanted.get("key")).strip() or _key_of(name)
    if wanted.get("new") is not False and key in caller.accounts.roles:
        raise AccountError(f"There is a role with the key {key} already. Choose another key.")
    return Role(key, name, _permissions(wanted.get("permissions")), _scope(record(wanted.get("scope"))))


def _key_of(name: str) -> str:
    return NOT_LETTERS.sub("_", name.lower()).strip("_")[:LONGEST_KEY]


def _permissions(values: Any) -> frozenset[Permission]:
    known = {permission.value: permission for permission in Permission}
    if not isinstance(values, list) or not all(isinstance(value, str) and value in known for value in values):
        raise AccountError("There is no such right. Reload the page and try again.")
    return frozenset(known[value] for value in values)


def _scope(wanted: Data) -> Scope:
    return Scope(**{name: _values(name, wanted[name]) for name in DIMENSIONS if wanted.get(name) is not None})


def _values(dimension: str, values: Any) -> frozenset[str]:
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise AccountError(f"Write the {plural_of(dimension)} one a line.")
    cleaned = frozenset(value.strip() for value in values if value.strip())
    if len(cleaned) > MOST_VALUES or any(len(value) > LONGEST_VALUE for value in cleaned):
        raise AccountError(f"Name at most {MOST_VALUES} {plural_of(dimension)} of up to {LONGEST_VALUE} characters.")
    return cleaned


def _row(role: Role, own: bool, holders: int) -> list[Any]:
    built_in = {built.key for built in built_in_roles()}
    made = "here" if own else ("built in" if role.key in built_in else "in settings.toml")
    rights = ", ".join(permission.value for permission in Permission if permission in role.permissions)
    return [[role.key, role.name], role.key, made, rights or "none", scope_words(role.scope), [role.key, str(holders)]]
