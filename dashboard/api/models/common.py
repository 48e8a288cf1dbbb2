"""What several parts of the API share: the base of its models, pages of lists, problem documents."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

LARGEST_ID = 2**31 - 1
LONGEST_PAGE = 500
HOW_MANY = "how many entries to answer at most"

# One line of text: no control characters, which some databases refuse and logs would show as lines.
ONE_LINE = r"^[^\x00-\x1f\x7f]*$"
Line = Annotated[str, Field(max_length=255, pattern=ONE_LINE)]
Id = Annotated[int, Field(ge=1, le=LARGEST_ID)]


_WHOLE = re.compile("-?[0-9]+")
_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _whole(given: object) -> object:
    if isinstance(given, str) and not _WHOLE.fullmatch(given):
        raise ValueError("write a whole number")
    return int(given) if isinstance(given, float) and given.is_integer() else given  # 58.0 is a whole number in JSON


def _day(given: object) -> object:
    if not isinstance(given, str):
        return given
    if not _DAY.fullmatch(given):
        raise ValueError("write a day like 2026-11-20")
    return date.fromisoformat(given)


# To be put behind the bounds of a number in an address, and of a date: pydantic would take 1_0, and seconds since 1970.
PLAIN_NUMBER, PLAIN_DAY = BeforeValidator(_whole), BeforeValidator(_day)


def _flag(given: object) -> bool:
    if given not in ("true", "false"):  # may be unhashable
        raise ValueError("write true or false")
    return given == "true"


# In addresses: pydantic would take yes, on and 1 as well, which the document does not say.
Flag = Annotated[bool, BeforeValidator(_flag)]
Descending = Annotated[Flag, Field(description="the other way round")]
Offset = Annotated[int, Field(ge=0, le=LARGEST_ID, description="how many entries to pass over"), PLAIN_NUMBER]
Limit = Annotated[int, Field(ge=1, le=LONGEST_PAGE, description=HOW_MANY), PLAIN_NUMBER]


def omitted(description: str) -> Any:
    """A parameter of an address that may be left out, and then is None; annotate it ``X | SkipJsonSchema[None]``."""
    return Field(default=None, description=description, json_schema_extra=_without_default)


def _without_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


def one_of(values: Iterable[str]) -> dict[str, Any]:
    """For ``json_schema_extra``: the words that a text can be."""
    return {"enum": [str(value) for value in values]}


class Asked(BaseModel):
    """Base of what clients send: a field that is not declared is refused, never ignored."""

    model_config = ConfigDict(extra="forbid")


class Answer(BaseModel):
    """Base of what the API answers."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Paging(Asked):
    """Which part of a list: ``limit`` entries from the one after ``offset``."""

    offset: Offset = 0
    limit: Limit = 50


class Page(Answer):
    """Base of lists: ``items`` are those from the one after ``offset``, ``limit`` at most, of ``total``."""

    total: int = Field(description="how many there are on all pages")
    offset: int = Field(description="as asked for")
    limit: int = Field(description="as asked for")


class FieldError(Answer):
    """One thing that is wrong with a request."""

    place: Literal["path", "query", "body"] = Field(description="where it stands")
    field: str = Field(description="which field, such as months.0; empty: all of it")
    message: str = Field(description="what is wrong, for people")


class Problem(Answer):
    """A problem document (RFC 9457): what went wrong, in words for people and a word for programs."""

    type: str = Field("about:blank", description="always about:blank: `code` tells problems apart")
    title: str = Field(description="the name of the status")
    status: int
    detail: str = Field(description="what went wrong and what to do, for people")
    code: str = Field(
        description="what went wrong, for programs, such as not_signed_in or too_many; each status lists its own"
    )
    request: str = Field(description="id of the request, as it stands in the log")
    errors: list[FieldError] = Field(default_factory=list, description="what is wrong with the request, field by field")
