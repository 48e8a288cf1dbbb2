"""The Pareto curve: what products add to the whole, from the largest down, and how soon they make most of it."""

from html import escape
from typing import Any

import pandas as pd

from dashboard.charts.bars import Figure, base_layout, value_axis
from dashboard.charts.money import Money
from dashboard.sales.measures import Measure

# Fewer bars than this have room between them.
FEW = 60
FULL = 104
COLOURS = {"A": "$series", "B": "$worst", "C": "$quiet"}


def pareto(
    frame: pd.DataFrame, positive: int, cuts: tuple[int, int], measure: Measure, money: Money, addresses: list[str]
) -> Figure:
    """Bars in the colour of their ABC class, the cumulative share as a line, and lines where A and B end.

    Args:
        frame: first, last, product, name, value, cumulative, abc, as ``curve`` of the classes' answer.
        positive: what all values above 0 add up to: the whole of the line.
        cuts: percent at which A and B end.
        addresses: where a click on each bar leads.
    """
    firsts, lasts = frame["first"].tolist(), frame["last"].tolist()
    ranks = [(first + last) / 2 for first, last in zip(firsts, lasts, strict=True)]
    shares = [100 * value / max(positive, 1) for value in frame["cumulative"].tolist()]
    bars = {
        "type": "bar",
        "x": ranks,
        "y": money.heights(frame["value"], measure),
        "width": [
            (last - first + 1) * (0.8 if len(frame) <= FEW else 1) for first, last in zip(firsts, lasts, strict=True)
        ],
        "marker": {"color": [COLOURS[letter] for letter in frame["abc"]]},
        "hoverinfo": "skip",
    }
    line = {"type": "scatter", "mode": "lines", "x": ranks, "y": shares, "yaxis": "y2", "hoverinfo": "skip"}
    whole_columns = {
        "type": "bar",
        "x": ranks,
        "y": [FULL] * len(ranks),
        "width": [last - first + 1 for first, last in zip(firsts, lasts, strict=True)],
        "yaxis": "y2",
        "marker": {"color": "rgba(0,0,0,0)"},
        "hovertext": _words(frame, shares, measure, money),
        "hoverinfo": "text",
        "customdata": addresses,
    }
    span = [0.5, lasts[-1] + 0.5]
    limits = [_limit(cut, span) for cut in cuts]
    data = [bars, {**line, "line": {"color": "$mark", "width": 2}}, *limits, whole_columns]
    return {"data": data, "layout": _layout(span, cuts, measure, money)}


def _layout(span: list[float], cuts: tuple[int, int], measure: Measure, money: Money) -> dict[str, Any]:
    layout = base_layout(height=320, margin={"l": 56, "r": 48, "t": 8, "b": 40})
    layout["xaxis"] = {
        "range": span,
        "showgrid": False,
        "fixedrange": True,
        "nticks": 6,
        "tickformat": ",d",
        "title": {"text": "Products, largest first", "standoff": 6, "font": {"size": 13}},
    }
    layout["yaxis"] = {**value_axis(measure, money), "nticks": 5}
    layout["yaxis2"] = {
        "overlaying": "y",
        "side": "right",
        "range": [0, FULL],
        "tickvals": [0, 50, *cuts],
        "ticktext": [f"{value} %" for value in (0, 50, *cuts)],
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
    }
    layout["barmode"] = "overlay"
    return layout


def _limit(cut: int, span: list[float]) -> dict[str, Any]:
    line = {"color": "$text", "width": 1, "dash": "dot"}
    return {
        "type": "scatter",
        "mode": "lines",
        "x": span,
        "y": [cut, cut],
        "yaxis": "y2",
        "hoverinfo": "skip",
        "line": line,
    }


def _words(frame: pd.DataFrame, shares: list[float], measure: Measure, money: Money) -> list[str]:
    columns = (frame[name].tolist() for name in ("first", "last", "name", "value", "abc"))
    return [
        f"{_who(first, last, name)}<br><b>{money.text(value, measure)}</b>, class {letter}"
        f"<br>{share:.1f} % with all before"
        for first, last, name, value, letter, share in zip(*columns, shares, strict=True)
    ]


def _who(first: int, last: int, name: str) -> str:
    return f"{first:,}. {escape(name, quote=False)}" if name else f"Products {first:,} to {last:,} together"
