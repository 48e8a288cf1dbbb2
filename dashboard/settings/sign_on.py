"""Settings of sign-in by other providers (OpenID Connect)."""

from ipaddress import ip_address
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from dashboard.settings.section import Section

ProviderName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]{0,29}$")]

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def is_safe_address(text: str) -> bool:
    """Whether secrets may be sent to ``text``: by https, or without leaving this machine."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    )


def is_on_this_machine(address: str) -> bool:
    """Whether the host of ``address``, a safe one, is a name of this machine's own."""
    host = urlsplit(address).hostname or ""
    try:
        return host in _LOOPBACK or ip_address(host).is_loopback
    except ValueError:
        return False


class Provider(Section):
    """A provider that people may sign in by: ``[oidc.company]``.

    Attributes:
        label: what the button says after "Sign in with"; empty: the name of the table.
        issuer: as the provider writes it, such as ``https://login.example.com/realms/company``.
        client_id, client_secret_file: what the provider gave to Salesgate; the file's first line is the secret.
        scopes: asked for beside ``openid``.
        role_claim: name of the claim that says what somebody is, such as ``groups``; empty: roles are asked for.
        roles: value of that claim -> key of a role. The first one, in the order here, that somebody has counts at every
            sign-in. A role that stands here is taken away from whoever has none of the values any more.
        create_users: whether people who are not known yet get an account.
        factor_values: values of the claims ``amr`` or ``acr`` that tell that a second factor was proved there; without
            one, ours is asked for as everywhere.
    """

    label: str = Field("", max_length=60)
    issuer: str = Field(max_length=255)
    client_id: str = Field(min_length=1)
    client_secret_file: str = ""
    scopes: list[str] = Field(["profile", "email"])
    role_claim: str = ""
    roles: dict[str, str] = Field({})
    create_users: bool = True
    factor_values: list[str] = Field(["mfa", "phr", "phrh"])

    @field_validator("issuer")
    @classmethod
    def _is_an_issuer(cls, text: str) -> str:
        if not is_safe_address(text) or "?" in text or "#" in text:
            raise ValueError("write it like https://login.example.com; http is for this machine only")
        return text

    @model_validator(mode="after")
    def _maps_something(self) -> Self:
        if bool(self.role_claim) != bool(self.roles):
            raise ValueError("role_claim and roles belong together: set both, or neither")
        return self
