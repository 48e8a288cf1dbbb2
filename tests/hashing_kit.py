"""Password hashes that cost nearly nothing: most tests are about something else, and there are thousands of hashes.

Sites that run as processes of their own hash as they always do, and replace the cheap hashes they meet at a sign-in.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher

from dashboard.accounts import passwords

_REAL = (passwords._HASHER, passwords._NOBODY)
_KIB = 64
_CHEAP = (
    PasswordHasher(time_cost=1, memory_cost=_KIB, parallelism=1, hash_len=32, salt_len=16),
    _REAL[1].replace(f"m={passwords._MEMORY_KIB}", f"m={_KIB}"),
)


def make_cheap() -> None:
    """From now on in this process."""
    passwords._HASHER, passwords._NOBODY = _CHEAP


@contextmanager
def real() -> Iterator[None]:
    """As people's passwords are hashed, meanwhile."""
    passwords._HASHER, passwords._NOBODY = _REAL
    try:
        yield
    finally:
        make_cheap()
