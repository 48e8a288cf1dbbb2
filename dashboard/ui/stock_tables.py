"""The tables of the Stock page."""

from collections.abc import Iterator
from datetime import date
from math import floor, isnan
from typing import Any

import pandas as pd

from dashboard.charts import Money
from dashboard.reports.stock_pages import Worklist
from dashboard.reports.stock_periods import AgeAnswer, OutageAnswer
from dashboard.sales.measures import MEASURES
from dashboard.sales.stocked import StockRules
from dashboard.ui.stock_words import ACTION_NAMES, NOTHING, Row, count, due, why

Table = dict[str, Any]
Cell = Any


def worklist_table(answer: Worklist, day: date, rules: StockRules) -> Table:
    """A page of the worklist; every column names its sort key, the first being urgency."""
    rows = [
        [
            ACTION_NAMES[row["action"]],
            [row["product"], row["name"]],
            why(row, day, rules),
            units(row["quantity"] if row["action"] in {"reorder", "clear"} and row["quantity"] else None),
            [_sortable(row["days_left"]), due(row, day)],
            units(row["available"] if row["known"] else None),
            whole_days(row["cover"]),
            row["product"],
        ]
        for row in _rows(answer.frame)
    ]
    columns = [
        {**_column("What to do"), "sort": "urgency"},
        {**_column("Product", "product"), "sort": "name"},
        _column("Why", "long"),
        {**_column("Units", "number"), "sort": "quantity"},
        {**_column("Order by", "number"), "sort": "days_left"},
        {**_column("Available", "number"), "sort": "available"},
        {**_column("Days left", "number"), "sort": "cover"},
        {**_column("Code", "code"), "sort": "product"},
    ]
    return {"columns": columns, "rows": rows}


def list_table(answer: Worklist, kind: str, money: Money) -> Table:
    """Dead, slow or excess stock; its value at cost only where the answer has cost, which is by grant."""
    frame, priced = answer.frame, "cost" in answer.frame
    held = "excess" if kind == "excess" else "available"
    rows = [
        [
            [row["product"], row["name"]],
            row["product"],
            units(row["available"]),
            *([] if kind == "dead" else [whole_days(row["cover"]), units(row["excess"])]),
            *([_value(row, held, money)] if priced else []),
        ]
        for row in _rows(frame)
    ]
    columns = [_column("Product", "product"), _column("Code", "code"), _column("Available", "number")]
    columns += [] if kind == "dead" else [_column("Days left", "number"), _column("Too much", "number")]
    columns += [_column(f"At cost, {money.currency}", "number")] if priced else []
    return {"columns": columns, "rows": rows}


def outage_table(answer: OutageAnswer) -> Table:
    """Products by lost units."""
    rows = [
        [[row["product"], row["name"]], row["product"], units(row["days"]), units(row["lost"]), lost_range(row)]
        for row in _rows(answer.frame)
    ]
    columns = [_column("Product", "product"), _column("Code", "code"), _column("Days out", "number")]
    return {"columns": [*columns, _column("Lost units", "number"), _column("Likely range")], "rows": rows}


def age_table(answer: AgeAnswer, money: Money) -> Table:
    """A row a band of age."""
    whole = max(int(answer.frame["units"].sum()), 1)
    priced = "value" in answer.frame
    rows = [
        [
            [place, row["band"]],
            units(row["units"]),
            [row["units"], f"{row['units'] / whole * 100:.1f} %"],
            *([_money(row["value"], money)] if priced else []),
        ]
        for place, row in enumerate(_rows(answer.frame))
    ]
    columns = [_column("Received", "number"), _column("Units", "number"), _column("Share", "number")]
    columns += [_column(f"At cost, {money.currency}", "number")] if priced else []
    return {"columns": columns, "rows": rows}


def lost_range(row: Row) -> str:
    """``31 to 53``, or why there is none."""
    return "too few days in stock" if isnan(row["lost"]) else f"{count(row['low'])} to {count(row['high'])}"


def units(value: float | None) -> list[Cell]:
    """``[sort key, text]`` of a whole number; a dash where there is none."""
    return [-1.0, NOTHING] if value is None or isnan(value) else [value, count(value)]


def whole_days(value: float) -> list[Cell]:
    """``[sort key, text]`` of days that are over; a dash where they cannot be said."""
    return [-1.0, NOTHING] if isnan(value) else [value, count(floor(value))]


def _value(row: Row, held: str, money: Money) -> list[Cell]:
    if row["cost"] < 0:
        return [-1, NOTHING]
    return _money(int(row[held]) * int(row["cost"]), money)


def _money(value: int, money: Money) -> list[Cell]:
    """Sorted by a float: an integer beyond 64 bits could not be sent."""
    return [float(value), money.text(value, MEASURES["cost_of_goods"])]


def _sortable(value: float) -> float:
    return -1.0 if isnan(value) else value


def _rows(frame: pd.DataFrame) -> Iterator[dict[str, Any]]:
    names = list(frame.columns)
    for values in zip(*(frame[name].tolist() for name in names), strict=True):
        yield dict(zip(names, values, strict=True))


def _column(label: str, kind: str = "text") -> dict[str, str]:
    return {"label": label, "kind": kind}
