"""The product table: the universe of the selection with its measures and states, filtered, sorted, paged."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.reports.answers import ProductPage
from dashboard.reports.question import BadQuestionError, Question
from dashboard.sales.measures import Measure
from dashboard.sales.rankings import STATES, Codes, State
from dashboard.sales.slices import Mask, Slice, Sums

MAX_ROWS = 1000
SOLD_NOTHING = {"not_sold": "<=", "zero_sales": "=="}
FILTERS = ("", *(state.value for state in STATES if state is not State.NOT_IN_RANGE), *SOLD_NOTHING)
TEXT_COLUMNS = ("product", "name", "category", "state")


@dataclass(frozen=True)
class Page:
    """Which rows of the product table.

    Attributes:
        sort: ``product``, ``name``, ``category``, ``state`` or the key of a measure asked for.
        only: a state, ``not_sold`` or ``zero_sales`` (of the first measure), or empty for all.
        search: text to find in the code or the name, whatever the case.
    """

    sort: str = "product"
    descending: bool = False
    only: str = ""
    search: str = ""
    offset: int = 0
    limit: int = 25


def page_of(
    view: Slice, measures: tuple[Measure, ...], question: Question, state: Codes, page: Page, *, uses_stock: bool
) -> ProductPage:
    """One page of the products that could have sold, in a stable order: the sort column, then the product code.

    Raises:
        BadQuestionError: an unknown column or filter, or rows outside 1 to 1000.
    """
    _check(page, measures)
    values = {m.key: view.by_product(m, question.first, question.last) for m in measures}
    rows = _found(view, values[measures[0].key], state, page)
    order = rows[_order(view, values, state, rows, page)]
    shown = order[page.offset : page.offset + page.limit]
    return ProductPage(measures, _frame(view, values, state, shown), len(order), page.offset, uses_stock)


def _check(page: Page, measures: tuple[Measure, ...]) -> None:
    columns = (*TEXT_COLUMNS, *(measure.key for measure in measures))
    if page.sort not in columns:
        raise BadQuestionError(f"products are sorted by {', '.join(columns)}, not by {page.sort!r}")
    if page.only not in FILTERS:
        raise BadQuestionError(f"there is no product filter {page.only!r}; known are {', '.join(FILTERS[1:])}")
    if not (1 <= page.limit <= MAX_ROWS and page.offset >= 0):
        raise BadQuestionError(f"ask for 1 to {MAX_ROWS} rows, from row 0 on")


def _found(view: Slice, values: Sums, state: Codes, page: Page) -> NDArray[np.intp]:
    wanted: Mask = view.universe & (state != STATES.index(State.NOT_IN_RANGE))
    if page.only in SOLD_NOTHING:
        wanted &= values <= 0 if SOLD_NOTHING[page.only] == "<=" else values == 0
    elif page.only:
        wanted &= state == STATES.index(State(page.only))
    found = np.flatnonzero(wanted)
    return _matching(view, found, page.search.strip().casefold()) if page.search.strip() else found


def _matching(view: Slice, rows: NDArray[np.intp], text: str) -> NDArray[np.intp]:
    products = view.rollup.products
    hits = [i for i in rows if text in products.code[i].casefold() or text in products.name[i].casefold()]
    return np.array(hits, dtype=np.intp)


def _order(view: Slice, values: dict[str, Sums], state: Codes, rows: NDArray[np.intp], page: Page) -> NDArray[np.intp]:
    products = view.rollup.products
    if page.sort in values:
        keys = values[page.sort][rows]
    elif page.sort == "name":
        keys = np.unique([products.name[i].casefold() for i in rows], return_inverse=True)[1].astype(np.int64)
    else:
        keys = {"product": rows, "category": products.category[rows], "state": state[rows]}[page.sort].astype(np.int64)
    return np.lexsort((rows, -keys if page.descending else keys))


def _frame(view: Slice, values: dict[str, Sums], state: Codes, rows: NDArray[np.intp]) -> pd.DataFrame:
    rollup = view.rollup
    return pd.DataFrame(
        {
            "product": [rollup.products.code[i] for i in rows],
            "name": [rollup.products.name[i] for i in rows],
            "category": [rollup.categories[rollup.products.category[i]] for i in rows],
            **{key: sums[rows] for key, sums in values.items()},
            "state": [STATES[state[i]].value for i in rows],
        }
    )
