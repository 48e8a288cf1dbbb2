"""Credentials of a client: an API key, or tokens that are renewed before and when they run out."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from salesgate_client.errors import ApiError, NotSignedIn, Problem, SignedOut
from salesgate_client.wire import Wire

EARLY = 20.0  # seconds before its end that an access token is renewed
ENDS_A_SIGN_IN = frozenset({400, 401, 403})


@dataclass(frozen=True)
class Tokens:
    """What a sign-in gave; neither is ever shown.

    Attributes:
        access: sent with every call.
        refresh: renews it, once; keep it where passwords are kept, or not at all.
        expires: when the access token ends, seconds of ``time.monotonic()``.
    """

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires: float


def tokens_of(answer: Mapping[str, Any]) -> Tokens:
    """The tokens of an answer to a sign-in or a refresh."""
    return Tokens(answer["access_token"], answer["refresh_token"], time.monotonic() + answer["expires_in"])


class Credentials:
    """Puts credentials on calls. One refresh at a time: a refresh token that is used twice ends the sign-in.

    Args:
        api_key: sent instead of tokens.
        on_tokens: called with every new pair, and with None when the sign-in has ended.
    """

    def __init__(self, wire: Wire, api_key: str | None, on_tokens: Callable[[Tokens | None], None] | None) -> None:
        self._wire, self._key, self._on_tokens = wire, api_key, on_tokens
        self._tokens: Tokens | None = None
        self._lock = Lock()

    @property
    def by_key(self) -> bool:
        """Whether calls carry an API key."""
        return self._key is not None

    def hold(self, tokens: Tokens | None) -> None:
        """Use these tokens from now on; None: forget them."""
        self._tokens = tokens
        if self._on_tokens:
            self._on_tokens(tokens)

    def held(self) -> Tokens | None:
        """The tokens in use."""
        return self._tokens

    def renew(self) -> None:
        """Get a new pair now; raises SignedOut where the sign-in has ended."""
        if self._tokens is not None:
            self._renewed(self._tokens)

    def send(self, method: str, path: str, **more: Any) -> Any:
        """A call with credentials; one that the server turns away for its token is repeated with a new one.

        Raises:
            SignedOut: the sign-in has ended.
            NotSignedIn: nobody has signed in, or the API key is not good.
        """
        if self._key is not None:
            return self._wire.send(method, path, headers={"X-API-Key": self._key}, **more)
        tokens = self._live()
        try:
            return self._wire.send(method, path, headers=_bearer(tokens), **more)
        except NotSignedIn:
            tokens = self._renewed(tokens)
        try:
            return self._wire.send(method, path, headers=_bearer(tokens), **more)
        except NotSignedIn as error:
            self.hold(None)
            raise SignedOut(error.problem) from None

    def _live(self) -> Tokens:
        tokens = self._tokens
        if tokens is None:
            raise NotSignedIn(Problem(401, "not_signed_in", "Nobody has signed in."))
        return tokens if time.monotonic() < tokens.expires - EARLY else self._renewed(tokens)

    def _renewed(self, old: Tokens) -> Tokens:
        with self._lock:
            now = self._tokens
            if now is None:
                raise SignedOut(Problem(401, "signed_out", "This sign-in has ended. Sign in again."))
            if now is not old:
                return now  # another thread was here first
            body = {"refresh_token": old.refresh}
            try:
                new = tokens_of(self._wire.send("POST", "/auth/refresh", headers={}, body=body))
            except ApiError as error:
                if error.problem.status not in ENDS_A_SIGN_IN:
                    raise
                self.hold(None)
                raise SignedOut(error.problem) from None
            self.hold(new)
            return new


def _bearer(tokens: Tokens) -> dict[str, str]:
    return {"Authorization": f"Bearer {tokens.access}"}
