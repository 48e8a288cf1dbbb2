"""Frames as plain tables for the browser: ``{"columns", "rows"}``, every cell text or ``[sort key, text]``."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from dashboard.charts import Money
from dashboard.reports import Breakdown, Monthly, ProductPage, RankingAnswer
from dashboard.reports.answers import RATE, Column, MoversAnswer, RateAnswer
from dashboard.sales.calendar import first_day
from dashboard.sales.measures import Measure
from dashboard.sales.ratios import Form, Ratio
from dashboard.ui.words import STATE_NAMES, move_words

Table = dict[str, Any]


def monthly_table(answer: Monthly, money: Money) -> Table:
    """A row a month, newest last; the month is a button that chooses it."""
    frame = answer.frame
    rows = [
        [
            [month, f"{first_day(month):%B %Y}"],
            [value, money.text(value, answer.measure)],
            "" if complete else f"{window} only",
        ]
        for month, value, complete, window in zip(
            frame["month"], frame["value"].tolist(), frame["complete"], frame["window"], strict=True
        )
    ]
    return {"columns": [_column("Month", "month"), _value(answer.measure, money), _column("Unfinished")], "rows": rows}


def ranking_table(answer: RankingAnswer, money: Money) -> Table:
    """A row a product shown; the product is a button that drills into it."""
    frame = answer.frame
    rows = [
        [
            [rank, str(rank)],
            [code, name],
            code,
            [value, money.text(value, answer.measure)],
            _state(state, answer.uses_stock),
        ]
        for rank, code, name, value, state in zip(
            frame["rank"].tolist(),
            frame["product"],
            frame["name"],
            frame["value"].tolist(),
            frame["state"],
            strict=True,
        )
    ]
    columns = [_column("Rank", "number"), _column("Product", "product"), _column("Code", "code")]
    return {"columns": [*columns, _value(answer.measure, money), _column("State")], "rows": rows}


def rate_table(answer: RateAnswer, money: Money) -> Table:
    """A row a product shown: so much a day in stock, and what it is the quotient of."""
    frame, measure = answer.frame, answer.measure
    rows = [
        [
            [rank, str(rank)],
            [code, name],
            code,
            [rate, money.rate(rate, measure)],
            [sold, money.text(sold, measure)],
            [days, str(days)],
        ]
        for rank, code, name, rate, sold, days in _rows(frame, "rank", "product", "name", "value", "sold", "days")
    ]
    columns = [_column("Rank", "number"), _column("Product", "product"), _column("Code", "code")]
    figures = [f"{money.title(measure)}, a day in stock", money.title(measure), "Days in stock"]
    return {"columns": [*columns, *(_column(label, "number") for label in figures)], "rows": rows}


def movers_table(answer: MoversAnswer, money: Money) -> Table:
    """A row a product shown: both windows, the change, and its part of the whole change."""
    frame, measure = answer.frame, answer.measure
    rows = [
        [
            [rank, str(rank)],
            [code, name],
            code,
            *([value, money.text(value, measure)] for value in (current, base)),
            [change, move_words(change, current, base, kind, measure, money)],
            [0, ""] if share != share else [share, f"{share * 100:+,.1f} %".replace("-", "−")],  # noqa: PLR0124
        ]
        for rank, code, name, current, base, change, kind, share in _rows(
            frame, "rank", "product", "name", "current", "base", "change", "kind", "share"
        )
    ]
    columns = [_column("Rank", "number"), _column("Product", "product"), _column("Code", "code")]
    windows = [answer.current_window.short, answer.base_window.short]
    figures = [*windows, "Change", "Of the whole change"]
    return {"columns": [*columns, *(_column(label, "number") for label in figures)], "rows": rows}


def split_table(answer: Breakdown, money: Money) -> Table:
    """A row a value of the dimension, which is a button that narrows to it."""
    rows = [
        [
            [name, name],
            [value, money.text(value, answer.measure)],
            [share or 0, "" if share is None else f"{share * 100:.1f} %"],
        ]
        for name, value, share in _split_rows(answer)
    ]
    heading = answer.dimension.capitalize()
    return {
        "columns": [_column(heading, answer.dimension), _value(answer.measure, money), _column("Share", "number")],
        "rows": rows,
    }


def product_table(answer: ProductPage, money: Money, *, categories: bool) -> Table:
    """A row a product; columns are sorted by the server, so each names its sort key.

    ``categories`` is False where all products are in one: a column of equal words tells nothing.
    """
    frame = answer.frame
    texts = [_texts(frame, column, money) for column in answer.columns]
    rows = [
        [[code, name], code, *([category] if categories else []), *cells, _state(state, answer.uses_stock)]
        for code, name, category, state, *cells in zip(
            frame["product"], frame["name"], frame["category"], frame["state"], *texts, strict=True
        )
    ]
    columns = [
        {**_column("Product", "product"), "sort": "name"},
        {**_column("Code", "code"), "sort": "product"},
        *([{**_column("Category", "category"), "sort": "category"}] if categories else []),
        *({**_column(_heading(column, money), "number"), "sort": column.key} for column in answer.columns),
        {**_column("State"), "sort": "state"},
    ]
    return {"columns": columns, "rows": rows}


def _heading(column: Column, money: Money) -> str:
    if isinstance(column, Measure):
        return money.title(column)
    if isinstance(column, Ratio):
        return f"{column.name}, {money.currency}" if column.form is Form.PRICE else column.name
    if column.key == RATE:
        return "Per day in stock"
    return f"Against {column.window.short}" if column.window else "Change"


def _texts(frame: pd.DataFrame, column: Column, money: Money) -> list[str]:
    values = frame[column.key].tolist()
    if isinstance(column, Measure):
        return [money.text(value, column) for value in values]
    if isinstance(column, Ratio):
        parts = zip(frame[f"{column.key}.top"].tolist(), frame[f"{column.key}.bottom"].tolist(), strict=True)
        return [money.ratio(column, top, bottom) for top, bottom in parts]
    if column.key == RATE:
        return ["–" if value != value else money.rate(value, column.measure) for value in values]  # noqa: PLR0124
    return [
        ("+" if value > 0 else "") + money.text(value, column.measure) if column.window else "–" for value in values
    ]


def _rows(frame: pd.DataFrame, *names: str) -> Iterator[tuple[Any, ...]]:
    return zip(*(frame[name].tolist() for name in names), strict=True)


def _state(state: str, uses_stock: bool) -> str:
    """Where stock plays no part at all, to say so of every product would be noise: the page says it once."""
    return STATE_NAMES["ranked"] if state == "no_stock_data" and not uses_stock else STATE_NAMES[state]


def _split_rows(answer: Breakdown) -> list[tuple[str, int, float | None]]:
    frame = answer.frame
    shares = [None if share != share else share for share in frame["share"].tolist()]  # noqa: PLR0124
    return list(zip(frame["name"].tolist(), frame["value"].tolist(), shares, strict=True))


def _column(label: str, kind: str = "text") -> dict[str, str]:
    return {"label": label, "kind": kind}


def _value(measure: Measure, money: Money) -> dict[str, str]:
    return _column(money.title(measure), "number")
