"""The words of sign-in by other providers (OpenID Connect)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Aim(StrEnum):
    """What somebody goes to a provider for."""

    SIGN_IN = "sign_in"
    CONNECT = "connect"
    CONFIRM = "confirm"


@dataclass(frozen=True)
class Begun:
    """Somebody was sent to a provider; kept on the server, and used once.

    Attributes:
        provider: name of its table in the settings.
        target: path of this site to go to in the end.
        state, nonce, verifier: random; the answer brings the first, the ID token the second, and the third (PKCE)
            proves to the provider that the code comes from where it was asked for.
        user_id, session: who is signed in, and the short hash of the session; 0 and empty at a sign-in.
    """

    provider: str
    aim: Aim
    target: str
    state: str
    nonce: str
    verifier: str
    user_id: int = 0
    session: str = ""


@dataclass(frozen=True)
class Assertion:
    """What a provider has said about somebody, after its signature and everything else was checked.

    Attributes:
        subject: who it is there, for ever; the rest may change.
        email_verified: whether the provider has seen that the address is theirs.
        username: a wish only.
        roles: values of the claim that tells roles.
        factor: whether a second factor was proved there.
    """

    subject: str
    email: str = ""
    email_verified: bool = False
    username: str = ""
    first_name: str = ""
    last_name: str = ""
    roles: tuple[str, ...] = ()
    factor: bool = False


@dataclass(frozen=True)
class Identity:
    """One way in by a provider, of one user. ``provider`` is the name of its table in the settings."""

    id: int
    provider: str
    label: str
    created_at: datetime
    last_used_at: datetime | None
