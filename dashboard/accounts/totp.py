"""Codes of an authenticator app (TOTP, RFC 6238): SHA-1, six digits, 30 seconds, as every app expects.

A code counts one step before and after its time, for clocks differ, and only once: the step of the last accepted code
is kept, and only a later one is accepted.
"""

import secrets
from base64 import b32encode
from datetime import datetime
from hmac import compare_digest

import pyotp
from sqlalchemy import Connection, update

from dashboard.accounts.models import users
from dashboard.accounts.store import AnyRow, Store

_SECRET_BYTES = 20
_DIGITS, _SECONDS = 6, 30


def new_secret() -> str:
    """160 random bits in base32."""
    return b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def address(store: Store, username: str, secret: str) -> str:
    """The ``otpauth:`` address for the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=store.settings.title)


def step_of(secret: str, typed: str, now: datetime) -> int | None:
    """The time step whose code ``typed`` is; None where it is none that counts at ``now``."""
    code = "".join(typed[:100].split())
    if not (len(code) == _DIGITS and code.isascii() and code.isdigit()):
        return None
    present, app = int(now.timestamp()) // _SECONDS, pyotp.TOTP(secret)
    for step in (present - 1, present, present + 1):
        if compare_digest(app.generate_otp(step), code):
            return step
    return None


def use(store: Store, connection: Connection, user: AnyRow, typed: str) -> bool:
    """Use a code of the user's app up: True for exactly one caller, and never again for it or an earlier one."""
    if user.totp_secret is None:
        return False
    step = step_of(store.vault.open(user.totp_secret), typed, store.clock())
    if step is None:
        return False
    unused = (users.c.id == user.id, users.c.totp_secret == user.totp_secret, users.c.totp_step < step)
    return connection.execute(update(users).where(*unused).values(totp_step=step)).rowcount == 1


def keep(store: Store, connection: Connection, user_id: int, secret: str, step: int) -> None:
    """The app of ``secret`` is the user's from now on; the code of ``step`` is used."""
    values = {"totp_secret": store.vault.seal(secret), "totp_step": step}
    connection.execute(update(users).where(users.c.id == user_id).values(**values))


def drop(connection: Connection, user_id: int) -> None:
    """The user has no app any more."""
    connection.execute(update(users).where(users.c.id == user_id).values(totp_secret=None, totp_step=0))
