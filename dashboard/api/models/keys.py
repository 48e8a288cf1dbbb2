"""API keys."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from dashboard.access import Permission
from dashboard.api.models.common import PLAIN_NUMBER, Answer, Asked, Id, Line, Page
from dashboard.api.models.users import UserPath

MOST_SCOPES = len(Permission)
MOST_NETWORKS = 20


class KeyPath(Asked):
    """One's own key."""

    key: Id = Field(description="of the key")


class UserKeyPath(UserPath):
    """A key of a user."""

    key: Id = Field(description="of the key")


class NewKey(Asked):
    """A key to be made."""

    name: Annotated[Line, Field(min_length=1, max_length=100, description="what it is for, for people")]
    scopes: list[Permission] = Field(
        min_length=1, max_length=MOST_SCOPES, description="permissions; only those that you have yourself"
    )
    days: Annotated[int, Field(ge=1, le=366), PLAIN_NUMBER] = Field(
        description="how long it is good; the site may allow less"
    )
    networks: list[Annotated[Line, Field(max_length=64)]] = Field(
        default_factory=list,
        max_length=MOST_NETWORKS,
        description="addresses and networks it may come from, such as 203.0.113.7 or 2001:db8::/48; none: any",
    )


class Key(Answer):
    """An API key, without its secret."""

    id: int
    name: str
    prefix: str = Field(description="how the key begins")
    scopes: list[str] = Field(description="permissions that it was made for and its owner has now: these count")
    lost_scopes: list[str] = Field(description="permissions that it was made for and its owner has lost")
    networks: list[str] = Field(description="addresses and networks it may come from; none: any")
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None = Field(description="to the minute; null: never")
    last_used_ip: str = Field(description="address that it was last used from; empty: never used")


class MadeKey(Key):
    """A new API key. Its secret is told only this once."""

    secret: str = Field(description="what to send as X-API-Key")


class Keys(Page):
    """One page of the keys of a user, newest first."""

    items: list[Key]
