"""A measure split by region, category or channel."""

from collections.abc import Set

import numpy as np
import pandas as pd

from dashboard.reports.answers import Breakdown
from dashboard.reports.question import Question
from dashboard.sales.measures import Measure
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
