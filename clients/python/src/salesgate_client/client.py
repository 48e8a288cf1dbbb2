"""The client: one object, one method for each thing a program asks."""

import ssl
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Any, Literal, Self, cast
from urllib.parse import quote

from salesgate_client.analytics import Analytics
from salesgate_client.errors import SecondFactorNeeded
from salesgate_client.models import Me, Profile, User
from salesgate_client.paging import every
from salesgate_client.signing_in import Credentials, Tokens, tokens_of
from salesgate_client.wire import Wire

Factor = Literal["totp", "mail", "recovery"]


class Client:
    """A program at one Salesgate. Safe to share between threads.

    Args:
        url: where people reach the site, such as ``https://sales.example.com``.
        api_key: in place of a sign-in.
        timeout: seconds that one answer may take.
        deadline: seconds that a call may take with all its retries.
        ssl_context: where the certificate is of an authority of your own.
        on_tokens: called with every new pair of tokens, and with None when the sign-in has ended; for programs that
            keep them between runs, see :meth:`resume`.

    Raises:
        ValueError: the address is plain http to another machine, or holds a secret.
    """

    def __init__(
        self,
        url: str,
        *,
        api_key: str | None = None,
        timeout: float = 10.0,
        deadline: float = 30.0,
        ssl_context: ssl.SSLContext | None = None,
        on_tokens: Callable[[Tokens | None], None] | None = None,
    ) -> None:
        self._wire = Wire(url, timeout, deadline, ssl_context)
        self._credentials = Credentials(self._wire, api_key, on_tokens)
        self.analytics = Analytics(self._credentials.send)

    def __repr__(self) -> str:
        return f"Client({self._wire.url!r}, {'API key' if self._credentials.by_key else 'sign-in'})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; the sign-in stays."""
        self._wire.close()

    # Signing in

    def sign_in(self, username: str, password: str) -> None:
        """Sign in.

        Raises:
            SecondFactorNeeded: go on with :meth:`second_factor`.
            NotSignedIn: a wrong user name or password.
            TooMany: too many attempts.
        """
        self._take(self._open("/auth/login", username=username, password=password))

    def second_factor(self, pending: str, method: Factor, answer: str) -> None:
        """The second step of a sign-in; ``answer`` is a code of the app, of a mail, or a recovery code."""
        self._take(self._open("/auth/second-factor", pending=pending, method=method, answer=answer))

    def send_code(self, pending: str) -> None:
        """Have a code mailed, for ``second_factor(pending, "mail", ...)``."""
        self._open("/auth/second-factor/code", pending=pending)

    def resume(self, refresh_token: str) -> None:
        """Go on with a sign-in that was kept; raises SignedOut where it has ended."""
        self._credentials.hold(Tokens("", refresh_token, expires=0.0))
        self._credentials.renew()

    def sign_out(self) -> None:
        """End the sign-in, here and on the server."""
        tokens = self._credentials.held()
        self._credentials.hold(None)
        if tokens:
            self._open("/auth/revoke", refresh_token=tokens.refresh)

    # The caller's own account

    def me(self) -> Me:
        """Who calls, with the rights of this moment."""
        return cast(Me, self._credentials.send("GET", "/me"))

    def profile(self) -> Profile:
        """What the caller may change of their own."""
        return cast(Profile, self._credentials.send("GET", "/me/profile"))

    def change_profile(self, **changes: str | None) -> Profile:
        """Change the fields that are named; the others stay."""
        return cast(Profile, self._credentials.send("PATCH", "/me/profile", body=changes))

    # Users, for those who manage them

    def users(
        self,
        *,
        search: str | None = None,
        role: str | None = None,
        state: str | None = None,
        sort: str | None = None,
        descending: bool | None = None,
    ) -> Iterator[User]:
        """All users that fit, page by page as they are taken."""
        chosen = {"search": search, "role": role, "state": state, "sort": sort, "descending": descending}
        return cast(Iterator[User], every(self._credentials.send, "/users", chosen))

    def user(self, user_id: int) -> User:
        """One user."""
        return cast(User, self._credentials.send("GET", f"/users/{user_id}"))

    def invite(self, username: str, email: str, role: str, **more: str) -> User:
        """Create a user, who gets an invitation by mail. Needs a fresh sign-in."""
        body = {"username": username, "email": email, "role": role, **more}
        return cast(User, self._credentials.send("POST", "/users", body=body))

    def give_role(self, user_id: int, role: str) -> User:
        """Give a user another role. Needs a fresh sign-in."""
        return cast(User, self._credentials.send("PUT", f"/users/{user_id}/role", body={"role": role}))

    def change_user(self, user_id: int, action: Literal["disable", "enable", "lock", "unlock", "invite"]) -> User:
        """Do one of these to a user. Enabling and inviting need a fresh sign-in; an API key cannot unlock."""
        return cast(User, self._credentials.send("POST", f"/users/{user_id}/{action}"))

    def call(self, method: str, *path: str | int, query: dict[str, Any] | None = None, body: Any = None) -> Any:
        """Any other operation: ``client.call("GET", "roles", "auditor")``; each part of the path is escaped."""
        parts: Sequence[str] = [quote(str(part), safe="") for part in path]
        return self._credentials.send(method, "/" + "/".join(parts), query=query, body=body)

    def _open(self, path: str, **body: str) -> Any:
        return self._wire.send("POST", path, headers={}, body=body)

    def _take(self, answer: dict[str, Any]) -> None:
        if answer["step"] == "second_factor":
            raise SecondFactorNeeded(answer["pending"], answer["methods"])
        self._credentials.hold(tokens_of(answer))
