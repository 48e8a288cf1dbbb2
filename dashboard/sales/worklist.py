"""One worklist for a buyer: what to reorder, what to clear, what to leave alone, and where there is no advice and why.

It is advice: nothing is ordered by it (domain.md section 5).
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from dashboard.sales.demand import Floats, Places
from dashboard.sales.reorder import order_quantity, reorder_point, safety_stock
from dashboard.sales.slices import Mask, Sums
from dashboard.sales.stock_measures import days_of_supply, excess_units
from dashboard.sales.stocked import Stocked, StockRules

# Dates further away than this say no more than "not soon".
FARTHEST = 3650


class Action(StrEnum):
    """What to do; in order of urgency."""

    REORDER = "reorder"
    CLEAR = "clear"
    HOLD = "hold"
    NONE = "none"


class Reason(StrEnum):
    """Why; the first that fits, in this order."""

    NO_STOCK = "no_stock"
    NEGATIVE = "negative"
    DISCONTINUED = "discontinued"
    FEW_DAYS = "few_days"
    DEAD = "dead"
    NO_SALES = "no_sales"
    SLOW = "slow"
    NO_LEAD = "no_lead"
    FEW_SALES = "few_sales"
    ENOUGH = "enough"
    NO_ROOM = "no_room"
    LOW = "low"


ACTIONS, REASONS = tuple(Action), tuple(Reason)
ACTION_OF = {
    Reason.NO_STOCK: Action.NONE,
    Reason.NEGATIVE: Action.NONE,
    Reason.DISCONTINUED: Action.CLEAR,
    Reason.FEW_DAYS: Action.NONE,
    Reason.DEAD: Action.CLEAR,
    Reason.NO_SALES: Action.HOLD,
    Reason.SLOW: Action.CLEAR,
    Reason.NO_LEAD: Action.NONE,
    Reason.FEW_SALES: Action.NONE,
    Reason.ENOUGH: Action.HOLD,
    Reason.NO_ROOM: Action.NONE,
    Reason.LOW: Action.REORDER,
}
_ACTION_CODES = np.array([ACTIONS.index(ACTION_OF[reason]) for reason in REASONS], dtype=np.int8)
_REORDER, _CLEAR, _NONE = (ACTIONS.index(one) for one in (Action.REORDER, Action.CLEAR, Action.NONE))
Codes = NDArray[np.int8]


@dataclass(frozen=True, eq=False)
class Advice:
    """One entry a product; meaningful for those in ``order`` alone.

    Attributes:
        stocked: what it follows from.
        order: positions of the listed products, the most urgent first; total, whatever order they came in.
        action, reason: int8, positions in :data:`ACTIONS` and :data:`REASONS`.
        quantity: int64, units to order (0 or a multiple of the pack, at least the minimum) or to clear; else 0.
        days_left: float64, days after ``stocked.day`` until an order is due, so that it arrives a day before stock and
            what is under way run out, and within this review; negative if late. HOLD: until these are at the reorder
            point. NaN without demand or lead time.
        cover: float64, days of supply of the available units; NaN without recent sales.
        covered: float64, the same of the position.
        safety, point: float64, safety stock and reorder point in units; NaN where there is none.
        excess: int64, available units above the target cover, of products with a rate of sale.
        limit: float64, days that an order may last after it arrived: max cover, shelf life or last day on sale.
        slow: bool, lasts too long and is not NEW.
    """

    stocked: Stocked
    order: Places
    action: Codes
    reason: Codes
    quantity: Sums
    days_left: Floats
    cover: Floats
    covered: Floats
    safety: Floats
    point: Floats
    excess: Sums
    limit: Floats
    slow: Mask


def advise(held: Stocked, rules: StockRules) -> Advice:
    """Advice for every listed product. Nothing of it follows from prices or costs."""
    demand, supply = held.demand, held.supply
    mean = np.maximum(np.nan_to_num(demand.mean), 0.0)
    rated = (demand.days >= rules.min_days) & held.known
    cover = days_of_supply(held.available, np.where(rated, mean, 0.0))
    safety = _safety(held, rules, mean)
    point = reorder_point(mean, supply.lead_days, rules.review_days, safety)
    limit = _limit(held, rules)
    need = np.where(np.isnan(point), 0.0, point + mean * rules.cycle_days - held.position)
    left = np.maximum(held.position - mean * np.nan_to_num(supply.lead_days), 0.0)
    ordered = order_quantity(need, supply.minimum, supply.pack, mean * limit - left)
    slow = held.listed & ~held.is_new & (cover > rules.slow_days)
    excess = np.where(rated & ~held.discontinued, excess_units(held.available, mean, rules.target_cover_days), 0)
    reason = _reasons(held, rules, mean, slow, point, ordered)
    action = _ACTION_CODES[reason]
    quantity = np.select(
        [action == _REORDER, reason == REASONS.index(Reason.SLOW), action == _CLEAR],
        [ordered, excess, np.maximum(held.available, 0)],
        0,
    )
    slack = _slack(held, mean, point, action)
    return Advice(
        stocked=held,
        order=_urgency(held, action, reason, quantity, slack, mean),
        action=action,
        reason=reason,
        quantity=quantity,
        days_left=np.where(action == _REORDER, np.minimum(slack, rules.review_days), slack),
        cover=cover,
        covered=days_of_supply(held.position, np.where(rated, mean, 0.0)),
        safety=safety,
        point=point,
        excess=excess,
        limit=limit,
        slow=slow,
    )


def _safety(held: Stocked, rules: StockRules, mean: Floats) -> Floats:
    """By the normal distribution, for intermittent products out of resampled days; unknown lead spread counts as 0."""
    lead, spread = held.supply.lead_days, np.nan_to_num(held.supply.lead_sd)
    usual = safety_stock(mean, held.demand.sd, lead, spread, rules.review_days, rules.z)
    return np.where(held.demand.seldom, held.lead_demand - mean * (lead + rules.review_days), usual)


def _limit(held: Stocked, rules: StockRules) -> Floats:
    life = np.where(held.supply.shelf_life < 0, np.inf, held.supply.shelf_life)
    on_sale = np.maximum(held.days_to_end - np.nan_to_num(held.supply.lead_days), 0.0)
    limit: Floats = np.minimum(np.minimum(life, on_sale), rules.max_cover_days)
    return limit


def _reasons(held: Stocked, rules: StockRules, mean: Floats, slow: Mask, point: Floats, ordered: Sums) -> Codes:
    conditions = {
        Reason.NO_STOCK: ~held.known,
        Reason.NEGATIVE: held.on_hand < 0,
        Reason.DISCONTINUED: held.discontinued,
        Reason.FEW_DAYS: held.demand.days < rules.min_days,
        Reason.DEAD: held.dead,
        Reason.NO_SALES: mean <= 0,
        Reason.SLOW: slow,
        Reason.NO_LEAD: np.isnan(held.supply.lead_days),
        Reason.FEW_SALES: held.demand.seldom & (held.demand.sale_days < rules.min_sale_days),
        Reason.ENOUGH: held.position > point,
        Reason.NO_ROOM: ordered == 0,
    }
    codes = [REASONS.index(reason) for reason in conditions]
    return np.select(list(conditions.values()), codes, REASONS.index(Reason.LOW)).astype(np.int8)


def _slack(held: Stocked, mean: Floats, point: Floats, action: Codes) -> Floats:
    """Days until an order has to be placed so that it arrives a day before stock and what is under way run out.

    For HOLD until they are down to the reorder point. NaN without demand or lead time.
    """
    reorder = action == _REORDER
    down_to = np.where(reorder, mean * (held.supply.lead_days + 1), point)
    with np.errstate(divide="ignore", invalid="ignore"):
        days = np.where(mean > 0, (held.position - down_to) / mean, np.nan)
    return np.clip(days, np.where(reorder, -FARTHEST, 0), FARTHEST)


def _urgency(held: Stocked, action: Codes, reason: Codes, quantity: Sums, slack: Floats, mean: Floats) -> Places:
    """Reorder by what is latest, clear by what is most, hold by what is due next, no advice by who is out of stock;
    equals by demand, then by product code."""
    rows = np.flatnonzero(held.listed & ~(held.discontinued & held.known & (held.available <= 0) & (held.on_hand >= 0)))
    soon = np.nan_to_num(slack, nan=2.0 * FARTHEST)
    empty = np.where(held.available > 0, 1.0, 0.0) * len(REASONS) * 2 + reason
    second = np.select([action == _CLEAR, action == _NONE], [-quantity.astype(np.float64), empty], soon)
    return rows[np.lexsort((rows, -mean[rows], second[rows], action[rows]))]
