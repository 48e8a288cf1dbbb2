from datetime import date

import pandas as pd
import pytest
from classes_kit import ADMIN, NOVEMBER, PROCUREMENT, SALES, Fixed, reports, shop, viewer
from factories import Line, make_rollup

from dashboard.access import Forbidden, Permission
from dashboard.reports import BadQuestionError, Gate, Question, Reports, classes
from dashboard.reports.class_pages import BOXES, SORTS, Wanted
from dashboard.sales.calendar import shift

UNITS, MARGIN, STOCK = Permission.MEASURE_UNITS, Permission.MEASURE_MARGIN, Permission.MEASURE_STOCK
SHOP = shop()


def listed(asked: Reports, measure: str = "net_units", question: Question = NOVEMBER, **wanted: object) -> pd.DataFrame:
    page = classes.products(asked, question, measure, Wanted(**wanted))
    assert page is not None
    return page.frame


def test_the_unfinished_month_counts_nowhere_and_the_window_is_twelve_full_months() -> None:
    answer = classes.answer(reports(SHOP), NOVEMBER, "net_units")
    assert (answer.span.first, answer.span.last, answer.span.windows) == ("2025-11", "2026-10", 12)
    assert answer.then.words == "October 2025 – September 2026"
    # 6 odd months sell one more; mid was out of stock in May; gaps sells 20 four times, new 10 twice
    expected = {"big": 4806, "mid": 11 * 90 + 5, "low": 366, "gaps": 80, "new": 20, "none": 0}
    assert listed(reports(SHOP)).set_index("product")["value"].to_dict() == expected
    assert answer.total == sum(expected.values()) == sum(count.value for count in answer.counts)


def test_each_product_is_in_one_class_and_one_box_and_all_is_the_headline() -> None:
    asked = reports(SHOP, SALES)
    for measure in ("net_units", "net_sales"):
        answer = classes.answer(asked, NOVEMBER, measure)
        headline = asked.headline(measure, Question("2025-11", "2026-10"))
        assert headline.value == answer.total == sum(box.value for box in answer.boxes) == answer.curve["value"].sum()
        assert answer.products == sum(box.products for box in answer.boxes) == sum(c.products for c in answer.counts)
        assert answer.curve["cumulative"].iloc[-1] == answer.positive
        assert answer.curve["abc"].iloc[0] == "A"
        for box in answer.boxes:
            assert len(listed(asked, measure, only=box.key)) == box.products


def test_what_each_product_is_said_to_be() -> None:
    frame = listed(reports(SHOP)).set_index("product")
    assert frame["abc"].to_dict() == {"big": "A", "mid": "A", "low": "B", "gaps": "C", "new": "C", "none": "C"}
    assert frame.loc["big", ["xyz", "demand"]].tolist() == ["X", "smooth"]
    assert frame.loc["gaps", "demand"] == "intermittent"
    assert frame.loc["gaps", "adi"] == pytest.approx(3.0)
    assert frame.loc["new", ["xyz", "months"]].tolist() == ["U", 2]
    assert frame.loc["none", ["abc", "xyz", "demand"]].tolist() == ["C", "U", "no demand"]
    assert "gone" not in frame.index


def test_a_month_out_of_stock_is_left_out_for_those_who_may_see_stock() -> None:
    with_stock = shop(stock=True)
    months = {
        who: listed(reports(with_stock, one)).set_index("product").loc["mid", "months"]
        for who, one in {"stock": PROCUREMENT, "none": SALES, "south": viewer(UNITS, STOCK, region="South")}.items()
    }
    assert months == {"stock": 11, "none": 12, "south": 12}
    assert classes.answer(reports(with_stock), NOVEMBER, "net_units").uses_stock
    assert not classes.answer(reports(with_stock, SALES), NOVEMBER, "net_units").uses_stock


@pytest.mark.parametrize(
    ("who", "measure"),
    [
        (PROCUREMENT, "net_sales"), (PROCUREMENT, "margin"), (PROCUREMENT, "cost_of_goods"), (SALES, "margin"),
        (ADMIN, "net_units"), (viewer(Permission.MEASURE_REVENUE), "net_sales"),
    ],
)  # fmt: skip
def test_classes_by_what_the_viewer_lacks_are_refused_and_noted(who, measure: str) -> None:
    refused = []
    asked = Gate(Fixed(SHOP), denied=lambda one, right: refused.append(one)).open(who)
    for ask in (
        lambda: classes.answer(asked, NOVEMBER, measure),
        lambda: classes.products(asked, NOVEMBER, measure, Wanted()),
    ):
        with pytest.raises(Forbidden):
            ask()
    assert refused == [who, who]


def test_only_permitted_measures_that_the_data_have_are_offered() -> None:
    def offered(rollup, who) -> list[str]:
        return [measure.key for measure in classes.offered(reports(rollup, who))]

    costless = make_rollup([Line(date(2026, 5, 1), "a", 3, 300)])
    assert offered(SHOP, PROCUREMENT) == ["net_units"]
    assert offered(SHOP, SALES) == ["net_sales", "net_units"]
    assert offered(SHOP, viewer(UNITS, MARGIN)) == ["net_units", "cost_of_goods", "margin"]
    assert offered(costless, viewer(UNITS, MARGIN)) == ["net_units"]


