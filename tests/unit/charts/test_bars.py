import pandas as pd
import pytest

from dashboard.charts import Money, monthly_bars, ranking_bars, split_bars
from dashboard.sales.amounts import amount_text, decimal_text
from dashboard.sales.measures import MEASURES

EURO = Money("EUR", 2)
UNITS, SALES = MEASURES["net_units"], MEASURES["net_sales"]


@pytest.mark.parametrize(
    ("minor", "digits", "text"),
    [(123456, 2, "1234.56"), (-5, 2, "-0.05"), (0, 2, "0.00"), (7, 0, "7"), (1234, 3, "1.234")],
)
def test_minor_units_become_exact_decimals(minor: int, digits: int, text: str) -> None:
    assert decimal_text(minor, digits) == text


def test_amounts_for_people() -> None:
    assert amount_text(3442209, SALES, "GBP", 2) == "£34,422.09"
    assert amount_text(-100, SALES, "NOK", 2) == "−NOK 1.00"
    assert amount_text(-14883, UNITS, "GBP", 2) == "−14,883"


def test_the_unfinished_month_is_hatched_and_says_its_days() -> None:
    frame = pd.DataFrame(
        {"month": ["2026-10", "2026-11"], "value": [100, 50], "complete": [True, False], "window": ["", "1–20 Nov"]}
    )
    bar = monthly_bars(frame, UNITS, EURO, ("2026-11", "2026-11"))["data"][0]
    assert bar["marker"]["pattern"]["shape"] == ["", "/"]
    assert bar["marker"]["color"] == ["$quiet", "$series"]
    assert bar["hovertext"] == ["October 2026<br><b>100</b>", "1–20 Nov 2026, unfinished<br><b>50</b>"]


def test_a_long_series_labels_few_months() -> None:
    months = [f"{year}-{month:02}" for year in (2024, 2025) for month in range(1, 13)]
    frame = pd.DataFrame({"month": months, "value": 1, "complete": True, "window": ""})
    axis = monthly_bars(frame, UNITS, EURO, ("2025-12", "2025-12"))["layout"]["xaxis"]
    assert axis["tickvals"] == ["2024-01", "2024-07", "2025-01", "2025-07", "2025-12"]


def test_names_are_text_never_markup_and_long_ones_are_cut() -> None:
    frame = pd.DataFrame(
        {"rank": [1, 2], "product": ["a", "b"], "name": ["<b>Pan</b> & lid", "x" * 80], "value": [1050, -20]}
    )
    figure = ranking_bars(frame, SALES, EURO, "$worst", marked="b")
    first, second = (note["text"] for note in figure["layout"]["annotations"])
    assert first == "1  &lt;b&gt;Pan&lt;/b&gt; &amp; lid"
    assert second.endswith("x…")
    bar = figure["data"][0]
    assert (bar["x"], bar["text"], bar["customdata"]) == ([10.5, -0.2], ["€10.50", "−€0.20"], ["a", "b"])
    assert bar["marker"]["color"] == ["$worst", "$mark"]


def test_a_split_shows_shares_where_there_are_any() -> None:
    frame = pd.DataFrame({"name": ["North", "South"], "value": [75, 25], "share": [0.75, None]})
    texts = [note["text"] for note in split_bars(frame, UNITS, EURO)["layout"]["annotations"]]
    assert texts == ["North  75.0 %", "South"]
