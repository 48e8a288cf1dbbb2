"""User names, e-mail addresses and the names of people: what is accepted, and when two user names are the same."""

import unicodedata

from dashboard.access import Roles
from dashboard.accounts.terms import NewUser
from dashboard.mail.letter import NoAddressError, travelling

_SHORTEST_USERNAME, _LONGEST_USERNAME = 3, 64
_LONGEST_TYPED = 1000
_LONGEST_EMAIL = 254
_LONGEST_NAME = 100
# They mean something to programs that send mail: an address with one of them could become two.
_NOT_IN_ADDRESSES = frozenset('",;:<>()[]\\')


def clean_username(text: str) -> str:
    """The user name as it is kept: one form of letters that look the same, no space around it."""
    return unicodedata.normalize("NFKC", text).strip()


def username_key(text: str) -> str:
    """Equal for user names that differ only in case or in the form of their letters."""
    return unicodedata.normalize("NFKC", clean_username(text).casefold())


def email_key(text: str) -> str:
    """Equal for addresses that reach the same mailbox, as far as can be known.

    They differ only in case, or in spellings of the domain that mail servers know by one ASCII form.
    """
    local, at, domain = text.strip()[:_LONGEST_TYPED].rpartition("@")
    return (_folded(local) + at + _plain_domain(domain))[:_LONGEST_EMAIL]


def address_key(typed: str) -> str:
    """The key to look ``typed`` up by; empty, which no user has, for what cannot be an address."""
    return email_key(typed) if len(typed) <= _LONGEST_TYPED and _is_email(typed.strip()) else ""


def lookup_key(typed: str) -> str:
    """The key to look ``typed`` up by; empty, which no user has, for what cannot be a user name."""
    username = clean_username(typed) if len(typed) <= _LONGEST_TYPED else ""
    fits = _SHORTEST_USERNAME <= len(username) <= _LONGEST_USERNAME
    return username_key(username) if fits and _has_only_allowed(username) else ""


def objections(new: NewUser, roles: Roles) -> tuple[str, ...]:
    """Sentences that say why ``new`` cannot be created; none where it can."""
    found = [
        *username_objections(new.username),
        *email_objections(new.email),
        *name_objections(new.first_name, new.last_name),
    ]
    if new.role not in {role.key for role in roles.grantable}:
        found.append(f"There is no such role. Known are {', '.join(role.key for role in roles.grantable)}.")
    return tuple(found)


def username_objections(typed: str) -> tuple[str, ...]:
    """Sentences that say why ``typed`` cannot be a user name; none where it can."""
    found = []
    username = clean_username(typed)
    if not _SHORTEST_USERNAME <= len(username) <= _LONGEST_USERNAME:
        found.append(f"A user name has {_SHORTEST_USERNAME} to {_LONGEST_USERNAME} characters.")
    if not _has_only_allowed(username):
        found.append("A user name is made of letters, digits and . _ - @ only.")
    return tuple(found)


def email_objections(email: str) -> tuple[str, ...]:
    """Sentences that say why ``email`` is refused; none where it is accepted."""
    if not _is_email(email):
        return ("This is not an e-mail address.",)
    if not _is_mailable(email):
        return ("No mail can be sent to this address. Check it: before the @ only a to z, digits and signs work.",)
    return ()


def name_objections(first_name: str, last_name: str) -> tuple[str, ...]:
    """Sentences that say why the names of a person are refused; none where they are accepted."""
    if all(len(name) <= _LONGEST_NAME and name.isprintable() for name in (first_name, last_name)):
        return ()
    return (f"First and last name have at most {_LONGEST_NAME} characters, all of them visible.",)


def _has_only_allowed(username: str) -> bool:
    return all(char.isalnum() or char in "._-@" for char in username)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _plain_domain(domain: str) -> str:
    try:
        return domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return _folded(domain)


def _is_mailable(email: str) -> bool:
    try:
        return len(travelling(email)) <= _LONGEST_EMAIL
    except NoAddressError:
        return False


def _is_email(text: str) -> bool:
    local, at, domain = text.partition("@")
    visible = text.isprintable() and " " not in text and _NOT_IN_ADDRESSES.isdisjoint(text)
    return bool(local and at and domain) and visible and "@" not in domain and len(text) <= _LONGEST_EMAIL