@pytest.mark.promise("ASVS 8.1.1")
def test_nothing_of_classes_by_units_follows_from_money() -> None:
    def seen(price: int) -> list[str]:
        asked = reports(shop(price))
        answer = classes.answer(asked, NOVEMBER, "net_units")
        pages = [listed(asked, sort=sort, descending=down).to_json() for sort in SORTS for down in (False, True)]
        return [repr(answer.counts), repr(answer.boxes), answer.curve.to_json(), answer.movers.to_json(), *pages]

    assert seen(100) == seen(7919)
    assert (
        listed(reports(shop(100), SALES), "net_sales")["product"].tolist() != listed(reports(SHOP))["product"].tolist()
    )


def test_a_viewer_of_a_region_sees_what_was_sold_there_alone() -> None:
    south = viewer(UNITS, region="South")
    frame = listed(reports(SHOP, south))
    assert set(frame["product"]) == {"mid", "gaps"}
    filtered = listed(reports(SHOP), question=Question("2026-11", "2026-11", region=frozenset({"South"})))
    assert filtered.set_index("product").loc["mid", "value"] == frame.set_index("product").loc["mid", "value"]


def test_with_less_than_a_year_there_are_classes_and_nothing_to_compare_with() -> None:
    asked = reports(shop(start="2026-05"))
    answer = classes.answer(asked, NOVEMBER, "net_units")
    assert (len(answer.span.months), answer.span.windows, answer.span.season, answer.then) == (6, 1, 0, None)
    assert answer.moved == 0
    assert [count.before for count in answer.counts] == [None] * 3
    assert classes.answer(reports(shop(start="2026-11")), NOVEMBER, "net_units") is None


def test_data_that_begin_inside_a_month_have_it_not() -> None:
    late = make_rollup(
        [Line(date(2026, 5, 20), "a", 5), Line(date(2026, 7, 31), "a", 5)], complete_to=date(2026, 7, 31)
    )
    assert classes.span(reports(late), Question("2026-07", "2026-07")).months == ("2026-06", "2026-07")


def test_a_product_that_rises_moves_with_the_share_before_it_and_the_page_lists_it() -> None:
    lines = [Line(date(int(m[:4]), int(m[5:]), 1), "old", 100) for m in (shift("2025-01", i) for i in range(22))]
    lines += [Line(date(2026, 10, 1), "up", 2000), Line(date(2025, 1, 1), "up", 1)]
    asked = reports(make_rollup(lines, complete_to=date(2026, 10, 31)))
    question = Question("2026-10", "2026-10")
    answer = classes.answer(asked, question, "net_units")
    assert answer.movers[["product", "was", "now"]].values.tolist() == [["up", "C", "A"]]
    assert answer.movers["before_was"].tolist() == [1.0]
    assert answer.movers["before_now"].tolist() == [0.0]
    assert listed(asked, question=question, only="moved")["was"].tolist() == ["C"]
    assert classes.answer(asked, question, "net_units", back=6).then.words == "May 2025 – April 2026"


@pytest.mark.parametrize("sort", SORTS)
def test_paging_is_complete_without_repeats_and_blanks_come_last(sort: str) -> None:
    asked = reports(SHOP)
    for descending in (False, True):
        whole = listed(asked, sort=sort, descending=descending)
        pages = [listed(asked, sort=sort, descending=descending, offset=i, limit=2) for i in range(0, len(whole), 2)]
        assert pd.concat(pages)["product"].tolist() == whole["product"].tolist()
        assert whole["product"].is_unique
        if sort in {"cv", "adi", "cv2"}:
            assert whole[sort].isna().tolist() == sorted(whole[sort].isna())


def test_products_are_found_by_code_and_name() -> None:
    assert listed(reports(SHOP), search="BIG")["product"].tolist() == ["big"]
    assert listed(reports(SHOP), search="no such thing").empty


@pytest.mark.parametrize(
    "ask",
    [
        lambda asked: classes.answer(asked, NOVEMBER, "discounts"),
        lambda asked: classes.answer(asked, NOVEMBER, "net_units", back=0),
        lambda asked: classes.answer(asked, NOVEMBER, "net_units", back=99),
        lambda asked: classes.answer(asked, Question("2031-01", "2031-01"), "net_units"),
        lambda asked: listed(asked, sort="value; drop"),
        lambda asked: listed(asked, only="AXX"),
        lambda asked: listed(asked, only="moved "),
        lambda asked: listed(asked, limit=0),
        lambda asked: listed(asked, offset=-1),
    ],
)
def test_nonsense_is_answered_with_what_would_be_right(ask) -> None:
    with pytest.raises(BadQuestionError):
        ask(reports(SHOP, SALES))


def test_a_product_in_the_address_does_not_make_it_the_whole() -> None:
    alone = Question("2026-11", "2026-11", product="mid")
    assert classes.answer(reports(SHOP), alone, "net_units").products == 6
    assert len(BOXES) == 12
