"""A small company with daily stock: one product for every kind of advice."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
from factories import Item, Line, Stock, make_rollup

from dashboard.access import Permission, Viewer, built_in_roles
from dashboard.reports import Gate, Reports
from dashboard.sales.rollup import NO_SNAPSHOT, Receipts, Rollup, StockDays, Supply

FIRST, TODAY = date(2026, 5, 1), date(2026, 11, 20)
DAYS = (TODAY - FIRST).days + 1
LONG_AGO, ENDED = date(2025, 1, 1), date(2026, 11, 7)
# Product -> (units sold each so many days, every how many days, units in stock, what the worklist says).
KINDS = {
    "dead": (0, 1, 30, "dead"),
    "enough": (4, 1, 200, "enough"),
    "gone": (1, 1, 0, ""),
    "huge": (2, 1, 30, "no_room"),
    "low": (4, 1, 76, "low"),
    "lumpy": (20, 5, 40, "low"),
    "minus": (1, 1, -4, "negative"),
    "new": (2, 1, 50, "few_days"),
    "nolead": (3, 1, 60, "no_lead"),
    "nostock": (1, 1, NO_SNAPSHOT, "no_stock"),
    "old": (1, 1, 12, "discontinued"),
    "out": (3, 1, 0, "low"),
    "quiet": (0, 1, 9, "no_sales"),
    "seldom": (1, 19, 5, "few_sales"),
    "slow": (1, 2, 100, "slow"),
}
CODES = sorted(KINDS)
PLACE = {code: place for place, code in enumerate(CODES)}
ROLES = {role.key: role.viewer(1, role.key) for role in built_in_roles()}
BUYER = ROLES["procurement_manager"]
PRICED = replace(BUYER, permissions=BUYER.permissions | {Permission.MEASURE_MARGIN})


def lines(price: int = 100, cost: int = 40) -> Iterator[Line]:
    for i in range(DAYS):
        day = FIRST + timedelta(days=i)
        for code, (units, every, _, _) in KINDS.items():
            if code in {"gone", "old"} and day > ENDED:
                continue
            if code == "new" and day < TODAY - timedelta(days=9):
                continue
            if code == "out" and day > TODAY - timedelta(days=14):
                continue
            sold = 1 if code == "quiet" and i == DAYS - 100 else units if i % every == every - 1 else 0
            if sold:
                money = {"gross_sales": sold * price, "costed_sales": sold * price, "cost_of_goods": sold * cost}
                yield Line(day, code, sold, region=("North", "South")[i % 2], **money)


def items() -> list[Item]:
    ends = {"gone": ENDED, "old": ENDED}
    firsts = {"new": TODAY - timedelta(days=9)}
    category = {code: "Garden" if code in {"low", "slow"} else "Kitchen" for code in CODES}
    return [Item(code, category[code], first=firsts.get(code, LONG_AGO), end=ends.get(code)) for code in CODES]


def shop(price: int = 100, cost: int = 40, unit_cost: int = 40, version: str = "stock") -> Rollup:
    """Daily stock, receipts and supply of every product."""
    months = [f"2026-{month:02}" for month in range(5, 12)]
    stock = [Stock(month, code, 28, 28, max(KINDS[code][2], 0)) for month in months for code in CODES]
    rollup = make_rollup(list(lines(price, cost)), items(), stock, complete_to=TODAY, version=version)
    available = np.tile(np.array([KINDS[code][2] for code in CODES], dtype=np.int32), (DAYS, 1))
    available[: DAYS - 14, PLACE["out"]] = 50
    return replace(
        rollup,
        stock_days=StockDays(FIRST, available),
        receipts=receipts(),
        supply=supply(unit_cost),
    )


def receipts() -> Receipts:
    """Of ``enough`` 100 units 20, 50 units 45 and 30 units 400 days ago; of ``low`` 500 units 10 days ago."""
    days = [TODAY - timedelta(days=back) for back in (400, 45, 20, 10)]
    product = [PLACE["enough"]] * 3 + [PLACE["low"]]
    return Receipts(
        np.array(product, dtype=np.int32), np.array(days, dtype="datetime64[D]"), np.array([30, 50, 100, 500])
    )


def supply(unit_cost: int = 40) -> Supply:
    size = len(CODES)
    lead, spread = np.full(size, 14.0), np.full(size, 3.0)
    lead[PLACE["nolead"]] = np.nan
    minimum, pack = np.full(size, 24), np.full(size, 24)
    minimum[PLACE["huge"]] = 5000
    on_order = np.zeros(size, dtype=np.int64)
    on_order[PLACE["out"]] = 10
    cost, life = np.full(size, unit_cost), np.full(size, -1)
    return Supply(cost, lead, spread, minimum, pack, on_order, np.zeros(size, dtype=np.int64), life)


class Fixed:
    """A store of one rollup."""

    def __init__(self, rollup: Rollup | None = None) -> None:
        self._rollup = rollup or shop()

    def current(self) -> Rollup:
        return self._rollup


def reports(viewer: Viewer = BUYER, rollup: Rollup | None = None) -> Reports:
    return Gate(Fixed(rollup)).open(viewer)
