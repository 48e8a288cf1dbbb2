"""Passkeys (WebAuthn): kept, asked for and checked. The browser's script and py_webauthn do the rest.

A passkey must verify the person (fingerprint, face or PIN), so it is two factors by itself, and must be discoverable,
so it can sign in without a user name. It belongs to the host of ``public_url`` and works at exactly that address.
"""

import hashlib
import hmac
import secrets
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, delete, func, insert, select, update
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    parse_authentication_credential_json,
    parse_registration_credential_json,
)
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from dashboard.accounts.factor_policy import has_name
from dashboard.accounts.models import passkeys, users
from dashboard.accounts.store import AnyRow, Store
from dashboard.accounts.terms import AccountError, Passkey

MOST = 20

_CHALLENGE_BYTES = 32
_LONGEST_RESPONSE = 20_000
_LONGEST_ID, _LONGEST_KEY, _LONGEST_NAME = 1400, 2000, 100
_MILLISECONDS = 120_000
_VERIFIED = UserVerificationRequirement.REQUIRED


class RefusedError(Exception):
    """An answer of a passkey that does not count; the reason is for the audit log, ``username`` whose passkey it is."""

    def __init__(self, reason: str, username: str = "") -> None:
        super().__init__(reason)
        self.username = username


def new_challenge() -> str:
    """256 random bits, base64url."""
    return bytes_to_base64url(secrets.token_bytes(_CHALLENGE_BYTES))


def creation_options(store: Store, connection: Connection, user: AnyRow, challenge: str) -> str:
    """JSON for ``navigator.credentials.create()``.

    Raises:
        AccountError: the site has no name, or the user has as many passkeys as may be.
    """
    _require_name(store)
    keys = _rows(connection, user.id)
    if len(keys) >= MOST:
        raise AccountError(f"You have {MOST} passkeys already. Remove one that you do not need any more.")
    options = generate_registration_options(
        rp_id=_host(store),
        rp_name=store.settings.title,
        user_id=_handle(store, user),
        user_name=user.username,
        user_display_name=f"{user.first_name} {user.last_name}".strip() or user.username,
        challenge=base64url_to_bytes(challenge),
        timeout=_MILLISECONDS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_VERIFIED
        ),
        exclude_credentials=[_descriptor(key) for key in keys],
    )
    return options_to_json(options)


def request_options(store: Store, connection: Connection, user_id: int | None, challenge: str) -> str:
    """JSON for ``navigator.credentials.get()``: of this user's passkeys, or of any that the person has for this site.

    Raises:
        AccountError: the site has no name.
    """
    _require_name(store)
    options = generate_authentication_options(
        rp_id=_host(store),
        challenge=base64url_to_bytes(challenge),
        timeout=_MILLISECONDS,
        allow_credentials=[_descriptor(key) for key in _rows(connection, user_id)] if user_id is not None else None,
        user_verification=_VERIFIED,
    )
    return options_to_json(options)


def add(store: Store, connection: Connection, user: AnyRow, challenge: str, response: str, name: str) -> bool:
    """Keep the passkey of ``response``; False where it is no answer to ``challenge``. Call with the user's row locked.

    Raises:
        AccountError: the passkey is known already, or the name is refused.
    """
    named = clean_name(name)
    made = _made(store, challenge, response)
    if made is None:
        return False
    made["user_id"], made["name"], made["created_at"] = user.id, named, store.clock()
    taken = select(func.count()).select_from(passkeys).where(passkeys.c.credential_hash == made["credential_hash"])
    if connection.execute(taken).scalar_one():
        raise AccountError("This passkey is set up already.")
    connection.execute(insert(passkeys).values(**made))
    return True


def use(store: Store, connection: Connection, challenge: str, response: str, user_id: int | None) -> int:
    """Check ``response`` against ``challenge``; the id of the user whose passkey it is.

    That must be ``user_id`` if one is given; else the passkey itself must name its user.

    Raises:
        RefusedError: it does not count.
    """
    key, handle = _found(connection, response)
    if user_id is not None and key.user_id != user_id:
        raise RefusedError("passkey of somebody else", key.username)
    # A passkey that was looked for by its user need not name that user again; if it does, then rightly.
    silent = handle == b"" and user_id is not None
    if not silent and not hmac.compare_digest(handle, _handle(store, key)):
        raise RefusedError("passkey does not name its user", key.username)
    count = _verified_count(store, key, challenge, response)
    # Some passkeys, above all those that are kept in a cloud, do not count at all.
    newer = passkeys.c.sign_count < count if count else passkeys.c.sign_count == 0
    used = update(passkeys).where(passkeys.c.id == key.passkey_id, newer)
    if connection.execute(used.values(sign_count=count, last_used_at=store.clock())).rowcount != 1:
        raise RefusedError("cloned passkey: its counter did not go up", key.username)
    return int(key.user_id)


