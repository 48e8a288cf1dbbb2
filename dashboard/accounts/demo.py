"""Three users to try the site with, one for each built-in role. Their passwords are made here, on this installation."""

import json
import secrets

from dashboard.accounts.facade import Accounts
from dashboard.accounts.private_files import replace
from dashboard.accounts.terms import AccountError, Actor, NewUser
from dashboard.settings import Settings

Credentials = dict[str, dict[str, str]]

_FILE = "demo-credentials.json"
_OPERATOR = Actor(0, "command line")
# Without letters and digits that look alike.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 5, 4
_USERS = {
    "procurement_manager": NewUser(
        "petra.procurement", "petra.procurement@example.com", "procurement_manager", "Petra", "Procurement"
    ),
    "sales_manager": NewUser("sam.sales", "sam.sales@example.com", "sales_manager", "Sam", "Sales"),
    "admin": NewUser("ada.admin", "ada.admin@example.com", "admin", "Ada", "Admin"),
}


def ensure_demo_users(settings: Settings) -> Credentials:
    """Make the demo users that are missing; every role's user name and password, as kept in ``var``.

    Raises:
        AccountError: a user of that name exists but its password was not made here, or a user cannot be created.
    """
    accounts = Accounts(settings)
    try:
        credentials = _credentials(settings, accounts)
        for role, new in _USERS.items():
            if accounts.find(new.username) is None:
                accounts.create_user(new, _OPERATOR, credentials[role]["password"])
        return credentials
    finally:
        accounts.close()


def _credentials(settings: Settings, accounts: Accounts) -> Credentials:
    """What the file holds. It is written before the users, so a crash in between loses no password."""
    path = settings.var / _FILE
    kept = _parsed(path.read_text(encoding="utf-8")) if path.exists() else {}
    missing = [role for role in _USERS if role not in kept]
    for role in missing:
        username = _USERS[role].username
        if accounts.find(username) is not None:
            raise AccountError(
                f"{path} has no password for {username}, who exists already.",
                f"Set a new one with: users invite {username}",
            )
        kept[role] = {"username": username, "password": _password()}
    if missing:
        replace(path, json.dumps(kept, indent=2) + "\n")
    return kept


def _parsed(text: str) -> Credentials:
    try:
        content = json.loads(text)
        return {
            role: {"username": new.username, "password": str(content[role]["password"])}
            for role, new in _USERS.items()
            if role in content
        }
    except (ValueError, TypeError, KeyError):
        return {}


def _password() -> str:
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))
