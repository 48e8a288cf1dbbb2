"""The bar charts. No template, no transition: what is not set here is Plotly's default."""

from html import escape
from typing import Any

import pandas as pd

from dashboard.charts.money import Money
from dashboard.sales.calendar import first_day
from dashboard.sales.measures import Measure

Figure = dict[str, Any]

ROW_PIXELS = 46
LONGEST_NAME = 44
FEW_MONTHS = 8
# How many bars of a long series the label of a month takes on a phone.
LABEL_WIDTH = 5
# Width of a chart on a phone, and of a digit.
PHONE_PIXELS, DIGIT_PIXELS = 320, 8


def monthly_bars(frame: pd.DataFrame, measure: Measure, money: Money, chosen: tuple[str, str]) -> Figure:
    """One bar a month; the chosen months in full colour, an unfinished month hatched and labelled with its days.

    Args:
        frame: month, value, complete, window, as in :class:`dashboard.reports.Monthly`.
        chosen: first and last month asked for.
    """
    months, complete = frame["month"].tolist(), frame["complete"].tolist()
    labels = [_month_label(*row) for row in zip(months, complete, frame["window"], strict=True)]
    texts = [money.text(value, measure) for value in frame["value"]]
    bar = {
        "type": "bar",
        "x": months,
        "y": money.heights(frame["value"], measure),
        "customdata": months,
        "hovertext": [f"{label}<br><b>{text}</b>" for label, text in zip(labels, texts, strict=True)],
        "hoverinfo": "text",
        "marker": {
            "color": ["$series" if chosen[0] <= month <= chosen[1] else "$quiet" for month in months],
            "pattern": {"shape": ["" if done else "/" for done in complete], "fgcolor": "$surface", "size": 7},
        },
    }
    layout = base_layout(height=300, margin={"l": 56, "r": 16, "t": 8, "b": 44})
    layout["xaxis"] = month_axis(months)
    layout["yaxis"] = {**value_axis(measure, money), "nticks": 5}
    layout["bargap"] = 0.25
    layout["barmode"] = "overlay"
    low, high = min([0.0, *bar["y"]]), max([0.0, *bar["y"]])
    whole_columns = {"base": [low] * len(months), "y": [high - low] * len(months)}
    return {"data": [bar, _hit_area(bar, whole_columns)], "layout": layout}


def ranking_bars(frame: pd.DataFrame, measure: Measure, money: Money, colour: str, marked: str | None = None) -> Figure:
    """Horizontal bars in the order of ``frame``, each under its own line of rank and name, so that names may be long.

    Args:
        frame: rank, product, name, value, as in :class:`dashboard.reports.RankingAnswer`.
        colour: symbolic colour of the bars.
        marked: code of the product that the page is drilled into.
    """
    values = frame["value"].tolist()
    texts = [money.text(value, measure) for value in values]
    return product_bars(frame, money.heights(values, measure), texts, colour, marked)


def product_bars(
    frame: pd.DataFrame, heights: list[float], texts: list[str], colour: str, marked: str | None = None
) -> Figure:
    """As :func:`ranking_bars`, of figures that are no measure: their lengths and words come along.

    Args:
        frame: rank, product, name.
        heights, texts: length and label of each bar.
    """
    names = [f"{rank}  {short_name(name)}" for rank, name in zip(frame["rank"], frame["name"], strict=True)]
    codes = frame["product"].tolist()
    return named_bars(names, codes, heights, texts, ["$mark" if code == marked else colour for code in codes])


def split_bars(frame: pd.DataFrame, measure: Measure, money: Money) -> Figure:
    """Horizontal bars by value of a dimension, with shares.

    Args:
        frame: name, value, share, as in :class:`dashboard.reports.Breakdown`; and key where a click chooses something
            else than the name, or nothing (empty).
    """
    names = [short_name(name) + _share(share) for name, share in zip(frame["name"], frame["share"], strict=True)]
    texts = [money.text(value, measure) for value in frame["value"]]
    heights, keys = money.heights(frame["value"], measure), frame["key" if "key" in frame else "name"].tolist()
    return named_bars(names, keys, heights, texts, ["$series"] * len(names))