def list_of(connection: Connection, user_id: int) -> tuple[Passkey, ...]:
    """The passkeys of a user in the order they were made."""
    rows = _rows(connection, user_id)
    return tuple(Passkey(row.id, row.name, row.created_at, row.last_used_at) for row in rows)


def remove(connection: Connection, user_id: int, passkey_id: int) -> bool:
    """Remove one passkey of this user; False where it is not theirs."""
    theirs = (passkeys.c.user_id == user_id, passkeys.c.id == passkey_id)
    return connection.execute(delete(passkeys).where(*theirs)).rowcount == 1


def remove_all(connection: Connection, user_id: int) -> int:
    """Remove every passkey of a user; how many there were."""
    return connection.execute(delete(passkeys).where(passkeys.c.user_id == user_id)).rowcount


def clean_name(typed: str) -> str:
    """The name to keep.

    Raises:
        AccountError: it is too long, or holds what cannot be seen.
    """
    name = typed.strip() or "Passkey"
    if len(name) > _LONGEST_NAME or not name.isprintable():
        raise AccountError(f"The name of a passkey has at most {_LONGEST_NAME} characters, all of them visible.")
    return name


def _require_name(store: Store) -> None:
    if not has_name(store.settings):
        raise AccountError("Passkeys need a name instead of an address: open this site by its name.")


def _host(store: Store) -> str:
    return urlsplit(store.settings.public_url).hostname or ""


def _handle(store: Store, user: AnyRow) -> bytes:
    """What a passkey knows its user by: the same for all their passkeys, and it tells nothing to who reads it.

    ``user`` has ``user_id`` or ``id``, and ``created_at``: a number that is given anew is another user.
    """
    number = user.user_id if "user_id" in user._fields else user.id
    text = f"passkey|{number}|{user.created_at.isoformat()}"
    return hmac.new(store.secret.encode(), text.encode(), "sha256").digest()


def _rows(connection: Connection, user_id: int) -> list[AnyRow]:
    return list(connection.execute(select(passkeys).where(passkeys.c.user_id == user_id).order_by(passkeys.c.id)))


def _descriptor(key: AnyRow) -> PublicKeyCredentialDescriptor:
    transports = [AuthenticatorTransport(name) for name in key.transports.split()]
    return PublicKeyCredentialDescriptor(id=base64url_to_bytes(key.credential_id), transports=transports or None)


def _made(store: Store, challenge: str, response: str) -> dict[str, Any] | None:
    """The columns of the passkey that ``response`` brings; None where it is no genuine answer."""
    if len(response) > _LONGEST_RESPONSE:
        return None
    try:
        made = verify_registration_response(
            credential=response,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=_host(store),
            expected_origin=store.settings.public_url,
            require_user_verification=True,
        )
        transports = _transports(response)
    except Exception:  # whatever its parsers raise on bytes that somebody made up
        return None
    number, key = bytes_to_base64url(made.credential_id), bytes_to_base64url(made.credential_public_key)
    if len(number) > _LONGEST_ID or len(key) > _LONGEST_KEY:
        return None
    return {
        "credential_hash": hashlib.sha256(made.credential_id).hexdigest(),
        "credential_id": number,
        "public_key": key,
        "sign_count": made.sign_count,
        "transports": transports,
        "last_used_at": None,
    }


def _transports(response: str) -> str:
    credential = parse_registration_credential_json(response)
    return " ".join(sorted({transport.value for transport in credential.response.transports or []}))


def _found(connection: Connection, response: str) -> tuple[AnyRow, bytes]:
    """The row of the passkey that answers, and the user that it names; empty where it names none."""
    try:
        if len(response) > _LONGEST_RESPONSE:
            raise RefusedError("no answer of a passkey")
        credential = parse_authentication_credential_json(response)
    except Exception:  # whatever its parsers raise on bytes that somebody made up
        raise RefusedError("no answer of a passkey") from None
    wanted = (
        select(
            passkeys.c.id.label("passkey_id"),
            passkeys.c.user_id,
            passkeys.c.public_key,
            users.c.username,
            users.c.created_at,
        )
        .join(users, users.c.id == passkeys.c.user_id)
        .where(passkeys.c.credential_hash == hashlib.sha256(credential.raw_id).hexdigest())
    )
    row = connection.execute(wanted).one_or_none()
    if row is None:
        raise RefusedError("unknown passkey")
    return row, credential.response.user_handle or b""


def _verified_count(store: Store, key: AnyRow, challenge: str, response: str) -> int:
    """The counter of an answer that is genuine; whether it went up is asked by the statement that keeps it."""
    try:
        verified = verify_authentication_response(
            credential=response,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=_host(store),
            expected_origin=store.settings.public_url,
            credential_public_key=base64url_to_bytes(key.public_key),
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except Exception as error:  # likewise
        raise RefusedError(f"wrong answer of a passkey: {type(error).__name__}", key.username) from None
    return verified.new_sign_count
