"""The nine boxes as a grid of squares: importance from top to bottom, steadiness from left to right."""

from collections.abc import Sequence
from math import isnan
from typing import Any

from dashboard.charts.bars import Figure, base_layout
from dashboard.sales.nine_box import Box

ROWS, COLUMNS = "ABC", "XYZU"
NAMES = {"X": "X<br>steady", "Y": "Y<br>swings", "Z": "Z<br>erratic", "U": "not<br>known"}
# Faint enough for text on it, in both themes.
LEAST_INK, MOST_INK = 0.06, 0.42
HEIGHT = 0.94


def nine_box(boxes: Sequence[Box], shares: Sequence[float], addresses: Sequence[str], *, unknown: bool) -> Figure:
    """One square a box with its count and share, the fuller the stronger its colour.

    Args:
        shares: of 1, what lies in each box; NaN where that cannot be said.
        addresses: where a click on each leads.
        unknown: whether there is a column of products that XYZ says nothing of.
    """
    columns = COLUMNS if unknown else COLUMNS[:-1]
    shown = [i for i, box in enumerate(boxes) if box.key[1] in columns]
    most = max([share for share in shares if share > 0], default=1.0)
    squares: dict[str, Any] = {
        "type": "bar",
        "x": [columns.index(boxes[i].key[1]) for i in shown],
        "y": [HEIGHT] * len(shown),
        "base": [len(ROWS) - 1 - ROWS.index(boxes[i].key[0]) + 0.03 for i in shown],
        "width": 0.95,
        "customdata": [addresses[i] for i in shown],
        "hovertext": [_words(boxes[i], shares[i]) for i in shown],
        "hoverinfo": "text",
        "marker": {
            "color": "$series",
            "opacity": [LEAST_INK + (MOST_INK - LEAST_INK) * (shares[i] / most if shares[i] > 0 else 0) for i in shown],
        },
    }
    layout = base_layout(height=320, margin={"l": 28, "r": 4, "t": 44, "b": 4})
    axis = {"showgrid": False, "zeroline": False, "fixedrange": True}
    names = [NAMES[letter] for letter in columns]
    places = list(range(len(columns)))
    layout["xaxis"] = {
        **axis,
        "tickvals": places,
        "ticktext": names,
        "side": "top",
        "range": [-0.5, len(columns) - 0.5],
    }
    layout["annotations"] = [
        _inside(x, y, f"<b>{boxes[i].products:,}</b><br>{_percent(shares[i])}")
        for i, x, y in zip(shown, squares["x"], squares["base"], strict=True)
    ]
    layout["yaxis"] = {**axis, "tickvals": [2.5, 1.5, 0.5], "ticktext": list(ROWS), "range": [0, len(ROWS)]}
    return {"data": [squares], "layout": layout}


def _inside(column: int, base: float, text: str) -> dict[str, Any]:
    return {"x": column, "y": base + HEIGHT / 2, "text": text, "showarrow": False, "font": {"size": 14}}


def _words(box: Box, share: float) -> str:
    products = "1 product" if box.products == 1 else f"{box.products:,} products"
    return f"<b>{box.key}</b>: {products}, {_percent(share)}<br>{_wrapped(box.policy)}"


def _percent(share: float) -> str:
    return "–" if isnan(share) else f"{share * 100:,.1f} %".replace("-", "−")


def _wrapped(text: str, width: int = 44) -> str:
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) >= width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "<br>".join(lines)
