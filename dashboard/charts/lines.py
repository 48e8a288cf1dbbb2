"""Lines by month, the usual year, and what is expected of the months ahead."""

from collections.abc import Sequence
from typing import Any

from dashboard.charts.bars import base_layout, month_axis
from dashboard.sales.calendar import first_day

Figure = dict[str, Any]

HEIGHT = 240
SMALL = {"size": 10}
NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def with_forecast(
    figure: Figure,
    months: Sequence[str],
    mean: Sequence[float],
    low: Sequence[float],
    high: Sequence[float],
    words: Sequence[str],
) -> Figure:
    """Bars by month with what is expected after them: a point a month, in a column as tall as its range.

    Args:
        figure: of :func:`dashboard.charts.monthly_bars`; not changed.
        months: keys of the months ahead; one may be unfinished and have its bar already.
        words: shown of each when pointed at.
    """
    column = {
        "type": "bar",
        "x": list(months),
        "base": list(low),
        "y": [top - bottom for bottom, top in zip(low, high, strict=True)],
        "width": 0.5,
        "hoverinfo": "skip",
        "marker": {"color": "rgba(0,0,0,0)", "line": {"color": "$mark", "width": 1.5}},
    }
    point = {
        "type": "scatter",
        "mode": "markers",
        "x": list(months),
        "y": list(mean),
        "hovertext": list(words),
        "hoverinfo": "text",
        "marker": {"color": "$mark", "symbol": "diamond", "size": 7},
    }
    return {**figure, "data": [*figure["data"], column, point]}


def month_line(months: Sequence[str], heights: Sequence[float | None], texts: Sequence[str], prefix: str) -> Figure:
    """A value by month; None leaves a gap. ``prefix`` stands before the axis labels, such as a currency sign."""
    line = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": list(months),
        "y": list(heights),
        "connectgaps": False,
        "hovertext": _hover(months, texts),
        "hoverinfo": "text",
        "marker": {"color": "$series", "size": 5},
        "line": {"color": "$series", "width": 2},
    }
    return {"data": [line], "layout": _layout(months, prefix)}


def month_columns(
    months: Sequence[str], heights: Sequence[float], texts: Sequence[str], colours: Sequence[str]
) -> Figure:
    """A bar a month, each in its colour name."""
    bar = {
        "type": "bar",
        "x": list(months),
        "y": list(heights),
        "hovertext": _hover(months, texts),
        "hoverinfo": "text",
        "marker": {"color": list(colours)},
    }
    return {"data": [bar], "layout": {**_layout(months, ""), "bargap": 0.25}}


def unfinished(figure: Figure, complete: Sequence[bool]) -> Figure:
    """The same with the bars of unfinished months hatched; lines have nothing to hatch."""
    pattern = {"shape": ["" if done else "/" for done in complete], "fgcolor": "$surface", "size": 7}
    traces = [
        {**trace, "marker": {**trace["marker"], "pattern": pattern}} if trace["type"] == "bar" else trace
        for trace in figure["data"]
    ]
    return {**figure, "data": traces}


def usual_year(index: Sequence[float], texts: Sequence[str]) -> Figure:
    """Seasonal indices, January first, as bars around the usual month, which is 1."""
    bar = {
        "type": "bar",
        "x": list(NAMES),
        "y": list(index),
        "hovertext": [f"{name}<br><b>{text}</b>" for name, text in zip(NAMES, texts, strict=True)],
        "hoverinfo": "text",
        "marker": {"color": ["$series" if value >= 1 else "$quiet" for value in index]},
    }
    usual = {
        "type": "scatter",
        "mode": "lines",
        "x": list(NAMES),
        "y": [1] * len(NAMES),
        "hoverinfo": "skip",
        "marker": {"color": "$mark"},
        "line": {"color": "$mark", "width": 1, "dash": "dot"},
    }
    layout = base_layout(height=HEIGHT, margin={"l": 40, "r": 8, "t": 8, "b": 28})
    # Twelve names fit a phone in small letters.
    layout["xaxis"] = {"type": "category", "showgrid": False, "fixedrange": True, "tickangle": 0, "tickfont": SMALL}
    layout["yaxis"] = {"gridcolor": "$grid", "zerolinecolor": "$grid", "fixedrange": True, "nticks": 5}
    layout["bargap"] = 0.25
    return {"data": [bar, usual], "layout": layout}


def _layout(months: Sequence[str], prefix: str) -> dict[str, Any]:
    layout = base_layout(height=HEIGHT, margin={"l": 56, "r": 16, "t": 8, "b": 44})
    layout["xaxis"] = month_axis(list(months))
    axis = {"gridcolor": "$grid", "zerolinecolor": "$grid", "fixedrange": True, "rangemode": "tozero", "nticks": 5}
    layout["yaxis"] = {**axis, "tickprefix": prefix, "tickformat": "~s"}
    return layout


def _hover(months: Sequence[str], texts: Sequence[str]) -> list[str]:
    return [f"{first_day(month):%B %Y}<br><b>{text}</b>" for month, text in zip(months, texts, strict=True)]
