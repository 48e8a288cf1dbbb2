"""Answers of the gate: frozen, ready to be shown, and free of what the viewer may not see. Values are integers."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import pandas as pd

from dashboard.sales.calendar import Window
from dashboard.sales.measures import Measure
from dashboard.sales.movers import Movers
from dashboard.sales.rankings import Ranking, Thresholds
from dashboard.sales.rate_of_sale import RateRanking
from dashboard.sales.ratios import Ratio
from dashboard.sales.rollup import SetAside

# Columns of the product table that follow from its first measure.
RATE, CHANGE = "rate", "change"


@dataclass(frozen=True)
class Options:
    """What the viewer may choose from: months that have data, and values in scope."""

    months: tuple[str, ...]
    region: tuple[str, ...]
    category: tuple[str, ...]
    channel: tuple[str, ...]
    source: tuple[str, ...] = ()

    def values(self, dimension: str) -> tuple[str, ...]:
        """The choices of one dimension."""
        values: tuple[str, ...] = getattr(self, dimension)
        return values


@dataclass(frozen=True)
class DataStatus:
    """Where the figures come from and how far they go; see :class:`dashboard.sales.rollup.DataInfo`.

    ``stock_withheld``: the viewer may see stock, but of some regions or channels only, and stock has none.
    Counts of lines are of the whole company: None, and ``set_aside`` empty, for a viewer who sees a part of it.
    """

    version: str
    source: str
    imported_at: str
    last_day: date
    complete_to: date
    complete_to_reason: str
    currency: str
    minor_digits: int
    lines_read: int | None
    lines_kept: int | None
    set_aside: tuple[SetAside, ...]
    thresholds: Thresholds
    uses_stock: bool
    stock_withheld: bool = False


@dataclass(frozen=True)
class Monthly:
    """A measure in every month of the data.

    Attributes:
        frame: month (``YYYY-MM``), value (int), complete (bool), window (words of the finished days where unfinished).
    """

    measure: Measure
    frame: pd.DataFrame


class ChangeKind(StrEnum):
    """How a change may honestly be stated (domain.md sections 1 and 3)."""

    PERCENT = "percent"
    DIFFERENCE = "difference"
    POINTS = "points"
    NEW = "new"
    COUNTS = "counts"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Change:
    """A like-for-like change.

    Attributes:
        kind: PERCENT needs both values above 0; COUNTS are too small for a percentage; UNKNOWN has no base.
        current, base: values of the two windows; None where unknown.
        current_window, base_window: the windows compared; None where there is nothing to compare with.
        why: for UNKNOWN, one sentence.
    """

    kind: ChangeKind
    current: int | None = None
    base: int | None = None
    current_window: Window | None = None
    base_window: Window | None = None
    why: str = ""

    @property
    def percent(self) -> float | None:
        """The change in percent; None unless the kind is PERCENT."""
        if self.kind is not ChangeKind.PERCENT or self.current is None or not self.base:
            return None
        return (self.current / self.base - 1) * 100


@dataclass(frozen=True)
class Headline:
    """A measure over the window asked for, and how it compares.

    Attributes:
        value: the whole window, unfinished days included.
        previous, year_before: like-for-like changes.
    """

    measure: Measure
    value: int
    window: Window
    previous: Change
    year_before: Change


@dataclass(frozen=True)
class RatioChange:
    """A like-for-like change of a ratio.

    Attributes:
        kind: POINTS for shares, PERCENT or DIFFERENCE for prices; COUNTS and UNKNOWN as in :class:`Change`.
        current, base: top and bottom over the two windows; None where unknown.
        current_window, base_window, why: as in :class:`Change`.
    """

    kind: ChangeKind
    current: tuple[int, int] | None = None
    base: tuple[int, int] | None = None
    current_window: Window | None = None
    base_window: Window | None = None
    why: str = ""

    @property
    def points(self) -> float | None:
        """The change of a share in points; None unless the kind is POINTS."""
        if self.kind is not ChangeKind.POINTS or self.current is None or self.base is None:
            return None
        return (self.current[0] / self.current[1] - self.base[0] / self.base[1]) * 100

    @property
    def percent(self) -> float | None:
        """The change of a price in per cent; None unless the kind is PERCENT."""
        if self.kind is not ChangeKind.PERCENT or self.current is None or self.base is None:
            return None
        return (self.current[0] * self.base[1] / (self.current[1] * self.base[0]) - 1) * 100


@dataclass(frozen=True)
class RatioHeadline:
    """A ratio over the window asked for, and how it compares.

    Attributes:
        top, bottom: the sums it is the quotient of; blank where ``bottom`` is 0 or less.
        previous, year_before: like-for-like changes.
    """

    ratio: Ratio
    top: int
    bottom: int
    window: Window
    previous: RatioChange
    year_before: RatioChange


@dataclass(frozen=True)
class RankingAnswer(Ranking):
    """One end of a ranking, and what was asked.

    Attributes:
        measure, window: what is ranked, and over which days.
        uses_stock: whether stock-outs were taken into account; False where the viewer or the data lack stock.
    """

    measure: Measure
    window: Window
    uses_stock: bool


@dataclass(frozen=True)
class RateAnswer(RateRanking):
    """One end of a ranking by rate of sale: ``measure`` for each day in stock of the months ``window``."""

    measure: Measure
    window: Window


@dataclass(frozen=True)
class MoversAnswer(Movers):
    """Risers or fallers of ``measure`` between two like-for-like windows; the frame has ``kind`` of each change too."""

    measure: Measure
    current_window: Window
    base_window: Window


@dataclass(frozen=True)
class Breakdown:
    """A measure split by one dimension.

    Attributes:
        frame: name, value (int), share (float of 1, None unless total and value are above 0); largest first, then name.
    """

    measure: Measure
    dimension: str
    frame: pd.DataFrame
    total: int


@dataclass(frozen=True)
class Derived:
    """A column that follows from the first measure of a product table.

    Attributes:
        key: :data:`RATE` (a day in stock) or :data:`CHANGE` (between like-for-like windows).
        window: for a change, what is compared with; None where there is nothing.
    """

    key: str
    measure: Measure
    window: Window | None = None


Column = Measure | Ratio | Derived


@dataclass(frozen=True)
class ProductPage:
    """A page of the product table.

    Attributes:
        columns: the figures, the first of which is a measure.
        frame: product, name, category, a column a figure, state. Measures and ``change`` are integers; ratios and
            ``rate`` floats, NaN where blank; a ratio brings ``<key>.top`` and ``<key>.bottom`` along.
        found: how many products the filter found, of which ``frame`` holds ``offset`` and following.
    """

    columns: tuple[Column, ...]
    frame: pd.DataFrame
    found: int
    offset: int
    uses_stock: bool
