"""The caller's own account."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import Field

from dashboard.accounts import LoggedEvent
from dashboard.api.models.common import HOW_MANY, PLAIN_DAY, PLAIN_NUMBER, Answer, Asked, Page, Paging
from dashboard.api.models.requests import RoleRequestAnswer
from dashboard.api.models.roles import RoleKey
from dashboard.api.models.users import PersonName

LONGEST_PASSWORD = 1024
MOST_EVENTS = 100  # on one page

Password = Annotated[str, Field(max_length=LONGEST_PASSWORD)]


class Me(Answer):
    """Who calls, with the rights of this moment."""

    id: int
    username: str
    name: str = Field(description="how to greet the person")
    role: str = Field(description="key of the role; no_role: none yet")
    role_name: str
    permissions: list[str]
    scope: dict[str, list[str] | None] = Field(description="values of each dimension that may be seen; null: all")
    by_key: bool = Field(description="whether an API key was sent, whose scopes narrow the permissions")


class OwnProfile(Answer):
    """What the account says about the person."""

    username: str
    email: str
    verified: bool = Field(description="whether the mail address was confirmed")
    first_name: str
    last_name: str
    date_of_birth: date | None = Field(description="asked for when a password was forgotten")


class ProfileChange(Asked):
    """What is to be changed; what is left out stays. A new date of birth needs a fresh sign-in."""

    first_name: PersonName = Field(default_factory=str)
    last_name: PersonName = Field(default_factory=str)
    date_of_birth: Annotated[date, PLAIN_DAY] | None = Field(default_factory=lambda: None)


class PasswordChange(Asked):
    """The password that counts, and the one that is to. 15 characters, or 8 beside a second factor."""

    current: Password
    new: Annotated[Password, Field(min_length=1)]


class RoleWish(Asked):
    """Which role is asked for."""

    role: RoleKey


class OwnRoleRequest(Answer):
    """What was asked for last, and what became of it."""

    request: RoleRequestAnswer | None = Field(description="null: nothing was ever asked for")


class EventsAsked(Paging):
    """Which part of the list."""

    limit: Annotated[int, Field(ge=1, le=MOST_EVENTS, description=HOW_MANY), PLAIN_NUMBER] = 20


class OwnEvent(Answer):
    """Something that the caller did, or that was done to their account."""

    number: int = Field(description="place in the audit log")
    at: datetime
    kind: str = Field(description="what happened, such as sign_in")
    outcome: str = Field(description="ok, failed, locked or denied")
    actor: str = Field(description="who did it; empty: somebody who was not signed in")
    target: str
    ip: str = Field(description="address of the caller; empty where somebody else acted")
    session: str = Field(description="short name of the session")

    @classmethod
    def of(cls, event: LoggedEvent) -> "OwnEvent":
        """The answer for ``event``."""
        names: dict[str, Any] = {"number": event.seq, "ip": event.ip, "session": event.session, "at": event.at}
        return cls(kind=event.kind, outcome=event.outcome, actor=event.actor, target=event.target, **names)


class OwnEvents(Page):
    """One page of events, the latest first."""

    items: list[OwnEvent]
