"""A small shop with orders, and viewers of it: what the tests of one product's page ask of."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import Any

import numpy as np
from factories import Item, Line, Stock, make_rollup

from dashboard.access import Permission, Scope, Viewer, built_in_roles
from dashboard.reports import Gate, Question, Reports
from dashboard.sales.calendar import days_in
from dashboard.sales.rollup import OrderLines, Rollup

ROLES = {role.key: role.viewer(1, role.key) for role in built_in_roles()}
PROCUREMENT, SALES = ROLES["procurement_manager"], ROLES["sales_manager"]
OWNER = replace(SALES, permissions=frozenset(p for p in Permission if p.value.startswith("measure:")))
FIRST, LAST = date(2024, 1, 1), date(2026, 11, 20)
REGIONS, CHANNELS = ("North", "South", "West"), ("Online", "Store")
NOV = Question("2026-11", "2026-11")


@dataclass(frozen=True)
class Entry:
    """A line and the number of its order."""

    order: str
    line: Line


@dataclass
class Fixed:
    """A store that holds one rollup."""

    rollup: Rollup

    def current(self) -> Rollup:
        return self.rollup


def entries(money_seed: int = 1, days: Sequence[date] = ()) -> list[Entry]:
    """Orders of one to four lines; units are the same for every seed, amounts are not."""
    units, money, found = Random(7), Random(money_seed), []
    every = days or [FIRST + timedelta(days=i) for i in range((LAST - FIRST).days + 1)]
    for day in every:
        for number in range(2):
            order = f"{'R' if units.random() < 0.15 else 'S'}{day:%y%m%d}{number}" if units.random() < 0.9 else ""
            found += [Entry(order, _line(day, order, units, money)) for _ in range(units.randint(1, 4))]
    return found


def _line(day: date, order: str, units: Random, money: Random) -> Line:
    code, count = units.choice("abcd"), units.randint(1, 6 + day.month)
    where = {"region": units.choice(REGIONS), "channel": units.choice(CHANNELS)}
    amount = money.randrange(10**7, 10**8)
    if order.startswith("R"):
        return Line(day, code, returned_units=count, returned_sales=amount, **where)
    return Line(day, code, count, amount, discounts=amount // 10, costed_sales=amount // 2, cost_of_goods=9, **where)


def shop(found: Sequence[Entry], stock: Sequence[Stock] = (), complete_to: date = LAST) -> Rollup:
    """The rollup of the entries, with their lines."""
    items = [Item(code, "Kitchen" if code < "c" else "Garden", f"Product {code.upper()}", FIRST) for code in "abcde"]
    rollup = make_rollup([entry.line for entry in found], items, stock, complete_to=complete_to)
    return replace(rollup, lines=_order_lines(rollup, found))


def _order_lines(rollup: Rollup, found: Sequence[Entry]) -> OrderLines:
    rows = sorted(found, key=lambda entry: (entry.line.day, entry.order))
    lines, first = [entry.line for entry in rows], rollup.info.first_day
    days = [(line.day - first).days for line in lines]
    size = (rollup.info.last_day - first).days + 1
    return OrderLines(
        offsets=np.searchsorted(days, np.arange(size + 1)).astype(np.int64),
        order=[entry.order for entry in rows],
        product=np.array([rollup.products.position(line.product) for line in lines], dtype=np.int32),
        region=np.array([rollup.regions.index(line.region) for line in lines], dtype=np.int16),
        channel=np.array([rollup.channels.index(line.channel) for line in lines], dtype=np.int16),
        returned=np.array([line.returned_units > 0 for line in lines]),
        units=np.array([line.gross_units + line.returned_units for line in lines], dtype=np.int64),
        gross=np.array([line.gross_sales + line.returned_sales for line in lines], dtype=np.int64),
        discount=np.array([line.discounts for line in lines], dtype=np.int64),
    )


def reports_of(rollup: Rollup, viewer: Viewer = SALES) -> Reports:
    """The door for one viewer."""
    return Gate(Fixed(rollup)).open(viewer)


def scoped(viewer: Viewer, **allowed: set[str]) -> Viewer:
    """The same viewer with a row scope."""
    return replace(viewer, scope=Scope(**{name: frozenset(values) for name, values in allowed.items()}))


def months(first: str, last: str, product: str | None = None, **filters: str) -> Question:
    """A question with one value a filter."""
    return Question(first, last, **{name: frozenset({value}) for name, value in filters.items()}, product=product)


def snapshots(rollup: Rollup, product: str, out: Sequence[str]) -> list[Stock]:
    """Daily stock of one product in every month; in the months ``out`` it was there on five days only."""
    return [Stock(key, product, days_in(key), 5 if key in out else days_in(key), 20) for key in rollup.months]


def bytes_of(content: Any) -> str:
    """What would go to the browser."""
    return json.dumps(content, sort_keys=True, default=str)
