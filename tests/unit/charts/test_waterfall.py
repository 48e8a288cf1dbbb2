import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from dashboard.charts import Money
from dashboard.charts.waterfall import moved_bars, waterfall
from dashboard.sales.measures import MEASURES

EURO = Money("EUR", 2)
SALES = MEASURES["net_sales"]


def test_each_bar_begins_where_the_one_above_ends() -> None:
    figure = waterfall([("Volume", 2_782_61), ("Mix", -1_000_00), ("Price", 3_400_00)], SALES, EURO)
    bars = figure["data"][1]
    assert bars["base"] == [0.0, 2782.61, 1782.61, 0.0]
    assert bars["x"] == [2782.61, -1000.0, 3400.0, 5182.61]
    assert bars["marker"]["color"] == ["$good", "$bad", "$good", "$series"]
    said = [note["text"] for note in figure["layout"]["annotations"]]
    assert said[1] == "Mix  <b>−€1,000.00</b>"
    assert said[-1] == "In total  <b>+€5,182.61</b>"


@given(st.lists(st.integers(-(10**12), 10**12), max_size=7))
def test_the_last_bar_is_all_of_them_and_every_end_is_in_sight(amounts: list[int]) -> None:
    figure = waterfall([(f"part {i}", amount) for i, amount in enumerate(amounts)], SALES, EURO)
    bars, (low, high) = figure["data"][1], figure["layout"]["xaxis"]["range"]
    assert bars["x"][-1] == sum(amounts) / 100
    ends = [base + length for base, length in zip(bars["base"], bars["x"], strict=True)]
    slack = 1e-6 * (high - low)
    assert all(low - slack <= end <= high + slack for end in (*bars["base"], *ends))


def test_moved_bars_lead_somewhere_and_names_are_no_markup() -> None:
    frame = pd.DataFrame({"name": ["<b>Cup</b>", "3 others"], "change": [500, -700]})
    figure = moved_bars(frame, SALES, EURO, ["/product?product=cup", ""])
    bar = figure["data"][0]
    assert bar["customdata"] == ["/product?product=cup", ""]
    assert bar["text"] == ["+€5.00", "−€7.00"]
    assert bar["marker"]["color"] == ["$good", "$bad"]
    assert figure["layout"]["annotations"][0]["text"] == "&lt;b&gt;Cup&lt;/b&gt;"
