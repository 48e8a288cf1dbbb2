"""Dates of birth: which are accepted, how they are kept, and the hint that recovery shows."""

import hmac
from datetime import date

from dashboard.accounts.store import Store

YOUNGEST, OLDEST = 14, 120


def objections(born: date | None, today: date, *, required: bool) -> tuple[str, ...]:
    """Sentences that say why ``born`` is refused; none where it is accepted."""
    if born is None:
        return ("Enter your date of birth: it is asked for when you need a way back in.",) if required else ()
    if born >= today:
        return ("A date of birth is in the past.",)
    if not YOUNGEST <= _age(born, today) <= OLDEST:
        return (f"Check the date of birth: people here are {YOUNGEST} to {OLDEST} years old.",)
    return ()


def masked(born: date) -> str:
    """What reminds the owner and tells others little: the last digit of the year."""
    return f"••.••.•••{born.year % 10}"


def seal(store: Store, born: date | None) -> str | None:
    """What the database keeps."""
    return None if born is None else store.vault.seal(born.isoformat())


def unseal(store: Store, kept: str | None) -> date | None:
    """The date again; AccountError where it was sealed with another key."""
    return None if kept is None else date.fromisoformat(store.vault.open(kept))


def are_equal(one: date, other: date) -> bool:
    """Compared in constant time."""
    return hmac.compare_digest(one.isoformat(), other.isoformat())


def _age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
