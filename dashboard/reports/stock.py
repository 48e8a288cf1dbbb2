"""Stock, and what to do about it, through the gate: refused first, then narrowed, then computed (domain.md section 5).

Stock has no region and no channel: viewers of a part of these get no figure at all. Nothing but the answers that say so
follows from cost, and nothing from revenue.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np

from dashboard.access import Permission
from dashboard.reports.context import Context
from dashboard.reports.gate import Reports
from dashboard.reports.question import Question
from dashboard.reports.stock_pages import LISTS, Wanted, Worklist, fitting, page_of
from dashboard.sales.demand import Places
from dashboard.sales.slices import Mask
from dashboard.sales.snapshots import newest_day
from dashboard.sales.stocked import StockRules, stocked
from dashboard.sales.worklist import ACTIONS, REASONS, Advice, advise

NEEDS = (Permission.MEASURE_STOCK, Permission.MEASURE_UNITS)


class Missing(StrEnum):
    """Why there is nothing to say about stock."""

    NO_UNITS = "no_units"
    PART = "part"
    NO_SNAPSHOTS = "no_snapshots"


@dataclass(frozen=True)
class Standing:
    """Stock and advice of a selection in total, as of the close of ``day``.

    Attributes:
        day: the newest finished day with snapshots.
        products: on sale or in stock.
        in_stock, out: of the products with a snapshot, discontinued ones left out of ``out``.
        out_on_order: of those out of stock, with an order under way.
        unknown: products without a snapshot.
        counts: products by action, reason and list (see ``stock_pages.LISTS``).
        units: units by action to do, and by list: what is available of dead and slow ones, what is too much.
        available, daily_demand: of products with both, for the days of supply of all together.
        supply, receipts: whether the source has them.
        no_spread, no_pack: of the products to reorder, those whose supplier's spread, or whose case or smallest order,
            is not known.
        rules: the thresholds in force.
    """

    day: date
    products: int
    in_stock: int
    out: int
    out_on_order: int
    unknown: int
    counts: Mapping[str, int]
    units: Mapping[str, int]
    available: int
    daily_demand: float
    supply: bool
    receipts: bool
    no_spread: int
    no_pack: int
    rules: StockRules


def missing(reports: Reports) -> Missing | None:
    """Why this viewer can be told nothing about stock; None where there is something to tell.

    Raises:
        Forbidden: the viewer may not see stock.
    """
    if not reports.may(Permission.MEASURE_UNITS):
        return Missing.NO_UNITS
    return reports.ask(NEEDS, "stock missing", _newest(reports), _missing)


def asked_of(question: Question) -> Question:
    """The question without what stock does not have: regions, channels and sources."""
    return Question(question.first, question.last, category=question.category, product=question.product)


def standing(reports: Reports, question: Question) -> Standing | Missing:
    """Totals of the stock now, whatever the months; category and product count."""
    why = missing(reports)
    if why is not None:
        return why
    advice = _advice(reports)
    return reports.ask(NEEDS, "stock standing", _now(reports, question), lambda context: _standing(context, advice))


def worklist(reports: Reports, question: Question, wanted: Wanted) -> Worklist | Missing:
    """A page of the worklist, the most urgent first; category and product of the question count.

    Raises:
        Forbidden, BadQuestionError: as the gate does; also for an unknown column or filter.
    """
    why = missing(reports)
    if why is not None:
        return why
    advice = _advice(reports)

    def compute(context: Context) -> Worklist:
        priced = Permission.MEASURE_MARGIN in context.may
        return page_of(context.rollup, advice, context.view.universe, wanted, priced=priced)

    return reports.ask(NEEDS, ("stock worklist", wanted), _now(reports, question), compute)


def _newest(reports: Reports) -> Question:
    newest = reports.options().months[-1]
    return Question(newest, newest)


def _now(reports: Reports, question: Question) -> Question:
    newest = reports.options().months[-1]
    return Question(newest, newest, category=question.category, product=question.product)


def _missing(context: Context) -> Missing | None:
    if not context.everywhere:
        return Missing.PART
    held = context.rollup.stock_days
    return Missing.NO_SNAPSHOTS if held is None or _held(context) is None else None


def _advice(reports: Reports) -> Advice:
    """Of all that the viewer may see: filters only choose from it, so that no filter changes advice or costs time."""
    return reports.ask(NEEDS, "stock advice", _newest(reports), _advised, large=True)


def _held(context: Context) -> date | None:
    kept = context.rollup.stock_days
    return None if kept is None else newest_day(kept, context.rollup.info.complete_to)


def _advised(context: Context) -> Advice:
    held = stocked(context.rollup, context.view, context.rules.stock, context.first_day)
    if held is None:
        raise ValueError("there are no daily snapshots")
    return advise(held, context.rules.stock)


def _standing(context: Context, advice: Advice) -> Standing:
    held = advice.stocked
    rows = advice.order[context.view.universe[advice.order]]
    inside = np.zeros(len(held.known), dtype=np.bool_)
    inside[rows] = True
    known = inside & held.known
    out = inside & fitting(advice, "out")
    rated = known & ~np.isnan(advice.cover)
    low = inside & fitting(advice, "reorder")
    given = context.rollup.supply
    no_pack = low if given is None else low & ((given.minimum < 1) | (given.pack < 1))
    return Standing(
        day=held.day,
        products=len(rows),
        in_stock=int((known & (held.available > 0)).sum()),
        out=int(out.sum()),
        out_on_order=int((out & (held.supply.on_order > 0)).sum()),
        unknown=int((inside & ~held.known).sum()),
        counts=_counts(advice, rows) | {name: int((inside & fitting(advice, name)).sum()) for name in LISTS},
        units=_units(advice, inside),
        available=int(np.maximum(held.available[rated], 0).sum()),
        daily_demand=float(held.demand.mean[rated].sum()),
        supply=held.supply_known,
        receipts=context.rollup.receipts is not None,
        no_spread=int((low & np.isnan(held.supply.lead_sd)).sum()),
        no_pack=int(no_pack.sum()),
        rules=context.rules.stock,
    )


def _counts(advice: Advice, rows: Places) -> dict[str, int]:
    actions = np.bincount(advice.action[rows], minlength=len(ACTIONS)).tolist()
    reasons = np.bincount(advice.reason[rows], minlength=len(REASONS)).tolist()
    return {one.value: count for one, count in zip((*ACTIONS, *REASONS), (*actions, *reasons), strict=True)}


def _units(advice: Advice, inside: Mask) -> dict[str, int]:
    of_lists = {"dead": advice.stocked.available, "slow": advice.stocked.available, "excess": advice.excess}
    sums = {name: int(values[inside & fitting(advice, name)].sum()) for name, values in of_lists.items()}
    return sums | {name: int(advice.quantity[inside & fitting(advice, name)].sum()) for name in ("reorder", "clear")}