def named_bars(names: list[str], keys: list[str], heights: list[float], texts: list[str], colours: list[str]) -> Figure:
    """Horizontal bars, each under its own line; ``names`` are HTML already, ``keys`` what a click brings."""
    bar = {
        "type": "bar",
        "orientation": "h",
        "x": heights,
        "y": list(range(len(keys))),
        "width": 0.36,
        "customdata": keys,
        "text": texts,
        "textposition": "outside",
        "cliponaxis": False,
        "hovertext": [f"{name}<br><b>{text}</b>" for name, text in zip(names, texts, strict=True)],
        "hoverinfo": "text",
        "marker": {"color": colours},
    }
    layout = base_layout(height=ROW_PIXELS * len(keys) + 24, margin={"l": 2, "r": 2, "t": 4, "b": 8})
    layout["xaxis"] = _length_axis(heights, texts)
    layout["yaxis"] = {"visible": False, "fixedrange": True, "range": [len(keys) - 0.45, -0.85]}
    layout["annotations"] = [name_above(i, name) for i, name in enumerate(names)]
    layout["barmode"] = "overlay"
    low, high = layout["xaxis"]["range"]
    whole_rows = {"base": [low] * len(keys), "x": [high - low] * len(keys), "offset": -0.68, "width": 0.98}
    return {"data": [bar, _hit_area(bar, whole_rows)], "layout": layout}


def month_axis(months: list[str]) -> dict[str, Any]:
    """A category axis of month keys with few enough labels for a phone."""
    x_axis = {"type": "category", "tickvals": _ticks(months), "ticktext": [_tick_label(m) for m in _ticks(months)]}
    return {**x_axis, "showgrid": False, "tickangle": 0, "tickcolor": "$grid", "fixedrange": True}


def _hit_area(bar: dict[str, Any], shape: dict[str, Any]) -> dict[str, Any]:
    """What is seen of a bar and the room around it, to point at: a bar of zero could not be hit."""
    kept = {key: value for key, value in bar.items() if key not in {"text", "textposition", "cliponaxis"}}
    return {**kept, **shape, "marker": {"color": "rgba(0,0,0,0)"}}


def base_layout(height: int, margin: dict[str, int]) -> dict[str, Any]:
    """What every chart has in common."""
    return {
        "height": height,
        "margin": margin,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": "$text", "size": 13, "family": "system-ui, -apple-system, Segoe UI, Roboto, sans-serif"},
        "hoverlabel": {"bgcolor": "$surface", "bordercolor": "$grid", "font": {"color": "$text"}, "align": "left"},
        "showlegend": False,
        "dragmode": False,
    }


def value_axis(measure: Measure, money: Money) -> dict[str, Any]:
    """The axis that a measure's amounts stand on."""
    return {
        "tickprefix": money.prefix(measure),
        "tickformat": "~s",
        "gridcolor": "$grid",
        "zerolinecolor": "$grid",
        "fixedrange": True,
        "rangemode": "tozero",
    }


def _length_axis(heights: list[float], texts: list[str]) -> dict[str, Any]:
    """No scale, since every bar carries its value; a line at zero where bars run both ways."""
    line = {
        "zeroline": min([0.0, *heights]) < 0 or not any(heights),
        "zerolinecolor": "$grid",
        "showgrid": False,
        "showticklabels": False,
    }
    return {**line, "fixedrange": True, "range": _room_for_labels(heights, texts)}


def _room_for_labels(heights: list[float], texts: list[str]) -> list[float]:
    """Beside the longest bar there is room for the longest label, on a phone too."""
    low, high = min([0.0, *heights]), max([0.0, *heights])
    span = (high - low) or 1.0
    sides = 2 if low < 0 else 1
    label = min(max(map(len, texts)) * DIGIT_PIXELS + 12, PHONE_PIXELS * 0.6 / sides)
    room = span * label / (PHONE_PIXELS - sides * label)
    return [low - (room if low < 0 else 0), high + room]


def name_above(row: int, name: str) -> dict[str, Any]:
    """A line of its own above the bar of a row, from the left edge."""
    place = {"x": 0, "xref": "paper", "xanchor": "left", "y": row, "yref": "y", "yanchor": "bottom", "yshift": 8}
    return {**place, "text": name, "showarrow": False, "align": "left", "font": {"size": 13}}


def short_name(name: str) -> str:
    """A name as HTML that fits a phone."""
    cut = name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1].rstrip() + "…"
    return escape(cut, quote=False)


def _share(share: float | None) -> str:
    return "" if share is None or pd.isna(share) else f"  {share * 100:.1f} %"


def _month_label(month: str, complete: bool, window: str) -> str:
    return f"{first_day(month):%B %Y}" if complete else f"{window} {month[:4]}, unfinished"


def _ticks(months: list[str]) -> list[str]:
    """Few enough labels for a phone: the last month, and every January and July far enough from it."""
    if len(months) <= FEW_MONTHS:
        return months
    return [*(month for month in months[:-LABEL_WIDTH] if month.endswith(("-01", "-07"))), months[-1]]


def _tick_label(month: str) -> str:
    return first_day(month).strftime("%b<br>%Y")
