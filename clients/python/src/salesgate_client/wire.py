"""Requests and answers: addresses, deadlines, retries, and problem documents made exceptions."""

import random
import ssl
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx

from salesgate_client.errors import FieldError, Problem, Unavailable, error_of

PREFIX = "/api/v1"
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
IDEMPOTENT = frozenset({"GET", "PUT", "DELETE"})
LATER = frozenset({429, 503})
LONGEST_PAUSE, FIRST_PAUSE = 8.0, 0.25  # seconds, where the server names none
OK_BELOW = 300


class Wire:
    """Sends requests to one server.

    Args:
        url: where people reach the site, such as ``https://sales.example.com``; plain http is for this machine only.
        timeout: seconds that one answer may take.
        deadline: seconds that a call may take with all its retries.
        verify: False is not offered: a context of your own may trust a company's own authority.

    Raises:
        ValueError: the address is not a safe one.
    """

    def __init__(self, url: str, timeout: float, deadline: float, verify: ssl.SSLContext | None) -> None:
        self.url = _checked(url)
        self._deadline = deadline
        self._http = httpx.Client(base_url=self.url + PREFIX, timeout=timeout, verify=verify or True)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def send(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        retry: bool = True,
    ) -> Any:
        """What the server answers, as JSON values; None where it answers nothing.

        Only calls that may safely be repeated are, and only where the server says that it did nothing.

        Raises:
            ApiError: it answered with a problem.
            Unavailable: it did not answer.
        """
        ends, tries = time.monotonic() + self._deadline, 0
        while True:
            response = self._once(method, path, headers, query, body)
            if response.status_code < OK_BELOW:
                return _json(response) if response.content else None
            pause = _pause(response, tries)
            again = retry and method in IDEMPOTENT and response.status_code in LATER
            if not again or time.monotonic() + pause > ends:
                raise error_of(_problem(response), pause)
            time.sleep(pause)
            tries += 1

    def _once(
        self, method: str, path: str, headers: Mapping[str, str], query: Mapping[str, Any] | None, body: Any
    ) -> httpx.Response:
        given = {name: value for name, value in (query or {}).items() if value is not None}
        try:
            return self._http.request(method, path, params=given, json=body, headers=dict(headers))
        except httpx.TransportError as error:
            # Without its cause: that holds the request with its secrets.
            raise Unavailable(f"{self.url} does not answer: {type(error).__name__}.") from None


def _checked(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise ValueError("The address must start with https://; plain http is for this machine only.")
    if not parts.hostname or parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("Write the address like https://sales.example.com, without names or secrets in it.")
    return url.rstrip("/")


def _pause(response: httpx.Response, tries: int) -> float:
    said = response.headers.get("Retry-After", "")
    if said.isdigit():
        return float(said)
    longest: float = min(LONGEST_PAUSE, FIRST_PAUSE * 2**tries)
    return longest * random.uniform(0.5, 1)  # noqa: S311 (spreads clients out; no secret)


def _json(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        raise Unavailable("The server did not answer with JSON: is this the address of Salesgate?") from None


def _problem(response: httpx.Response) -> Problem:
    try:
        found = response.json()
    except ValueError:
        found = {}
    if not isinstance(found, dict) or "code" not in found:
        found = {"code": "failed", "detail": f"The server answered {response.status_code} {response.reason_phrase}."}
    errors = [FieldError(one["place"], one["field"], one["message"]) for one in found.get("errors", ())]
    return Problem(response.status_code, found["code"], found.get("detail", ""), found.get("request", ""), errors)
