"""Access tokens: JWTs that name a session. Reading one says which session it may stand for, and nothing else."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

import jwt

from dashboard.accounts.signing import LEEWAY, SigningKey

ALGORITHM, TYPE, AUDIENCE = "HS256", "at+jwt", "salesgate-api"

_LONGEST = 2048  # characters; ours have about 500
_HASH = 64
# All of it: no claim of a token is left for a library to look at, or not.
_OPTIONS: dict[str, Any] = {
    "require": ["exp", "nbf", "iat", "iss", "aud", "sub", "sid"],
    "strict_aud": True,
    "enforce_minimum_key_length": True,
    # By our own clock, below.
    **dict.fromkeys(("verify_exp", "verify_nbf", "verify_iat"), False),
}


@dataclass(frozen=True)
class Access:
    """What a genuine token says.

    Attributes:
        session: hash of the token of the session.
        user_id: whose it was; the session's row says whose it is.
        kid: name of the key that signed it.
    """

    session: str
    user_id: int
    kid: str


def write(issuer: str, key: SigningKey, access: Access, role: str, now: datetime, lasts: timedelta) -> str:
    """A token, good from ``now`` for ``lasts``. ``role`` is there for programs to read; nothing here asks it."""
    claims = {"iss": issuer, "aud": AUDIENCE, "sub": str(access.user_id), "sid": access.session, "role": role}
    times = {"iat": now, "nbf": now, "exp": now + lasts, "jti": secrets.token_hex(8)}
    return jwt.encode({**claims, **times}, key.secret, ALGORITHM, headers={"kid": key.kid, "typ": TYPE})


def read(issuer: str, find: Callable[[str], SigningKey | None], token: str, now: datetime) -> Access | None:
    """What ``token`` says; None where it is no good token of this installation.

    Args:
        find: the key of a name, if there is one.
    """
    if len(token) > _LONGEST or not token.isascii():
        return None
    try:
        kid = _kid(jwt.get_unverified_header(token))
        key = find(kid) if kid else None
        if key is None:
            return None
        options = cast(Any, _OPTIONS)
        claims = jwt.decode(token, key.secret, [ALGORITHM], options, audience=AUDIENCE, issuer=issuer)
    except (jwt.PyJWTError, ValueError, RecursionError):
        return None
    return _access(claims, key.kid) if _is_in_time(claims, now) else None


def _kid(header: Mapping[str, Any]) -> str:
    """The name of the key; empty where the header says anything that ours do not."""
    kid = header.get("kid")
    ours = {"alg": ALGORITHM, "typ": TYPE, "kid": kid}
    return kid if isinstance(kid, str) and dict(header) == ours else ""


def _is_in_time(claims: Mapping[str, Any], now: datetime) -> bool:
    times = [claims[name] for name in ("exp", "nbf", "iat")]
    if not all(type(time) is int for time in times):
        return False
    ends, begins, made = times
    soon = (now + LEEWAY).timestamp()
    return bool(now.timestamp() < ends and begins <= soon and made <= soon)


def _access(claims: Mapping[str, Any], kid: str) -> Access | None:
    session, subject = claims["sid"], claims["sub"]
    if not (isinstance(session, str) and len(session) == _HASH and subject.isascii() and subject.isdigit()):
        return None
    return Access(session, int(subject), kid)
