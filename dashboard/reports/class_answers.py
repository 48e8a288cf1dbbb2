"""What the classes of a window add up to: counts, boxes, the Pareto curve and who moved (domain.md section 4)."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.reports.context import Context
from dashboard.reports.question import Question
from dashboard.sales.abc import CLASSES, NO_CLASS
from dashboard.sales.calendar import Window, month_key, month_number, month_window, shift
from dashboard.sales.classing import Classed, ClassRules, Standing
from dashboard.sales.measures import Measure
from dashboard.sales.nine_box import Box, boxes

MOST_POINTS = 200
MOST_MOVERS = 50

Rows = NDArray[np.intp]


@dataclass(frozen=True)
class Span:
    """The full months that classes are taken of.

    Attributes:
        first, last: months of the newest window, both included.
        windows: how many windows, each a month later, the data hold; 1 means that there is nothing to compare with.
        season: how many full months up to ``last`` seasonal indices are taken of; 0 where they are too few.
    """

    first: str
    last: str
    windows: int
    season: int

    @property
    def months(self) -> tuple[str, ...]:
        """The months of the newest window."""
        return tuple(month_key(number) for number in range(month_number(self.first), month_number(self.last) + 1))

    @property
    def window(self) -> Window:
        """Its days."""
        return month_window(self.first, self.last)


@dataclass(frozen=True)
class ClassCount:
    """One ABC class: how many products, what they add up to, and how many there were before (None: not known)."""

    key: str
    products: int
    value: int
    before: int | None


@dataclass(frozen=True)
class Classes:
    """The classes of a window in sum.

    Attributes:
        question: what was classed: the months of the window, without a product.
        then: days of the earlier window; None where the data do not reach back.
        total, positive: what all products add up to, and those above 0, which shares are taken of.
        counts: A, B and C.
        boxes: the twelve boxes of ABC by XYZ, of which three hold what XYZ says nothing of.
        curve: first, last (ranks from 1), product, name (empty where several), value, cumulative (both int), abc;
            at most 200 rows, each of as many products, from the largest down.
        movers: product, name, was, now, before_was, before_now (share of 1 before the product), value; the largest 50.
        moved, newly: how many changed their class, and how many got their first since then.
        uses_stock: whether months with stock-outs were left out of XYZ and demand classes.
        seasonal: of how many products the season was taken out.
    """

    measure: Measure
    span: Span
    question: Question
    then: Window | None
    products: int
    total: int
    positive: int
    counts: tuple[ClassCount, ...]
    boxes: tuple[Box, ...]
    curve: pd.DataFrame
    movers: pd.DataFrame
    moved: int
    newly: int
    uses_stock: bool
    seasonal: int
    rules: ClassRules


def summary(context: Context, measure: Measure, span: Span, held: Classed, back: int, *, uses_stock: bool) -> Classes:
    """The sums of ``held``, the classes of ``span`` beside those of ``back`` months before."""
    now, then = held.now, held.then
    movers = np.empty(0, dtype=np.intp) if then is None else _movers(now, then)
    reach = None if then is None else month_window(shift(span.first, -back), shift(span.last, -back))
    return Classes(
        measure=measure,
        span=span,
        question=context.question,
        then=reach,
        products=len(held.product),
        total=int(now.value.sum()),
        positive=now.positive,
        counts=tuple(_count(i, now, then) for i in range(len(CLASSES))),
        boxes=boxes(now.code, held.xyz.code, now.value),
        curve=_curve(context, held),
        movers=_mover_frame(context, held, movers[:MOST_MOVERS]),
        moved=len(movers),
        newly=0 if then is None else int((then.code == NO_CLASS).sum()),
        uses_stock=uses_stock,
        seasonal=int(held.xyz.seasonal.sum()),
        rules=context.rules.classes,
    )


def _count(code: int, now: Standing, then: Standing | None) -> ClassCount:
    inside = now.code == code
    before = None if then is None else int((then.code == code).sum())
    return ClassCount(CLASSES[code], int(inside.sum()), int(now.value[inside].sum()), before)


def _movers(now: Standing, then: Standing) -> Rows:
    rows = np.flatnonzero((then.code != NO_CLASS) & (then.code != now.code))
    weight = np.maximum(now.value, then.value)[rows]
    return rows[np.argsort(-weight, kind="stable")]


def _mover_frame(context: Context, held: Classed, rows: Rows) -> pd.DataFrame:
    names, now, then = context.rollup.products, held.now, held.then or held.now
    places = held.product[rows]
    return pd.DataFrame(
        {
            "product": [names.code[i] for i in places],
            "name": [names.name[i] for i in places],
            "was": [CLASSES[code] for code in then.code[rows]],
            "now": [CLASSES[code] for code in now.code[rows]],
            "before_was": then.before[rows] / max(then.positive, 1),
            "before_now": now.before[rows] / max(now.positive, 1),
            "value": now.value[rows],
        }
    )


def _curve(context: Context, held: Classed) -> pd.DataFrame:
    """The Pareto curve; where there are many products each row stands for several neighbours."""
    count, names = len(held.order), context.rollup.products
    together = -(-count // MOST_POINTS) or 1
    edges = np.append(np.arange(0, count, together), count)
    starts, ends = edges[:-1], edges[1:]
    running = np.cumsum(held.now.value[held.order]), np.cumsum(np.maximum(held.now.value[held.order], 0))
    values, cumulative = (np.concatenate(([0], sums))[edges] for sums in running)
    rows = held.order[starts]
    places = [place if alone else None for place, alone in zip(held.product[rows], ends - starts == 1, strict=True)]
    return pd.DataFrame(
        {
            "first": starts + 1,
            "last": ends,
            "product": ["" if place is None else names.code[place] for place in places],
            "name": ["" if place is None else names.name[place] for place in places],
            "value": np.diff(values),
            "cumulative": cumulative[1:],
            "abc": [CLASSES[code] for code in held.now.code[rows]],
        }
    )
