"""A measure split by region, category, channel or source, and by month."""

from collections.abc import Set

import numpy as np
import pandas as pd

from dashboard.reports.answers import Breakdown, Monthly
from dashboard.reports.question import Question
from dashboard.sales.calendar import is_unfinished, month_window
from dashboard.sales.measures import Measure
from dashboard.sales.rollup import DataInfo
from dashboard.sales.slices import Slice


def broken_down(view: Slice, measure: Measure, dimension: str, question: Question, offered: Set[str]) -> Breakdown:
    """The split over the values ``offered`` to the viewer that the question asks for."""
    names: tuple[str, ...] = getattr(view.rollup, {"category": "categories"}.get(dimension, f"{dimension}s"))
    sums = getattr(view, f"by_{dimension}")(measure, question.first, question.last)
    shown = offered & (question.values(dimension) or set(names))
    rows = sorted(((-int(v), n) for n, v in zip(names, sums, strict=True) if n in shown))
    total = -sum(value for value, _ in rows)
    frame = pd.DataFrame(
        {
            "name": [name for _, name in rows],
            "value": np.array([-value for value, _ in rows], dtype=np.int64),
            "share": [-value / total if total > 0 and value < 0 else None for value, _ in rows],
        }
    )
    return Breakdown(measure, dimension, frame, total)


def by_month(view: Slice, measure: Measure) -> Monthly:
    """The measure in every month of the data; what is unfinished says which days of it count."""
    rollup, info = view.rollup, view.rollup.info
    unfinished = [is_unfinished(key, info.complete_to) for key in rollup.months]
    windows = (_days_counted(key, info) if flag else "" for key, flag in zip(rollup.months, unfinished, strict=True))
    frame = pd.DataFrame(
        {
            "month": rollup.months,
            "value": view.by_month(measure),
            "complete": [not flag for flag in unfinished],
            "window": list(windows),
        }
    )
    return Monthly(measure, frame)


def _days_counted(month: str, info: DataInfo) -> str:
    last = min(month_window(month, month).last, info.last_day)
    return f"1–{last.day} {last:%b}"
