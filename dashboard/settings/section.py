"""The base of every table of settings.toml."""

import re
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict

# A name or an address, and a port: no wildcard, no user.
_HOST = re.compile(r"([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?")


class Section(BaseModel):
    """One table of settings.toml; a key that is not declared is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def is_origin(text: str) -> bool:
    """Whether ``text`` is the origin of a web site: scheme, host and port, without a path."""
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or text != f"{parts.scheme}://{parts.netloc}":
        return False
    return _HOST.fullmatch(parts.netloc) is not None
