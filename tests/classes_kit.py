"""Three years of a small shop: what sells, how steadily and since when is known of every product."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from factories import Item, Line, Stock, make_rollup

from dashboard.access import Permission, Scope, Viewer, built_in_roles
from dashboard.reports import Gate, Question, Reports
from dashboard.sales.calendar import month_key, month_number
from dashboard.sales.rollup import Rollup

ROLES = {role.key: role.viewer(1, role.key) for role in built_in_roles()}
PROCUREMENT, SALES, ADMIN = ROLES["procurement_manager"], ROLES["sales_manager"], ROLES["admin"]
START, NOW = "2024-01", "2026-11"
NOVEMBER = Question(NOW, NOW)
STEADY = {"big": 400, "mid": 90, "low": 30}


@dataclass
class Fixed:
    rollup: Rollup

    def current(self) -> Rollup:
        return self.rollup


def viewer(*permissions: Permission, region: str = "") -> Viewer:
    scope = Scope(region=frozenset({region})) if region else Scope()
    return Viewer(7, "own", "own", frozenset(permissions), scope)


def reports(rollup: Rollup, who: Viewer = PROCUREMENT) -> Reports:
    return Gate(Fixed(rollup)).open(who)


def shop(price: int = 100, start: str = START, *, stock: bool = False) -> Rollup:
    """``price`` shapes all money and no unit; the last month, November 2026, is unfinished and wild."""
    lines = list(_lines(price, start))
    items = [Item(code, "Garden", f"{code} thing", date(2023, 1, 1)) for code in (*STEADY, "gaps", "none", "gone")]
    items[-1] = Item("gone", "Garden", "gone thing", date(2023, 1, 1), end=date(2024, 3, 31))
    items.append(Item("new", "Kitchen", "new thing", date(2026, 8, 10)))
    snapshots = [Stock("2026-05", code, 31, 3 if code == "mid" else 31) for code in STEADY] if stock else []
    return make_rollup(lines, items, snapshots, complete_to=date(2026, 11, 20))


def _lines(price: int, start: str) -> Iterator[Line]:
    for number in range(month_number(start), month_number(NOW) + 1):
        year, month = number // 12, number % 12 + 1
        day = date(year, month, 2)
        for i, (code, units) in enumerate(STEADY.items()):
            wild = 50 if month_key(number) == NOW and code == "low" else 1
            stocked_out = code == "mid" and (year, month) == (2026, 5)
            yield _line(day, code, 0 if stocked_out else units * wild + month % 2, price * (1 + i * i * 9), i)
        if number % 3 == 0:
            yield _line(day, "gaps", 20, price, 1)
        if month_key(number) >= "2026-09":
            yield _line(day, "new", 10, price, 0)


def _line(day: date, code: str, units: int, price: int, place: int) -> Line:
    where = ("North", "South")[place % 2]
    return Line(
        day, code, units, units * price, costed_sales=units * price, cost_of_goods=units * price // 3, region=where
    )
