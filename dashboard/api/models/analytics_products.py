"""Rankings, the product table, and one product."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from dashboard.api.models.analytics import (
    USUAL,
    AnalyticsAnswer,
    Change,
    Days,
    Figure,
    Filters,
    MeasureAnswer,
    MeasureKey,
    Number,
    OfMeasure,
    Quotient,
    RankedState,
    RatioChange,
)
from dashboard.api.models.common import (
    HOW_MANY,
    PLAIN_NUMBER,
    Answer,
    Asked,
    Descending,
    Flag,
    Limit,
    Line,
    Offset,
    omitted,
    one_of,
)
from dashboard.reports.answers import CHANGE, RATE
from dashboard.reports.products import FILTERS
from dashboard.sales.measures import MEASURES
from dashboard.sales.product_facts import Kind
from dashboard.sales.ratios import RATIOS

MOST_RANKED = 1000
ColumnKey = Annotated[
    str, Field(max_length=40, pattern="^[a-z_]+$", json_schema_extra=one_of([*MEASURES, *RATIOS, RATE, CHANGE]))
]
ProductFilter = Annotated[
    str, Field(max_length=40, pattern="^[a-z_]+$", json_schema_extra=one_of(filter(None, FILTERS)))
]


class RankingQuery(OfMeasure):
    """One end of a ranking."""

    by: Literal["total", "day"] = Field("total", description="what is ranked: the measure, or the measure a stock day")
    limit: Annotated[int, Field(ge=1, le=MOST_RANKED, description=HOW_MANY), PLAIN_NUMBER] = 10
    zero_sellers: Flag = Field(True, description="whether worst sellers include products that sold nothing")


class Ranked(Answer):
    """One product of a ranking."""

    rank: int = Field(description="equal values share a rank")
    product: str
    name: str
    category: str
    value: int = Field(description="the measure over the months")
    rate: float | None = Field(description="the measure a day in stock, where that is ranked")
    days_in_stock: int | None = Field(description="likewise")
    state: RankedState = Field(description="why it is or is not in a worst list")


class Ranking(MeasureAnswer):
    """Best or worst sellers, out of all products that could have sold."""

    by: Literal["total", "day"]
    items: list[Ranked]
    tied_beyond: int = Field(description="products cut off that have the value of the last one shown")
    left_out: dict[str, int] = Field(description="reason -> products that may not be in this list")
    universe: int = Field(description="products that could have sold")
    others: int = Field(description="how many of them are not shown")
    others_value: int = Field(description="what those not shown add up to")
    outside_value: int | None = Field(description="the part of it that products not on sale have; null by day")
    total: int | None = Field(description="of the whole selection; null by day")
    uses_stock: bool = Field(description="whether stock-outs were taken into account")
    least_days: int | None = Field(description="days in stock that a rate needs; null by total")


class ProductsQuery(Filters):
    """A part of the product table."""

    measure: MeasureKey = USUAL
    column: Annotated[tuple[ColumnKey, ...], Field(max_length=20)] = Field(
        (), description="further columns: measures, ratios, rate (a stock day), change (like for like)"
    )
    sort: Line = Field("product", description="product, name, category, state, or the key of a column")
    descending: Descending = False
    only: ProductFilter | SkipJsonSchema[None] = omitted("a state, or a list such as zero_sales or risers")
    search: Annotated[Line, Field(max_length=80)] = Field("", description="text in the code or the name")
    offset: Offset = 0
    limit: Limit = 50


class Column(Figure):
    """A column of the table."""

    kind: Literal["measure", "share", "price", "rate", "change"]
    base_window: Days | None = Field(None, description="what a change is compared with; null where there is nothing")


class ProductRow(Answer):
    """One product."""

    product: str
    name: str
    category: str
    state: RankedState
    values: dict[str, Number | None] = Field(description="key of a column -> figure; null where blank")


class Products(AnalyticsAnswer):
    """A part of the products that could have sold."""

    columns: list[Column]
    items: list[ProductRow]
    total: int
    offset: int
    limit: int
    uses_stock: bool


class ProductPath(Asked):
    """Which product."""

    code: Line = Field(description="of the product, such as P-0001")


class Sums(Answer):
    """A measure by month; it belongs to the months of the same places."""

    measure: Figure
    values: list[int]


class History(Answer):
    """All months of the data, whatever months were asked about."""

    months: list[str]
    complete: list[bool] = Field(description="whether all days of the month are in")
    sums: list[Sums] = Field(description="each measure that the caller may see")


class StockHistory(Answer):
    """Stock by month, of the whole company."""

    months: list[str]
    closing: list[int] = Field(description="units at the last snapshot of the month")
    observed: list[int] = Field(description="days with a snapshot")
    in_stock: list[int] = Field(description="days in stock")


class Season(Answer):
    """The usual year: twelve indices from January on, whose mean is 1."""

    index: list[float]
    own: float = Field(description="weight of the product's own years against its category's, 0 to 1")
    months: int = Field(description="finished months it was made of")


class Event(Answer):
    """Something that happened to the product."""

    day: date
    kind: str = Field(description="what happened", json_schema_extra=one_of(Kind))
    whole_month: bool = Field(description="whether the month that begins with the day is meant")
    figure: float = Field(description="units received, days out of stock, or the change of the price as a share of 1")
    until: date | None
    open_end: bool = Field(description="whether it is still so on the last day known")


class ProductHeadline(Answer):
    """A measure of the product over the months, and how it compares."""

    measure: Figure
    value: int
    previous: Change
    year_before: Change


class RatioHeadline(Answer):
    """A ratio of the product over the months, and how it compares."""

    ratio: Figure
    form: Literal["share", "price"]
    now: Quotient
    previous: RatioChange
    year_before: RatioChange


class Product(AnalyticsAnswer):
    """All that the caller may know of one product; what needs another right is null or not there."""

    product: str
    name: str
    category: str
    state: RankedState = Field(description="why it is or is not ranked in the months asked about")
    first_day: date | None = Field(description="first day on sale, as far as the caller sees sales")
    end_day: date | None
    headlines: list[ProductHeadline]
    ratios: list[RatioHeadline]
    history: History
    stock: StockHistory | None
    season: Season | None = Field(description="null where the past is too short")
    events: list[Event] = Field(description="newest first")
