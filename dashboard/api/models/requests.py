"""Role requests: somebody asks for a role, an administrator decides."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from dashboard.accounts import RoleRequest
from dashboard.api.models.common import ONE_LINE, Answer, Asked, Id, Page

LONGEST_REASON = 500


class RequestPath(Asked):
    """Which request."""

    id: Id = Field(description="of the request")


class Refusal(Asked):
    """Why a request is refused; the person is told by mail."""

    reason: Annotated[str, Field(min_length=1, max_length=LONGEST_REASON, pattern=ONE_LINE)]


class RoleRequestAnswer(Answer):
    """What somebody asked for, and what became of it."""

    id: int
    user_id: int
    username: str
    name: str
    role: str = Field(description="key of the role")
    state: Literal["open", "approved", "refused", "withdrawn"]
    reason: str = Field(description="why it was refused")
    requested_at: datetime
    decided_at: datetime | None
    decided_by: str

    @classmethod
    def of(cls, request: RoleRequest) -> "RoleRequestAnswer":
        """The answer for ``request``."""
        return cls.model_validate(vars(request))


class RoleRequestList(Page):
    """One page of open requests, the oldest first."""

    items: list[RoleRequestAnswer]
