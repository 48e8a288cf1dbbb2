"""The worklist as a table: filtered, sorted, paged. Blank figures come last, whichever way it is sorted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.reports.products import MAX_ROWS
from dashboard.reports.question import BadQuestionError
from dashboard.sales.demand import Places
from dashboard.sales.rollup import Rollup
from dashboard.sales.slices import Mask
from dashboard.sales.worklist import ACTION_OF, ACTIONS, REASONS, Action, Advice, Reason

# Lists beside the actions and reasons; a product may be in several.
LISTS = ("at_once", "out", "dead", "slow", "excess")
FILTERS = tuple(dict.fromkeys(("", *(one.value for one in (*ACTIONS, *REASONS)), *LISTS)))
URGENCY = "urgency"
NUMBERS = ("quantity", "days_left", "cover", "available", "on_order", "demand", "excess")
SORTS = (URGENCY, "name", "product", "action", *NUMBERS)

Keys = NDArray[Any]


@dataclass(frozen=True)
class Wanted:
    """Which rows of the worklist.

    Attributes:
        sort: one of :data:`SORTS`.
        only: one of :data:`FILTERS`.
        search: text to find in the code or the name, whatever the case.
    """

    sort: str = URGENCY
    descending: bool = False
    only: str = ""
    search: str = ""
    offset: int = 0
    limit: int = 25


@dataclass(frozen=True)
class Worklist:
    """A page of the worklist.

    Attributes:
        frame: product, name, action, reason, quantity, days_left, cover, covered, available, on_order, demand, excess,
            limit, days, sale_days, lead, lead_sd, minimum, pack, seldom, days_to_end; NaN where unknown. With ``cost``,
            in minor units of one unit, only for viewers of margin.
        found: how many products the filter found, of which ``frame`` holds ``offset`` and following.
    """

    frame: pd.DataFrame
    found: int
    offset: int


def page_of(rollup: Rollup, advice: Advice, inside: Mask, wanted: Wanted, *, priced: bool) -> Worklist:
    """One page in a stable order: the sort column, then urgency.

    Args:
        inside: bool[products], the selection.
        priced: whether the viewer may know costs; nothing is ordered by them.

    Raises:
        BadQuestionError: an unknown column or filter, or rows outside 1 to 1000.
    """
    _check(wanted)
    rows = advice.order[(inside & fitting(advice, wanted.only))[advice.order]]
    if wanted.search.strip():
        rows = _matching(rollup, rows, wanted.search.strip().casefold())
    order = rows[_order(rollup, advice, rows, wanted)]
    offset = wanted.offset if wanted.offset < len(order) else 0
    return Worklist(_frame(rollup, advice, order[offset : offset + wanted.limit], priced=priced), len(order), offset)


def fitting(advice: Advice, only: str) -> Mask:
    """bool[products]: those that a filter keeps, listed or not."""
    held = advice.stocked
    fits: dict[str, Callable[[], Mask]] = {
        **{one.value: partial(np.equal, advice.action, ACTIONS.index(one)) for one in ACTIONS},
        **{one.value: partial(np.equal, advice.reason, REASONS.index(one)) for one in REASONS},
        "": lambda: np.ones(len(held.known), dtype=np.bool_),
        "at_once": lambda: (advice.action == ACTIONS.index(Action.REORDER)) & (advice.days_left < 1),
        "out": lambda: held.known & ~held.discontinued & (held.available <= 0),
        "dead": lambda: held.dead,
        "slow": lambda: advice.slow,
        "excess": lambda: advice.excess > 0,
    }
    return fits[only]()


def reasons_of(action: Action) -> Sequence[Reason]:
    """The reasons that lead to an action."""
    return [reason for reason in REASONS if ACTION_OF[reason] is action]


def _check(wanted: Wanted) -> None:
    if wanted.sort not in SORTS:
        raise BadQuestionError(f"the worklist is sorted by {', '.join(SORTS)}, not by {wanted.sort!r}")
    if wanted.only not in FILTERS:
        raise BadQuestionError(f"the worklist has no filter {wanted.only!r}; known are {', '.join(FILTERS[1:])}")
    if not (1 <= wanted.limit <= MAX_ROWS and wanted.offset >= 0):
        raise BadQuestionError(f"ask for 1 to {MAX_ROWS} rows, from row 0 on")


def _matching(rollup: Rollup, rows: Places, text: str) -> Places:
    code, name = rollup.products.code, rollup.products.name
    return np.array([i for i in rows.tolist() if text in code[i].casefold() or text in name[i].casefold()], np.intp)


def _order(rollup: Rollup, advice: Advice, rows: Places, wanted: Wanted) -> Places:
    """``rows`` stand in order of urgency already."""
    place = np.arange(len(rows))
    if wanted.sort == URGENCY:
        return place[::-1] if wanted.descending else place
    keys = _keys(rollup, advice, rows, wanted.sort)
    blank = np.isnan(keys)
    return np.lexsort((place, np.where(blank, 0, -keys if wanted.descending else keys), blank))


def _keys(rollup: Rollup, advice: Advice, rows: Places, sort: str) -> NDArray[np.float64]:
    held = advice.stocked
    if sort == "name":
        names = [rollup.products.name[i].casefold() for i in rows.tolist()]
        return np.unique(names, return_inverse=True)[1].astype(np.float64)
    blank_stock = np.where(held.known, 0.0, np.nan)
    acts = np.isin(advice.action, [ACTIONS.index(one) for one in (Action.REORDER, Action.CLEAR)])
    columns: dict[str, Callable[[], Keys]] = {
        "product": lambda: np.arange(len(held.known)),
        "action": lambda: advice.action,
        "quantity": lambda: np.where(acts, advice.quantity, np.nan),
        "days_left": lambda: np.where(shown_days(advice), advice.days_left, np.nan),
        "cover": lambda: advice.cover,
        "available": lambda: held.available + blank_stock,
        "on_order": lambda: held.supply.on_order,
        "demand": lambda: held.demand.mean,
        "excess": lambda: advice.excess,
    }
    keys: NDArray[np.float64] = columns[sort]()[rows].astype(np.float64)
    return keys


def shown_days(advice: Advice) -> Mask:
    """bool[products]: whose order has a day: to reorder, or enough for now."""
    dated = (REASONS.index(Reason.LOW), REASONS.index(Reason.ENOUGH))
    return np.isin(advice.reason, dated)


def _frame(rollup: Rollup, advice: Advice, rows: Places, *, priced: bool) -> pd.DataFrame:
    held = advice.stocked
    supply, demand = held.supply, held.demand
    cost = {"cost": supply.cost[rows]} if priced else {}
    return pd.DataFrame(
        {
            "product": [rollup.products.code[i] for i in rows.tolist()],
            "name": [rollup.products.name[i] for i in rows.tolist()],
            "action": [ACTIONS[code].value for code in advice.action[rows].tolist()],
            "reason": [REASONS[code].value for code in advice.reason[rows].tolist()],
            "quantity": advice.quantity[rows],
            "days_left": np.where(shown_days(advice), advice.days_left, np.nan)[rows],
            "cover": advice.cover[rows],
            "covered": advice.covered[rows],
            "known": held.known[rows],
            "available": held.available[rows],
            "on_order": supply.on_order[rows],
            "demand": demand.mean[rows],
            "days": demand.days[rows],
            "sale_days": demand.sale_days[rows],
            "seldom": demand.seldom[rows],
            "excess": advice.excess[rows],
            "limit": advice.limit[rows],
            "lead": supply.lead_days[rows],
            "lead_sd": supply.lead_sd[rows],
            "minimum": supply.minimum[rows],
            "pack": supply.pack[rows],
            **cost,
        }
    )
