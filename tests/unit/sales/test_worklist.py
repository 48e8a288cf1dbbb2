"""The worklist: every kind of advice, its order, and what it never does."""

from dataclasses import fields, replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stock_kit import CODES, KINDS, PLACE, TODAY, shop

from dashboard.sales.calendar import Window, month_window
from dashboard.sales.demand import DailyDemand
from dashboard.sales.rollup import NO_SNAPSHOT, StockDays, Supply
from dashboard.sales.slices import Selection, Slice
from dashboard.sales.snapshots import days_of, levels, newest_day
from dashboard.sales.stock_outs import observed, outages
from dashboard.sales.stock_period import flow
from dashboard.sales.stocked import Stocked, StockRules, stocked
from dashboard.sales.worklist import ACTION_OF, ACTIONS, REASONS, Action, Advice, Reason, advise

RULES = StockRules()
SHOP = shop()


def advice_of(rollup=SHOP, rules: StockRules = RULES) -> Advice:
    held = stocked(rollup, Slice(rollup, Selection()), rules, rollup.products.first_day)
    assert held is not None
    return advise(held, rules)


ADVICE = advice_of()


def reason(advice: Advice, code: str) -> str:
    return REASONS[advice.reason[PLACE[code]]].value


def test_every_product_gets_its_advice_and_nobody_is_forgotten() -> None:
    listed = [CODES[place] for place in ADVICE.order]
    assert sorted(listed) == [code for code in CODES if KINDS[code][3]]
    assert {code: reason(ADVICE, code) for code in listed} == {code: KINDS[code][3] for code in listed}


def test_the_list_begins_with_what_runs_out_first_and_ends_without_advice() -> None:
    acts = [ACTIONS[ADVICE.action[place]] for place in ADVICE.order]
    assert acts == sorted(acts, key=ACTIONS.index)
    assert [CODES[place] for place in ADVICE.order[:3]] == ["out", "lumpy", "low"]


