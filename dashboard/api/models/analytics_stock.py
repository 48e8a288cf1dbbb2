"""Stock as of the newest finished day, and what to do about it."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from dashboard.api.models.analytics import Sought, Values
from dashboard.api.models.common import Answer, Descending, Limit, Line, Offset, omitted, one_of
from dashboard.reports.stock import Missing
from dashboard.reports.stock_pages import FILTERS, SORTS, URGENCY
from dashboard.sales.worklist import Reason

Why = Annotated[str, Field(json_schema_extra=one_of(Missing))]
MISSING = "no_units (not permitted), part (the caller sees some regions or channels, stock has none) or no_snapshots"

SortKey = Annotated[
    str,
    Field(max_length=40, pattern="^[a-z_]+$", description="what it is sorted by", json_schema_extra=one_of(SORTS)),
]
WorklistFilter = Annotated[
    str, Field(max_length=40, pattern="^[a-z_]+$", json_schema_extra=one_of(filter(None, FILTERS)))
]


class StockQuery(Sought):
    """Which products; months, regions and channels play no part in stock."""

    category: Values = Field((), description="categories that count, all unless named")
    product: Line | None = Field(None, description="code of the one product that counts")


class Standing(Answer):
    """Stock in total at the close of ``day``."""

    day: date
    products: int = Field(description="on sale or in stock")
    in_stock: int
    out: int = Field(description="out of stock, discontinued ones left out")
    out_on_order: int = Field(description="of those, with an order under way")
    unknown: int = Field(description="products without a snapshot")
    counts: dict[str, int] = Field(description="products by what to do, by reason and by list, such as reorder or dead")
    units: dict[str, int] = Field(description="units to reorder and to clear, and by list")
    available: int = Field(description="units of products with a known demand")
    daily_demand: float = Field(description="of the same products, units a day in stock")
    supply: bool = Field(description="whether lead times and pack sizes are known at all")
    receipts: bool = Field(description="whether goods received are known")
    no_spread: int = Field(description="products to reorder whose supplier's spread is not known")
    no_pack: int = Field(description="products to reorder whose case or smallest order is not known")


class Stock(Answer):
    """Stock in total, or why nothing can be said about it."""

    missing: Why | None = Field(description=MISSING)
    standing: Standing | None


class WorklistQuery(StockQuery):
    """A part of the worklist."""

    sort: SortKey = URGENCY
    descending: Descending = False
    only: WorklistFilter | SkipJsonSchema[None] = omitted("something to do, a reason or a list, such as reorder or out")
    search: Annotated[Line, Field(max_length=80)] = Field("", description="text in the code or the name")
    offset: Offset = 0
    limit: Limit = 50


class WorklistRow(Answer):
    """One product: advice, never an order."""

    product: str
    name: str
    action: Literal["reorder", "clear", "hold", "none"]
    reason: str = Field(json_schema_extra=one_of(Reason))
    why: str = Field(description="one line for people")
    quantity: int = Field(description="units to order or to clear; 0 for neither")
    days_left: float | None = Field(description="days until an order is due, negative if late")
    days_of_supply: float | None = Field(description="of the available units; null without recent sales")
    available: int | None = Field(description="null where there is no snapshot")
    on_order: int
    daily_demand: float | None = Field(description="units a day in stock")
    excess: int = Field(description="available units beyond the target cover")
    lead_days: float | None
    lead_days_spread: float | None = Field(description="standard deviation of the lead time")
    minimum: int = Field(description="smallest order, 1 where not known")
    pack: int = Field(description="case size, 1 where not known")
    unit_cost: int | None = Field(description="smallest units of the currency; only for callers who may see margin")


class Worklist(Answer):
    """A part of the worklist, the most urgent first."""

    missing: Why | None = Field(description=MISSING)
    day: date | None = Field(description="the close that stock is as of")
    items: list[WorklistRow]
    total: int
    offset: int
    limit: int
