"""Requests to a provider: to safe addresses only, without redirects, and bounded in time, size and number."""

import asyncio
import json
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar, cast

import httpx

from dashboard.settings.sign_on import is_safe_address
from dashboard.web.openid.errors import ProviderDownError

LARGEST = 256 * 1024  # bytes of one answer
MOST_AT_ONCE = 4
CONNECT_SECONDS, SECONDS = 3.0, 8.0
PLAIN = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "Salesgate"}

Result = TypeVar("Result")

# A provider that does not answer must not take every thread of the site.
_slots = threading.BoundedSemaphore(MOST_AT_ONCE)


class Bounded(httpx.AsyncBaseTransport):
    """A transport that reads no more than :data:`LARGEST` bytes, and sends nothing to an unsafe address."""

    def __init__(self) -> None:
        self._inner = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send, and read the whole answer."""
        if not is_safe_address(str(request.url)):
            raise ProviderDownError("an address that is not https")
        response = await self._inner.handle_async_request(request)
        try:
            body = await self._read(response)
        finally:
            await response.aclose()
        kept = [(name, value) for name, value in response.headers.items() if name == "content-type"]
        return httpx.Response(response.status_code, headers=kept, content=body, request=request)

    async def _read(self, response: httpx.Response) -> bytes:
        if response.headers.get("content-encoding", "identity") != "identity":
            raise ProviderDownError("a compressed answer, which was not asked for")
        body = bytearray()
        async for part in cast(httpx.AsyncByteStream, response.stream):
            body += part
            if len(body) > LARGEST:
                raise ProviderDownError("an answer that is too large")
        return bytes(body)

    async def aclose(self) -> None:
        """Give the connections back."""
        await self._inner.aclose()


def options() -> dict[str, Any]:
    """What every client is made with."""
    timeout = httpx.Timeout(SECONDS, connect=CONNECT_SECONDS)
    return {"transport": Bounded(), "timeout": timeout, "follow_redirects": False, "headers": PLAIN}


def within_limits(work: Callable[[], Coroutine[Any, Any, Result]], seconds: float = SECONDS) -> Result:
    """Do ``work``, all of it in ``seconds``.

    Raises:
        ProviderDownError: no answer, none in time, or one that is not what was asked for.
    """
    if not _slots.acquire(blocking=False):
        raise ProviderDownError("too many requests wait for it already")
    try:
        # In a thread of its own: whatever serves this request may have a loop running in its thread.
        with ThreadPoolExecutor(1, "provider") as thread:
            return thread.submit(lambda: asyncio.run(_timed(work, seconds))).result()
    except TimeoutError:
        raise ProviderDownError("no answer in time") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ProviderDownError(f"no answer ({type(error).__name__})") from None
    finally:
        _slots.release()


async def _timed(work: Callable[[], Coroutine[Any, Any, Result]], seconds: float) -> Result:
    # Timeouts of single reads would let somebody send a byte a second for ever.
    async with asyncio.timeout(seconds):
        return await work()


def as_object(response: httpx.Response) -> dict[str, Any]:
    """The JSON object of an answer; ProviderDownError where it is something else."""
    if response.status_code != httpx.codes.OK:
        raise ProviderDownError(f"status {response.status_code}")
    with suppress(ValueError, RecursionError):
        found = json.loads(response.content)
        if isinstance(found, dict):
            return found
    raise ProviderDownError("an answer that is no JSON object")