def test_an_order_says_how_much_and_by_when() -> None:
    """Demand 4 without spread, supplier 14 +- 3, review 7: safety 1.645 * 12, up to the point and 28 days more."""
    low = PLACE["low"]
    assert ADVICE.safety[low] == pytest.approx(RULES.z * 12)
    assert ADVICE.point[low] == pytest.approx(4 * 21 + RULES.z * 12)
    need = ADVICE.point[low] + 4 * 28 - 76
    assert ADVICE.quantity[low] == -(-need // 24) * 24 == 144
    assert ADVICE.days_left[low] == pytest.approx(76 / 4 - 14 - 1)
    assert ADVICE.cover[low] == 19.0


def test_what_is_promised_or_on_the_way_changes_the_position() -> None:
    def with_supply(**changes: np.ndarray) -> Advice:
        return advice_of(replace(SHOP, supply=replace(SHOP.supply, **changes)))

    size, low = len(CODES), PLACE["low"]
    assert reason(with_supply(on_order=np.full(size, 100)), "low") == "enough"
    promised = with_supply(committed=np.full(size, 40))
    assert promised.quantity[low] == 144 + 48
    assert promised.cover[low] == 9.0


def test_shelf_life_and_the_last_day_on_sale_cap_an_order() -> None:
    short = advice_of(replace(SHOP, supply=replace(SHOP.supply, shelf_life=np.full(len(CODES), 20))))
    assert short.quantity[PLACE["low"]] == 48  # 80 units sell in 20 days; 20 are left when it arrives: two cases
    ends = np.full(len(CODES), np.datetime64(TODAY + timedelta(days=16), "D"))
    ending = advice_of(replace(SHOP, products=replace(SHOP.products, end_day=ends)))
    assert reason(ending, "low") == "no_room"
    assert ending.quantity[PLACE["low"]] == 0


def test_an_unknown_spread_counts_as_none_and_an_unknown_case_as_one() -> None:
    size, low = len(CODES), PLACE["low"]
    blank = replace(SHOP.supply, lead_sd=np.full(size, np.nan), minimum=np.full(size, -1), pack=np.full(size, -1))
    found = advice_of(replace(SHOP, supply=blank))
    assert found.safety[low] == 0.0
    assert found.quantity[low] == 4 * 21 + 4 * 28 - 76


def test_without_supply_there_is_no_quantity_but_clearing_goes_on() -> None:
    found = advice_of(replace(SHOP, supply=None))
    assert not (found.action == ACTIONS.index(Action.REORDER)).any()
    assert reason(found, "low") == "no_lead"
    assert reason(found, "dead") == "dead"


def test_intermittent_demand_takes_its_own_quantile() -> None:
    lumpy = PLACE["lumpy"]
    assert ADVICE.stocked.demand.seldom[lumpy]
    assert ADVICE.point[lumpy] == ADVICE.stocked.lead_demand[lumpy]
    assert ADVICE.point[lumpy] % 20 == 0  # sums of the amounts that were sold
    assert np.isnan(ADVICE.stocked.lead_demand[PLACE["low"]])


def test_days_out_of_stock_do_not_lower_the_demand() -> None:
    out = PLACE["out"]
    assert ADVICE.stocked.demand.mean[out] == 3.0
    assert ADVICE.stocked.demand.days[out] == RULES.demand_days - 14


def test_dead_needs_history_and_an_early_receipt() -> None:
    assert ADVICE.stocked.dead[PLACE["dead"]]
    short = advice_of(rules=replace(RULES, dead_days=400))
    assert not short.stocked.dead.any()
    young = replace(SHOP.products, first_day=np.full(len(CODES), np.datetime64(TODAY - timedelta(days=100), "D")))
    assert not advice_of(replace(SHOP, products=young)).stocked.dead[PLACE["dead"]]


def test_no_snapshots_no_facts() -> None:
    bare = replace(SHOP, stock_days=None)
    assert stocked(bare, Slice(bare, Selection()), RULES, bare.products.first_day) is None
    empty = StockDays(TODAY, np.full((1, len(CODES)), NO_SNAPSHOT, dtype=np.int32))
    assert newest_day(empty, TODAY) is None


def test_the_newest_snapshot_counts_if_it_is_not_too_old() -> None:
    rows = np.array([[5, 1], [NO_SNAPSHOT, 2], [NO_SNAPSHOT, NO_SNAPSHOT]], dtype=np.int32)
    kept = StockDays(date(2026, 11, 17), rows)
    assert newest_day(kept, TODAY) == date(2026, 11, 18)
    assert [part.tolist() for part in levels(kept, date(2026, 11, 18), 2)] == [[5, 2], [True, True]]
    assert [part.tolist() for part in levels(kept, date(2026, 11, 18), 1)] == [[0, 2], [False, True]]
    around = days_of(kept, Window(date(2026, 11, 16), date(2026, 11, 18)))
    assert around.tolist() == [[NO_SNAPSHOT, NO_SNAPSHOT], [5, 1]]


def test_stock_outs_of_a_month_and_of_many_days_are_the_same_days() -> None:
    view, first = Slice(SHOP, Selection()), SHOP.products.first_day
    seen = observed(SHOP, month_window("2026-11", "2026-11"))
    assert seen is not None
    assert seen.words == "1–20 November 2026"
    products, found = outages(SHOP, SHOP.stock_days, view, seen, RULES, first)
    assert [CODES[place] for place in products] == ["gone", "minus", "out"]
    assert found.days.tolist() == [7, 20, 14]
    assert found.lost[2] == pytest.approx(14 * 3, rel=0.35)  # the weekdays' shares are those of all products
    long = observed(SHOP, month_window("2026-05", "2026-11"))
    assert long is not None
    assert outages(SHOP, SHOP.stock_days, view, long, RULES, first)[1].days[2] == 14


def test_flow_knows_the_stock_before_the_months_or_says_nothing() -> None:
    view, first = Slice(SHOP, Selection()), SHOP.products.first_day
    assert flow(SHOP, view, "2026-05", "2026-05", first) is None
    found = flow(SHOP, view, "2026-10", "2026-11", first)
    assert found is not None
    assert found.points.shape == (3, len(CODES))
    assert found.months == pytest.approx(1 + 20 / 30)
    assert found.total(found.received) == 50 + 100 + 500
    assert found.opening[PLACE["enough"]] == 200


def situation(rng: np.random.Generator, size: int) -> Stocked:
    """Anything that may be known of ``size`` products."""

    def flags() -> np.ndarray:
        return rng.random(size) < 0.5

    days = rng.integers(0, 57, size)
    mean = np.where(days > 0, rng.choice([-1.5, 0.0, 0.04, 1.0, 7.3, 40.0], size), np.nan)
    demand = DailyDemand(mean, rng.random(size) * 20, days, days // 2, rng.integers(0, 5, size).astype(np.int8))
    supply = Supply(
        cost=np.full(size, -1),
        lead_days=rng.choice([np.nan, 0.0, 3.0, 14.5, 90.0], size),
        lead_sd=rng.choice([np.nan, 0.0, 4.0], size),
        minimum=rng.integers(1, 600, size),
        pack=rng.integers(1, 60, size),
        on_order=rng.integers(0, 300, size),
        committed=rng.integers(0, 50, size),
        shelf_life=rng.choice([-1, 10, 200], size),
    )
    enough = demand.seldom & (days >= RULES.min_days) & (demand.sale_days >= RULES.min_sale_days)
    return Stocked(
        day=TODAY,
        listed=rng.random(size) < 0.9,
        known=rng.random(size) < 0.9,
        on_hand=rng.integers(-5, 900, size) // rng.choice([1, 30], size),
        supply=supply,
        supply_known=True,
        demand=demand,
        lead_demand=np.where(enough & ~np.isnan(supply.lead_days), rng.integers(0, 2000, size), np.nan),
        discontinued=flags(),
        is_new=flags(),
        days_to_end=rng.choice([np.inf, 5.0, 60.0], size),
        unsold=flags(),
        days_since_receipt=rng.random(size) * 900,
    )


def permuted(thing: object, order: np.ndarray) -> object:
    moved = {
        field.name: value[order]
        for field in fields(thing)
        if isinstance(value := getattr(thing, field.name), np.ndarray)
    }
    return replace(thing, **moved)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**9))
