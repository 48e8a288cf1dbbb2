"""Lists, page by page."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

PAGE = 100
Send = Callable[..., Any]


def every(send: Send, path: str, query: Mapping[str, Any]) -> Iterator[Any]:
    """All entries of a list, asking for the next page only when it is needed."""
    offset = 0
    while True:
        page = send("GET", path, query={**query, "offset": offset, "limit": PAGE})
        yield from page["items"]
        offset += len(page["items"])
        if not page["items"] or offset >= page["total"]:
            return
