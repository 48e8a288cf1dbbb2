"""Frames as plain tables for the browser: ``{"columns", "rows"}``, every cell text or ``[sort key, text]``."""

from typing import Any

from dashboard.charts import Money
from dashboard.reports import Breakdown, Monthly, ProductPage, RankingAnswer
from dashboard.sales.calendar import first_day
from dashboard.sales.measures import Measure
from dashboard.ui.words import STATE_NAMES

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


def split_table(answer: Breakdown, money: Money) -> Table:
    """A row a value of the dimension."""
    rows = [
        [
            name,
            [value, money.text(value, answer.measure)],
            [share or 0, "" if share is None else f"{share * 100:.1f} %"],
        ]
        for name, value, share in _split_rows(answer)
    ]
    heading = answer.dimension.capitalize()
    return {"columns": [_column(heading), _value(answer.measure, money), _column("Share", "number")], "rows": rows}


def product_table(answer: ProductPage, money: Money, *, categories: bool) -> Table:
    """A row a product; columns are sorted by the server, so each names its sort key.

    ``categories`` is False where all products are in one: a column of equal words tells nothing.
    """
    frame, measures = answer.frame, answer.measures
    values = [frame[measure.key].tolist() for measure in measures]
    texts = [[money.text(v, m) for v in column] for m, column in zip(measures, values, strict=True)]
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
        *({**_value(measure, money), "sort": measure.key} for measure in measures),
        {**_column("State"), "sort": "state"},
    ]
    return {"columns": columns, "rows": rows}


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
