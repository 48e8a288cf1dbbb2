"""The base of every table of settings.toml."""

from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """One table of settings.toml; a key that is not declared is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def is_origin(text: str) -> bool:
    """Whether ``text`` is the origin of a web site: scheme, host and port, without a path."""
    parts = urlsplit(text)
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and text == f"{parts.scheme}://{parts.netloc}"
