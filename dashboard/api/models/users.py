"""Users, as administrators see them. No field of a request sets whether an account is active, verified or original."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from dashboard.accounts import Method, User
from dashboard.api.models.common import ONE_LINE, Answer, Asked, Descending, Id, Line, Page, Paging, omitted
from dashboard.api.models.requests import RoleRequestAnswer
from dashboard.api.models.roles import RoleKey

PersonName = Annotated[str, Field(max_length=100, pattern=ONE_LINE)]
UserName = Annotated[str, Field(min_length=3, max_length=64, pattern=ONE_LINE)]
MailAddress = Annotated[str, Field(min_length=3, max_length=254, pattern=r"^[^@\x00-\x20\x7f]+@[^@\x00-\x20\x7f]+$")]
State = Literal["active", "disabled", "locked", "invited", "unverified"]
Sort = Literal["username", "name", "role", "state", "last_sign_in", "open_sessions"]


class UserPath(Asked):
    """Which user."""

    id: Id = Field(description="of the user")


class UsersAsked(Paging):
    """Which users, in which order. The user name settles every tie."""

    search: Line = Field("", description="what user name, names or mail address contain")
    role: RoleKey | SkipJsonSchema[None] = omitted("key of the role they have")
    state: Literal["active", "disabled", "locked", "invited", "unverified", "no_role"] | SkipJsonSchema[None] = omitted(
        "the state they are in; no_role: none yet"
    )
    sort: Annotated[Sort, Field(description="what they are sorted by")] = "username"
    descending: Descending = False


class UserCreation(Asked):
    """A new user, who is sent a link by mail to set a password with."""

    username: UserName = Field(description="letters, digits and . _ - @")
    email: MailAddress
    role: RoleKey
    first_name: PersonName = ""
    last_name: PersonName = ""


class UserChange(Asked):
    """What is to be changed; what is left out stays."""

    first_name: PersonName = Field(default_factory=str)
    last_name: PersonName = Field(default_factory=str)
    email: MailAddress = Field(default_factory=str)


class RoleGiven(Asked):
    """The role that the user is to have; no_role takes every right away."""

    role: RoleKey


class Confirmation(Asked):
    """What shows that the right account is meant."""

    confirm: Annotated[str, Field(max_length=64, description="the user name of the account that is deleted")]


class UserSummary(Answer):
    """A user in a list."""

    id: int
    username: str
    email: str
    first_name: str
    last_name: str
    role: str = Field(description="key of the role; no_role: none yet")
    state: State
    active: bool
    verified: bool = Field(description="whether the mail address is known to be the user's")
    has_password: bool
    factors: list[Method] = Field(description="second factors that are set up")
    created_at: datetime
    last_sign_in_at: datetime | None
    locked_until: datetime | None = Field(description="null: not locked, or until an administrator takes the lock off")
    locked_by_administrator: bool
    is_original_admin: bool
    open_sessions: int

    @classmethod
    def of(cls, user: User) -> "UserSummary":
        """The answer for ``user``."""
        return cls(**fields_of(user))


class UserAnswer(UserSummary):
    """A user, with what the caller may do."""

    may: list[str] = Field(description="what the caller could do to the user now, such as disable")
    request: RoleRequestAnswer | None = Field(description="the role that the user asks for, while it is open")


class UserList(Page):
    """One page of users."""

    items: list[UserSummary]


def fields_of(user: User) -> dict[str, Any]:
    """The fields of :class:`UserSummary`."""
    known = {name: getattr(user, name) for name in UserSummary.model_fields}
    for_good = user.locked_by_administrator
    return {**known, "factors": list(user.factors), "locked_until": None if for_good else user.locked_until}
