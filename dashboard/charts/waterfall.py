"""Why a figure changed: the parts of a change one after another, and who made it."""

from collections.abc import Sequence
from html import escape
from itertools import accumulate
from typing import Any

import pandas as pd

from dashboard.charts.bars import ROW_PIXELS, Figure, base_layout, name_above, named_bars, short_name
from dashboard.charts.money import Money
from dashboard.sales.measures import Measure

TOTAL = "In total"
# Share of the drawn length that stays free at both ends.
ROOM = 0.03


def waterfall(parts: Sequence[tuple[str, int]], measure: Measure, money: Money) -> Figure:
    """Bars that each begin where the one before ended, from no change to the whole change; the last is the whole.

    Args:
        parts: name and amount, in the order drawn; amounts in the integers of ``measure``.
    """
    amounts = [amount for _, amount in parts]
    ends = list(accumulate(amounts))
    total = ends[-1] if ends else 0
    starts = [end - amount for end, amount in zip(ends, amounts, strict=True)]
    rows = [*((name, amount) for name, amount in parts), (TOTAL, total)]
    texts = [signed(money.text(amount, measure), amount) for _, amount in rows]
    names = [f"{escape(name, quote=False)}  <b>{text}</b>" for (name, _), text in zip(rows, texts, strict=True)]
    bars = {
        "type": "bar",
        "orientation": "h",
        "base": money.heights([*starts, 0], measure),
        "x": money.heights([*amounts, total], measure),
        "y": list(range(len(rows))),
        "width": 0.36,
        "hovertext": names,
        "hoverinfo": "text",
        "marker": {"color": [*map(_colour, amounts), "$series"]},
    }
    layout = base_layout(height=ROW_PIXELS * len(rows) + 24, margin={"l": 2, "r": 2, "t": 4, "b": 8})
    layout["xaxis"] = _axis(money.heights([0, *ends], measure))
    layout["yaxis"] = {"visible": False, "fixedrange": True, "range": [len(rows) - 0.45, -0.85]}
    layout["annotations"] = [name_above(row, name) for row, name in enumerate(names)]
    return {"data": [_steps(money.heights(ends, measure)), bars], "layout": layout}


def moved_bars(frame: pd.DataFrame, measure: Measure, money: Money, addresses: Sequence[str]) -> Figure:
    """Changes to both sides of zero, each under its name.

    Args:
        frame: name, change.
        addresses: where a click on each bar leads; empty where nowhere.
    """
    changes = frame["change"].tolist()
    texts = [signed(money.text(change, measure), change) for change in changes]
    names = [short_name(name) for name in frame["name"]]
    return named_bars(names, list(addresses), money.heights(changes, measure), texts, [*map(_colour, changes)])


def signed(text: str, amount: int) -> str:
    """``text`` with a plus sign where the amount is above 0; minus signs it has already."""
    return f"+{text}" if amount > 0 else text


def _colour(amount: int) -> str:
    return "$good" if amount >= 0 else "$bad"


def _axis(ends: list[float]) -> dict[str, Any]:
    low, high = min(ends), max(ends)
    room = ((high - low) or 1.0) * ROOM
    scale = {"showticklabels": False, "showgrid": False, "zeroline": True, "zerolinecolor": "$grid"}
    return {**scale, "fixedrange": True, "range": [low - room, high + room]}


def _steps(ends: list[float]) -> dict[str, Any]:
    """Thin lines from where a bar ends down to where the next one begins."""
    x = [value for end in ends for value in (end, end, None)]
    y = [value for row in range(len(ends)) for value in (row, row + 1, None)]
    line = {"color": "$grid", "width": 1}
    return {"type": "scatter", "mode": "lines", "x": x, "y": y, "line": line, "hoverinfo": "skip"}
