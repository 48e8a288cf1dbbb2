"""The table of classed products: filtered, sorted, paged. Blank figures come last, whichever way it is sorted."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.reports.products import MAX_ROWS
from dashboard.reports.question import BadQuestionError
from dashboard.sales.abc import CLASSES, NO_CLASS
from dashboard.sales.classing import Classed
from dashboard.sales.demand_class import DEMAND_CLASSES
from dashboard.sales.measures import Measure
from dashboard.sales.nine_box import BOXES
from dashboard.sales.ordering import leading
from dashboard.sales.rollup import Rollup
from dashboard.sales.slices import Mask
from dashboard.sales.xyz import STEADINESS

MOVED = "moved"
FILTERS = ("", *CLASSES, *STEADINESS, *BOXES, MOVED)
NUMBERS = ("value", "before", "cv", "months", "adi", "cv2")
SORTS = ("name", "product", "abc", "xyz", "demand", *NUMBERS)

Rows = NDArray[np.intp]
Keys = NDArray[Any]


@dataclass(frozen=True)
class Wanted:
    """Which rows.

    Attributes:
        sort: one of :data:`SORTS`.
        only: a class, a steadiness, a box such as ``AX``, ``moved``, or empty for all.
        search: text to find in the code or the name, whatever the case.
        product: code of the one product wanted, empty for all.
    """

    sort: str = "value"
    descending: bool = True
    only: str = ""
    search: str = ""
    offset: int = 0
    limit: int = 25
    product: str = ""


@dataclass(frozen=True)
class ClassPage:
    """A page of classed products.

    Attributes:
        frame: product, name, abc, was (empty: none or the same), value (int), share, before (of 1), xyz, cv, months,
            demand, adi, cv2; figures that cannot be said are NaN.
        found: how many products the filter found, of which ``frame`` holds ``offset`` and following.
    """

    measure: Measure
    frame: pd.DataFrame
    found: int
    offset: int


def page_of(rollup: Rollup, held: Classed, measure: Measure, wanted: Wanted) -> ClassPage:
    """One page in a stable order: the sort column, then the product code.

    Raises:
        BadQuestionError: an unknown column or filter, or rows outside 1 to 1000.
    """
    _check(wanted)
    rows = np.flatnonzero(_fitting(held, wanted.only))
    if wanted.product:
        rows = rows[rows == rollup.products.position(wanted.product)]
    if wanted.search.strip():
        rows = _matching(rollup, held, rows, wanted.search.strip().casefold())
    offset = wanted.offset if wanted.offset < len(rows) else 0
    order = rows[_order(rollup, held, rows, wanted, offset + wanted.limit)]
    return ClassPage(measure, _frame(rollup, held, order[offset : offset + wanted.limit]), len(rows), offset)


def _check(wanted: Wanted) -> None:
    if wanted.sort not in SORTS:
        raise BadQuestionError(f"classed products are sorted by {', '.join(SORTS)}, not by {wanted.sort!r}")
    if wanted.only not in FILTERS:
        raise BadQuestionError(f"there is no class {wanted.only!r}; known are {', '.join(FILTERS[1:])}")
    if not (1 <= wanted.limit <= MAX_ROWS and wanted.offset >= 0):
        raise BadQuestionError(f"ask for 1 to {MAX_ROWS} rows, from row 0 on")


def _fitting(held: Classed, only: str) -> Mask:
    fits = np.ones(len(held.product), dtype=np.bool_)
    if only == MOVED:
        return _moved(held)
    for letter in only:
        fits &= (
            held.now.code == CLASSES.index(letter) if letter in CLASSES else held.xyz.code == STEADINESS.index(letter)
        )
    return fits


def _moved(held: Classed) -> Mask:
    if held.then is None:
        return np.zeros(len(held.product), dtype=np.bool_)
    moved: Mask = (held.then.code != NO_CLASS) & (held.then.code != held.now.code)
    return moved


def _matching(rollup: Rollup, held: Classed, rows: Rows, text: str) -> Rows:
    code, name = rollup.products.code, rollup.products.name
    places = zip(rows, held.product[rows].tolist(), strict=True)
    return np.array(
        [row for row, i in places if text in code[i].casefold() or text in name[i].casefold()], dtype=np.intp
    )


def _order(rollup: Rollup, held: Classed, rows: Rows, wanted: Wanted, count: int) -> Rows:
    """Which of ``rows`` come first: ``count`` of them at least."""
    keys = _keys(rollup, held, rows, wanted.sort)
    keys = -keys if wanted.descending else keys  # NaN stays NaN, and last
    first = leading(keys, count)
    return first[np.lexsort((rows[first], keys[first]))]


def _keys(rollup: Rollup, held: Classed, rows: Rows, sort: str) -> Keys:
    if sort == "name":
        names = [rollup.products.name[i].casefold() for i in held.product[rows].tolist()]
        return np.unique(names, return_inverse=True)[1].astype(np.int64)
    columns: dict[str, Keys] = {
        "product": held.product,
        "abc": held.now.code,
        "xyz": held.xyz.code,
        "demand": held.demand.code,
        "value": held.now.value,
        "before": held.now.before,
        "cv": held.xyz.cv,
        "months": held.xyz.months,
        "adi": held.demand.adi,
        "cv2": held.demand.cv2,
    }
    column = columns[sort][rows]
    return column if column.dtype.kind == "f" else column.astype(np.int64)


def _frame(rollup: Rollup, held: Classed, rows: Rows) -> pd.DataFrame:
    places, now = held.product[rows].tolist(), held.now
    whole = now.positive or np.nan
    return pd.DataFrame(
        {
            "product": [rollup.products.code[i] for i in places],
            "name": [rollup.products.name[i] for i in places],
            "abc": _letters(CLASSES, now.code[rows]),
            "was": _was(held, rows),
            "value": now.value[rows],
            "share": now.value[rows] / whole,
            "before": now.before[rows] / whole,
            "xyz": _letters(STEADINESS, held.xyz.code[rows]),
            "cv": held.xyz.cv[rows],
            "months": held.xyz.months[rows],
            "demand": _letters(DEMAND_CLASSES, held.demand.code[rows]),
            "adi": held.demand.adi[rows],
            "cv2": held.demand.cv2[rows],
        }
    )


def _letters(names: Sequence[str], codes: NDArray[np.int8]) -> list[str]:
    return [names[code] for code in codes.tolist()]


def _was(held: Classed, rows: Rows) -> list[str]:
    if held.then is None:
        return [""] * len(rows)
    moved = _moved(held)[rows].tolist()
    return [
        CLASSES[code] if changed else "" for code, changed in zip(held.then.code[rows].tolist(), moved, strict=True)
    ]
