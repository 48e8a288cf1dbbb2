"""Codes by mail: eight random digits, good for the one step that asked for them."""

import hmac
import secrets
from datetime import timedelta

from sqlalchemy import Connection

from dashboard.accounts import notices, pending
from dashboard.accounts.pending import Pending
from dashboard.accounts.store import AnyRow, Store
from dashboard.accounts.terms import AccountError

MOST = 5

_DIGITS = 8


def send(store: Store, connection: Connection, step: Pending, user: AnyRow) -> None:
    """Mail a code to ``user`` for ``step``, which the caller holds; the one before is dead.

    Raises:
        AccountError: too many were sent for this step.
    """
    sent = step.data.get("sent", 0)
    if sent >= MOST:
        raise AccountError("No more codes can be sent for this sign-in. Begin anew.")
    code = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}}"
    pending.update(connection, step.token_hash, {**step.data, "sent": sent + 1, "code": _mac(store, step, code)})
    minutes = (step.expires_at - store.clock()) // timedelta(minutes=1)
    notices.mail_code(store, connection, user, code, max(1, minutes))


def is_right(store: Store, step: Pending, typed: str) -> bool:
    """Whether ``typed`` is the code that was sent last for ``step``; dropping the step uses it up."""
    code = "".join(typed[:100].split())
    return hmac.compare_digest(step.data.get("code", ""), _mac(store, step, code))


def _mac(store: Store, step: Pending, code: str) -> str:
    """Eight digits are quickly tried against a plain hash; the key is not in the database."""
    text = f"mail code|{step.token_hash}|{code}".encode("utf-8", "surrogatepass")
    return hmac.new(store.secret.encode(), text, "sha256").hexdigest()
