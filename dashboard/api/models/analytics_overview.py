"""Measures, options, months, headlines, splits, findings, and how the data stand."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from dashboard.api.models.analytics import (
    AnalyticsAnswer,
    Change,
    DimensionName,
    Figure,
    Filters,
    MeasureAnswer,
    OfMeasure,
)
from dashboard.api.models.common import Answer, one_of
from dashboard.reports.source_states import State


class MeasureTold(Figure):
    """A measure that the caller may see."""

    means: str = Field(description="its definition, one sentence")


class RatioTold(MeasureTold):
    """A ratio that the caller may see: a column of the product table."""

    form: Literal["share", "price"] = Field(description="a share of 1, or smallest units of the currency for one unit")


class Measures(Answer):
    """What the caller may see."""

    measures: list[MeasureTold]
    ratios: list[RatioTold]
    rate: bool = Field(description="whether rates of sale (a day in stock) are known and may be seen")


class Offered(Answer):
    """What the caller may choose from."""

    months: list[str] = Field(description="months that have data, oldest first")
    newest_finished: str | None = Field(description="the newest month all days of which are in")
    region: list[str]
    category: list[str]
    channel: list[str]
    source: list[str] = Field(description="labels of the sources, where figures come from several databases; else one")


class MonthValue(Answer):
    """One month."""

    month: str
    value: int
    complete: bool = Field(description="whether all days of the month are in")
    through: date | None = Field(description="last day with figures, where the month is not complete")


class Months(MeasureAnswer):
    """A measure month by month."""

    months: list[MonthValue]


class Headline(MeasureAnswer):
    """A measure over the months, and how it compares."""

    value: int = Field(description="the whole of the months, unfinished days included")
    previous: Change = Field(description="against as many months before")
    year_before: Change


class SplitQuery(OfMeasure):
    """A measure split by a dimension."""

    dimension: Annotated[DimensionName, Field(description="what it is split by")] = "region"


class SplitValue(Answer):
    """One value of the dimension."""

    name: str = Field(description="such as North")
    value: int
    share: float | None = Field(description="of 1; null where it or the total is not above 0")


class Split(MeasureAnswer):
    """A measure split by a dimension, the largest first; the parts add up to the total."""

    dimension: DimensionName
    parts: list[SplitValue]
    total: int


class FindingsQuery(Filters):
    """Findings of a page."""

    page: Literal["overview", "revenue", "units", "stock"] = Field("overview", description="the page that tells them")


class Finding(Answer):
    """A sentence, and where its rows are shown."""

    text: str
    href: str = Field(description="address of a page of the site, relative to it")


class Findings(AnalyticsAnswer):
    """What stands out, the most important first."""

    findings: list[Finding]


class SetAside(Answer):
    """Lines that were read and are in no figure, or (`kept`) are and are flagged."""

    reason: str
    label: str
    lines: int
    units: int
    kept: bool
    note: str


class SourceNews(Answer):
    """One source of the figures."""

    label: str
    state: str = Field(description="how it stands", json_schema_extra=one_of(State))
    words: str
    as_of: datetime | None
    lines_read: int | None
    lines_kept: int | None


class DataStatus(Answer):
    """Where the figures come from and how far they go; counts of lines only for callers who see the whole company."""

    version: str = Field(description="changes with the data")
    source: str
    imported_at: datetime
    last_day: date
    complete_to: date = Field(description="the last business day that is finished in every source")
    complete_to_reason: str
    currency: str
    minor_digits: int
    lines_read: int | None
    lines_kept: int | None
    set_aside: list[SetAside]
    uses_stock: bool = Field(description="whether stock-outs are taken into account in rankings")
    stock_withheld: bool = Field(description="stock is not told, for it has no regions and channels")
    sources: list[SourceNews]
