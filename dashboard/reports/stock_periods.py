"""Stock over the months asked for, and its age, through the gate (domain.md section 5)."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from dashboard.access import Permission
from dashboard.reports.context import Context
from dashboard.reports.gate import Reports
from dashboard.reports.question import Question
from dashboard.reports.stock import NEEDS, Missing, asked_of, missing
from dashboard.sales.calendar import Window
from dashboard.sales.demand import Places
from dashboard.sales.measures import MEASURES
from dashboard.sales.ratios import nearest
from dashboard.sales.slices import Mask
from dashboard.sales.snapshots import levels, newest_day
from dashboard.sales.stock_age import BANDS, ages
from dashboard.sales.stock_measures import (
    Outages,
    average_inventory,
    gmroi,
    sell_through,
    stock_to_sales,
    turns,
    value_at_cost,
)
from dashboard.sales.stock_outs import observed, outages
from dashboard.sales.stock_period import Flow, flow

COSTED = (*NEEDS, Permission.MEASURE_MARGIN)


@dataclass(frozen=True)
class Turnover:
    """Units of the products whose stock is known at each month end; NaN where a quotient cannot be said.

    Attributes:
        opening, received, sold: units; received None where the source has no receipts.
        average: mean of the stock at the opening of each month and at the close of the last.
        sell_through: of 1, net units / (opening + received); of the opening alone without receipts.
        months_of_stock: opening stock in months of sales.
        turns: of units, a year.
        months: how many months have passed; the unfinished one counts by its finished days.
        left_out: products that lack the stock of a month end.
    """

    opening: int
    received: int | None
    sold: int
    average: float
    sell_through: float
    months_of_stock: float
    turns: float
    months: float
    left_out: int


@dataclass(frozen=True)
class CostTurnover:
    """Money in minor units, of products with a known unit cost; today's cost values all stocks.

    Attributes:
        value: stock on hand at cost as of ``day``.
        average, cost_of_goods, margin: of the months, ``average`` to the nearest; NaN quotients where they cannot be
            said, and None of all three where the months' stock is not known.
        unpriced: products in stock without a known cost.
    """

    day: date
    value: int
    unpriced: int
    average: int | None
    cost_of_goods: int | None
    margin: int | None
    turns: float
    gmroi: float


@dataclass(frozen=True)
class OutageAnswer:
    """Stock-outs of some days.

    Attributes:
        seen: the days of the months that have daily snapshots and are finished.
        frame: product, name, days, lost, low, high (units, float; NaN without a rate); the worst first.
        products: how many were out of stock on a day.
        days: product days without stock.
        lost, low, high: sums of the estimates; the bounds are those of the sum, not sums of bounds.
        no_rate: products with too few days in stock for an estimate.
    """

    seen: Window
    frame: pd.DataFrame
    products: int
    days: int
    lost: float
    low: float
    high: float
    no_rate: int


@dataclass(frozen=True)
class AgeAnswer:
    """Units on hand by age as of ``day``, a row a band: band, units; with ``value`` in minor units only by grant."""

    day: date
    frame: pd.DataFrame
    products: int


def turnover(reports: Reports, question: Question) -> Turnover | Missing | None:
    """Sell-through, stock-to-sales and turns of units; None where the stock before the months is not known."""
    return missing(reports) or reports.ask(NEEDS, "stock turnover", asked_of(question), _turnover)


def at_costs(reports: Reports, question: Question) -> CostTurnover | Missing | None:
    """Stock value, turns at cost and GMROI; None where no cost is known.

    Raises:
        Forbidden: as the gate does; cost and margin need a grant of their own.
    """
    return missing(reports) or reports.ask(COSTED, "stock at cost", asked_of(question), _at_costs)


def stock_outs(reports: Reports, question: Question, limit: int = 10) -> OutageAnswer | Missing | None:
    """Days without stock and units that may have been lost; None where no day of the months is known."""
    why = missing(reports)
    if why is not None:
        return why
    whole = Question(question.first, question.last)
    found = reports.ask(NEEDS, "stock outages", whole, _outages, large=True)
    if found is None:
        return None
    seen, products, figures = found
    return reports.ask(
        NEEDS,
        ("stock outs", limit),
        asked_of(question),
        lambda context: _worst(context, seen, products, figures, limit),
    )


def stock_ages(reports: Reports, question: Question) -> AgeAnswer | Missing | None:
    """Units on hand by age, out of receipts; None where the source has none."""
    newest = reports.options().months[-1]
    now = Question(newest, newest, category=question.category, product=question.product)
    return missing(reports) or reports.ask(NEEDS, "stock ages", now, _ages)


def _flow(context: Context) -> Flow | None:
    question = context.question
    return flow(context.rollup, context.view, question.first, question.last, context.first_day)


def _turnover(context: Context) -> Turnover | None:
    found = _flow(context)
    if found is None:
        return None
    opening, sold = found.total(found.opening), found.total(found.sold)
    incoming = None if found.received is None else found.total(found.received)
    average = float(average_inventory(found.points[:, found.counted].sum(axis=1)))
    return Turnover(
        opening=opening,
        received=incoming,
        sold=sold,
        average=average,
        sell_through=float(sell_through(sold, opening, incoming or 0)),
        months_of_stock=float(stock_to_sales(opening, sold, found.months)),
        turns=float(turns(sold, average, found.months)),
        months=found.months,
        left_out=found.left_out,
    )


def _at_costs(context: Context) -> CostTurnover | None:
    rollup, view, rules = context.rollup, context.view, context.rules.stock
    kept, supply = rollup.stock_days, rollup.supply
    day = None if kept is None else newest_day(kept, rollup.info.complete_to)
    if kept is None or day is None or supply is None or not (supply.cost >= 0).any():
        return None
    on_hand = np.where(view.universe, np.maximum(levels(kept, day, rules.snapshot_days)[0], 0), 0)
    priced = supply.cost >= 0
    (value,) = value_at_cost(on_hand[np.newaxis], supply.cost)
    unpriced = int(((on_hand > 0) & ~priced).sum())
    found = _flow(context)
    if found is None:
        return CostTurnover(day, value, unpriced, None, None, None, np.nan, np.nan)
    counted = found.counted & priced
    points = value_at_cost(found.points[:, counted], supply.cost[counted])
    average = nearest(sum(points), len(points))
    cost, margin = (_sum(context, key, found.window, counted) for key in ("cost_of_goods", "margin"))
    return CostTurnover(
        day,
        value,
        unpriced,
        average,
        cost,
        margin,
        float(turns(cost, average, found.months)),
        float(gmroi(margin, average, found.months)),
    )


def _sum(context: Context, key: str, window: Window, counted: Mask) -> int:
    """Of a window that the daily figures reach, as those of units do."""
    values = context.view.by_product_window(MEASURES[key], window)
    return 0 if values is None else int(values[counted].sum())


def _outages(context: Context) -> tuple[Window, Places, Outages] | None:
    rollup, seen = context.rollup, observed(context.rollup, context.window)
    if rollup.stock_days is None or seen is None:
        return None
    found = outages(rollup, rollup.stock_days, context.view, seen, context.rules.stock, context.first_day)
    return seen, *found


def _worst(context: Context, seen: Window, products: Places, figures: Outages, limit: int) -> OutageAnswer:
    inside = context.view.universe[products]
    places, days, lost, low, high = (
        column[inside] for column in (products, figures.days, figures.lost, figures.low, figures.high)
    )
    unrated = np.isnan(lost)
    order = np.lexsort((places, -days, -np.where(unrated, -1.0, lost)))[:limit]
    total, half = float(lost[~unrated].sum()), float(np.sqrt(((high - lost)[~unrated] ** 2).sum()))
    names = context.rollup.products
    frame = pd.DataFrame(
        {
            "product": [names.code[i] for i in places[order].tolist()],
            "name": [names.name[i] for i in places[order].tolist()],
            "days": days[order],
            "lost": lost[order],
            "low": low[order],
            "high": high[order],
        }
    )
    return OutageAnswer(
        seen,
        frame,
        len(places),
        int(days.sum()),
        total,
        max(total - half, 0.0),
        total + half,
        int(unrated.sum()),
    )


def _ages(context: Context) -> AgeAnswer | None:
    rollup, kept = context.rollup, context.rollup.stock_days
    day = None if kept is None else newest_day(kept, rollup.info.complete_to)
    if kept is None or day is None or rollup.receipts is None:
        return None
    on_hand, _ = levels(kept, day, context.rules.stock.snapshot_days)
    on_hand = np.where(context.view.universe, on_hand, 0)
    table = ages(rollup.receipts, on_hand, day)
    columns = {"band": BANDS, "units": table.sum(axis=1)}
    if Permission.MEASURE_MARGIN in context.may and rollup.supply is not None:
        columns["value"] = np.array(value_at_cost(table, rollup.supply.cost), dtype=object)
    return AgeAnswer(day, pd.DataFrame(columns), int((on_hand > 0).sum()))
