"""Stock over some months: what was there at month ends, came in, was sold, and how often it turned (domain.md 5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from dashboard.sales.calendar import Window, days_in, first_day, month_number, month_window, shift
from dashboard.sales.measures import MEASURES
from dashboard.sales.rollup import Days, Rollup, StockMonths
from dashboard.sales.slices import Mask, Slice, Sums
from dashboard.sales.stock_age import received


@dataclass(frozen=True, eq=False)
class Flow:
    """Units of the products on sale in the months whose stock is known at every point.

    Attributes:
        points: int64[months + 1, products], the stock before the first month and at the end of each.
        counted: bool[products], those of which every point is known; 0 counts where a product was not on sale.
        left_out: how many products of the selection lack a point.
        window: the finished days of the months; what was sold and received is of these.
        sold: int64[products], net units.
        received: int64[products]; None where the source has no receipts.
        months: how many months have passed of those asked for, the unfinished one by its finished days.
    """

    points: Sums
    counted: Mask
    left_out: int
    window: Window
    sold: Sums
    received: Sums | None
    months: float

    @property
    def opening(self) -> Sums:
        """int64[products]: the stock before the first month."""
        opening: Sums = self.points[0]
        return opening

    def total(self, values: Sums | None) -> int:
        """The sum over the counted products; 0 for None."""
        return 0 if values is None else int(values[self.counted].sum())


def flow(rollup: Rollup, view: Slice, first: str, last: str, first_sellable: Days) -> Flow | None:
    """The stock of the months ``first`` to ``last``; None where no day of them is finished, or nothing tells of these
    days alone, or the month before them has no stock at all."""
    if rollup.stock is None or not _has_month(rollup, rollup.stock, shift(first, -1)):
        return None
    window = _finished(rollup, first, last)
    sold = view.by_product_window(MEASURES["net_units"], window) if window.days else None
    if sold is None:
        return None
    months = [shift(first, -1), *_months(first, last)]
    points, known = zip(*(_closing(rollup, rollup.stock, month) for month in months), strict=True)
    asleep = np.array([_not_on_sale(rollup, month, first_sellable) for month in months])
    listed = view.universe & ~asleep[1:].all(axis=0)
    counted = listed & (np.array(known) | asleep).all(axis=0)
    incoming = rollup.receipts
    return Flow(
        points=np.maximum(np.array(points), 0),
        counted=counted,
        left_out=int((listed & ~counted).sum()),
        window=window,
        sold=sold,
        received=None if incoming is None else received(incoming, window.start, window.stop, len(rollup.products)),
        months=_passed(rollup, first, last),
    )


def _finished(rollup: Rollup, first: str, last: str) -> Window:
    whole = month_window(first, last)
    return Window(whole.start, min(whole.stop, rollup.info.complete_to + timedelta(days=1)))


def _months(first: str, last: str) -> Sequence[str]:
    return [shift(first, i) for i in range(month_number(last) - month_number(first) + 1)]


def _has_month(rollup: Rollup, stock: StockMonths, month: str) -> bool:
    place = month_number(month) - month_number(rollup.months[0])
    return 0 <= place < len(rollup.months) and bool(stock.offsets[place + 1] > stock.offsets[place])


def _closing(rollup: Rollup, stock: StockMonths, month: str) -> tuple[Sums, Mask]:
    """int64[products] in the month's last snapshot, and bool[products] who has one."""
    size, place = len(rollup.products), month_number(month) - month_number(rollup.months[0])
    rows = slice(int(stock.offsets[place]), int(stock.offsets[place + 1]))
    units, known = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.bool_)
    units[stock.product[rows]], known[stock.product[rows]] = stock.closing_units[rows], True
    return units, known


def _not_on_sale(rollup: Rollup, month: str, first_sellable: Days) -> Mask:
    last = np.datetime64(first_day(shift(month, 1)) - timedelta(days=1), "D")
    end = rollup.products.end_day
    asleep: Mask = ~(first_sellable <= last) | (end < np.datetime64(first_day(month), "D"))
    return asleep


def _passed(rollup: Rollup, first: str, last: str) -> float:
    """Months with finished days; an unfinished one by its share."""
    passed = 0.0
    for month in _months(first, last):
        done = (rollup.info.complete_to - first_day(month)).days + 1
        passed += min(max(done, 0), days_in(month)) / days_in(month)
    return passed
