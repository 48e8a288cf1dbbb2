"""Bars a fiscal period, as the monthly bars are: what is chosen in full colour, what is unfinished hatched."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.charts.bars import FEW_MONTHS, Figure, base_layout, value_axis
from dashboard.charts.money import Money
from dashboard.sales.measures import Measure


@dataclass(frozen=True)
class FiscalBar:
    """One period: its short name, what is said of it when pointed at, and its amount as an integer of the measure."""

    name: str
    words: str
    value: int
    complete: bool
    chosen: bool


def fiscal_bars(bars: Sequence[FiscalBar], measure: Measure, money: Money) -> Figure:
    """One bar a period, oldest first."""
    trace = {
        "type": "bar",
        "x": [bar.name for bar in bars],
        "y": money.heights([bar.value for bar in bars], measure),
        "hovertext": [f"{bar.words}<br><b>{money.text(bar.value, measure)}</b>" for bar in bars],
        "hoverinfo": "text",
        "marker": {
            "color": ["$series" if bar.chosen else "$quiet" for bar in bars],
            "pattern": {"shape": ["" if bar.complete else "/" for bar in bars], "fgcolor": "$surface", "size": 7},
        },
    }
    layout = base_layout(height=300, margin={"l": 56, "r": 16, "t": 8, "b": 44})
    ticks = [bar.name for bar in bars][:: -(-len(bars) // FEW_MONTHS) or 1]
    layout["xaxis"] = {
        "type": "category",
        "tickvals": ticks,
        "ticktext": [name.replace(" ", "<br>", 1) for name in ticks],
        "showgrid": False,
        "tickangle": 0,
        "tickcolor": "$grid",
        "fixedrange": True,
    }
    layout["yaxis"] = {**value_axis(measure, money), "nticks": 5}
    layout["bargap"] = 0.25
    return {"data": [trace], "layout": layout}
