"""Settings of databases that sales are read from, and of how often."""

from pydantic import Field, SecretStr

from dashboard.settings.section import Section


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


class Refresh(Section):
    """How often and how far back the sources are read again."""

    every_minutes: float = Field(60, ge=0, le=7 * 24 * 60)
    look_back_months: int = Field(1, ge=0, le=120)
    full_every_days: float = Field(0, ge=0, le=3660)
    verify_months: int = Field(3, ge=1, le=120)
    late_hours: float = Field(26, gt=0, le=24 * 366)