def test_promises_of_any_worklist(seed: int) -> None:
    rng, size = np.random.default_rng(seed), 60
    held = situation(rng, size)
    found = advise(held, RULES)
    listed = found.order.tolist()
    assert len(set(listed)) == len(listed)
    ordered = found.action == ACTIONS.index(Action.REORDER)
    quantity = found.quantity[ordered]
    assert (quantity >= held.supply.minimum[ordered]).all()
    assert (quantity % held.supply.pack[ordered] == 0).all()
    assert (quantity > 0).all()
    assert not (ordered & held.discontinued).any()
    assert not (ordered & ~held.known).any()
    assert not (ordered & np.isnan(held.supply.lead_days)).any()
    assert (held.position[ordered] <= found.point[ordered]).all()
    assert (found.quantity >= 0).all()
    assert [ACTIONS[found.action[i]] for i in listed] == [ACTION_OF[REASONS[found.reason[i]]] for i in listed]
    order = rng.permutation(size)
    other = advise(
        replace(
            permuted(held, order),
            demand=permuted(held.demand, order),
            supply=permuted(held.supply, order),
        ),
        RULES,
    )
    for name in ("action", "reason", "quantity"):
        assert (getattr(other, name) == getattr(found, name)[order]).all()
    assert sorted(order[other.order]) == sorted(listed)


def test_a_reason_leads_to_one_action() -> None:
    assert set(ACTION_OF) == set(Reason)


def test_a_product_without_the_stock_of_one_month_end_is_left_out_and_counted() -> None:
    kept = np.ones(len(SHOP.stock.product), dtype=bool)
    kept[len(CODES) * 5 + PLACE["enough"]] = False  # October
    rows = {
        field.name: getattr(SHOP.stock, field.name)[kept] for field in fields(SHOP.stock) if field.name != "offsets"
    }
    offsets = np.concatenate(([0], np.cumsum(kept)))[SHOP.stock.offsets]
    holed = replace(SHOP, stock=replace(SHOP.stock, offsets=offsets, **rows))
    view, first = Slice(holed, Selection()), SHOP.products.first_day
    found, whole = (flow(rollup, view, "2026-11", "2026-11", first) for rollup in (holed, SHOP))
    assert found is not None
    assert whole is not None
    assert (found.left_out, whole.left_out) == (1, 0)
    assert whole.total(whole.opening) - found.total(found.opening) == 200


def test_equals_stand_by_demand_and_then_by_code() -> None:
    """Nothing is known of any product's stock: all are alike but for their demand."""
    blank = StockDays(SHOP.stock_days.first_day, np.full_like(SHOP.stock_days.available, NO_SNAPSHOT))
    blank.available[-1, PLACE["minus"]] = -4  # so that there is a day at all
    held = stocked(replace(SHOP, stock_days=blank), Slice(SHOP, Selection()), RULES, SHOP.products.first_day)
    assert held is not None
    alike = replace(held, listed=np.ones(len(CODES), dtype=bool), known=np.zeros(len(CODES), dtype=bool))
    mean = np.ones(len(CODES))
    mean[[PLACE["low"], PLACE["out"]]] = 5.0
    order = advise(replace(alike, demand=replace(held.demand, mean=mean)), RULES).order
    rest = [code for code in CODES if code not in {"low", "out"}]
    assert [CODES[place] for place in order] == ["low", "out", *rest]
