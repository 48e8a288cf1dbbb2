"""One provider, as the sign-in pages use it: where to send somebody, and who came back."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from dashboard.accounts.federation_terms import Aim, Assertion, Begun
from dashboard.settings import SettingsError
from dashboard.settings.sign_on import Provider
from dashboard.web.openid.errors import DisbelievedError
from dashboard.web.openid.fetching import as_object, options, within_limits
from dashboard.web.openid.id_tokens import SKEW, verified
from dashboard.web.openid.metadata import Known, Metadata

LONGEST_CODE = 4096
LONGEST_TEXT = 254
MOST_VALUES = 500


class ProviderClient:
    """Salesgate as a client of one provider."""

    def __init__(self, name: str, provider: Provider, redirect: str, clock: Callable[[], float]) -> None:
        """``redirect`` is the address that the provider sends people back to.

        Raises:
            SettingsError: the file with the secret cannot be read.
        """
        self._provider, self._redirect = provider, redirect
        self._secret = _secret(name, provider.client_secret_file)
        self._known = Known(provider.issuer, clock)

    def address(self, begun: Begun) -> str:
        """Where to send the browser; ProviderDownError where the provider cannot be asked."""
        metadata = self._known.metadata()
        more: dict[str, str | int] = {"prompt": "login", "max_age": 0} if begun.aim is Aim.CONFIRM else {}
        address = prepare_grant_uri(
            metadata.authorize,
            client_id=self._provider.client_id,
            response_type="code",
            redirect_uri=self._redirect,
            scope=" ".join(dict.fromkeys(["openid", *self._provider.scopes])),
            state=begun.state,
            nonce=begun.nonce,
            code_challenge=create_s256_code_challenge(begun.verifier),
            code_challenge_method="S256",
            **more,
        )
        return str(address)

    def told(self, begun: Begun, code: str, issuer: str | None) -> Assertion:
        """Who came back with ``code``; ``issuer`` is what the answer calls itself, None where it does not.

        Raises:
            ProviderDownError: the provider cannot be asked.
            DisbelievedError: what it says is not believed.
        """
        metadata = self._known.metadata()
        if issuer != self._provider.issuer and (issuer is not None or metadata.names_itself):
            raise DisbelievedError("the answer is that of another provider")
        if not 0 < len(code) <= LONGEST_CODE:
            raise DisbelievedError("no code")
        token = self._exchange(metadata, code, begun.verifier)
        access = token.get("access_token")
        access = access if isinstance(access, str) else ""
        claims = verified(
            str(token.get("id_token", "")),
            self._known.keys,
            issuer=self._provider.issuer,
            client_id=self._provider.client_id,
            nonce=begun.nonce,
            access=access,
        )
        if begun.aim is Aim.CONFIRM:
            _require_recent(claims)
        more = self._userinfo(metadata, access, claims) if self._needs_more(claims) else {}
        return self._assertion(claims, more)

    def _exchange(self, metadata: Metadata, code: str, verifier: str) -> Mapping[str, Any]:
        form = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier}
        form |= {"redirect_uri": self._redirect}
        proof: dict[str, Any] = {}
        if self._secret is not None and _takes_basic(metadata):
            proof["auth"] = httpx.BasicAuth(quote(self._provider.client_id, ""), quote(self._secret, ""))
        else:
            form |= {"client_id": self._provider.client_id, "client_secret": self._secret or ""}

        async def work() -> httpx.Response:
            async with httpx.AsyncClient(**options()) as client:
                return await client.post(metadata.token, data={k: v for k, v in form.items() if v}, **proof)

        answer = within_limits(work)
        if httpx.codes.is_client_error(answer.status_code):
            raise DisbelievedError(f"the code was not accepted: status {answer.status_code}")
        return as_object(answer)

    def _needs_more(self, claims: Mapping[str, Any]) -> bool:
        role = self._provider.role_claim
        return not {"email", "email_verified"} <= claims.keys() or bool(role and role not in claims)

    def _userinfo(self, metadata: Metadata, access: str, claims: Mapping[str, Any]) -> Mapping[str, Any]:
        if not metadata.userinfo or not access:
            return {}

        async def work() -> dict[str, Any]:
            async with httpx.AsyncClient(**options()) as client:
                return as_object(await client.get(metadata.userinfo, headers={"Authorization": f"Bearer {access}"}))

        found = within_limits(work)
        if found.get("sub") != claims["sub"]:
            raise DisbelievedError("userinfo: it speaks of somebody else")
        return found

    def _assertion(self, claims: Mapping[str, Any], more: Mapping[str, Any]) -> Assertion:
        everything = {**more, **claims}
        # An address and whether it was verified belong together: never one from here and one from there.
        mail = claims if {"email", "email_verified"} <= claims.keys() else more
        factors = {*_texts(claims.get("amr")), *_texts(claims.get("acr"))}
        return Assertion(
            subject=claims["sub"],
            email=_text(mail.get("email")).strip(),
            email_verified=mail.get("email_verified") is True,
            username=_text(everything.get("preferred_username")),
            first_name=_text(everything.get("given_name")),
            last_name=_text(everything.get("family_name")),
            roles=_texts(everything.get(self._provider.role_claim)) if self._provider.role_claim else (),
            factor=not factors.isdisjoint(self._provider.factor_values),
        )


def _takes_basic(metadata: Metadata) -> bool:
    """How a client proves itself: in the header, unless the provider takes only the form."""
    return "client_secret_basic" in metadata.methods or "client_secret_post" not in metadata.methods


def _require_recent(claims: Mapping[str, Any]) -> None:
    """To confirm who somebody is, they must have proved it now: not an hour ago, in another window."""
    at = claims.get("auth_time")
    if isinstance(at, bool) or not isinstance(at, int | float) or at < claims["iat"] - 2 * SKEW:
        raise DisbelievedError("the provider did not ask who it is")


def _secret(name: str, path: str) -> str | None:
    if not path:
        return None
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"oidc.{name}.client_secret_file: {path}: {type(error).__name__}: cannot be read") from None
    secret = lines[0].strip() if lines else ""
    if not secret:
        raise SettingsError(f"oidc.{name}.client_secret_file: {path}: the first line is empty")
    return secret


def _text(value: Any) -> str:
    return value if isinstance(value, str) and len(value) <= LONGEST_TEXT else ""


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    return tuple(one for one in value[:MOST_VALUES] if isinstance(one, str)) if isinstance(value, list) else ()
