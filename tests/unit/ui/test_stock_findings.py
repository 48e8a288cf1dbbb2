"""Findings about stock, and the top of the worklist: told to who may see stock everywhere, and to nobody else."""

import json
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from factories import Item, Line, every_day, make_rollup

from dashboard.access import Scope, Viewer, built_in_roles
from dashboard.reports import Gate, Question, Reports
from dashboard.sales.rollup import Rollup, StockDays, Supply
from dashboard.ui.findings_words import findings
from dashboard.ui.stock_findings import FIRST, first_of_worklist, stock_findings

ROLES = {role.key: role.viewer(1, role.key) for role in built_in_roles()}
PROCUREMENT, SALES = ROLES["procurement_manager"], ROLES["sales_manager"]
NOV = Question("2026-11", "2026-11")
C = date(2026, 11, 20)
DAYS = 60
SIZE = 8


@dataclass
class Fixed:
    rollup: Rollup

    def current(self) -> Rollup:
        return self.rollup


def shop(price: int = 100) -> Rollup:
    """Eight products that sell every day; p0 is out of stock now, p7 has plenty."""
    days = every_day(C - timedelta(days=DAYS - 1), C)
    codes = [f"p{number}" for number in range(SIZE)]
    lines = [Line(day, code, 3 + i % 3 + day.day % 2, price * (i + 1)) for i, code in enumerate(codes) for day in days]
    available = np.full((DAYS, SIZE), 30, dtype=np.int32)
    available[-1, 0], available[:, 7] = 0, 5000
    known, unknown = np.full(SIZE, 10, dtype=np.int64), np.full(SIZE, -1, dtype=np.int64)
    nothing = np.zeros(SIZE, dtype=np.int64)
    lead = np.full(SIZE, 14.0)
    supply = Supply(unknown, lead, lead / 7, known, known, nothing, nothing, unknown)
    made = make_rollup(lines, [Item(code, first=date(2025, 1, 1)) for code in codes], complete_to=C)
    return replace(made, stock_days=StockDays(days[0], available), supply=supply)


def opened(viewer: Viewer = PROCUREMENT, rollup: Rollup | None = None) -> Reports:
    return Gate(Fixed(rollup or shop())).open(viewer)


def test_what_is_out_and_what_to_reorder_is_said_with_its_day_and_rows() -> None:
    told = stock_findings(opened(), NOV)
    assert told["out"] == {
        "text": "1 product out of stock at the close of 20 Nov 2026; an order is on the way for 0.",
        "href": "/stock?worklist.only=out",
    }
    assert told["reorder"]["text"].startswith("7 products to reorder by the stock of 20 Nov 2026, ")
    assert findings(opened(), NOV, "stock")[0] == told["out"]


def test_the_top_of_the_worklist_is_short_and_says_why_and_how_many_more() -> None:
    content = first_of_worklist(opened(), NOV)
    assert content is not None
    rows = content["table"]["rows"]
    assert len(rows) == FIRST
    assert rows[0][0] == ["p0", "Product p0"]
    assert all("order" in why for *_, why in rows)
    assert content["note"].endswith("2 products more to reorder: see Stock.")


def test_nothing_is_said_to_who_may_not_see_stock_or_not_everywhere() -> None:
    north = replace(PROCUREMENT, scope=Scope(region=frozenset({"North"})), policy_version="north")
    for viewer in (SALES, north):
        assert stock_findings(opened(viewer), NOV) == {}
        assert first_of_worklist(opened(viewer), NOV) is None
    for part in ({"region": frozenset({"North"})}, {"source": frozenset({"Test data"})}):
        assert stock_findings(opened(), replace(NOV, **part)) == {}
    without = replace(shop(), stock_days=None)
    assert stock_findings(opened(rollup=without), NOV) == {}


def test_nothing_of_it_follows_from_money() -> None:
    one, other = (
        json.dumps([stock_findings(r, NOV), first_of_worklist(r, NOV)])
        for r in (opened(rollup=shop(p)) for p in (100, 977))
    )
    assert one == other
