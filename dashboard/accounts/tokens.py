"""One-time tokens without a table: signed, and bound to the state of the account, which their use changes."""

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from itsdangerous import BadSignature, Signer

from dashboard.accounts.store import AnyRow

_MOST = 200


class Purpose(StrEnum):
    """What a token is good for; one never works for another."""

    INVITATION = "invitation"
    VERIFICATION = "verification"
    RECOVERY = "recovery"
    MAIL_CHANGE = "mail_change"
    UNLOCK = "unlock"


@dataclass(frozen=True)
class Claim:
    """What a genuine token says: for whom it was issued, and in which state the account was."""

    user_id: int
    state: str


def issue(secret: str, purpose: Purpose, row: AnyRow, *, now: datetime, lasts: timedelta) -> str:
    """A token for the user of ``row`` (a row of ``users``)."""
    expires = int((now + lasts).timestamp())
    return _signer(secret, purpose).sign(f"{row.id}.{expires}.{_state(secret, purpose, row)}").decode()


def read(secret: str, purpose: Purpose, token: str, *, now: datetime) -> Claim | None:
    """What ``token`` says; None where it is forged, for another purpose or too old. Ask :func:`is_current` next."""
    if len(token) > _MOST or not token.isascii():
        return None
    try:
        user_id, expires, state = _signer(secret, purpose).unsign(token).decode().split(".")
    except BadSignature:
        return None
    return Claim(int(user_id), state) if now.timestamp() < int(expires) else None


def is_current(secret: str, purpose: Purpose, claim: Claim, row: AnyRow) -> bool:
    """Whether the account is still in the state in which the token was issued."""
    return hmac.compare_digest(claim.state, _state(secret, purpose, row))


def _signer(secret: str, purpose: Purpose) -> Signer:
    return Signer(secret, salt=f"salesgate.{purpose}", key_derivation="hmac", digest_method=hashlib.sha256)


def _state(secret: str, purpose: Purpose, row: AnyRow) -> str:
    text = json.dumps([purpose, row.id, row.version, row.email, row.password_hash])
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()[:32]
