"""Recovery codes: ten, shown once, for whoever has lost the other factors. Each has 120 random bits and works once.

That many bits cannot be guessed, so a plain hash keeps them safe in a stolen database too.
"""

import hashlib
import secrets
from base64 import b32encode

from sqlalchemy import Connection, delete, insert, update

from dashboard.accounts.factor_policy import codes_left
from dashboard.accounts.models import recovery_codes
from dashboard.accounts.store import Store

COUNT = 10

_BYTES, _GROUP = 15, 6
_LONGEST = 100
# Base32 has no such digits: whoever types one has read a letter.
_MISREAD = str.maketrans("018", "OIB")


def make(connection: Connection, user_id: int) -> list[str]:
    """Ten new codes, such as ``ABCDEF-GHIJKL-MNOPQR-STUVWX``; the old ones are dead."""
    drop(connection, user_id)
    codes = [_new() for _ in range(COUNT)]
    connection.execute(
        insert(recovery_codes), [{"user_id": user_id, "code_hash": _hash(code), "used_at": None} for code in codes]
    )
    return codes


def make_if_none(connection: Connection, user_id: int) -> list[str]:
    """The same where no unused code is left; else none."""
    return [] if codes_left(connection, user_id) else make(connection, user_id)


def use(store: Store, connection: Connection, user_id: int, typed: str) -> bool:
    """Use a code up: True for exactly one caller, in whatever case and with whatever signs between it was typed."""
    theirs = (recovery_codes.c.user_id == user_id, recovery_codes.c.code_hash == _hash(typed))
    unused = recovery_codes.c.used_at.is_(None)
    return connection.execute(update(recovery_codes).where(*theirs, unused).values(used_at=store.clock())).rowcount == 1


def drop(connection: Connection, user_id: int) -> None:
    """Every code of a user is dead."""
    connection.execute(delete(recovery_codes).where(recovery_codes.c.user_id == user_id))


def _new() -> str:
    code = b32encode(secrets.token_bytes(_BYTES)).decode()
    return "-".join(code[start : start + _GROUP] for start in range(0, len(code), _GROUP))


def _hash(typed: str) -> str:
    letters = "".join(char for char in typed[:_LONGEST].upper() if char.isascii() and char.isalnum())
    return hashlib.sha256(letters.translate(_MISREAD).encode()).hexdigest()
