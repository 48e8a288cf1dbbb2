"""The tables of the Changes page."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from dashboard.charts import Money
from dashboard.charts.waterfall import TOTAL, signed
from dashboard.reports import Change, ChangeKind
from dashboard.reports.anomaly_report import Flag
from dashboard.reports.bridging import BridgeAnswer
from dashboard.reports.contributions import SplitChange
from dashboard.reports.moved_products import Moved
from dashboard.sales.calendar import first_day, month_number
from dashboard.sales.measures import Measure
from dashboard.ui.changes_words import (
    NO_PAST,
    PARTS,
    UNEXPLAINED,
    against_words,
    distance,
    hardly_sold,
    reason_words,
)

Table = dict[str, Any]


def bridge_table(answer: BridgeAnswer, measure: Measure, money: Money) -> Table:
    """A row a part, then the whole."""
    if answer.bridge is None:
        return {"columns": [], "rows": []}
    parts, products = answer.bridge.parts, answer.bridge.products
    rows = [
        [PARTS[name][0], _change(getattr(parts, name), measure, money), [products[name], f"{products[name]:,}"]]
        for name in PARTS
    ]
    rows.append([TOTAL, _change(parts.total, measure, money), [0, ""]])
    heading = _column(f"Change, {money.unit(measure)}", "number")
    return {"columns": [_column("Part"), heading, _column("Products", "number")], "rows": rows}


def moved_table(answer: Moved, money: Money, *, categories: bool) -> Table:
    """A row a product; every column names its sort key."""
    measure = answer.measure
    rows = []
    for row in _rows(answer.frame):
        moved = _change(row["change"], measure, money)[1] + _percent(row)
        price = [_change(row["price"], measure, money)[1]] if answer.priced else []
        rows.append(
            [
                [row["product"], row["name"]],
                row["product"],
                *([row["category"]] if categories else []),
                money.text(row["base"], measure),
                money.text(row["current"], measure),
                moved,
                share_text(row["share"]),
                *price,
            ]
        )
    then, now = _windows(answer.change)
    columns = [
        {**_column("Product", "product"), "sort": "name"},
        {**_column("Code", "code"), "sort": "product"},
        *([{**_column("Category", "category"), "sort": "category"}] if categories else []),
        {**_column(then, "number"), "sort": "base"},
        {**_column(now, "number"), "sort": "current"},
        {**_column("Change", "number"), "sort": "change"},
        {**_column("Part of the change", "number"), "sort": "size"},
        *([{**_column("Of it by price", "number"), "sort": "price"}] if answer.priced else []),
    ]
    return {"columns": columns, "rows": rows}


def top_table(answer: Moved, money: Money) -> Table:
    """The products of the chart."""
    rows = [
        [[row["product"], row["name"]], _change(row["change"], answer.measure, money), _share(row["share"])]
        for row in _rows(answer.frame)
    ]
    return {"columns": [_column("Product", "product"), *_change_columns(answer.measure, money)], "rows": rows}


def split_table(answer: SplitChange, money: Money) -> Table:
    """A row a value of the dimension."""
    measure = answer.measure
    rows = [
        [
            row["name"],
            [row["base"], money.text(row["base"], measure)],
            [row["current"], money.text(row["current"], measure)],
            _change(row["change"], measure, money),
            _share(row["share"]),
        ]
        for row in _rows(answer.frame)
    ]
    then, now = _windows(answer.change)
    both = [_column(f"{measure.name}, {window}", "number") for window in (then, now)]
    heading = _column(answer.dimension.capitalize())
    return {"columns": [heading, *both, *_change_columns(measure, money)], "rows": rows}


def anomaly_table(flags: list[Flag], measure: Measure, money: Money) -> Table:
    """A row a month of a product."""
    rows = [
        [
            [flag.product, flag.name],
            [month_number(flag.month), f"{first_day(flag.month):%b %Y}"],
            [flag.value, money.text(flag.value, measure)],
            [flag.expected, money.text(flag.expected, measure)],
            [flag.z, NO_PAST if hardly_sold(flag) else distance(flag)],
            against_words(flag) + f" (robust z {distance(flag)})" * hardly_sold(flag),
            " ".join(reason_words(reason, flag, measure, money) for reason in flag.reasons) or UNEXPLAINED,
        ]
        for flag in flags
    ]
    numbers = [_column(name, "number") for name in ("Month", money.title(measure), "Usually", "Robust z")]
    last = [_column("Compared with"), _column("What may explain it", "long")]
    return {"columns": [_column("Product", "product"), *numbers, *last], "rows": rows}


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows by column name; ``to_dict`` takes longer than all the rest of a table."""
    return [
        dict(zip(frame.columns, row, strict=True))
        for row in zip(*(frame[name].tolist() for name in frame.columns), strict=True)
    ]


def _percent(row: Mapping[str, Any]) -> str:
    """The percentage as decoration, where it may be said; the two figures stand beside it."""
    if row["kind"] is ChangeKind.NEW:
        return " (new)"
    if row["kind"] is not ChangeKind.PERCENT:
        return ""
    return f" ({(row['current'] / row['base'] - 1) * 100:+,.1f} %)".replace("-", "−")


def share_text(share: float) -> str:
    """A part of the whole change; a dash where that is 0."""
    return "–" if pd.isna(share) else f"{share * 100:+,.1f} %".replace("-", "−")


def _share(share: float) -> list[Any]:
    return [0 if pd.isna(share) else share, share_text(share)]


def _change(amount: int, measure: Measure, money: Money) -> list[Any]:
    return [amount, signed(money.text(amount, measure), amount)]


def _change_columns(measure: Measure, money: Money) -> list[dict[str, str]]:
    return [_column(f"Change, {money.unit(measure)}", "number"), _column("Part of the change", "number")]


def _windows(change: Change) -> tuple[str, str]:
    then, now = change.base_window, change.current_window
    return then.short if then else "before", now.short if now else "now"


def _column(label: str, kind: str = "text") -> dict[str, str]:
    return {"label": label, "kind": kind}
