"""The tables of the Classes page."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from dashboard.charts import Money
from dashboard.reports.class_answers import Classes
from dashboard.reports.class_pages import ClassPage
from dashboard.sales.nine_box import Box
from dashboard.ui.classes_words import LETTERS, STEADY

Table = dict[str, Any]
NOTHING = "–"


def curve_table(answer: Classes, money: Money) -> Table:
    """The points of the Pareto curve."""
    frame, whole = answer.curve, max(answer.positive, 1)
    rows = [
        [
            [first, f"{first:,}" if first == last else f"{first:,}–{last:,}"],
            [product, name] if product else ["", f"{last - first + 1:,} products"],
            letter,
            [value, money.text(value, answer.measure)],
            percent(cumulative / whole),
        ]
        for first, last, product, name, value, cumulative, letter in _rows(frame)
    ]
    kind = "product" if frame["product"].all() else "text"
    columns = [_column("Rank", "number"), _column("Product", kind), _column("Class")]
    return {"columns": [*columns, _value(answer, money), _column("Together", "number")], "rows": rows}


def boxes_table(answer: Classes, address: Callable[[str], str]) -> Table:
    """The boxes that hold something, each a link to its products."""
    rows = [
        [
            [address(box.key), _box_name(box)],
            [box.products, f"{box.products:,}"],
            percent(box.value / max(answer.positive, 1)),
            box.policy,
        ]
        for box in answer.boxes
        if box.products
    ]
    columns = [_column("Box", "link"), _column("Products", "number"), _column("Share", "number")]
    return {"columns": [*columns, _column("What one usually does", "long")], "rows": rows}


def _box_name(box: Box) -> str:
    letter, steady = box.key[0], box.key[1]
    return f"{letter}{LETTERS[steady]} {STEADY[steady]}" if steady != "U" else f"{letter} not known"


def movers_table(answer: Classes, money: Money) -> Table:
    """Who changed class, and the share before them that did it."""
    rows = [
        [
            [product, name],
            f"{was} → {now}",
            percent(before_was),
            percent(before_now),
            [value, money.text(value, answer.measure)],
        ]
        for product, name, was, now, before_was, before_now, value in _rows(answer.movers)
    ]
    shares = [_column("Share before, then", "number"), _column("Now", "number")]
    return {"columns": [_column("Product", "product"), _column("Class"), *shares, _value(answer, money)], "rows": rows}


def product_table(page: ClassPage, money: Money) -> Table:
    """A page of the classed products; every column names its sort key."""
    rows = [
        [
            [product, name],
            product,
            f"{abc} (was {was})" if was else abc,
            [value, money.text(value, page.measure)],
            percent(share),
            percent(before),
            f"{LETTERS[xyz]} {STEADY[xyz]}" if xyz != "U" else STEADY[xyz],
            number(cv),
            [months, str(months)],
            demand,
            number(adi),
            number(cv2),
        ]
        for product, name, abc, was, value, share, before, xyz, cv, months, demand, adi, cv2 in _rows(page.frame)
    ]
    return {"columns": _product_columns(page, money), "rows": rows}


def _product_columns(page: ClassPage, money: Money) -> list[dict[str, str]]:
    return [
        {**_column("Product", "product"), "sort": "name"},
        {**_column("Code", "code"), "sort": "product"},
        {**_column("Class"), "sort": "abc"},
        {**_column(money.title(page.measure), "number"), "sort": "value"},
        _column("Share", "number"),
        {**_column("Share before", "number"), "sort": "before"},
        {**_column("Steadiness"), "sort": "xyz"},
        {**_column("CV", "number"), "sort": "cv"},
        {**_column("Months", "number"), "sort": "months"},
        {**_column("Demand"), "sort": "demand"},
        {**_column("ADI", "number"), "sort": "adi"},
        {**_column("CV²", "number"), "sort": "cv2"},
    ]


def percent(share: float) -> list[Any]:
    """``[sort key, text]`` of a share of 1; a dash where it cannot be said."""
    return [-1.0, NOTHING] if pd.isna(share) else [share, f"{share * 100:,.1f} %".replace("-", "−")]


def number(value: float) -> list[Any]:
    """``[sort key, text]`` with two decimals; a dash where it cannot be said."""
    return [-1.0, NOTHING] if pd.isna(value) else [value, f"{value:.2f}"]


def _rows(frame: pd.DataFrame) -> Any:
    return zip(*(frame[name].tolist() for name in frame.columns), strict=True)


def _column(label: str, kind: str = "text") -> dict[str, str]:
    return {"label": label, "kind": kind}


def _value(answer: Classes, money: Money) -> dict[str, str]:
    return _column(money.title(answer.measure), "number")
