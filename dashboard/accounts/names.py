"""User names, e-mail addresses and the names of people: what is accepted, and when two user names are the same."""

import unicodedata

from dashboard.access import Roles
from dashboard.accounts.terms import NewUser

_SHORTEST_USERNAME, _LONGEST_USERNAME = 3, 64
_LONGEST_TYPED = 1000
_LONGEST_EMAIL = 254
_LONGEST_NAME = 100


def clean_username(text: str) -> str:
    """The user name as it is kept: one form of letters that look the same, no space around it."""
    return unicodedata.normalize("NFKC", text).strip()


def username_key(text: str) -> str:
    """Equal for user names that differ only in case or in the form of their letters."""
    return unicodedata.normalize("NFKC", clean_username(text).casefold())


def email_key(text: str) -> str:
    """Equal for addresses that reach the same mailbox, as far as can be known: they differ only in case."""
    return unicodedata.normalize("NFKC", text.strip()).casefold()[:_LONGEST_EMAIL]


def lookup_key(typed: str) -> str:
    """The key to look ``typed`` up by; empty, which no user has, for what cannot be a user name."""
    username = clean_username(typed) if len(typed) <= _LONGEST_TYPED else ""
    fits = _SHORTEST_USERNAME <= len(username) <= _LONGEST_USERNAME
    return username_key(username) if fits and _has_only_allowed(username) else ""


def objections(new: NewUser, roles: Roles) -> tuple[str, ...]:
    """Sentences that say why ``new`` cannot be created; none where it can."""
    found = []
    username = clean_username(new.username)
    if not _SHORTEST_USERNAME <= len(username) <= _LONGEST_USERNAME:
        found.append(f"A user name has {_SHORTEST_USERNAME} to {_LONGEST_USERNAME} characters.")
    if not _has_only_allowed(username):
        found.append("A user name is made of letters, digits and . _ - @ only.")
    if not _is_email(new.email):
        found.append("This is not an e-mail address.")
    if not all(len(name) <= _LONGEST_NAME and name.isprintable() for name in (new.first_name, new.last_name)):
        found.append(f"First and last name have at most {_LONGEST_NAME} characters, all of them visible.")
    if new.role not in {role.key for role in roles.grantable}:
        found.append(f"There is no such role. Known are {', '.join(role.key for role in roles.grantable)}.")
    return tuple(found)


def _has_only_allowed(username: str) -> bool:
    return all(char.isalnum() or char in "._-@" for char in username)


def _is_email(text: str) -> bool:
    local, at, domain = text.partition("@")
    visible = text.isprintable() and " " not in text
    return bool(local and at and domain) and visible and "@" not in domain and len(text) <= _LONGEST_EMAIL
