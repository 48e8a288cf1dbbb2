"""Settings of databases that sales are read from, and of how often."""

import os
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import PydanticBaseSettingsSource
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from dashboard.settings.section import Section

# Lower case, for the names of environment variables do not tell cases apart.
BindName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$")]

_SECRET_KEY = re.compile(
    r"(pass(word|wd|phrase|code)?|pwd|secret|token|jwt|api_?key|private_key|credentials_(base64|info))$", re.I
)
# A pair inside a value, such as that of odbc_connect; and user:password@ or user/password@.
_PAIR = re.compile(r"([A-Za-z_]+)\s*=")
_WITH_USER = re.compile(r"[^\s/:@=;]+[/:][^\s/@;,=]+@")
_FILES = frozenset({"sqlite", "duckdb"})
_PASSWORD_VARIABLE = re.compile(r"SALESGATE_BINDS__(.+)__PASSWORD", re.I)


class Bind(Section):
    """A named database: ``[binds.erp]``.

    Attributes:
        url: SQLAlchemy URL without the password.
        password: from the environment only (SALESGATE_BINDS__ERP__PASSWORD); settings.toml may not hold it.
        password_file: file whose first line is the password.
        pool_size: connections kept; recycle_seconds: how old one may become; pre_ping: asked whether it lives first.
        connect_seconds: hard deadline for a connection; statement_seconds: for one statement.
        max_rows: most rows that one statement may bring; more is refused with what to coarsen.
        arraysize: rows a round trip.
        allow_writes: the bind is used although its account can write, or although that cannot be found out.
    """

    url: str = Field(min_length=1)
    password: SecretStr = SecretStr("")
    password_file: str = ""
    pool_size: int = Field(2, ge=1, le=50)
    recycle_seconds: int = Field(1800, ge=1, le=86_400)
    pre_ping: bool = True
    connect_seconds: float = Field(10, gt=0, le=300)
    statement_seconds: float = Field(900, gt=0, le=86_400)
    max_rows: int = Field(5_000_000, ge=1, le=100_000_000)
    arraysize: int = Field(5000, ge=1, le=1_000_000)
    allow_writes: bool = False

    @field_validator("url")
    @classmethod
    def _holds_no_password(cls, text: str) -> str:
        try:
            url = make_url(text)
        except (ArgumentError, ValueError):
            raise ValueError("write it like postgresql+psycopg://user@host:5432/database") from None
        if url.password is not None or any(_SECRET_KEY.search(key) for key in _keys(url)) or _is_with_user(url):
            raise ValueError(
                "it holds a password, which would be shown; take it out, and set password_file or the environment "
                "variable SALESGATE_BINDS__<NAME>__PASSWORD"
            )
        return text


def _keys(url: URL) -> Iterator[str]:
    """Names of the options of a URL, and of what stands inside their values."""
    for key, values in url.normalized_query.items():
        yield key
        for value in values:
            yield from _PAIR.findall(value)


def _is_with_user(url: URL) -> bool:
    """Whether a password stands behind a user where SQLAlchemy looks for none; the name of a file may look so."""
    places = [value for values in url.normalized_query.values() for value in values]
    if url.get_backend_name() not in _FILES:
        places.append(url.database or "")
    return bool(re.search("[:/]", url.username or "")) or any(_WITH_USER.search(place) for place in places)


class PasswordsFromEnvironment(PydanticBaseSettingsSource):
    """Passwords as they are: pydantic-settings would read ``12345`` or ``{...}`` as JSON."""

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002
        """Nothing: what :meth:`__call__` returns is all there is."""
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """``{"binds": {name: {"password": text}}}``."""
        found = {
            match[1].lower(): {"password": text}
            for name, text in os.environ.items()
            if (match := _PASSWORD_VARIABLE.fullmatch(name))
        }
        return {"binds": found} if found else {}


def passwords_in_file(data: Mapping[str, Any]) -> Iterator[str]:
    """Keys of settings.toml that hold the password of a bind."""
    binds = data.get("binds")
    for name, table in binds.items() if isinstance(binds, dict) else ():
        if isinstance(table, dict) and "password" in table:
            yield f"binds.{name}.password"


class Refresh(Section):
    """How often and how far back the sources are read again."""

    every_minutes: float = Field(60, ge=0, le=7 * 24 * 60)
    look_back_months: int = Field(1, ge=0, le=120)
    full_every_days: float = Field(0, ge=0, le=3660)
    verify_months: int = Field(3, ge=1, le=120)
    late_hours: float = Field(26, gt=0, le=24 * 366)
