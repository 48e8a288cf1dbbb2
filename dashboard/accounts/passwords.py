"""Hashing passwords: argon2id, 46 MiB, one pass, one lane (OWASP); about 45 ms each."""

import os
from base64 import b64encode
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LONGEST = 1024

_MEMORY_KIB = 46 * 1024
_HASHER = PasswordHasher(time_cost=1, memory_cost=_MEMORY_KIB, parallelism=1, hash_len=32, salt_len=16)
# Every hash takes 46 MiB: many sign-ins at once must queue, not fill the memory.
_TURNS = BoundedSemaphore(max(2, os.cpu_count() or 1))


def _no_bytes(count: int) -> str:
    return b64encode(bytes(count)).decode().rstrip("=")


# A digest of zeros, which no password has: comparing with it costs what comparing with a real one costs.
_NOBODY = f"$argon2id$v=19$m={_MEMORY_KIB},t=1,p=1${_no_bytes(16)}${_no_bytes(32)}"


def hash_password(password: str) -> str:
    """The hash to keep. Hold no database connection while calling."""
    with _TURNS:
        return _HASHER.hash(password)


def matches(password: str, password_hash: str | None) -> bool:
    """Whether ``password`` belongs to ``password_hash``; the same work, and False, where there is no hash.

    Hold no database connection while calling.
    """
    if password_hash is None or len(password) > LONGEST:
        password, password_hash = "", _NOBODY
    try:
        with _TURNS:
            return _HASHER.verify(password_hash, password.encode("utf-8", "surrogatepass"))
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(password_hash: str) -> bool:
    """Whether ``password_hash`` was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(password_hash)
