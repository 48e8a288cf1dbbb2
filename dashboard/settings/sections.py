"""Every key of settings.toml with its type, default and bounds."""

import re
from datetime import date
from email.utils import parseaddr
from typing import Any, Literal

import limits
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from dashboard.settings.api import Api, Metrics
from dashboard.settings.binds import Bind, BindName, Refresh
from dashboard.settings.section import Section, is_origin
from dashboard.settings.sign_on import Provider, ProviderName

Method = Literal["totp", "passkey", "mail"]

_WORD = r"[A-Za-z0-9_+-]+"
_ADDRESS = re.compile(rf"{_WORD}(?:\.{_WORD})*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")


class Server(Section):
    """Where and how the site is served."""

    host: str = "127.0.0.1"
    port: int = Field(8050, ge=1, le=65535)
    public_url: str = ""
    workers: int = Field(1, ge=1, le=64)
    threads: int = Field(8, ge=1, le=64)
    https: bool = False
    proxy_hops: int = Field(0, ge=0, le=5)
    max_requests: int = Field(0, ge=0)

    @field_validator("public_url")
    @classmethod
    def _is_an_origin(cls, text: str) -> str:
        if text and not is_origin(text):
            raise ValueError("write it like https://sales.example.com, without a path")
        return text


class Session(Section):
    """How long a sign-in lasts."""

    idle_minutes: float = Field(10, gt=0, le=24 * 60)
    absolute_hours: float = Field(12, gt=0, le=24 * 30)
    touch_seconds: float = Field(30, ge=0, le=300)
    warn_seconds: float = Field(60, ge=0, le=600)
    remember_days: float = Field(14, ge=0, le=90)
    fresh_minutes: float = Field(15, gt=0, le=24 * 60)


class Registration(Section):
    """Whether people may register themselves."""

    mode: Literal["open", "invited", "off"] = "open"
    verify_hours: float = Field(24, gt=0, le=24 * 7)
    sign_in_after_verification: bool = False


class SignIn(Section):
    """Brakes on guessing."""

    attempts_before_lock: int = Field(5, ge=1, le=100)
    lock_minutes: float = Field(15, gt=0, le=24 * 60)
    invitation_hours: float = Field(48, gt=0, le=24 * 14)
    device_days: float = Field(90, ge=0, le=366)


class Limits(Section):
    """How often things may be asked for; see the comments of settings.toml."""

    storage: str = ""
    per_address: str = "30 per minute"
    per_account: str = "30 per 15 minutes"
    per_pair: str = "10 per minute"
    mails_per_address: str = "20 per hour"
    mails_per_account: str = "5 per hour"
    requests_per_user: str = "1200 per minute"
    requests_per_key: str = "600 per minute"
    requests_per_address: str = "3000 per minute"

    @field_validator(
        "per_address",
        "per_account",
        "per_pair",
        "mails_per_address",
        "mails_per_account",
        "requests_per_user",
        "requests_per_key",
        "requests_per_address",
    )
    @classmethod
    def _is_a_limit(cls, text: str) -> str:
        try:
            limits.parse_many(text)
        except ValueError:
            raise ValueError("write it like 30 per minute") from None
        return text

    @field_validator("storage")
    @classmethod
    def _is_a_storage(cls, text: str) -> str:
        if text and not text.startswith(("redis://", "rediss://", "redis+unix://")):
            raise ValueError("leave it empty, or write it like redis://127.0.0.1:6379/0")
        return text


class Recovery(Section):
    """Getting back in."""

    token_minutes: float = Field(60, gt=0, le=24 * 60)
    date_of_birth: bool = True


class SecondFactor(Section):
    """Who needs a second factor, from when, and which kinds are offered."""

    required_for: list[str] = Field(["admin"])
    grace_until: str = ""
    methods: list[Method] = Field(["totp", "passkey", "mail"])
    code_minutes: float = Field(10, gt=0, le=60)

    @field_validator("grace_until")
    @classmethod
    def _is_a_day(cls, text: str) -> str:
        try:
            return date.fromisoformat(text).isoformat() if text else ""
        except ValueError:
            raise ValueError("write the day like 2027-01-31") from None

    @field_validator("required_for")
    @classmethod
    def _has_admin(cls, roles: list[str]) -> list[str]:
        if "admin" not in roles:
            raise ValueError("Admins always need a second factor: keep admin in the list")
        return roles


