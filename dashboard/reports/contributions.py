"""A change with its ups and downs, and by values of a dimension. Asked of the gate."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dashboard.reports.answers import Change, ChangeKind
from dashboard.reports.bridging import sums
from dashboard.reports.changes import change
from dashboard.reports.context import Context
from dashboard.reports.gate import Reports
from dashboard.reports.question import ASKABLE, BadQuestionError, Question
from dashboard.sales.calendar import Against
from dashboard.sales.contribution import Balance, balance, offsetting
from dashboard.sales.measures import MEASURES, Measure
from dashboard.sales.movers import contributions
from dashboard.sales.slices import Sums


@dataclass(frozen=True, eq=False)
class ChangeAnswer:
    """A change, its ups and downs.

    Attributes:
        change: UNKNOWN, and all else empty, where there is nothing to compare with.
        cancels: whether ups and downs nearly cancel each other.
        pairs: name and change of a riser and of a faller of one category that nearly cancel each other.
    """

    measure: Measure
    change: Change
    balance: Balance | None = None
    cancels: bool = False
    pairs: tuple[tuple[str, int, str, int], ...] = ()


@dataclass(frozen=True, eq=False)
class SplitChange:
    """A change by values of a dimension.

    Attributes:
        frame: name, base, current, change (int), share (float of 1: part of the size of the whole change, NaN where
            that is 0); the largest change first, then by name.
    """

    measure: Measure
    dimension: str
    change: Change
    frame: pd.DataFrame


def measure_of(key: str) -> Measure:
    """The measure of that key; BadQuestionError if there is none."""
    if key not in MEASURES:
        raise BadQuestionError(f"there is no measure {key!r}")
    return MEASURES[key]


def overall(reports: Reports, question: Question, key: str, against: Against) -> ChangeAnswer:
    """The change of the measure with its ups and downs.

    Raises:
        Forbidden, BadQuestionError: as the gate does.
    """
    measure = measure_of(key)
    named = ("change", key, against)
    return reports.ask({measure.permission}, named, question, lambda context: _overall(context, measure, against))


def split(reports: Reports, question: Question, key: str, against: Against, dimension: str) -> SplitChange:
    """The change by one of ``ASKABLE``; values the viewer may not see are not there.

    Raises:
        Forbidden, BadQuestionError: as the gate does.
    """
    measure = measure_of(key)
    if dimension not in ASKABLE:
        raise BadQuestionError(f"changes are split by {', '.join(ASKABLE)}, not by {dimension!r}")
    names = reports.options().values(dimension)
    named = ("change", key, against, dimension)
    return reports.ask(
        {measure.permission}, named, question, lambda context: _split(context, measure, against, dimension, names)
    )


def change_of(context: Context, measure: Measure, against: Against) -> Change:
    """The like-for-like change over the months asked for."""
    asked = context.question
    return change(context.view, measure, (asked.first, asked.last), against, context.rules.small_number)


def both(context: Context, measure: Measure, found: Change) -> tuple[Sums, Sums] | None:
    """Base and current, int64[products] each; None where there is nothing to compare with."""
    if found.kind is ChangeKind.UNKNOWN or found.base_window is None or found.current_window is None:
        return None
    return sums(context.view, measure, found.base_window), sums(context.view, measure, found.current_window)


def _overall(context: Context, measure: Measure, against: Against) -> ChangeAnswer:
    found = change_of(context, measure, against)
    values = both(context, measure, found)
    if values is None:
        return ChangeAnswer(measure, found)
    moved, rules, master = values[1] - values[0], context.rules.pairs, context.rollup.products
    total = balance(moved)
    pairs = tuple(
        (master.name[pair.riser], int(moved[pair.riser]), master.name[pair.faller], int(moved[pair.faller]))
        for pair in offsetting(moved, master.category, rules)
    )
    return ChangeAnswer(measure, found, total, total.cancels(rules), pairs)


def _split(context: Context, measure: Measure, against: Against, dimension: str, names: tuple[str, ...]) -> SplitChange:
    found = change_of(context, measure, against)
    if found.kind is ChangeKind.UNKNOWN or found.base_window is None or found.current_window is None:
        return SplitChange(measure, dimension, found, pd.DataFrame())
    base, current = (
        context.view.by_dimension_window(dimension, measure, window)
        for window in (found.base_window, found.current_window)
    )
    if base is None or current is None:
        return SplitChange(measure, dimension, found, pd.DataFrame())
    every = context.rollup.categories if dimension == "category" else getattr(context.rollup, f"{dimension}s")
    asked = context.question.values(dimension)
    moved = current - base
    told = np.array([name in names and (asked is None or name in asked) for name in every], dtype=np.bool_)
    rows = np.flatnonzero(told & ((base != 0) | (current != 0)))
    order = rows[np.lexsort((rows, -np.abs(moved[rows])))]
    columns = {"base": base, "current": current, "change": moved, "share": contributions(moved, int(moved.sum()))}
    frame = {"name": [every[i] for i in order], **{name: values[order] for name, values in columns.items()}}
    return SplitChange(measure, dimension, found, pd.DataFrame(frame))
