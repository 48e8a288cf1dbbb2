"""Checking an ID token: signature, algorithm, issuer, audience, times, nonce and the hash of the access token."""

import hmac
import time
from collections.abc import Callable, Mapping
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key
from joserfc.util import json_b64decode

from dashboard.web.openid.errors import DisbelievedError

# Those of two keys only: a provider's public key must never be taken for a shared secret.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA")
SKEW = 60  # seconds that clocks may differ by
LONGEST_LIFE = 24 * 3600  # seconds
LONGEST_SUBJECT = 255

Keys = Callable[[str | None], tuple[Key, ...]]


def verified(token: str, keys: Keys, *, issuer: str, client_id: str, nonce: str, access: str) -> Mapping[str, Any]:
    """The claims of ``token``.

    Args:
        keys: finds the provider's keys of that name.
        access: the access token that came with it.

    Raises:
        DisbelievedError: anything about it is not as it must be.
    """
    header = _header(token)
    claims = _signed(token, header, keys)
    options: dict[str, Any] = {
        "iss": {"essential": True, "value": issuer},
        "aud": {"essential": True, "value": client_id},
    }
    params = {"client_id": client_id, "nonce": nonce, "access_token": access}
    try:
        _require_shape(claims)
        CodeIDToken(claims, header, options, params).validate(int(time.time()), SKEW)
    except JoseError as error:
        raise DisbelievedError(f"ID token: {error}"[:200]) from None
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise DisbelievedError("ID token: another nonce")
    return claims


def _header(token: str) -> dict[str, Any]:
    try:
        header = json_b64decode(token.partition(".")[0].encode("ascii"))
    except (ValueError, TypeError, RecursionError, JoseError):
        raise DisbelievedError("ID token: no token at all") from None
    if not isinstance(header, dict) or header.get("alg") not in ALGORITHMS:
        raise DisbelievedError("ID token: signed in a way that is not accepted")
    return header


def _signed(token: str, header: Mapping[str, Any], keys: Keys) -> dict[str, Any]:
    kid = header.get("kid")
    for key in keys(kid if isinstance(kid, str) else None):
        try:
            return dict(jwt.decode(token, key, algorithms=list(ALGORITHMS)).claims)
        except (JoseError, ValueError, TypeError, RecursionError):
            continue
    raise DisbelievedError("ID token: the signature is not right")


def _require_shape(claims: Mapping[str, Any]) -> None:
    subject, audience = claims.get("sub"), claims.get("aud")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT or not subject.isprintable():
        raise DisbelievedError("ID token: no subject")
    if not isinstance(audience, str) and not (
        isinstance(audience, list) and all(isinstance(one, str) for one in audience)
    ):
        raise DisbelievedError("ID token: no audience")
    times = [claims.get(name) for name in ("iat", "exp")]
    if any(isinstance(one, bool) or not isinstance(one, int | float) for one in times):
        raise DisbelievedError("ID token: no times")
    issued, expires = times
    # Somebody who gets hold of an old token must not have a use for it, whatever it says of itself.
    if not 0 <= expires - issued <= LONGEST_LIFE or issued < time.time() - LONGEST_LIFE:  # type: ignore[operator]
        raise DisbelievedError("ID token: times that make no sense")
