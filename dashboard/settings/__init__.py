"""Typed settings: settings.toml, overridden by the environment.

Every key, its type and its default stand in :mod:`dashboard.settings.sections`; ``settings.toml`` repeats them with
comments. An environment variable
``SALESGATE_<SECTION>__<KEY>`` overrides one key; ``HOST``, ``PORT`` and ``SALESGATE_VAR`` are the three short forms.
"""

import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from dashboard.settings.binds import PasswordsFromEnvironment, passwords_in_file
from dashboard.settings.sections import RoleScope, RoleSettings, Sections

__all__ = ["PROJECT", "RoleScope", "RoleSettings", "Sections", "Settings", "SettingsError", "load_settings"]

PROJECT = Path(__file__).resolve().parent.parent.parent
PREFIX = "SALESGATE_"


# A passkey belongs to a name, never to an address.
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost", "0.0.0.0"})  # noqa: S104 - compared with, not bound to


class SettingsError(Exception):
    """A setting that cannot be used; the message names the file or variable, the key and the reason."""


class Settings(BaseSettings, Sections):
    """The settings in force; ``var`` is the folder that this installation owns."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True)

    var: Path = PROJECT / "var"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment over file."""
        path = Path(os.environ.get(f"{PREFIX}SETTINGS") or PROJECT / "settings.toml")
        passwords = PasswordsFromEnvironment(settings_cls)
        return init_settings, passwords, env_settings, TomlConfigSettingsSource(settings_cls, path)

    @property
    def accounts_url(self) -> str:
        """SQLAlchemy URL of the accounts database; SQLite in ``var`` unless one is named."""
        return self.accounts.url or f"sqlite:///{self.var / 'accounts.db'}"

    @property
    def public_url(self) -> str:
        """Where people reach the site, without a slash at the end; links in mails begin with it, not with a header."""
        host = "localhost" if self.server.host in _LOOPBACK else self.server.host
        bracketed = f"[{host}]" if ":" in host else host
        return self.server.public_url or f"http://{bracketed}:{self.server.port}"


def load_settings(**overrides: Any) -> Settings:
    """Read the settings; ``overrides`` are for tests and win over everything.

    Raises:
        SettingsError: a file that is no TOML, an unknown key, a wrong type or a value out of range.
    """
    path = Path(os.environ.get(f"{PREFIX}SETTINGS") or PROJECT / "settings.toml")
    _check_file(path)
    _check_environment(os.environ)
    for short, key in (("HOST", "host"), ("PORT", "port")):
        if os.environ.get(short):
            overrides["server"] = {key: os.environ[short], **_as_dict(overrides.get("server"))}
    try:
        return Settings(**overrides)
    except ValidationError as error:
        raise SettingsError("\n".join(f"environment: {line}" for line in _reasons(error))) from None


def _as_dict(section: Any) -> dict[str, Any]:
    if isinstance(section, BaseModel):
        return section.model_dump(exclude_unset=True)
    return dict(section or {})


def _check_file(path: Path) -> None:
    if not path.exists():
        raise SettingsError(f"{path}: no such settings file; set {PREFIX}SETTINGS or restore settings.toml")
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not valid TOML: {error}") from None
    for key in passwords_in_file(data):
        raise SettingsError(
            f"{path}: {key}: passwords do not stand here; set password_file, or the environment variable "
            f"{PREFIX}{key.upper().replace('.', '__')}"
        )
    try:
        Sections.model_validate(data, strict=True)
    except ValidationError as error:
        raise SettingsError("\n".join(f"{path}: {line}" for line in _reasons(error))) from None


def _check_environment(environ: Mapping[str, str]) -> None:
    known = {f"{PREFIX}{name.upper()}" for name in (*Sections.model_fields, "var", "settings")}
    for name in sorted(environ):
        if name.startswith(PREFIX) and name.split("__")[0] not in known:
            raise SettingsError(f"environment: {name}: unknown setting; see settings.toml for the names")


def _reasons(error: ValidationError) -> Iterator[str]:
    for detail in error.errors():
        key = ".".join(str(part) for part in detail["loc"])
        yield f"{key}: {_reason(detail)}" if key else _reason(detail)


def _reason(detail: ErrorDetails) -> str:
    if not detail["loc"]:
        return detail["msg"].removeprefix("Value error, ")
    if detail["type"] == "extra_forbidden":
        return "unknown key; see the comments in settings.toml for the names"
    # What somebody wrote into a bind may be a password, whatever the key.
    if detail["loc"][0] == "binds" and not isinstance(detail["input"], int | float):
        return detail["msg"].removeprefix("Value error, ")
    return f"{detail['msg']} (got {detail['input']!r})"
