import pandas as pd
import pytest

from dashboard.charts import Money
from dashboard.charts.nine_box import nine_box
from dashboard.charts.pareto import FULL, pareto
from dashboard.sales.measures import MEASURES
from dashboard.sales.nine_box import BOXES, POLICIES, Box

MONEY = Money("EUR", 2)


def curve(rows: list[tuple[int, int, str, int, int, str]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["first", "last", "product", "value", "cumulative", "abc"])
    return frame.assign(name=[f"<b>{code}" if code else "" for code in frame["product"]])


def test_the_line_of_the_pareto_ends_at_the_whole_and_the_bars_at_the_values() -> None:
    frame = curve([(1, 1, "a", 8500, 8500, "A"), (2, 2, "b", 1500, 10_000, "B"), (3, 3, "c", -300, 10_000, "C")])
    figure = pareto(frame, 10_000, (80, 95), MEASURES["net_sales"], MONEY, ["/product?product=a", "", ""])
    bars, line, first, second, hits = figure["data"]
    assert bars["y"] == [85.0, 15.0, -3.0]
    assert line["y"] == [85.0, 100.0, 100.0]
    assert [first["y"], second["y"]] == [[80, 80], [95, 95]]
    assert hits["customdata"] == ["/product?product=a", "", ""]
    assert hits["hovertext"][0] == "1. &lt;b&gt;a<br><b>€85.00</b>, class A<br>85.0 % with all before"
    assert {trace["type"] for trace in figure["data"]} == {"bar", "scatter"}
    assert figure["layout"]["yaxis2"]["range"] == [0, FULL]


def test_a_bar_of_several_products_says_so_and_is_as_wide() -> None:
    frame = curve([(1, 3, "", 90, 90, "A"), (4, 5, "", 10, 100, "C")])
    bars, *_, hits = pareto(frame, 100, (80, 95), MEASURES["net_units"], MONEY, ["", ""])["data"]
    assert bars["x"] == [2.0, 4.5]
    assert hits["width"] == [3, 2]
    assert hits["hovertext"][0].startswith("Products 1 to 3 together<br><b>90</b>")


def grid(unknown: bool) -> dict:
    boxes = [Box(key, i, i * 10, POLICIES[key]) for i, key in enumerate(BOXES)]
    return nine_box(boxes, [box.value / 660 for box in boxes], [f"/classes?{b.key}" for b in boxes], unknown=unknown)


@pytest.mark.parametrize(("unknown", "count"), [(False, 9), (True, 12)])
def test_each_box_has_its_square_its_words_and_its_link(unknown: bool, count: int) -> None:
    figure = grid(unknown)
    squares = figure["data"][0]
    keys = [address.removeprefix("/classes?") for address in squares["customdata"]]
    assert len(keys) == len(set(keys)) == len(figure["layout"]["annotations"]) == count
    rows = dict(zip(keys, zip(squares["x"], squares["base"], strict=True), strict=True))
    assert rows["AX"][0] == 0
    assert rows["AX"][1] > rows["BX"][1] > rows["CX"][1]
    assert max(squares["marker"]["opacity"]) <= 0.42
    assert figure["layout"]["annotations"][1]["text"] == f"<b>1</b><br>{1000 / 660:.1f} %"


def test_colour_follows_the_share_and_an_empty_or_negative_box_is_faintest() -> None:
    boxes = [Box(key, 1, -5, POLICIES[key]) for key in BOXES]
    squares = nine_box(boxes, [-0.1] * 12, [""] * 12, unknown=True)["data"][0]
    assert set(squares["marker"]["opacity"]) == {0.06}
