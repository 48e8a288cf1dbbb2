"""The audit log, and whether it is whole."""

import json
import re
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic.json_schema import SkipJsonSchema

from dashboard.accounts import LoggedEvent
from dashboard.api.models.common import Answer, Asked, Line, Page, Paging, omitted
from dashboard.audit import Kind

MOST_NOTED = 50  # more do not fit into an address

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)


def _moment(given: object) -> datetime:
    if not isinstance(given, str) or not _MOMENT.fullmatch(given.upper()):
        raise ValueError("write a time with its zone, like 2026-11-20T08:00:00Z")
    return datetime.fromisoformat(given.upper())


Moment = Annotated[datetime, BeforeValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"})]
Outcome = Literal["ok", "failed", "locked", "denied"]
NotedHead = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ [1-9][0-9]{0,17} [0-9a-f]{64}$")]


class AuditAsked(Paging):
    """Which events; what is left out lets all pass."""

    kind: Kind | SkipJsonSchema[None] = omitted("what happened")
    outcome: Outcome | SkipJsonSchema[None] = omitted("how it ended")
    text: Line = Field("", description="what actor, target or address contain")
    since: Moment | SkipJsonSchema[None] = omitted("from this moment on")
    until: Moment | SkipJsonSchema[None] = omitted("before this moment")


class AuditEvent(Answer):
    """One event as it stands in the log."""

    number: int = Field(description="place in the log")
    at: datetime
    kind: str = Field(description="what happened, such as sign_in")
    actor: str = Field(description="who did it; empty: somebody who was not signed in")
    outcome: str = Field(description="ok, failed, locked or denied")
    target: str = Field(description="whom or what it was done to")
    ip: str
    session: str = Field(description="short name of the session")
    detail: dict[str, Any] = Field(description="what else helps")

    @classmethod
    def of(cls, event: LoggedEvent) -> "AuditEvent":
        """The answer for ``event``."""
        values = {name: value for name, value in vars(event).items() if name != "seq"}
        return cls(**{**values, "number": event.seq, "detail": _detail(event.detail)})


class AuditList(Page):
    """One page of events, the latest first."""

    items: list[AuditEvent]


class VerdictAsked(Asked):
    """What the log is held against."""

    noted: Annotated[list[NotedHead], Field(max_length=MOST_NOTED)] = Field(
        default_factory=list,
        description="earlier values of `noted`: against these shows what was cut off the end",
    )


class AuditVerdict(Answer):
    """Whether the chain of all events is whole."""

    whole: bool
    events: int = Field(description="how many events hold, from the first on")
    problem: str = Field(description="what is wrong, in a sentence; empty where nothing is")
    noted: str = Field(
        description="the end of the log, empty where it is not whole: keep it elsewhere, to send it along later"
    )


def _detail(text: str) -> dict[str, Any]:
    try:
        detail = json.loads(text)
    except ValueError:
        detail = None
    # Anything else was changed in the database; the check says so.
    return detail if isinstance(detail, dict) else {"unreadable": text}
