"""The product table: the universe of the selection with its figures and states, filtered, sorted, paged."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.reports.answers import CHANGE, RATE, Column, Derived, ProductPage
from dashboard.reports.context import Context
from dashboard.reports.question import BadQuestionError
from dashboard.reports.windows import own_comparison
from dashboard.sales.measures import MEASURES, Measure
from dashboard.sales.rankings import IN_WORST, STATES, Codes, State, state_names
from dashboard.sales.rate_of_sale import rates
from dashboard.sales.ratios import Ratio, quotients
from dashboard.sales.slices import Mask, Slice, Sums

MAX_ROWS = 1000
SOLD_NOTHING = ("not_sold", "zero_sales")
# Those who may be in a worst list; with ``in_worst_sold``, of those with sales or returns alone.
LISTED = ("in_worst", "in_worst_sold")
NEEDS_COLUMN = {
    **dict.fromkeys(("has_rate", "no_rate", "in_worst_rate", "in_worst_rate_sold"), RATE),
    **dict.fromkeys(("risers", "fallers"), CHANGE),
}
FILTERS = (
    "",
    *(state.value for state in STATES if state is not State.NOT_IN_RANGE),
    *SOLD_NOTHING,
    *LISTED,
    *NEEDS_COLUMN,
)
TEXT_COLUMNS = ("product", "name", "category", "state")
Values = dict[str, NDArray[np.number]]


@dataclass(frozen=True)
class Page:
    """Which rows of the product table.

    Attributes:
        sort: ``product``, ``name``, ``category``, ``state`` or the key of a column asked for.
        only: one of :data:`FILTERS`; what is sold is told by the first column.
        search: text to find in the code or the name, whatever the case.
    """

    sort: str = "product"
    descending: bool = False
    only: str = ""
    search: str = ""
    offset: int = 0
    limit: int = 25


def page_of(context: Context, columns: tuple[Column, ...], page: Page) -> ProductPage:
    """One page of the products that could have sold, in a stable order.

    That is the sort column (blanks last whichever way), for a measure its tie-break, then the product code: the order
    of the rankings.

    Raises:
        BadQuestionError: an unknown column or filter, or rows outside 1 to 1000.
    """
    columns = tuple(_with_window(context, column) for column in columns)
    _check(page, columns)
    state, values = context.states(), _values(context, columns)
    rows = _found(context.view, values, columns, state, page)
    order = rows[_order(context, values, columns, state, rows, page)]
    shown = order[page.offset : page.offset + page.limit]
    frame = _frame(context.view, values, state, shown)
    return ProductPage(columns, frame, len(order), page.offset, context.uses_stock)


def _with_window(context: Context, column: Column) -> Column:
    if not isinstance(column, Derived) or column.key != CHANGE:
        return column
    pair, _ = own_comparison(context.view, context.question)
    return replace(column, window=pair.base if pair else None)


def _check(page: Page, columns: tuple[Column, ...]) -> None:
    keys = [column.key for column in columns]
    if page.sort not in (*TEXT_COLUMNS, *keys):
        raise BadQuestionError(f"products are sorted by {', '.join((*TEXT_COLUMNS, *keys))}, not by {page.sort!r}")
    offered = [only for only in FILTERS if NEEDS_COLUMN.get(only, keys[0]) in keys]
    if page.only not in offered:
        raise BadQuestionError(f"there is no product filter {page.only!r}; known are {', '.join(offered[1:])}")
    if not (1 <= page.limit <= MAX_ROWS and page.offset >= 0):
        raise BadQuestionError(f"ask for 1 to {MAX_ROWS} rows, from row 0 on")


def _values(context: Context, columns: tuple[Column, ...]) -> Values:
    """One entry a product for each column, and the sums behind each ratio."""
    view, months = context.view, (context.question.first, context.question.last)
    values: Values = {}
    for column in columns:
        if isinstance(column, Measure):
            values[column.key] = view.by_product(column, *months)
        elif isinstance(column, Ratio):
            top, bottom = view.by_product(column.top, *months), view.by_product(column.bottom, *months)
            values |= {f"{column.key}.top": top, f"{column.key}.bottom": bottom, column.key: quotients(top, bottom)}
        else:
            values[column.key] = _derived(context, column)
    return values


def _derived(context: Context, column: Derived) -> NDArray[np.number]:
    view, question = context.view, context.question
    if column.key == RATE:
        sold = view.by_product(column.measure, question.first, question.last)
        return rates(context.rollup, context.window, sold, context.thresholds)[0]
    pair, _ = own_comparison(view, question)
    now, then = (view.by_product_window(column.measure, w) for w in (pair.current, pair.base)) if pair else (None, None)
    return np.zeros(len(context.rollup.products), dtype=np.int64) if now is None or then is None else now - then


def _found(view: Slice, values: Values, columns: tuple[Column, ...], state: Codes, page: Page) -> NDArray[np.intp]:
    wanted: Mask = view.universe.copy()
    if page.only not in {"risers", "fallers"}:  # what fell may be off sale by now
        wanted &= state != STATES.index(State.NOT_IN_RANGE)
    if page.only:
        wanted &= _fits(page.only, values, values[columns[0].key], state)
    found = np.flatnonzero(wanted)
    return _matching(view, found, page.search.strip().casefold()) if page.search.strip() else found


def _fits(only: str, values: Values, sold: NDArray[np.number], state: Codes) -> Mask:
    """bool[products]: those that a filter keeps."""
    if only.startswith("in_worst"):
        return _may_be_worst(only, values, sold, state)
    fits: dict[str, Callable[[], Mask]] = {
        "not_sold": lambda: sold <= 0,
        "zero_sales": lambda: sold == 0,
        "risers": lambda: values[CHANGE] > 0,
        "fallers": lambda: values[CHANGE] < 0,
        "has_rate": lambda: ~np.isnan(values[RATE]),
        "no_rate": lambda: np.isnan(values[RATE]) & (sold > 0),
    }
    return fits[only]() if only in fits else state == STATES.index(State(only))


def _may_be_worst(only: str, values: Values, sold: NDArray[np.number], state: Codes) -> Mask:
    fit: Mask = np.isin(state, [STATES.index(one) for one in IN_WORST])
    if "rate" in only:
        fit &= ~np.isnan(values[RATE])
    if only.endswith("_sold"):
        fit &= sold != 0
    return fit


def _matching(view: Slice, rows: NDArray[np.intp], text: str) -> NDArray[np.intp]:
    products = view.rollup.products
    hits = [i for i in rows if text in products.code[i].casefold() or text in products.name[i].casefold()]
    return np.array(hits, dtype=np.intp)


def _order(
    context: Context,
    values: Values,
    columns: tuple[Column, ...],
    state: Codes,
    rows: NDArray[np.intp],
    page: Page,
) -> NDArray[np.intp]:
    products = context.rollup.products
    if page.sort in values:
        keys = values[page.sort][rows]
    elif page.sort == "name":
        keys = np.unique([products.name[i].casefold() for i in rows], return_inverse=True)[1].astype(np.int64)
    else:
        keys = {"product": rows, "category": products.category[rows], "state": state[rows]}[page.sort].astype(np.int64)
    sign = -1 if page.descending else 1
    # NaN is sorted last by numpy, and stays NaN with a minus sign.
    return np.lexsort((rows, sign * _ties(context, columns, page.sort)[rows], sign * keys))


def _ties(context: Context, columns: tuple[Column, ...], sort: str) -> Sums:
    """int64[products]: the tie-break of the column sorted by, zeros where that has none."""
    column = next((one for one in columns if one.key == sort), None)
    months = (context.question.first, context.question.last)
    if isinstance(column, Measure):
        return context.view.by_product(MEASURES[column.tie_break], *months)
    if isinstance(column, Derived):
        return context.view.by_product(column.measure, *months)
    return np.zeros(len(context.rollup.products), dtype=np.int64)


def _frame(view: Slice, values: Values, state: Codes, rows: NDArray[np.intp]) -> pd.DataFrame:
    rollup = view.rollup
    return pd.DataFrame(
        {
            "product": [rollup.products.code[i] for i in rows],
            "name": [rollup.products.name[i] for i in rows],
            "category": [rollup.categories[rollup.products.category[i]] for i in rows],
            **{key: found[rows] for key, found in values.items()},
            "state": state_names(state)[rows],
        }
    )
