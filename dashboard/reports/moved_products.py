"""The products whose measure changed between two like-for-like windows, filtered, sorted, paged. Asked of the gate."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.reports import bridging
from dashboard.reports.answers import Change
from dashboard.reports.changes import kind_of
from dashboard.reports.context import Context
from dashboard.reports.contributions import both, change_of, measure_of
from dashboard.reports.gate import Reports
from dashboard.reports.question import BadQuestionError, Question
from dashboard.sales.calendar import Against
from dashboard.sales.contribution import Places
from dashboard.sales.measures import Measure, Unit
from dashboard.sales.movers import contributions
from dashboard.sales.ordering import leading
from dashboard.sales.slices import Mask, Sums

MAX_ROWS = 1000
FILTERS = ("", "up", "down", "first", "stopped")
COLUMNS = ("size", "name", "product", "category", "base", "current", "change")
Columns = dict[str, NDArray[np.int64]]


@dataclass(frozen=True)
class MovedPage:
    """Which rows of the table.

    Attributes:
        sort: one of :data:`COLUMNS`, or ``price`` where the answer has it; ``size`` is the change without its sign.
        only: ``up``, ``down``, ``first`` (nothing before), ``stopped`` (nothing now), or empty for all.
        search: text to find in the code or the name, whatever the case.
    """

    sort: str = "size"
    descending: bool = True
    only: str = ""
    search: str = ""
    offset: int = 0
    limit: int = 25


@dataclass(frozen=True, eq=False)
class Moved:
    """Products that changed; those that stayed the same are not there.

    Attributes:
        change: of the whole selection; UNKNOWN, and all else empty, where there is nothing to compare with.
        frame: product, name, category, base, current, change (int), share (float of 1: part of the size of the whole
            change, NaN where that is 0), kind (:class:`ChangeKind`); of net sales, for viewers of units, also ``price``
            (int): what the product's price did.
        found: how many products the filter found.
        counts: filter -> how many products it finds, without the search.
    """

    measure: Measure
    change: Change
    frame: pd.DataFrame
    found: int
    counts: dict[str, int]

    @property
    def priced(self) -> bool:
        """Whether it says what prices did."""
        return "price" in self.frame


def answer(reports: Reports, question: Question, key: str, against: Against, page: MovedPage) -> Moved:
    """One page of the products whose measure changed, in a stable order: the sort column, then the product code.

    Raises:
        Forbidden, BadQuestionError: as the gate does; or an unknown column or filter, or rows outside 1 to 1000.
    """
    measure = measure_of(key)
    priced = key == "net_sales" and all(map(reports.may, bridging.NEEDS))
    _check(page, (*COLUMNS, "price") if priced else COLUMNS)
    bridge = bridging.answer(reports, question, against).bridge if priced else None
    prices = None if bridge is None else bridge.price
    named = ("moved", key, against, page)
    return reports.ask(
        {measure.permission}, named, question, lambda context: _moved(context, measure, against, page, prices)
    )


def _check(page: MovedPage, columns: tuple[str, ...]) -> None:
    if page.sort not in columns:
        raise BadQuestionError(f"products are sorted by {', '.join(columns)}, not by {page.sort!r}")
    if page.only not in FILTERS:
        raise BadQuestionError(f"there is no product filter {page.only!r}; known are {', '.join(FILTERS[1:])}")
    if not (1 <= page.limit <= MAX_ROWS and page.offset >= 0):
        raise BadQuestionError(f"ask for 1 to {MAX_ROWS} rows, from row 0 on")


def _moved(context: Context, measure: Measure, against: Against, page: MovedPage, prices: Sums | None) -> Moved:
    found = change_of(context, measure, against)
    values = both(context, measure, found)
    if values is None or found.current_window is None or found.base_window is None:
        return Moved(measure, found, pd.DataFrame(), 0, {})
    base, current = values
    columns = {"base": base, "current": current, "change": current - base, "size": np.abs(current - base)}
    if prices is not None:
        columns["price"] = prices
    filters = _filters(base, current)
    rows = _matching(context, np.flatnonzero(filters[page.only]), page.search.strip().casefold())
    order = rows[_order(context, columns, rows, page)]
    shown = order[page.offset : page.offset + page.limit]
    counts = {name: int(mask.sum()) for name, mask in filters.items()}
    return Moved(measure, found, _frame(context, measure, columns, shown), len(rows), counts)


def _filters(base: Sums, current: Sums) -> dict[str, Mask]:
    masks = (base != current, current > base, current < base, (base == 0) & (current > 0), (base > 0) & (current == 0))
    return dict(zip(FILTERS, masks, strict=True))


def _matching(context: Context, rows: Places, text: str) -> Places:
    if not text:
        return rows
    master = context.rollup.products
    return np.array(
        [i for i in rows if text in master.code[i].casefold() or text in master.name[i].casefold()], dtype=np.intp
    )


def _order(context: Context, columns: Columns, rows: Places, page: MovedPage) -> Places:
    """Which of ``rows`` come first: at least as many as the page needs."""
    master = context.rollup.products
    if page.sort in columns:
        keys = columns[page.sort][rows]
    elif page.sort == "name":
        keys = np.unique([master.name[i].casefold() for i in rows], return_inverse=True)[1].astype(np.int64)
    else:
        keys = {"product": rows, "category": master.category[rows]}[page.sort].astype(np.int64)
    keys = -keys if page.descending else keys
    first = leading(keys, page.offset + page.limit)
    return first[np.lexsort((rows[first], keys[first]))]


def _frame(context: Context, measure: Measure, columns: Columns, rows: Places) -> pd.DataFrame:
    master, change = context.rollup.products, columns["change"]
    small = context.rules.small_number if measure.unit is Unit.UNITS else 0
    base, current = columns["base"][rows].tolist(), columns["current"][rows].tolist()
    frame = {
        "product": [master.code[i] for i in rows],
        "name": [master.name[i] for i in rows],
        "category": [context.rollup.categories[master.category[i]] for i in rows],
        **{name: values[rows] for name, values in columns.items() if name != "size"},
        "share": contributions(change, int(change.sum()))[rows],
        "kind": [kind_of(now, then, small) for now, then in zip(current, base, strict=True)],
    }
    return pd.DataFrame(frame)
