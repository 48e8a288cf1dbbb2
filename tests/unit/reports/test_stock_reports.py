"""Stock through the gate: who gets nothing, what nothing follows from, and that pages and sums agree."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from stock_kit import BUYER, CODES, KINDS, PLACE, PRICED, ROLES, reports, shop

from dashboard.access import Forbidden, Permission, Scope, Viewer
from dashboard.reports import BadQuestionError, Question, Reports
from dashboard.reports.stock import Missing, Standing, missing, standing, worklist
from dashboard.reports.stock_pages import FILTERS, SORTS, Wanted, Worklist
from dashboard.reports.stock_periods import at_costs, stock_ages, stock_outs, turnover
from dashboard.sales.rollup import Rollup

NOVEMBER, AUTUMN = Question("2026-11", "2026-11"), Question("2026-10", "2026-11")
SHOP = shop()
LISTED = [code for code in CODES if KINDS[code][3]]


def listed(asked: Reports, question: Question = NOVEMBER, **wanted: object) -> pd.DataFrame:
    page = worklist(asked, question, Wanted(**wanted))
    assert isinstance(page, Worklist)
    return page.frame


def total(asked: Reports, question: Question = NOVEMBER) -> Standing:
    held = standing(asked, question)
    assert isinstance(held, Standing)
    return held


def scoped(viewer: Viewer = BUYER, **scope: str) -> Viewer:
    return replace(viewer, scope=Scope(**{name: frozenset({value}) for name, value in scope.items()}))


@pytest.mark.parametrize("ask", [standing, turnover, stock_outs, stock_ages, at_costs])
def test_stock_needs_its_right(ask: object) -> None:
    if ask is not at_costs:
        with pytest.raises(Forbidden):
            ask(reports(ROLES["sales_manager"], SHOP), NOVEMBER)
    with pytest.raises(Forbidden):
        at_costs(reports(BUYER, SHOP), NOVEMBER)


@pytest.mark.parametrize("scope", [{"region": "North"}, {"channel": "Store"}])
def test_a_part_of_the_company_gets_no_figure_at_all(scope: dict[str, str]) -> None:
    """Whether there is any stock is told to nobody of a part either."""
    for rollup in (SHOP, replace(SHOP, stock_days=None)):
        asked = reports(scoped(PRICED, **scope), rollup)
        answers = [standing(asked, NOVEMBER), worklist(asked, NOVEMBER, Wanted()), turnover(asked, NOVEMBER)]
        answers += [stock_outs(asked, NOVEMBER), stock_ages(asked, NOVEMBER), at_costs(asked, NOVEMBER)]
        assert answers == [Missing.PART] * 6


def test_what_else_may_be_missing() -> None:
    rights = frozenset({Permission.MEASURE_STOCK, Permission.MEASURE_REVENUE})
    assert missing(reports(replace(BUYER, permissions=rights), SHOP)) is Missing.NO_UNITS
    assert missing(reports(BUYER, replace(SHOP, stock_days=None))) is Missing.NO_SNAPSHOTS
    bare = reports(PRICED, replace(SHOP, receipts=None, supply=None))
    assert stock_ages(bare, NOVEMBER) is None
    assert at_costs(bare, NOVEMBER) is None
    assert not total(bare).supply
    assert total(bare).counts["reorder"] == 0
    assert turnover(bare, NOVEMBER).received is None
    assert turnover(bare, Question("2026-05", "2026-05")) is None
    assert stock_outs(reports(BUYER, SHOP), Question("2026-11", "2026-11")).products == 3


def test_regions_of_a_question_play_no_part() -> None:
    asked = reports(BUYER, SHOP)
    north = replace(NOVEMBER, region=frozenset({"North"}))
    assert total(asked, north) == total(asked)
    assert stock_outs(asked, north).lost == stock_outs(asked, NOVEMBER).lost


def test_the_counts_are_those_of_the_rows() -> None:
    asked, held = reports(BUYER, SHOP), total(reports(BUYER, SHOP))
    for only in FILTERS:
        found = worklist(asked, NOVEMBER, Wanted(only=only)).found
        assert found == (held.products if not only else held.counts[only]), only
    assert held.products == len(LISTED) == sum(held.counts[action] for action in ("reorder", "clear", "hold", "none"))
    assert (held.in_stock, held.out, held.out_on_order, held.unknown) == (11, 2, 1, 1)
    assert held.units["reorder"] == listed(asked, only="reorder")["quantity"].sum()
    assert held.units["excess"] == listed(asked, limit=100)["excess"].sum()


def test_the_pages_hold_every_product_once_whatever_the_order() -> None:
    asked = reports(BUYER, SHOP)
    for sort in SORTS:
        for descending in (False, True):
            pages = [listed(asked, sort=sort, descending=descending, offset=at, limit=4) for at in range(0, 14, 4)]
            together = pd.concat(pages)
            assert sorted(together["product"]) == LISTED
            if sort in together and together[sort].dtype.kind in "if" and sort not in {"quantity", "available"}:
                values = together[sort].dropna()
                assert values.tolist() == sorted(values, reverse=descending)
                assert together[sort].isna().to_numpy()[: len(values)].sum() == 0
    assert listed(asked, search="LOW")["product"].tolist() == ["low", "slow"]
    assert worklist(asked, NOVEMBER, Wanted(offset=999)).offset == 0


@pytest.mark.parametrize("wanted", [{"sort": "cost"}, {"only": "value"}, {"limit": 0}, {"limit": 5000}, {"offset": -1}])
def test_what_is_not_on_offer_is_refused(wanted: dict[str, object]) -> None:
    with pytest.raises(BadQuestionError):
        worklist(reports(PRICED, SHOP), NOVEMBER, Wanted(**wanted))


def test_money_in_stock_near_the_limits_of_an_import_is_exact() -> None:
    plain, dear = (reports(PRICED, shop(unit_cost=cost)) for cost in (1, 10**15))
    october = Question("2026-10", "2026-10")
    one, many = at_costs(plain, october), at_costs(dear, october)
    assert (many.value, many.average) == (one.value * 10**15, one.average * 10**15)
    ages = (stock_ages(asked, NOVEMBER).frame["value"].tolist() for asked in (plain, dear))
    assert all(large == small * 10**15 for small, large in zip(*ages, strict=True))
    assert many.turns == pytest.approx(one.turns / 10**15)


def test_a_category_shows_its_own_rows_and_no_other_sales_change_them() -> None:
    """A filter only chooses; a scope sees less, and nothing that follows from rows outside."""
    whole = reports(BUYER, SHOP)
    garden = replace(NOVEMBER, category=frozenset({"Garden"}))
    chosen = listed(whole, garden)
    every = listed(whole, limit=100)
    pd.testing.assert_frame_equal(chosen, every[every["product"].isin(["low", "slow"])].reset_index(drop=True))
    inside = reports(scoped(category="Garden"), SHOP)
    pd.testing.assert_frame_equal(listed(inside), chosen)
    other = shop()
    for column in other.daily.values.values():
        column[other.daily.product != PLACE["low"]] *= 3
    other.stock_days.available[:, PLACE["out"]] = 7
    changed = reports(scoped(category="Garden"), other)
    assert stock_outs(changed, AUTUMN).frame.equals(stock_outs(inside, AUTUMN).frame)
    assert listed(changed).loc[0].equals(listed(inside).loc[0])
    assert total(inside).products == 2


def everything(viewer: Viewer, rollup: Rollup) -> list[str]:
    asked = reports(viewer, rollup)
    frames = [listed(asked, sort=sort, descending=down, limit=100) for sort in SORTS for down in (False, True)]
    answers = [total(asked), turnover(asked, AUTUMN), stock_outs(asked, AUTUMN), stock_ages(asked, NOVEMBER)]
    return [repr(frame.to_dict()) for frame in frames] + [repr(answer) for answer in answers]


@pytest.mark.promise("canary")
def test_nothing_follows_from_prices_or_costs() -> None:
    """Not a byte for the buyer; for those who may know costs, not the order of a row either."""
    dear = shop(price=999_999, cost=777, unit_cost=123_457)
    assert everything(BUYER, SHOP) == everything(BUYER, dear)
    assert "cost" not in listed(reports(BUYER, SHOP))
    assert "value" not in stock_ages(reports(BUYER, SHOP), NOVEMBER).frame
    for only in ("", "dead", "slow", "excess"):
        for sort in SORTS:
            one, two = (listed(reports(PRICED, rollup), sort=sort, only=only) for rollup in (SHOP, dear))
            pd.testing.assert_frame_equal(one.drop(columns="cost"), two.drop(columns="cost"))
            assert set(two["cost"]) <= {123_457}


def test_value_turns_and_gmroi_by_grant() -> None:
    """Recomputed from the kit: closing stock is the same at every month end, October is a whole month."""
    found = at_costs(reports(PRICED, SHOP), Question("2026-10", "2026-10"))
    stock = [max(units, 0) for units, code in ((KINDS[code][2], code) for code in CODES)]
    assert found.value == sum(max(KINDS[code][2], 0) for code in CODES) * 40
    counted = sum(units for units, code in zip(stock, CODES, strict=True) if code != "new")
    assert found.average == counted * 40
    sold = {
        code: sum(1 for i in range(153, 184) if i % every == every - 1) * units
        for code, (units, every, *_) in KINDS.items()
    }
    sold |= {"new": 0, "quiet": 0}
    assert found.cost_of_goods == sum(sold.values()) * 40
    assert found.margin == sum(sold.values()) * 60
    assert found.gmroi == pytest.approx(found.margin * 12 / found.average)
    assert found.turns == pytest.approx(found.cost_of_goods * 12 / found.average)


def test_ages_are_those_of_the_receipts_and_their_value_is_by_grant() -> None:
    found = stock_ages(reports(PRICED, SHOP), NOVEMBER)
    units = dict(zip(found.frame["band"], found.frame["units"], strict=True))
    assert units["0–30 days"] == 100 + 76
    assert (units["31–60 days"], units["over 365 days"]) == (50, 30)
    assert sum(units.values()) == sum(max(KINDS[code][2], 0) for code in CODES)
    assert found.frame["value"].tolist() == (found.frame["units"] * 40).tolist()


def test_the_worst_stock_outs_come_first_and_their_sums_are_of_all() -> None:
    found = stock_outs(reports(BUYER, SHOP), NOVEMBER, limit=1)
    assert found.frame["product"].tolist() == ["out"]
    assert found.products == 3
    assert found.days == 14 + 20 + 7
    assert found.low <= found.lost <= found.high
    every = stock_outs(reports(BUYER, SHOP), NOVEMBER).frame
    assert np.nansum(every["lost"]) == pytest.approx(found.lost)


def test_ages_are_those_of_the_selection() -> None:
    garden = replace(NOVEMBER, category=frozenset({"Garden"}))
    for asked, question in ((reports(BUYER, SHOP), garden), (reports(scoped(category="Garden"), SHOP), NOVEMBER)):
        assert stock_ages(asked, question).frame["units"].sum() == KINDS["low"][2] + KINDS["slow"][2]
