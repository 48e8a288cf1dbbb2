"""Products by a part of their name or code, paged. Asked of the gate."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dashboard.access import Permission
from dashboard.reports.context import Context
from dashboard.reports.gate import Reports
from dashboard.reports.question import BadQuestionError, Question
from dashboard.sales.measures import MEASURES
from dashboard.sales.slices import Sums

NEEDS = (Permission.MEASURE_UNITS,)
SORTS = ("name", "product", "category", "units")


@dataclass(frozen=True)
class Wanted:
    """Which products of a search: text in the code or the name, whatever the case; ``sort`` one of :data:`SORTS`."""

    search: str = ""
    sort: str = "name"
    descending: bool = False
    offset: int = 0
    limit: int = 25


@dataclass(frozen=True)
class FoundProducts:
    """A page of products: code, name, category and net units of the months each; how many were found in all."""

    rows: tuple[tuple[str, str, str, int], ...]
    found: int
    offset: int


def find(reports: Reports, question: Question, wanted: Wanted) -> FoundProducts:
    """Products that the viewer may see, whether they sold or not.

    Raises:
        Forbidden, BadQuestionError: as the gate does, and for a column that is none.
    """
    if wanted.sort not in SORTS:
        raise BadQuestionError(f"products are sorted by {', '.join(SORTS)}, not by {wanted.sort!r}")
    plain = replace(question, product=None)
    return reports.ask(NEEDS, ("find products", wanted), plain, lambda context: _found(context, wanted))


def _found(context: Context, wanted: Wanted) -> FoundProducts:
    products, categories = context.rollup.products, context.rollup.categories
    rows = np.flatnonzero(context.view.universe)
    text = wanted.search.strip().casefold()
    if text:
        hits = [i for i in rows.tolist() if text in products.code[i].casefold() or text in products.name[i].casefold()]
        rows = np.array(hits, dtype=np.intp)
    units = context.view.by_product(MEASURES["net_units"], context.question.first, context.question.last)
    order = rows[np.lexsort((rows, _keys(context, rows, units, wanted)))]
    shown = order[wanted.offset : wanted.offset + wanted.limit].tolist()
    cells = ((products.code[i], products.name[i], categories[products.category[i]], int(units[i])) for i in shown)
    return FoundProducts(tuple(cells), len(rows), wanted.offset)


def _keys(context: Context, rows: NDArray[np.intp], units: Sums, wanted: Wanted) -> Sums:
    products = context.rollup.products
    if wanted.sort == "name":
        keys: NDArray[np.integer] = np.unique([products.name[i].casefold() for i in rows], return_inverse=True)[1]
    else:
        keys = {"product": rows, "category": products.category[rows], "units": units[rows]}[wanted.sort]
    signed = keys.astype(np.int64)
    return -signed if wanted.descending else signed
