"""Access tokens: JWTs that name a session. Reading one says which session it may stand for, and nothing else."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, cast

import jwt

from dashboard.accounts.signing import LEEWAY, SigningKey

ALGORITHM, TYPE, AUDIENCE = "HS256", "at+jwt", "salesgate-api"

_LONGEST = 2048  # characters; ours have about 500
_HASH = 64
_MOST_KNOWN = 2000
# All of it: no claim of a token is left for a library to look at, or not.
_OPTIONS: dict[str, Any] = {
    "require": ["exp", "nbf", "iat", "iss", "aud", "sub", "sid"],
    "strict_aud": True,
    "enforce_minimum_key_length": True,
    # By our own clock instead.
    **dict.fromkeys(("verify_exp", "verify_nbf", "verify_iat"), False),
}


@dataclass(frozen=True)
class Claims:
    """What a genuine token says.

    Attributes:
        session: hash of the token of the session.
        user_id: whose it was; the session's row says whose it is.
        kid: name of the key that signed it.
    """

    session: str
    user_id: int
    kid: str


def write(issuer: str, key: SigningKey, said: Claims, role: str, now: datetime, lasts: timedelta) -> str:
    """A token, good from ``now`` for ``lasts``. ``role`` is there for programs to read; nothing here asks it."""
    claims = {"iss": issuer, "aud": AUDIENCE, "sub": str(said.user_id), "sid": said.session, "role": role}
    times = {"iat": now, "nbf": now, "exp": now + lasts, "jti": secrets.token_hex(8)}
    return jwt.encode({**claims, **times}, key.secret, ALGORITHM, headers={"kid": key.kid, "typ": TYPE})


class Reader:
    """Reads the tokens of one installation.

    A program sends the same token for minutes: that it is genuine is found out once. Whether its time has come, and
    whether its key and its session are still good, is asked each time.

    Args:
        find: the key of a name, if there is one.
    """

    def __init__(self, issuer: str, find: Callable[[str], SigningKey | None]) -> None:
        self._issuer, self._find = issuer, find
        self._genuine: dict[bytes, _Genuine] = {}

    def read(self, token: str, now: datetime) -> Claims | None:
        """What ``token`` says; None where it is no good token of this installation."""
        if len(token) > _LONGEST or not token.isascii():
            return None
        name = sha256(token.encode()).digest()
        said = self._genuine.get(name)
        if said is None:
            said = self._check(token)
            if said is None:
                return None
            if len(self._genuine) >= _MOST_KNOWN:
                self._genuine.clear()
            self._genuine[name] = said
        soon = (now + LEEWAY).timestamp()
        return said.claims if now.timestamp() < said.ends and said.begins <= soon else None

    def _check(self, token: str) -> "_Genuine | None":
        try:
            kid = _kid(jwt.get_unverified_header(token))
            key = self._find(kid) if kid else None
            if key is None:
                return None
            options = cast(Any, _OPTIONS)
            claims = jwt.decode(token, key.secret, [ALGORITHM], options, audience=AUDIENCE, issuer=self._issuer)
        except (jwt.PyJWTError, ValueError, RecursionError):
            return None
        said, times = _ours(claims, key.kid), [claims[name] for name in ("nbf", "iat", "exp")]
        if said is None or not all(type(time) is int for time in times):
            return None
        return _Genuine(said, max(times[:2]), times[2])


@dataclass(frozen=True)
class _Genuine:
    """A token that our key has signed. ``begins`` and ``ends``: seconds since 1970."""

    claims: Claims
    begins: int
    ends: int


def _kid(header: Mapping[str, Any]) -> str:
    """The name of the key; empty where the header says anything that ours do not."""
    kid = header.get("kid")
    ours = {"alg": ALGORITHM, "typ": TYPE, "kid": kid}
    return kid if isinstance(kid, str) and dict(header) == ours else ""


def _ours(claims: Mapping[str, Any], kid: str) -> Claims | None:
    session, subject = claims["sid"], claims["sub"]
    if not (isinstance(session, str) and len(session) == _HASH and subject.isascii() and subject.isdigit()):
        return None
    return Claims(session, int(subject), kid)