class Mail(Section):
    """How mail leaves. Without a host it lands in ``var/outbox/``."""

    host: str = ""
    port: int = Field(587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password_file: str = ""
    sender: str = "Salesgate <salesgate@localhost>"

    @field_validator("sender")
    @classmethod
    def _is_an_address(cls, text: str) -> str:
        if not _ADDRESS.fullmatch(parseaddr(text)[1]) or not text.isprintable():
            raise ValueError("write it like Salesgate <no-reply@example.com>")
        return text

    @model_validator(mode="after")
    def _passwords_are_encrypted(self) -> "Mail":
        if self.username and self.security == "none":
            raise ValueError("security: a password would travel in clear; choose starttls or tls, or no username")
        return self


class Audit(Section):
    """Where the head of the audit chain is noted, so that a cut-off end shows."""

    head_file: str = ""
    head_minutes: float = Field(60, gt=0, le=24 * 60)
    syslog: str = ""

    @field_validator("syslog")
    @classmethod
    def _is_a_syslog(cls, text: str) -> str:
        host, _, port = text.rpartition(":")
        if text and not (text.startswith("/") or (host and port.isdecimal() and 0 < int(port) < 1 << 16)):
            raise ValueError("write it like /dev/log or 192.0.2.1:514")
        return text


class Accounts(Section):
    """Where users and sessions are kept."""

    url: str = ""
    pool_size: int = Field(0, ge=0, le=200)
    max_overflow: int = Field(4, ge=0, le=200)
    pool_timeout: float = Field(15, gt=0, le=300)
    pool_recycle: int = Field(1800, ge=10, le=24 * 3600)
    connect_timeout: int = Field(5, ge=1, le=60)
    stale_days: int = Field(90, ge=1, le=3660)


class Sales(Section):
    """Thresholds of the product states and the grain that is kept."""

    min_age_days: int = Field(56, ge=0)
    min_sellable_share: float = Field(0.5, ge=0, le=1)
    min_in_stock_share: float = Field(0.7, ge=0, le=1)
    small_number_units: int = Field(10, ge=0)
    daily_months: int = Field(26, ge=14)
    stock_days: int = Field(182, ge=28, le=1100)
    keep_lines: bool = True


class Checks(Section):
    """When the checks of imported data find something unusual."""

    deviation: float = Field(5.0, gt=0, le=100)
    least_months: int = Field(6, ge=3, le=1200)
    open_share: float = Field(0.5, gt=0, le=1)
    gap_days: int = Field(3, ge=1, le=366)


class RoleScope(Section):
    """Rows a role may see: a key left out means every value of that dimension, an empty list means none."""

    region: list[str] = Field([])
    category: list[str] = Field([])
    channel: list[str] = Field([])


class RoleSettings(Section):
    """A role of one's own, out of the permission vocabulary."""

    name: str
    permissions: list[str]
    scope: RoleScope = RoleScope()


class Findings(Section):
    """What is worth a sentence at the top of a page."""

    most: int = Field(5, ge=0, le=10)
    min_products: int = Field(10, ge=2, le=10_000)
    min_days: int = Field(7, ge=1, le=366)
    min_units: int = Field(100, ge=1)
    return_points: float = Field(1.0, gt=0, le=100)
    concentration: float = Field(0.35, gt=0, le=1)
    mover_share: float = Field(0.005, gt=0, le=1)
    record_months: int = Field(12, ge=2, le=1200)


class Classes(Section):
    """Thresholds of ABC, XYZ and demand classes."""

    months: int = Field(12, ge=3, le=36)
    a_percent: int = Field(80, ge=1, le=98)
    b_percent: int = Field(95, ge=2, le=99)
    hysteresis_points: int = Field(2, ge=0, le=5)
    x_below: float = Field(0.5, gt=0)
    y_below: float = Field(1.0, gt=0)
    min_months: int = Field(6, ge=2, le=36)
    adi: float = Field(1.32, ge=1)
    cv2: float = Field(0.49, gt=0)


class Calendar(Section):
    """How fiscal years are cut, and when weekdays have a weight."""

    kind: Literal["months", "4-4-5", "4-5-4"] = "months"
    first_month: int = Field(2, ge=1, le=12)
    last_weekday: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] = "saturday"
    least_weeks: int = Field(8, ge=2, le=52)


