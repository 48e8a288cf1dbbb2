"""Months of products that do not fit their past, with tested explanations. Asked of the gate."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.access import Permission
from dashboard.reports.changes import DAYS_FORGIVEN
from dashboard.reports.context import Context
from dashboard.reports.contributions import measure_of
from dashboard.reports.gate import Reports
from dashboard.reports.question import Question
from dashboard.reports.reasons import Evidence
from dashboard.sales.anomalies import AnomalyRules, flagged, score, worth_a_look
from dashboard.sales.anomaly_reasons import Cause, Reason, Swing, last_swings, seasonal
from dashboard.sales.calendar import MONTHS_A_YEAR, first_day, is_unfinished, month_number, month_window, shift
from dashboard.sales.measures import MEASURES, Measure
from dashboard.sales.ordering import leading
from dashboard.sales.slices import Mask, Sums

# Months of the past that are read: five years to compare, and a year before them for the trend.
PAST = 6 * MONTHS_A_YEAR

Columns = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Flag:
    """A month of a product that does not fit its past.

    Attributes:
        month: ``YYYY-MM``, a finished one.
        value, expected: of the measure; ``expected`` is the median of the comparables, rounded.
        z: robust z.
        by_years: whether it was compared with the same month of earlier years, not with the months before.
        comparables: how many.
        reasons: explanations that were tested and found; empty where none was.
    """

    product: str
    name: str
    month: str
    value: int
    expected: int
    z: float
    by_years: bool
    comparables: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, eq=False)
class Anomalies:
    """What does not fit.

    Attributes:
        months: those looked at, oldest first; empty where none is finished.
        instead: whether they are older than the period asked for, because no month of it is finished.
        flags: the farthest from what was expected first; those that the season explains after all others.
        found: how many there are, of which ``flags`` holds as many as are shown.
        looked_at, left_out: product-months with enough of a past and of units, and those without.
        tested: explanations that could be tested for this viewer and these data.
        rules: the thresholds.
    """

    measure: Measure
    months: tuple[str, ...]
    instead: bool
    flags: tuple[Flag, ...]
    found: int
    looked_at: int
    left_out: int
    tested: tuple[Cause, ...]
    rules: AnomalyRules


def answer(reports: Reports, question: Question, key: str) -> Anomalies:
    """Product-months of the period that do not fit; of units, or of what else the viewer may see beside units.

    Raises:
        Forbidden, BadQuestionError: as the gate does.
    """
    measure = measure_of(key)
    # Stock has neither region nor channel nor source: what it explains is told to those who see the whole company.
    whole = reports.status().lines_read is not None
    needs = {measure.permission, Permission.MEASURE_UNITS}
    return reports.ask(needs, ("anomalies", key), question, lambda c: _Search(c, measure, tell_stock=whole).answer())


class _Search:
    """Looks through the months of one context."""

    def __init__(self, context: Context, measure: Measure, *, tell_stock: bool) -> None:
        asked = context.question
        self._context, self._measure, self._rules = context, measure, context.rules.anomalies
        self._uses_stock = tell_stock and context.uses_stock and asked.everywhere
        self._months, self._instead = _looked_at(context)

    def answer(self) -> Anomalies:
        """The flags; nothing but the measure where no month is finished."""
        if not self._months:
            return Anomalies(self._measure, (), False, (), 0, 0, 0, (), self._rules)
        origin = max(shift(self._months[0], -PAST), self._context.rollup.months[0])
        values = self._context.view.by_product_month(self._measure, origin, self._months[-1])
        since, worth = self._since(values, origin), self._worth()
        alive = {month: self._alive(month, since <= self._row(month, origin)) for month in self._months}
        able = {month: alive[month] & worth[month] for month in self._months}
        places = np.flatnonzero(np.any(list(able.values()), axis=0))
        past, since = np.take(values, places, axis=1), since[places]
        found = [self._month(self._row(month, origin), past, since, able[month][places]) for month in self._months]
        hits = {name: np.concatenate([columns[name] for columns, _ in found]) for name in found[0][0]}
        evidence = Evidence(self._context, self._measure, self._months, uses_stock=self._uses_stock)
        looked_at = sum(count for _, count in found)
        return Anomalies(
            self._measure,
            self._months,
            self._instead,
            tuple(self._flag(hit, origin, places, evidence) for hit in _farthest(hits, self._rules.most)),
            len(hits["at"]),
            looked_at,
            sum(int(mask.sum()) for mask in alive.values()) - looked_at,
            evidence.tested,
            self._rules,
        )

    @staticmethod
    def _row(month: str, origin: str) -> int:
        return month_number(month) - month_number(origin)

    def _since(self, values: Sums, origin: str) -> Sums:
        """int64[products]: months from ``origin`` to the first with a figure; beyond all where none has."""
        rollup, info = self._context.rollup, self._context.rollup.info
        # A first month that the data cut short is no month to compare with.
        cut = origin == rollup.months[0] and (info.first_day - first_day(origin)).days > DAYS_FORGIVEN
        nothing, since = np.ones(values.shape[1], dtype=np.bool_), np.zeros(values.shape[1], dtype=np.int64)
        for row in values:
            nothing &= row == 0
            since += nothing
        return np.maximum(since, int(cut))

    def _worth(self) -> dict[str, Mask]:
        """Month -> bool[products]: who sold enough to speak of."""
        rules, small = self._rules, self._context.rules.small_number
        first = shift(self._months[0], -rules.prior_months)
        units = self._context.view.by_product_month(MEASURES["net_units"], first, self._months[-1])
        return {month: worth_a_look(units, self._row(month, first), small, rules) for month in self._months}

    def _alive(self, month: str, known: Mask) -> Mask:
        """bool[products]: those of the selection that had sold before and were on sale to the month's end."""
        end, last = self._context.rollup.products.end_day, np.datetime64(month_window(month, month).last, "D")
        return self._context.view.universe & known & ~(end < last)

    def _month(self, at: int, past: Sums, since: Sums, able: Mask) -> tuple[Columns, int]:
        """What stands out in one month among the products ``able``, and how many of them could be looked at."""
        rules = self._rules
        scores = score(past, at, since, rules)
        hit = np.flatnonzero(flagged(scores, rules) & able)
        columns = {name: column[hit] for name, column in vars(scores).items()}
        value, swing = past[at, hit], np.full(len(hit), np.nan)
        # Earlier years have the season in them: it explains nothing that they do not.
        told = ~columns["by_years"]
        oldest = max(0, at - MONTHS_A_YEAR - rules.prior_months)
        swing[told] = last_swings(np.take(past[oldest : at + 1], hit[told], axis=1), at - oldest, rules)
        columns |= {"at": np.full(len(hit), at), "column": hit, "value": value, "swing": swing}
        columns["seasonal"] = seasonal(value, scores.expected[hit], swing, rules)
        return columns, int((np.isfinite(scores.z) & able).sum())

    def _flag(self, hit: dict[str, Any], origin: str, places: NDArray[np.intp], evidence: Evidence) -> Flag:
        master, place, month = self._context.rollup.products, int(places[hit["column"]]), shift(origin, hit["at"])
        return Flag(
            master.code[place],
            master.name[place],
            month,
            hit["value"],
            round(hit["expected"]),
            hit["z"],
            hit["by_years"],
            hit["comparables"],
            evidence.reasons(place, month, Swing(hit["value"], hit["expected"]), hit["swing"]),
        )


def _farthest(hits: Columns, most: int) -> list[dict[str, Any]]:
    """Those farthest from what was expected, those that the season explains after all others; of equals the older."""
    off = -np.abs(hits["value"] - hits["expected"])
    first = leading(np.where(hits["seasonal"], np.inf, off), most)
    keys = (hits["column"], hits["at"], off, hits["seasonal"])
    order = first[np.lexsort([key[first] for key in keys])][:most]
    columns = [column[order].tolist() for column in hits.values()]
    return [dict(zip(hits, row, strict=True)) for row in zip(*columns, strict=True)]


def _looked_at(context: Context) -> tuple[tuple[str, ...], bool]:
    """The newest finished months of the period, else the newest finished one before it; and whether it is that."""
    complete_to, asked = context.rollup.info.complete_to, context.question
    done = [key for key in context.rollup.months if key <= asked.last and not is_unfinished(key, complete_to)]
    inside = [key for key in done if key >= asked.first][-context.rules.anomalies.months :]
    return (tuple(inside), False) if inside else (tuple(done[-1:]), bool(done))
