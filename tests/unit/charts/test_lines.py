"""Lines by month, the usual year and the forecast after the bars."""

import pandas as pd

from dashboard.charts import Money, monthly_bars
from dashboard.charts.lines import month_columns, month_line, usual_year, with_forecast
from dashboard.sales.measures import MEASURES

MONTHS = ["2026-09", "2026-10", "2026-11"]
FRAME = pd.DataFrame(
    {"month": MONTHS, "value": [5, 7, 2], "complete": [True, True, False], "window": ["", "", "1–20 Nov"]}
)


def test_the_forecast_stands_in_boxes_after_the_bars_and_leaves_them_as_they_are() -> None:
    bars = monthly_bars(FRAME, MEASURES["net_units"], Money("EUR", 2), ("2026-11", "2026-11"))
    before = str(bars)
    drawn = with_forecast(bars, ["2026-11", "2026-12"], [6.0, 9.0], [4.0, 5.5], [8.0, 12.5], ["November", "December"])
    assert str(bars) == before
    box, point = drawn["data"][-2:]
    assert (box["base"], box["y"]) == ([4.0, 5.5], [4.0, 7.0])
    assert (point["x"], point["y"], point["hovertext"]) == (
        ["2026-11", "2026-12"],
        [6.0, 9.0],
        ["November", "December"],
    )
    assert drawn["data"][:-2] == bars["data"]


def test_a_month_without_a_price_is_a_gap() -> None:
    figure = month_line(MONTHS, [2.5, None, 3.0], ["€2.50", "–", "€3.00"], "€")
    line = figure["data"][0]
    assert (line["y"], line["connectgaps"]) == ([2.5, None, 3.0], False)
    assert line["hovertext"][1] == "October 2026<br><b>–</b>"
    assert figure["layout"]["yaxis"]["tickprefix"] == "€"


def test_columns_have_their_own_colours_and_the_year_its_usual_month() -> None:
    assert month_columns(MONTHS, [1, 2, 3], ["a", "b", "c"], ["$series", "$worst", "$series"])["data"][0]["marker"] == {
        "color": ["$series", "$worst", "$series"]
    }
    year = usual_year([0.5] * 6 + [1.5] * 6, ["x"] * 12)
    assert year["data"][0]["marker"]["color"] == ["$quiet"] * 6 + ["$series"] * 6
    assert set(year["data"][1]["y"]) == {1}
