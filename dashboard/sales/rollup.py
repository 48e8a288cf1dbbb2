"""The rollup in memory: facts aggregated to month and day, as integer arrays sorted by period.

A question about some months touches only their slice: ``offsets`` says where each period starts. All amounts are
integer minor units of one reporting currency. Arrays may be read-only views of mapped files.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.integer]
Days = NDArray[np.datetime64]

UNIT_COLUMNS = ("gross_units", "returned_units")
# costed_sales is the net sales of those lines whose cost is known: margin is taken of these alone. constant_sales is
# net sales converted at one fixed rate a currency, so that net sales less these is what exchange rates did.
MONEY_COLUMNS = ("gross_sales", "discounts", "returned_sales", "costed_sales", "cost_of_goods", "constant_sales")
VALUE_COLUMNS = (*UNIT_COLUMNS, *MONEY_COLUMNS)
NO_SNAPSHOT = -(2**31)


@dataclass(frozen=True, eq=False)
class Facts:
    """Aggregated lines, sorted by period then product.

    Attributes:
        offsets: int64, one more than there are periods; period ``i`` is rows ``offsets[i]:offsets[i + 1]``.
        product: int32 codes into :class:`Products`.
        region, channel: int16 codes into ``Rollup.regions`` and ``Rollup.channels``.
        values: int64 per name of :data:`VALUE_COLUMNS`, or int32 where all are small enough to add a few up; all are
            >= 0 but for bookings the source corrected, and for ``costed_sales``, ``cost_of_goods`` and
            ``constant_sales``, which are net of returns.
        source: int16 codes into ``Rollup.sources``; :func:`one_source` where there is one.
    """

    offsets: Ints
    product: Ints
    region: Ints
    channel: Ints
    values: Mapping[str, Ints]
    source: Ints

    def rows(self, first: int, last: int) -> slice:
        """The rows of periods ``first`` to ``last``, both included."""
        return slice(int(self.offsets[first]), int(self.offsets[last + 1]))


def one_source(rows: int) -> Ints:
    """int16[rows], all of them 0: the codes of a rollup of one source. They take no memory and cannot be written to."""
    return np.broadcast_to(np.zeros(1, dtype=np.int16), (rows,))


@dataclass(frozen=True, eq=False)
class Products:
    """The product master, sorted by code; position is the product's integer code.

    Attributes:
        code, name: one string a product.
        category: int16 codes into ``Rollup.categories``.
        first_day: datetime64[D], first sellable day: launch date, else first receipt, else first sale; NaT if none.
        end_day: datetime64[D], last sellable day; NaT while the product is still sold.
    """

    code: tuple[str, ...]
    name: tuple[str, ...]
    category: Ints
    first_day: Days
    end_day: Days

    def __len__(self) -> int:
        return len(self.code)

    def position(self, code: str) -> int | None:
        """Where the product of that code stands; None where there is none."""
        place = bisect_left(self.code, code)
        return place if place < len(self.code) and self.code[place] == code else None


@dataclass(frozen=True, eq=False)
class StockMonths:
    """What daily stock snapshots say of each product and month, sorted by month then product.

    Attributes:
        offsets: int64, as in :class:`Facts`, over ``Rollup.months``.
        product: int32 codes.
        observed_days: int16, days of the month with a snapshot.
        in_stock_days: int16, those with available stock above zero at close.
        closing_units: int64, available units in the month's last snapshot.
    """

    offsets: Ints
    product: Ints
    observed_days: Ints
    in_stock_days: Ints
    closing_units: Ints


@dataclass(frozen=True, eq=False)
class StockDays:
    """Daily snapshots of the newest days.

    Attributes:
        first_day: business date of row 0; rows are consecutive days.
        available: int32[days, products], units available at close; :data:`NO_SNAPSHOT` where there is none.
    """

    first_day: date
    available: Ints


@dataclass(frozen=True, eq=False)
class Receipts:
    """Goods received, sorted by product then day: int32 codes, datetime64[D] days and int64 units, a row a receipt."""

    product: Ints
    day: Days
    units: Ints


@dataclass(frozen=True, eq=False)
class Supply:
    """What is known of buying each product; every array has one entry a product.

    Attributes:
        cost: int64, minor units of the reporting currency for one unit; -1 where unknown.
        lead_days, lead_sd: float64, mean lead time and its standard deviation in days; NaN where unknown.
        minimum, pack: int64, smallest order and case size in units; -1 where unknown.
        on_order, committed: int64, units under way and units promised; 0 where nothing is said.
        shelf_life: int64, days; -1 where unknown or endless.
    """

    cost: Ints
    lead_days: NDArray[np.float64]
    lead_sd: NDArray[np.float64]
    minimum: Ints
    pack: Ints
    on_order: Ints
    committed: Ints
    shelf_life: Ints


@dataclass(frozen=True, eq=False)
class OrderLines:
    """The counted lines themselves, sorted by business date, then order, then position in the source.

    Attributes:
        offsets: int64, one more than there are days from ``DataInfo.first_day`` to ``last_day``.
        order: text a line, possibly empty; anything that is indexed by position.
        product: int32 codes; region, channel: int16 codes.
        returned: bool, whether it is a return line.
        units, gross, discount: int64 or int32 as in :class:`Facts`, all >= 0 but for corrections; money in minor units.
    """

    offsets: Ints
    order: Sequence[str]
    product: Ints
    region: Ints
    channel: Ints
    returned: NDArray[np.bool_]
    units: Ints
    gross: Ints
    discount: Ints

    @property
    def source(self) -> Ints:
        """int16 codes as in :class:`Facts`: only files keep their lines, and a file is one source."""
        return one_source(len(self.product))


@dataclass(frozen=True)
class Check:
    """What one check of the data found when they were imported (domain.md section 11).

    Attributes:
        key: stable name, such as ``load_gap``.
        label: the same for people.
        count: how many; 0 where all is well.
        what: what is counted: ``lines``, ``products``, ``days``, ``months`` or ``tables``.
        examples: at most five, each one short text.
        advice: what to do.
        priced: whether it follows from prices or amounts: not for viewers without revenue.
        serious: whether figures are wrong meanwhile, so that pages say so above them.
        examples_priced: whether the examples do, even if the count does not.
    """

    key: str
    label: str
    count: int
    what: str
    examples: tuple[str, ...] = ()
    advice: str = ""
    priced: bool = False
    serious: bool = False
    examples_priced: bool = False


@dataclass(frozen=True)
class SetAside:
    """Lines that were read and not counted (or, if ``kept``, counted and flagged), and why.

    Attributes:
        reason: stable key, such as ``no_product`` or ``price_not_positive``.
        label: the same for people.
        lines: how many.
        units: sum of their quantities as read.
        kept: True where the lines are counted all the same (exact repeats; units of lines without an exchange rate).
        note: a further sentence, such as the amount that could not be converted; may be empty.
    """

    reason: str
    label: str
    lines: int
    units: int
    kept: bool = False
    note: str = ""


@dataclass(frozen=True)
class SourceInfo:
    """What one database brought to the figures.

    Attributes:
        name: key in settings.toml; label: for people.
        bind, product: name of the database and its make, such as "PostgreSQL 15.8".
        as_of: when its lines were read, ISO 8601 UTC; empty if they never could be.
        ok: whether the newest attempt to read it succeeded; reason: if not, why, in one sentence.
        lines, lines_kept: how many were read and how many of them counted.
        units: of the counted lines, returns taken off.
        first_day, last_day: business dates of its first and last line; None without any.
        read_only: "proved", "writable" or "unknown"; evidence: one sentence on that.
    """

    name: str
    label: str
    bind: str
    product: str
    as_of: str
    ok: bool
    reason: str
    lines: int
    lines_kept: int
    units: int
    first_day: date | None
    last_day: date | None
    read_only: str
    evidence: str


@dataclass(frozen=True)
class DataInfo:
    """Where a rollup came from and how far it goes.

    Attributes:
        source: label for people, such as "Online Retail II".
        imported_at: ISO 8601 UTC.
        first_day, last_day: business dates of the first and last counted line.
        complete_to: last finished business date (domain.md section 1).
        complete_to_reason: one sentence: who says so.
        currency: ISO 4217 code of all amounts.
        minor_digits: how many decimals the minor unit stands for.
        time_zone: IANA name of the business time zone.
        lines_read, lines_kept: counts; read = kept + set aside.
        set_aside: by reason, also what is flagged but kept.
        has_stock: whether daily stock snapshots came with the data.
        checks: what the checks of the data found; empty for data imported before there were any.
        sources: what the databases brought; empty for an imported file.
    """

    source: str
    imported_at: str
    first_day: date
    last_day: date
    complete_to: date
    complete_to_reason: str
    currency: str
    minor_digits: int
    time_zone: str
    lines_read: int
    lines_kept: int
    set_aside: tuple[SetAside, ...]
    has_stock: bool
    checks: tuple[Check, ...] = ()
    sources: tuple[SourceInfo, ...] = ()


@dataclass(frozen=True, eq=False)
class Rollup:
    """One immutable version of all sales data.

    Attributes:
        version: name of this version; a new import has a new one.
        months: contiguous ``YYYY-MM`` keys from the first month with lines to the last.
        first_daily: the first day that ``daily`` keeps; ``daily`` periods are consecutive days up to ``info.last_day``.
        regions, categories, channels: names, sorted; the facts hold positions in them.
        sources: labels of the sources with a counted line, sorted; the facts hold positions in them.
        stock: None where the source has no daily snapshots.
        stock_days, receipts, supply, lines: None where the source does not have them.
    """

    version: str
    info: DataInfo
    months: tuple[str, ...]
    first_daily: date
    regions: tuple[str, ...]
    categories: tuple[str, ...]
    channels: tuple[str, ...]
    sources: tuple[str, ...]
    products: Products
    monthly: Facts
    daily: Facts
    stock: StockMonths | None
    stock_days: StockDays | None = None
    receipts: Receipts | None = None
    supply: Supply | None = None
    lines: OrderLines | None = None
