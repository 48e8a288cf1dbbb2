"""What all answers about sales share: which figures, which days, how they changed; and what is asked about them."""

from datetime import date
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from dashboard.api.models.common import Answer, Asked, Line, one_of
from dashboard.reports.answers import ChangeKind
from dashboard.sales.measures import MEASURES
from dashboard.sales.rankings import State

MOST_VALUES = 100
MONTH = r"^[0-9]{4}-(0[1-9]|1[0-2])$"
USUAL = "net_units"

Month = Annotated[str, Field(max_length=7, pattern=MONTH, json_schema_extra={"example": "2026-11"})]
Values = Annotated[tuple[Line, ...], Field(max_length=MOST_VALUES)]
# The gate to the figures refuses others: it names those that the caller may see.
MeasureKey = Annotated[
    str,
    Field(
        max_length=40,
        pattern="^[a-z_]+$",
        description="key of a measure that the caller may see",
        json_schema_extra=one_of(sorted(MEASURES)),
    ),
]
RankedState = Annotated[str, Field(json_schema_extra=one_of(State))]
Number = int | float
DimensionName = Literal["region", "category", "channel", "source"]


class Sought(Asked):
    """Base of what is asked: frozen, so that an answer can be kept for whoever asks the same."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Selection(Sought):
    """Months, and the values that count. Without months: the newest twelve that are finished; one alone is both."""

    first: Month | None = Field(None, description="first month")
    last: Month | None = Field(None, description="last month, included")
    region: Values = Field((), description="regions that count, all unless named; may stand there several times")
    category: Values = Field((), description="categories that count, likewise")
    channel: Values = Field((), description="channels that count, likewise")
    source: Values = Field((), description="sources that count, by their labels, likewise")


class Filters(Selection):
    """The same, of one product where that is named."""

    product: Line | None = Field(None, description="code of the one product that counts")


class OfMeasure(Filters):
    """A measure of some months."""

    measure: MeasureKey = USUAL


class Figure(Answer):
    """What integers of an answer mean."""

    key: str
    name: str = Field(description="for people, without the unit")
    unit: str = Field(description="units, or the code of a currency")
    minor_digits: int = Field(description="decimals of the smallest unit: 2 means that 1234 is 12.34; 0 for units")


class Days(Answer):
    """Consecutive business days, both ends included."""

    first: date
    last: date


class Change(Answer):
    """A like-for-like change: as many days of both periods."""

    kind: str = Field(
        description="percent; difference (one side is not above 0); new (nothing before); counts (too few for a "
        "percentage); unknown (`why` says the reason)",
        json_schema_extra=one_of(kind for kind in ChangeKind if kind is not ChangeKind.POINTS),
    )
    current: int | None = Field(description="the newer period")
    base: int | None = Field(description="the older one")
    percent: float | None = Field(description="only where the kind is percent")
    current_window: Days | None = Field(description="the days of the newer period that are compared")
    base_window: Days | None
    why: str = Field(description="for unknown: one sentence")


class Quotient(Answer):
    """A ratio out of two sums; never an average of ratios."""

    top: int
    bottom: int
    value: float | None = Field(description="top divided by bottom; null where bottom is not above 0")


class RatioChange(Answer):
    """A like-for-like change of a ratio: shares change in points, prices in per cent."""

    kind: str = Field(
        description="points (of a share); the others as in Change",
        json_schema_extra=one_of(kind for kind in ChangeKind if kind is not ChangeKind.NEW),
    )
    current: Quotient | None
    base: Quotient | None
    points: float | None = Field(
        description="hundredths of the share: 1.5 is from 0.10 to 0.115; only where the kind is points"
    )
    percent: float | None = Field(description="only where the kind is percent")
    current_window: Days | None
    base_window: Days | None
    why: str


class AnalyticsAnswer(Answer):
    """Base of answers about some months."""

    window: Days = Field(description="the days asked about; figures of an unfinished month reach as far as the data")


class MeasureAnswer(AnalyticsAnswer):
    """Base of answers about one measure."""

    measure: Figure
