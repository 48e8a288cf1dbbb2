"""One-time tokens without a table: signed, and bound to the state of the account, which their use changes."""

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from itsdangerous import BadSignature, Signer

from dashboard.accounts.store import AnyRow
from dashboard.audit.columns import microseconds

_MOST = 200
# With a sealed mail address in it.
_MOST_WITH_EXTRA = 2000


class Purpose(StrEnum):
    """What a token is good for; one never works for another."""

    INVITATION = "invitation"
    VERIFICATION = "verification"
    RECOVERY = "recovery"
    MAIL_CHANGE = "mail_change"
    UNLOCK = "unlock"


@dataclass(frozen=True)
class Claim:
    """What a genuine token says: for whom it was issued, in which state the account was, and what came along."""

    user_id: int
    state: str
    extra: str = ""


def issue(secret: str, purpose: Purpose, row: AnyRow, *, now: datetime, lasts: timedelta, extra: str = "") -> str:
    """A token for the user of ``row`` (a row of ``users``).

    ``extra`` comes along for everybody to read: digits of base64url, at most about 1,800.
    """
    expires = int((now + lasts).timestamp())
    parts = [str(row.id), str(expires), *([extra] if extra else []), _state(secret, purpose, row, extra)]
    return _signer(secret, purpose).sign(".".join(parts)).decode()


def read(secret: str, purpose: Purpose, token: str, *, now: datetime) -> Claim | None:
    """What ``token`` says; None where it is forged, for another purpose or too old. Ask :func:`is_current` next."""
    most = _MOST_WITH_EXTRA if purpose is Purpose.MAIL_CHANGE else _MOST
    if len(token) > most or not token.isascii():
        return None
    signer = _signer(secret, purpose)
    try:
        text = signer.unsign(token)
    except BadSignature:
        return None
    # Two spare bits in the last digit of a signature mean nothing: one token, one spelling.
    if not hmac.compare_digest(signer.sign(text), token.encode()):
        return None
    user_id, expires, *extra, state = text.decode().split(".")
    return Claim(int(user_id), state, "".join(extra)) if now.timestamp() < int(expires) else None


def is_current(secret: str, purpose: Purpose, claim: Claim, row: AnyRow) -> bool:
    """Whether the account is still in the state in which the token was issued."""
    return hmac.compare_digest(claim.state, _state(secret, purpose, row, claim.extra))


def _signer(secret: str, purpose: Purpose) -> Signer:
    return Signer(secret, salt=f"salesgate.{purpose}", key_derivation="hmac", digest_method=hashlib.sha256)


def _state(secret: str, purpose: Purpose, row: AnyRow, extra: str) -> str:
    known = [purpose, row.id, row.version, row.email, row.password_hash, _instant(row.verified_at), extra]
    if purpose is Purpose.UNLOCK:
        # The link dies with the lock it was mailed for.
        known += [_instant(row.locked_until), row.lock_count]
    return hmac.new(secret.encode(), json.dumps(known).encode(), hashlib.sha256).hexdigest()[:32]


def _instant(moment: datetime | None) -> int | None:
    return None if moment is None else microseconds(moment)
