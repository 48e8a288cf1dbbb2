"""Settings of the API and of what monitors read."""

from pydantic import Field, field_validator

from dashboard.settings.section import Section, is_origin


class Api(Section):
    """Who may use the API, and for how long.

    Attributes:
        enabled: whether there is an API at all.
        token_minutes: life of an access token.
        refresh_idle_hours: a sign-in whose tokens were not used for so long is over.
        refresh_days: it ends after this in any case; for roles that manage, after ``session.absolute_hours``.
        key_days: longest life of an API key; 0: there are none.
        origins: web sites whose scripts may call the API (CORS), such as ``https://shop.example.com``.
    """

    enabled: bool = True
    token_minutes: float = Field(15, gt=0, le=15)
    refresh_idle_hours: float = Field(24, gt=0, le=24 * 30)
    refresh_days: float = Field(14, gt=0, le=90)
    key_days: int = Field(365, ge=0, le=366)
    origins: list[str] = Field([])

    @field_validator("origins")
    @classmethod
    def _are_origins(cls, origins: list[str]) -> list[str]:
        for text in origins:
            if not is_origin(text):
                raise ValueError(f"{text!r} is no origin: write it like https://shop.example.com, without a path")
        return origins


class Metrics(Section):
    """Where Prometheus reads: a port of its own, or ``/metrics`` with a token. Neither: there are no metrics.

    Attributes:
        host, port: address of its own, for the monitor's network only; port 0: none.
        token_file: file with the token that ``GET /metrics`` of the site asks for; empty: no such path.
    """

    host: str = "127.0.0.1"
    port: int = Field(0, ge=0, le=65535)
    token_file: str = ""
