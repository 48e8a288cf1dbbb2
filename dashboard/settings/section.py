"""The base of every table of settings.toml."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """One table of settings.toml; a key that is not declared is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)
