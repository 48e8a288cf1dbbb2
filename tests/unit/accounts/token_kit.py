"""What the tests of API tokens share: people whose programs are signed in, and tokens that are forged."""

import base64
import json
from datetime import datetime
from typing import Any

import jwt
from accounts_kit import GOOD, HERE, add_user

from dashboard.accounts import AccountError, Accounts, SessionKind, SignedIn, Tokens


def begin(accounts: Accounts, username: str = "petra") -> str:
    """The session token of a sign-in by API; such tokens stay on the server."""
    step = accounts.sign_ins.begin(username, GOOD, HERE, kind=SessionKind.API)
    assert step is not None
    assert step.session
    return step.session


def sign_in(accounts: Accounts, username: str = "petra", role: str = "sales_manager") -> Tokens:
    """The tokens of a new sign-in; the user is made where there is none."""
    if accounts.find(username) is None:
        add_user(accounts, username, role, GOOD)
    return accounts.tokens.issue(begin(accounts, username))


def holder(accounts: Accounts, tokens: Tokens) -> SignedIn | None:
    return accounts.tokens.load(tokens.access)


def refreshes(accounts: Accounts, tokens: Tokens) -> Tokens | None:
    """New tokens; None where they are refused."""
    try:
        return accounts.tokens.refresh(tokens.refresh, HERE)
    except AccountError:
        return None


def claims_of(access: str) -> dict[str, Any]:
    said: dict[str, Any] = jwt.decode(access, options={"verify_signature": False})
    return said


def header_of(access: str) -> dict[str, Any]:
    said: dict[str, Any] = jwt.get_unverified_header(access)
    return said


def forged(accounts: Accounts, access: str, header: dict[str, Any] | None = None, **claims: Any) -> str:
    """The token once more, signed with the real key, after a change. A claim or a header that is None is left out."""
    key = accounts.tokens.keys.current()
    said = {name: value for name, value in {**claims_of(access), **claims}.items() if value is not None}
    heads = {name: value for name, value in {**header_of(access), **(header or {})}.items() if value is not None}
    return raw(heads, said, key.secret)


def raw(header: dict[str, Any], claims: Any, secret: bytes) -> str:
    """A token signed by HMAC-SHA-256 whatever its header says, past the checks of the library that writes tokens."""
    first = f"{_part(header)}.{_part(claims)}".encode()
    signature = jwt.get_algorithm_by_name("HS256").sign(first, secret)
    return f"{first.decode()}.{_encoded(signature)}"


def stamp(moment: datetime) -> int:
    return int(moment.timestamp())


def _part(value: Any) -> str:
    return _encoded(json.dumps(value, default=str).encode())


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
