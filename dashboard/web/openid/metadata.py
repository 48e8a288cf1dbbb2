"""What a provider says of itself (discovery), and its keys; both are kept for a while."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey, import_key

from dashboard.settings.sign_on import is_on_this_machine, is_safe_address
from dashboard.web.openid.errors import DisbelievedError, ProviderDownError
from dashboard.web.openid.fetching import as_object, options, within_limits

KEPT_SECONDS = 3600.0
# An unknown key is looked for no more often, however many tokens name one; nor is a provider that is down asked.
AGAIN_SECONDS, DOWN_SECONDS = 60.0, 5.0
SHORTEST_RSA = 2048  # bits
MOST_KEYS = 100
WELL_KNOWN = "/.well-known/openid-configuration"


@dataclass(frozen=True)
class Metadata:
    """What is used of the discovery document.

    Attributes:
        userinfo: empty where there is none.
        methods: how a client may prove itself.
        names_itself: whether every answer at the callback carries ``iss`` (RFC 9207).
    """

    authorize: str
    token: str
    jwks: str
    userinfo: str
    methods: tuple[str, ...]
    names_itself: bool


class Known:
    """What is known of one provider; shared by the threads of this process."""

    def __init__(self, issuer: str, clock: Callable[[], float]) -> None:
        self._issuer, self._clock = issuer, clock
        self._lock = threading.Lock()
        self._metadata: Metadata | None = None
        self._keys: tuple[Key, ...] = ()
        self._read_at = self._keys_at = self._failed_at = -KEPT_SECONDS

    def metadata(self) -> Metadata:
        """The discovery document, read anew when it is old; ProviderDownError."""
        with self._lock:
            kept, is_young = self._metadata, self._clock() - self._read_at < KEPT_SECONDS
            just_failed = self._clock() - self._failed_at < DOWN_SECONDS
        if kept is not None and is_young:
            return kept
        if just_failed:
            raise ProviderDownError("it did not answer a moment ago")
        return self._discover()

    def keys(self, kid: str | None) -> tuple[Key, ...]:
        """The keys of that name (all without one), read anew when they are old or none is; ProviderDownError.

        Raises:
            DisbelievedError: there is none.
        """
        with self._lock:
            age, found = self._clock() - self._keys_at, _named(self._keys, kid)
        if age >= KEPT_SECONDS or (not found and age >= AGAIN_SECONDS):
            found = _named(self._read_keys(), kid)
        if not found:
            raise DisbelievedError("signed with a key that the provider does not publish")
        return found

    def _discover(self) -> Metadata:
        try:
            metadata = _checked(_read(self._issuer.rstrip("/") + WELL_KNOWN), self._issuer)
        except ProviderDownError:
            with self._lock:
                self._failed_at = self._clock()
            raise
        with self._lock:
            self._metadata, self._read_at = metadata, self._clock()
        return metadata

    def _read_keys(self) -> tuple[Key, ...]:
        keys = _usable(_read(self.metadata().jwks))
        with self._lock:
            self._keys, self._keys_at = keys, self._clock()
        return keys


def _read(address: str) -> dict[str, Any]:
    async def work() -> dict[str, Any]:
        async with httpx.AsyncClient(**options()) as client:
            return as_object(await client.get(address))

    return within_limits(work)


def _checked(found: Mapping[str, Any], issuer: str) -> Metadata:
    if found.get("issuer") != issuer:
        raise ProviderDownError("its discovery document is that of another issuer")
    authorize, token, jwks = (found.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"))
    userinfo = found.get("userinfo_endpoint")
    for address in (authorize, token, jwks, *([userinfo] if userinfo else [])):
        if not isinstance(address, str) or not is_safe_address(address):
            raise ProviderDownError("its discovery document lacks an address, or has one that is not https")
        # What listens on this machine only trusts whoever reaches it: a provider elsewhere must not have it asked.
        if is_on_this_machine(address) and not is_on_this_machine(issuer):
            raise ProviderDownError("its discovery document leads to this machine")
    methods = found.get("token_endpoint_auth_methods_supported")
    return Metadata(
        str(authorize),
        str(token),
        str(jwks),
        str(userinfo or ""),
        tuple(str(one) for one in methods) if isinstance(methods, list) else (),
        found.get("authorization_response_iss_parameter_supported") is True,
    )


def _usable(found: Mapping[str, Any]) -> tuple[Key, ...]:
    """The public keys that may sign; others, among them secrets, are left out."""
    listed = found.get("keys")
    if not isinstance(listed, list):
        raise ProviderDownError("its keys are no list")
    return tuple(key for one in listed[:MOST_KEYS] if (key := _key(one)) is not None)


def _key(one: Any) -> Key | None:
    if not isinstance(one, dict) or one.get("kty") not in {"RSA", "EC", "OKP"} or one.get("use", "sig") != "sig":
        return None
    try:
        key = import_key(one)
        short = isinstance(key, RSAKey) and key.raw_value.key_size < SHORTEST_RSA
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return key if isinstance(key, RSAKey | ECKey | OKPKey) and not short else None


def _named(keys: tuple[Key, ...], kid: str | None) -> tuple[Key, ...]:
    return keys if kid is None else tuple(key for key in keys if key.kid == kid)