class Changes(Section):
    """When ups and downs of products count as cancelling each other."""

    most: int = Field(5, ge=0, le=20)
    tolerance: float = Field(0.1, ge=0, lt=1)
    least_share: float = Field(0.02, ge=0, le=1)
    cancel_share: float = Field(0.25, ge=0, le=1)


class Anomalies(Section):
    """When a month of a product does not fit its past, and what may explain it."""

    robust_z: float = Field(3.5, gt=0, le=100)
    comparables: int = Field(3, ge=2, le=5)
    prior_months: int = Field(6, ge=3, le=24)
    least_spread: float = Field(0.1, ge=0, le=1)
    months: int = Field(6, ge=1, le=12)
    most: int = Field(50, ge=1, le=500)
    price_share: float = Field(0.1, gt=0, le=1)
    returns_share: float = Field(0.5, gt=0, le=1)
    season_share: float = Field(0.5, gt=0, le=1)
    gap_days: int = Field(3, ge=1, le=31)


class Forecast(Section):
    """When a forecast is published, and how far it goes."""

    horizon: int = Field(3, ge=1, le=12)
    least_trials: int = Field(6, ge=3, le=12)
    most_trials: int = Field(12, ge=6, le=24)
    most_mase: float = Field(1.0, gt=0, le=2)
    interval: float = Field(0.8, gt=0, lt=1)
    least_coverage: float = Field(0.7, ge=0, le=1)
    most_coverage: float = Field(0.9, ge=0, le=1)


class Product(Section):
    """What is worth a line in the history of a product."""

    price_share: float = Field(0.05, gt=0, le=1)
    least_units: int = Field(10, ge=1)
    stock_out_days: int = Field(3, ge=1, le=366)


class Stock(Section):
    """Thresholds of stock and of the advice on what to reorder and what to clear."""

    service_level: float = Field(0.95, ge=0.5, lt=1)
    review_days: int = Field(7, ge=0, le=92)
    cycle_days: int = Field(28, ge=1, le=366)
    target_cover_days: int = Field(90, ge=1, le=1100)
    max_cover_days: int = Field(180, ge=1, le=1100)
    slow_days: int = Field(180, ge=1, le=1100)
    dead_days: int = Field(180, ge=28, le=730)
    demand_days: int = Field(56, ge=14, le=366)
    min_days: int = Field(14, ge=2, le=366)
    min_sale_days: int = Field(5, ge=1, le=366)
    snapshot_days: int = Field(7, ge=1, le=31)

    @model_validator(mode="after")
    def _slow_is_more_than_enough(self) -> "Stock":
        if self.slow_days < self.target_cover_days:
            raise ValueError("slow_days: stock within target_cover_days cannot be slow; choose at least as many")
        return self


class Sections(BaseModel):
    """All of settings.toml.

    ``mappings`` and ``sources`` are by name; ``dashboard.sources`` reads their tables.
    """

    model_config = ConfigDict(extra="forbid")

    title: str = "Salesgate"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["text", "json"] = "text"
    server: Server = Server()
    session: Session = Session()
    registration: Registration = Registration()
    sign_in: SignIn = SignIn()
    limits: Limits = Limits()
    recovery: Recovery = Recovery()
    second_factor: SecondFactor = SecondFactor()
    mail: Mail = Mail()
    audit: Audit = Audit()
    accounts: Accounts = Accounts()
    api: Api = Api()
    oidc: dict[ProviderName, Provider] = {}
    metrics: Metrics = Metrics()
    sales: Sales = Sales()
    checks: Checks = Checks()
    findings: Findings = Findings()
    classes: Classes = Classes()
    calendar: Calendar = Calendar()
    changes: Changes = Changes()
    anomalies: Anomalies = Anomalies()
    forecast: Forecast = Forecast()
    product: Product = Product()
    stock: Stock = Stock()
    roles: dict[str, RoleSettings] = {}
    mappings: dict[str, dict[str, Any]] = {}
    refresh: Refresh = Refresh()
    binds: dict[BindName, Bind] = {}
    sources: dict[str, dict[str, Any]] = {}

    @model_validator(mode="after")
    def _counters_are_shared(self) -> "Sections":
        if self.server.workers > 1 and not self.limits.storage:
            raise ValueError(
                "server.workers: several workers need shared counters, or every limit would be multiplied: "
                "set limits.storage to a Redis address, or keep workers = 1"
            )
        return self
