"""Typed settings: settings.toml, overridden by the environment.

Every key, its type and its default stand here; ``settings.toml`` repeats them with comments. An environment variable
``SALESGATE_<SECTION>__<KEY>`` overrides one key; ``HOST``, ``PORT`` and ``SALESGATE_VAR`` are the three short forms.
"""

import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import limits
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

PROJECT = Path(__file__).resolve().parent.parent
PREFIX = "SALESGATE_"


class SettingsError(Exception):
    """A setting that cannot be used; the message names the file or variable, the key and the reason."""


class Section(BaseModel):
    """One table of settings.toml; a key that is not declared is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Server(Section):
    """Where and how the site is served."""

    host: str = "127.0.0.1"
    port: int = Field(8050, ge=1, le=65535)
    threads: int = Field(8, ge=1, le=64)
    https: bool = False
    proxy_hops: int = Field(0, ge=0, le=5)


class Session(Section):
    """How long a sign-in lasts."""

    idle_minutes: float = Field(10, gt=0, le=24 * 60)
    absolute_hours: float = Field(12, gt=0, le=24 * 30)
    touch_seconds: float = Field(30, ge=0, le=300)


class SignIn(Section):
    """Brakes on guessing."""

    attempts_before_lock: int = Field(5, ge=1, le=100)
    lock_minutes: float = Field(15, gt=0, le=24 * 60)
    limit_per_address: str = "30 per minute"
    invitation_hours: float = Field(48, gt=0, le=24 * 14)

    @field_validator("limit_per_address")
    @classmethod
    def _is_a_limit(cls, text: str) -> str:
        try:
            limits.parse_many(text)
        except ValueError:
            raise ValueError("write it like 30 per minute") from None
        return text


class Accounts(Section):
    """Where users and sessions are kept."""

    url: str = ""


class Sales(Section):
    """Thresholds of the product states and the grain that is kept."""

    min_age_days: int = Field(56, ge=0)
    min_sellable_share: float = Field(0.5, ge=0, le=1)
    min_in_stock_share: float = Field(0.7, ge=0, le=1)
    small_number_units: int = Field(10, ge=0)
    daily_months: int = Field(26, ge=14)


class RoleScope(Section):
    """Rows a role may see: a key left out means every value of that dimension, an empty list means none."""

    region: list[str] = []
    category: list[str] = []
    channel: list[str] = []


class RoleSettings(Section):
    """A role of one's own, out of the permission vocabulary."""

    name: str
    permissions: list[str]
    scope: RoleScope = RoleScope()


class Sections(BaseModel):
    """All of settings.toml. ``mappings`` holds import mappings by name, read by ``dashboard.sources.mapping``."""

    model_config = ConfigDict(extra="forbid")

    title: str = "Salesgate"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    server: Server = Server()
    session: Session = Session()
    sign_in: SignIn = SignIn()
    accounts: Accounts = Accounts()
    sales: Sales = Sales()
    roles: dict[str, RoleSettings] = {}
    mappings: dict[str, dict[str, Any]] = {}


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
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, path)

    @property
    def accounts_url(self) -> str:
        """SQLAlchemy URL of the accounts database; SQLite in ``var`` unless one is named."""
        return self.accounts.url or f"sqlite:///{self.var / 'accounts.db'}"


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
        yield f"{key}: {_reason(detail)}"


def _reason(detail: ErrorDetails) -> str:
    if detail["type"] == "extra_forbidden":
        return "unknown key; see the comments in settings.toml for the names"
    return f"{detail['msg']} (got {detail['input']!r})"
