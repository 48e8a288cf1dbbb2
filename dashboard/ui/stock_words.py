"""Stock in words for buyers: what to do, why, and why there is no advice."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from math import floor, isnan
from typing import Any

from dashboard.reports.stock import Missing
from dashboard.sales.stocked import StockRules

Row = Mapping[str, Any]
NOTHING = "–"

ADVICE = "This is advice, not an order: nothing is ordered for you."
ACTION_NAMES = {"reorder": "Reorder", "clear": "Clear", "hold": "Hold", "none": "No advice"}
LIST_NAMES = {
    "at_once": "order at once",
    "out": "out of stock",
    "dead": "dead stock",
    "slow": "slow",
    "excess": "more than enough",
}
REASON_NAMES = {
    "no_stock": "no stock figure",
    "negative": "stock below 0",
    "discontinued": "no longer on sale",
    "few_days": "too few days in stock",
    "dead": "dead stock",
    "no_sales": "no recent sales",
    "slow": "slow",
    "no_lead": "no lead time",
    "few_sales": "sold too seldom",
    "enough": "enough",
    "no_room": "smallest order too large",
    "low": "running low",
}
# What to do where there is no advice.
NO_ADVICE = {
    "no_stock": "no recent stock figure. Mend the stock file, or take them out of the product file.",
    "negative": "their stock is below 0 in the source. Count them.",
    "few_days": "too few days in stock to know what they sell. Order by experience, then there is advice again.",
    "no_lead": "how long the supplier takes is not known. Enter it in the product file.",
    "few_sales": "they sell too seldom for an amount. Decide by experience.",
    "no_room": "needed, but the smallest order would last too long. Ask the supplier for a smaller one.",
}
MISSING: dict[Missing, tuple[str, tuple[str, ...]]] = {
    Missing.PART: (
        "No stock figures for a part of the company",
        (
            "Stock is kept for the whole company, not by region or channel. You see some regions or channels only, so "
            "that no stock figure is shown here: it would tell of sales elsewhere.",
            "If you plan orders, ask an administrator for a role without regions and channels, or by category.",
        ),
    ),
    Missing.NO_UNITS: (
        "Stock needs units",
        (
            "Days of supply and orders follow from units sold, which your role may not see.",
            "Ask an administrator for units as well.",
        ),
    ),
    Missing.NO_SNAPSHOTS: (
        "No daily stock came with these data",
        (
            "This page needs the stock of each product at the close of each day. Ask whoever imports the data for a "
            "file with date, product and available units, and to name it in the mapping under [stock].",
            "With lead time, smallest order and case size of each product (in the product file, under "
            "[products.columns]: lead_days, lead_sd, minimum, pack, on_order, committed, shelf_life) the page says "
            "what to order, how much and by when.",
            "With a file of goods received (under [receipts]: date, product, units) it also says how old the stock is.",
        ),
    ),
}


def short_day(value: date, today: date) -> str:
    """``24 Nov``, with the year where it is another."""
    return f"{value.day} {value:%b}" if value.year == today.year else f"{value.day} {value:%b %Y}"


def count(number: float) -> str:
    """A whole number for people."""
    return f"{round(number):,}".replace("-", "−")


def several(number: int, one: str = "product") -> str:
    """``1 product`` or ``12 products``."""
    return f"{number:,} {one}" if number == 1 else f"{number:,} {one}s"


def due(row: Row, day: date) -> str:
    """When to order: a date, ``at once``, or a dash."""
    left = row["days_left"]
    if isnan(left):
        return NOTHING
    if row["action"] == "reorder":
        return "at once" if left < 1 else short_day(day + timedelta(days=floor(left)), day)
    return f"about {short_day(day + timedelta(days=floor(left)), day)}"


def why(row: Row, day: date, rules: StockRules) -> str:
    """One line for a row of the worklist.

    Args:
        row: as ``frame`` of :class:`dashboard.reports.stock_pages.Worklist`.
        day: the close that stock is as of.
    """
    return _WHY[row["reason"]](row, day, rules)


def _low(row: Row, day: date, _rules: StockRules) -> str:
    by = due(row, day)
    return f"{_left(row)}, {_supplier(row)}; order {_amount(row)} {by if by == 'at once' else f'by {by}'}"


def _enough(row: Row, day: date, rules: StockRules) -> str:
    more = f"; {count(row['excess'])} more than {rules.target_cover_days} days need" if row["excess"] > 0 else ""
    return f"{_left(row)}, {_supplier(row)}; enough until {due(row, day)}{more}"


def _slow(row: Row, _day: date, rules: StockRules) -> str:
    wanted = f"{count(row['excess'])} units more than {rules.target_cover_days} days need"
    return f"Lasts {count(row['cover'])} days at {_rate(row)}; {wanted}: order none, offer it cheaper or send it back"


def _few_days(row: Row, _day: date, rules: StockRules) -> str:
    out = "Out of stock, and in" if row["available"] <= 0 else "In"
    days = f"{out} stock on {row['days']} of the last {rules.demand_days} days"
    return f"{days}: its demand needs {rules.min_days}"


def _few_sales(row: Row, _day: date, rules: StockRules) -> str:
    sold = f"{_left(row)}; sold on {row['sale_days']} of {row['days']} days in stock"
    return f"{sold}: too little data for an amount ({rules.min_sale_days} are needed)"


def _no_room(row: Row, _day: date, _rules: StockRules) -> str:
    smallest = -(-max(row["minimum"], 1) // row["pack"]) * row["pack"]
    return (
        f"{_left(row)}; needed, but the smallest order of {count(smallest)} would last more than the "
        f"{count(row['limit'])} days it may: ask for a smaller one"
    )


_WHY: dict[str, Callable[[Row, date, StockRules], str]] = {
    "low": _low,
    "enough": _enough,
    "slow": _slow,
    "few_days": _few_days,
    "few_sales": _few_sales,
    "no_room": _no_room,
    "no_lead": lambda row, _day, _rules: f"{_left(row)}; enter how long its supplier takes",
    "no_sales": lambda row, _day, _rules: f"Nothing sold on {row['days']} days in stock: order none",
    "dead": lambda _row, _day, rules: (
        f"No net sale for {rules.dead_days} days: offer it cheaper, send it back or write it off"
    ),
    "discontinued": lambda _row, _day, _rules: "No longer on sale: sell off what is left",
    "no_stock": lambda _row, _day, rules: (
        f"No stock figure of the last {several(rules.snapshot_days, 'day')}: mend the stock file"
    ),
    "negative": lambda _row, _day, _rules: "Its stock is below 0 in the source: count it",
}


def _left(row: Row) -> str:
    """``19 days left``, and what is on the way."""
    on_the_way = f" and {count(row['on_order'])} on the way" if row["on_order"] > 0 else ""
    if row["available"] <= 0:
        return f"Out of stock{on_the_way}"
    left = "no recent sales" if isnan(row["cover"]) else f"{several(floor(row['cover']), 'day')} left"
    return f"{left[:1].upper()}{left[1:]}{on_the_way}"


def _supplier(row: Row) -> str:
    days, spread = count(row["lead"]), row["lead_sd"]
    if isnan(spread):
        return f"supplier takes {days} (spread not known)"
    return f"supplier takes {days} ± {spread:.3g}" if spread > 0 else f"supplier takes {days}"


def _amount(row: Row) -> str:
    cases = row["quantity"] // row["pack"]
    return f"{count(row['quantity'])} ({several(cases, 'case')})" if row["pack"] > 1 else count(row["quantity"])


def _rate(row: Row) -> str:
    rate = row["demand"]
    return f"{count(rate) if rate >= 10 else f'{rate:.2g}'} a day"  # noqa: PLR2004
