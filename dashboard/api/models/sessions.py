"""Sessions: where somebody is signed in."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from dashboard.accounts import OpenSession, SessionKind
from dashboard.api.models.common import Answer, Asked, Id, Page, Paging

SessionName = Annotated[str, Field(pattern="^[0-9a-f]{12}$", description="short name of the session")]


class SessionPath(Asked):
    """Which of the caller's sessions."""

    session: SessionName


class UserSessionPath(Asked):
    """Which session of which user."""

    id: Id = Field(description="of the user")
    session: SessionName


class SessionAnswer(Answer):
    """One place where somebody is signed in."""

    session: str = Field(description="short name, as it stands in the audit log")
    kind: SessionKind = Field(description="web: a browser; api: a program with tokens")
    created_at: datetime
    seen_at: datetime
    ip: str
    agent: str = Field(description="what the browser or the program calls itself")
    methods: list[str] = Field(description="how the person proved who they are")
    remembered: bool
    current: bool = Field(description="whether it is the session of this request")

    @classmethod
    def of(cls, one: OpenSession, current: str) -> "SessionAnswer":
        """The answer for ``one``, asked for in the session ``current``."""
        return cls(
            session=one.session,
            kind=one.kind,
            created_at=one.created_at,
            seen_at=one.seen_at,
            ip=one.ip,
            agent=one.agent,
            methods=list(one.methods),
            remembered=one.remembered,
            current=one.session == current,
        )


class SessionList(Page):
    """One page of sessions, the latest use first."""

    items: list[SessionAnswer]

    @classmethod
    def of(cls, found: list[OpenSession], current: str, page: Paging) -> "SessionList":
        """The ``page`` of ``found``, asked for in the session ``current``."""
        items = [SessionAnswer.of(one, current) for one in found[page.offset : page.offset + page.limit]]
        return cls(items=items, total=len(found), offset=page.offset, limit=page.limit)


class Ended(Answer):
    """What came of ending sessions."""

    ended: int = Field(description="how many sessions ended")
