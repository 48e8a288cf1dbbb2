"""Bars of stock: how old it is, and what stock-outs may have cost."""

from collections.abc import Sequence
from math import isnan

import pandas as pd

from dashboard.charts.bars import ROW_PIXELS, Figure, base_layout, name_above, named_bars, short_name

# Widths on a phone: of the chart, and of a letter beside a bar.
PHONE_PIXELS, LETTER_PIXELS = 320, 8


def age_bars(bands: Sequence[str], units: Sequence[int], texts: Sequence[str]) -> Figure:
    """A bar a band of age, the youngest first; goods of unknown age in the quiet colour."""
    colours = ["$series"] * (len(bands) - 1) + ["$quiet"]
    return named_bars(list(bands), [""] * len(bands), [float(one) for one in units], list(texts), colours[: len(bands)])


def outage_bars(frame: pd.DataFrame, texts: Sequence[str], addresses: Sequence[str]) -> Figure:
    """Units that may have been lost, a bar a product with its range as a line; unknown estimates have no bar.

    Args:
        frame: name, days, lost, low, high, as :class:`dashboard.reports.stock_periods.OutageAnswer`.
        texts: what stands beside each bar.
        addresses: where a click on it leads.
    """
    lost, low, high = ([_drawn(value) for value in frame[name].tolist()] for name in ("lost", "low", "high"))
    rows, longest = list(range(len(frame))), max([1.0, *high])
    label = min(max(map(len, texts)) * LETTER_PIXELS, PHONE_PIXELS * 0.6)
    end = longest * PHONE_PIXELS / (PHONE_PIXELS - label)
    days = ["1 day" if one == 1 else f"{one:,} days" for one in frame["days"].tolist()]
    names = [f"{short_name(name)}, {told}" for name, told in zip(frame["name"], days, strict=True)]
    shared = {"type": "bar", "orientation": "h", "y": rows, "customdata": list(addresses)}
    bar = {
        **shared,
        "x": lost,
        "width": 0.36,
        "hoverinfo": "skip",
        "marker": {"color": "$worst"},
    }
    ranges = {
        "type": "scatter",
        "mode": "lines",
        "x": [place for bounds in zip(low, high, strict=True) for place in (*bounds, None)],
        "y": [place for row in rows for place in (row, row, None)],
        "line": {"color": "$text", "width": 2},
        "hoverinfo": "skip",
    }
    whole_rows = {
        **shared,
        "x": [end] * len(rows),
        "width": 0.98,
        "offset": -0.68,
        "marker": {"color": "rgba(0,0,0,0)"},
        "hovertext": [f"{name}<br><b>{text}</b>" for name, text in zip(names, texts, strict=True)],
        "hoverinfo": "text",
    }
    layout = base_layout(height=ROW_PIXELS * len(rows) + 24, margin={"l": 2, "r": 2, "t": 4, "b": 8})
    layout["xaxis"] = {"visible": False, "fixedrange": True, "range": [0, end]}
    layout["yaxis"] = {"visible": False, "fixedrange": True, "range": [len(rows) - 0.45, -0.85]}
    layout["barmode"] = "overlay"
    beside = [
        {"x": x, "y": y, "text": text, "showarrow": False, "xanchor": "left", "xshift": 8, "align": "left"}
        for x, y, text in zip(high, rows, texts, strict=True)
    ]
    layout["annotations"] = [*(name_above(row, name) for row, name in zip(rows, names, strict=True)), *beside]
    return {"data": [bar, ranges, whole_rows], "layout": layout}


def _drawn(value: float) -> float:
    return 0.0 if isnan(value) else value
