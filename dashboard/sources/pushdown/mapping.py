"""Source mappings: which tables and columns of a bind are sales lines. Every key is in docs/how-to/sources.md."""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from dashboard.sources.mapping import (
    LOCAL_TIME,
    Codes,
    Currency,
    LeaveOut,
    Pattern,
    ProductColumns,
    RateColumns,
    ReceiptColumns,
    Returns,
    StockColumns,
    Table,
    Text,
    Zone,
    known_zone,
)


class Relation(Table):
    """A table or view; ``schema`` is never part of the name."""

    table: Text
    namespace: Text | None = Field(None, alias="schema")


class Join(Relation):
    """A table that a line refers to: at most one row of it for a line.

    Attributes:
        name: how columns of it are written in the mapping: ``name.COLUMN``.
        on: column of the lines (or of an earlier join, ``name.COLUMN``) -> column of this table.
    """

    name: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
    on: dict[Text, Text] = Field(min_length=1)


class LineColumns(Table):
    """Canonical name -> column of the lines, or ``join.COLUMN``.

    Attributes:
        key: what names one line; with it, repeats are found.
        amount, price: of the line, or of one unit: exactly one. discount: of the line.
        tax: part of the amount that is tax, taken off it.
        cost: of one unit.
        name, category: of the product, where there is no table of products.
    """

    product: Text
    quantity: Text
    date: Text
    key: tuple[Text, ...] = ()
    amount: Text | None = None
    price: Text | None = None
    discount: Text | None = None
    tax: Text | None = None
    cost: Text | None = None
    region: Text | None = None
    channel: Text | None = None
    currency: Text | None = None
    name: Text | None = None
    category: Text | None = None

    @model_validator(mode="after")
    def _one_value(self) -> Self:
        if (self.price is None) == (self.amount is None):
            raise ValueError("map exactly one of price (of one unit) and amount (of the line)")
        if self.tax and self.price:
            raise ValueError("tax goes with amount, not with price")
        return self


class Lines(Relation):
    """The facts.

    Attributes:
        only: column -> values: lines with other values do not belong to this source (another one may have them).
        leave_out: lines that are no sales; they are counted as set aside.
        amount_is: whether the amount is before ("gross") or after ("net") the discount.
        repeats: what becomes of lines whose ``key`` an earlier one has.
    """

    columns: LineColumns
    joins: tuple[Join, ...] = ()
    only: dict[Text, tuple[Text, ...]] = Field({})
    leave_out: tuple[LeaveOut, ...] = ()
    amount_is: Literal["gross", "net"] = "gross"
    repeats: Literal["keep", "set_aside"] = "set_aside"

    @model_validator(mode="after")
    def _net_amounts(self) -> Self:
        if self.amount_is == "net" and self.columns.price:
            raise ValueError("amount_is goes with amount, not with price: a price is before the discount of the line")
        return self

    @model_validator(mode="after")
    def _joins_in_order(self) -> Self:
        seen: set[str] = set()
        for join in self.joins:
            later = {column.partition(".")[0] for column in join.on} & {other.name for other in self.joins} - seen
            if join.name in seen:
                raise ValueError(f"two joins are called {join.name!r}: give each a name of its own")
            if later:
                raise ValueError(f"the join {join.name!r} refers to {sorted(later)[0]!r}, which must stand before it")
            seen.add(join.name)
        return self


class Master(Relation):
    """The table of products."""

    columns: ProductColumns


class StockTable(Relation):
    """Daily stock snapshots; several places of a product and day are added up."""

    columns: StockColumns


class ReceiptTable(Relation):
    """Goods received."""

    columns: ReceiptColumns


class RateTable(Relation):
    """One unit of a currency in units of the reporting currency, day by day."""

    columns: RateColumns


class ProductRules(Table):
    """Which codes are products."""

    pattern: Pattern | None = None
    not_products: tuple[Text, ...] = ()


class Loaded(Relation):
    """Where the load of the source says how far it got: the newest value of ``column``."""

    column: Text


class Constants(Table):
    """What all lines of the source have."""

    region: Text | None = None
    channel: Text | None = None
    category: Text | None = None


class Source(Table):
    """A whole source: tables of one bind.

    Attributes:
        name: key in settings.toml.
        bind: key of ``[binds.*]``.
        label: for people.
        start, stop: the business days that this source owns, ``start <= day < stop``; None: all.
        yields_to: sources whose lines of the same day, region and channel count instead of this one's.
        complete_to: "assumed" (the last day with lines, at most yesterday), a day, or from ``loaded``.
    """

    name: Text
    bind: Text
    label: Text
    currency: Currency
    minor_digits: int = Field(2, ge=0, le=4)
    time_zone: Zone
    timestamps: str = LOCAL_TIME
    start: date | None = None
    stop: date | None = None
    complete_to: date | Literal["assumed"] = "assumed"
    loaded: Loaded | None = None
    yields_to: tuple[Text, ...] = ()
    constants: Constants = Constants()
    lines: Lines
    returns: Returns = Returns()
    codes: Codes = Codes()
    products: ProductRules = ProductRules()
    master: Master | None = None
    stock: StockTable | None = None
    receipts: ReceiptTable | None = None
    rates: RateTable | None = None

    @model_validator(mode="after")
    def _zones_and_days(self) -> Self:
        if self.timestamps not in {LOCAL_TIME, "utc"}:
            known_zone(self.timestamps)
        if self.start and self.stop and self.start >= self.stop:
            raise ValueError("start must be before stop: the source owns the days start <= day < stop")
        return self

    @property
    def timestamp_zone(self) -> str | None:
        """The zone that times without a zone are in; None where they already are business time."""
        if self.timestamps in {LOCAL_TIME, self.time_zone}:
            return None
        return "UTC" if self.timestamps == "utc" else self.timestamps
