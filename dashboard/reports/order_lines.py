"""The lines of orders that a figure is made of, paged. Asked of the gate: narrowed to scope, filters and months."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dashboard.access import Permission
from dashboard.reports.context import Context
from dashboard.reports.forecasting import all_months
from dashboard.reports.gate import Reports
from dashboard.reports.question import BadQuestionError, Question
from dashboard.sales.rollup import OrderLines

NEEDS = (Permission.MEASURE_UNITS,)
AMOUNTS = ("gross", "discount", "net")
SORTS = ("date", "order", "product", "region", "channel", "units", *AMOUNTS)
MAX_LINES = 1000

Rows = NDArray[np.intp]


@dataclass(frozen=True)
class Wanted:
    """Which lines.

    Attributes:
        order: number of an order: all its lines that the viewer may see, whatever the product and the months; empty for
            the lines of the question.
        sort: one of :data:`SORTS`; amounts need revenue.
    """

    order: str = ""
    sort: str = "date"
    descending: bool = True
    offset: int = 0
    limit: int = 25


@dataclass(frozen=True)
class OrderLine:
    """A line; returns have negative units and amounts. Amounts, in minor units, are None without revenue."""

    day: date
    order: str
    product: str
    name: str
    region: str
    channel: str
    units: int
    gross: int | None
    discount: int | None

    @property
    def net(self) -> int | None:
        """Gross less discount."""
        return None if self.gross is None or self.discount is None else self.gross - self.discount


@dataclass(frozen=True)
class LinesPage:
    """A page of lines.

    Attributes:
        found: how many lines there are, of which ``lines`` holds ``offset`` and following.
        units, net: what all lines found add up to; ``net`` is None without revenue.
    """

    lines: tuple[OrderLine, ...]
    found: int
    offset: int
    units: int
    net: int | None


def lines(reports: Reports, question: Question, wanted: Wanted) -> LinesPage | None:
    """A page of lines in a stable order: the sort column, then day, order and position; None where none are kept.

    Raises:
        Forbidden, BadQuestionError: as the gate does, and for a column or rows that cannot be.
    """
    needs = (*NEEDS, Permission.MEASURE_REVENUE) if wanted.sort in AMOUNTS else NEEDS
    if wanted.sort not in SORTS:
        raise BadQuestionError("lines are sorted by one of their columns")
    if not (1 <= wanted.limit <= MAX_LINES and wanted.offset >= 0):
        raise BadQuestionError(f"ask for 1 to {MAX_LINES} lines, from line 0 on")
    asked = _without_product(reports, question) if wanted.order else question
    return reports.ask(needs, ("order lines", wanted), asked, lambda context: _page(context, wanted))


def _without_product(reports: Reports, question: Question) -> Question:
    """All of the viewer's scope: an order is shown whole."""
    every = all_months(reports, question)
    return Question(every.first, every.last)


def _page(context: Context, wanted: Wanted) -> LinesPage | None:
    kept = context.rollup.lines
    if kept is None:
        return None
    rows = context.view.line_rows(kept, context.window)
    if wanted.order:
        rows = np.intersect1d(rows, rows_of_order(kept, wanted.order), assume_unique=True)
    priced = Permission.MEASURE_REVENUE in context.may
    order = rows[np.lexsort((rows, _keys(kept, rows, wanted)))]
    shown = order[wanted.offset : wanted.offset + wanted.limit].tolist()
    sign = _sign(kept, rows)
    return LinesPage(
        tuple(_line(context, kept, row, priced=priced) for row in shown),
        len(rows),
        wanted.offset,
        int((sign * kept.units[rows]).sum()),
        int((sign * (kept.gross[rows] - kept.discount[rows])).sum()) if priced else None,
    )


def rows_of_order(kept: OrderLines, order: str) -> Rows:
    """Positions of the lines of an order; each day's lines are sorted by order, so that few texts are read."""
    spans = (
        (bisect_left(kept.order, order, low, high), high) for low, high in pairwise(kept.offsets.tolist()) if low < high
    )
    found = [
        np.arange(low, bisect_right(kept.order, order, low, high))
        for low, high in spans
        if low < high and kept.order[low] == order
    ]
    return np.concatenate([np.zeros(0, dtype=np.intp), *found]).astype(np.intp)


def _line(context: Context, kept: OrderLines, row: int, *, priced: bool) -> OrderLine:
    rollup, place = context.rollup, int(kept.product[row])
    day = int(np.searchsorted(kept.offsets, row, side="right")) - 1
    sign = -1 if kept.returned[row] else 1
    return OrderLine(
        day=rollup.info.first_day + timedelta(days=day),
        order=str(kept.order[row]),
        product=rollup.products.code[place],
        name=rollup.products.name[place],
        region=rollup.regions[kept.region[row]],
        channel=rollup.channels[kept.channel[row]],
        units=sign * int(kept.units[row]),
        gross=sign * int(kept.gross[row]) if priced else None,
        discount=sign * int(kept.discount[row]) if priced else None,
    )


def _keys(kept: OrderLines, rows: Rows, wanted: Wanted) -> NDArray[np.int64]:
    """int64[rows]: what the lines are sorted by; ``rows`` are in the order of days already."""
    if wanted.sort == "date":
        keys = np.searchsorted(kept.offsets, rows, side="right")
    elif wanted.sort == "order":
        keys = np.unique(_texts(kept.order, rows), return_inverse=True)[1]
    elif wanted.sort in {"product", "region", "channel"}:
        keys = getattr(kept, wanted.sort)[rows]
    elif wanted.sort in {"units", "gross", "discount"}:
        keys = _sign(kept, rows) * getattr(kept, wanted.sort)[rows]
    else:
        keys = _sign(kept, rows) * (kept.gross[rows] - kept.discount[rows])
    signed = np.asarray(keys).astype(np.int64)
    return -signed if wanted.descending else signed


def _texts(order: Sequence[str], rows: Rows) -> list[str]:
    return [order[row] for row in rows.tolist()]


def _sign(kept: OrderLines, rows: Rows) -> NDArray[np.int64]:
    return np.where(kept.returned[rows], -1, 1).astype(np.int64)
