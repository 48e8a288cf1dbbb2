"""Stock, goods received and terms of buying of the demo: one story, with something for every line of a worklist."""

from datetime import date

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from dashboard.sales.rollup import NO_SNAPSHOT, Rollup, Supply
from dashboard.sources.demo.buying import NO_COST, NO_LEAD, NO_SPREAD, PERISHABLE, UNKNOWN
from dashboard.sources.demo.calendar import DAYS
from dashboard.sources.demo.catalogue import Part
from dashboard.sources.demo.lines import RETURN, SALE, units_sold
from dashboard.sources.demo.world import World


@pytest.fixture(scope="module")
def sold(world: World) -> np.ndarray:
    lines = world.lines
    kept = lines[(lines["product"] >= 0) & (lines["kind"] <= RETURN) & (lines["price"] > 0) & (lines["currency"] < 2)]
    return units_sold(kept[kept["kind"] == SALE].drop_duplicates(), len(world.catalogue))


@pytest.fixture(scope="module")
def supply(demo: Rollup) -> Supply:
    assert demo.supply is not None
    return demo.supply


def test_receipts_less_sales_are_the_stock_of_every_day(world: World, sold: np.ndarray) -> None:
    came = np.zeros((len(world.catalogue), len(DAYS)), dtype=np.int64)
    np.add.at(came, (world.received.product, np.maximum(world.received.day, 0)), world.received.units)
    level = (came - sold).cumsum(axis=1)
    stock = world.stock
    assert np.array_equal(level[stock.product, stock.day], stock.available)
    assert (world.received.units > 0).all()


def test_nothing_is_received_before_the_first_receipt(world: World) -> None:
    days = DAYS[0] + world.received.day
    assert (days >= world.catalogue.first_receipt[world.received.product]).all()


def test_what_is_unknown_of_buying(world: World, supply: Supply) -> None:
    buying = world.buying
    assert (buying.cost == UNKNOWN).sum() == (supply.cost == -1).sum() == NO_COST
    assert np.isnan(supply.lead_days).sum() == NO_LEAD
    assert np.isnan(supply.lead_sd).sum() == NO_LEAD + NO_SPREAD
    assert (supply.shelf_life > 0).sum() == PERISHABLE
    assert 0 < (supply.minimum == -1).sum() < len(supply.minimum) / 2
    assert np.array_equal(supply.cost, buying.cost)


def test_terms_are_believable(world: World, supply: Supply) -> None:
    known = supply.cost > 0
    share = supply.cost[known] / world.catalogue.price[known, -1]
    assert ((share > 0.3) & (share < 0.56)).all()
    assert np.nanmin(supply.lead_days) >= 3
    assert np.nanmax(supply.lead_days) <= 50
    assert (supply.pack >= 1).all()
    minimum = supply.minimum > 0
    assert (supply.minimum[minimum] % supply.pack[minimum] == 0).all()
    assert (supply.on_order % supply.pack == 0).all()
    assert (supply.on_order > 0).sum() > 40
    assert (supply.committed <= world.stock.closing).all()


def test_every_state_of_a_worklist_has_products(demo: Rollup, world: World, supply: Supply, sold: np.ndarray) -> None:
    """Days of supply at the end, by sales of the last 56 days: too few, enough, too many, and stock without sales."""
    a_day, stock = sold[:, -56:].mean(axis=1), world.stock.closing
    sells, ended = a_day > 0, ~np.isnat(world.catalogue.end)
    days = np.where(sells, (stock + supply.on_order) / np.where(sells, a_day, 1), np.inf)
    lead = np.nan_to_num(supply.lead_days, nan=np.inf)
    asleep = np.isin(world.catalogue.part, (Part.DORMANT, Part.NEVER_SOLD))
    found = {
        "reorder": sells & ~ended & (days < lead) & np.isfinite(lead),
        "hold": sells & ~ended & (days > 2 * lead) & (days < 90),
        "excess": sells & ~ended & (days > 100) & (days <= 180),
        "slow": sells & ~ended & (days > 180) & (stock > 0),
        "dead": asleep & (stock > 10),
        "left over": ended & (stock > 0),
        "no advice": sells & ~ended & ~np.isfinite(lead),
        "out of stock": sells & (stock == 0) & ~ended,
        "intermittent": sells & ~ended & ((sold[:, -365:] > 0).mean(axis=1) < 0.3),
    }
    counts = {name: int(mask.sum()) for name, mask in found.items()}
    assert all(count >= 5 for count in counts.values()), counts
    assert counts["reorder"] < counts["hold"], counts


def test_daily_stock_in_the_rollup_is_that_of_the_snapshots(demo: Rollup, world: World) -> None:
    days = demo.stock_days
    assert days is not None
    assert days.available.shape == (182, len(demo.products))
    assert days.first_day == date(2026, 5, 23)
    level = np.full((len(world.catalogue), len(DAYS)), NO_SNAPSHOT)
    level[world.stock.product, world.stock.day] = world.stock.available
    assert np.array_equal(days.available, level[:, -182:].T)


def test_the_checks_find_what_was_put_in_and_nothing_else(demo: Rollup) -> None:
    found = {check.key: check.count for check in demo.info.checks if check.count}
    sold_without_cost = found.pop("sold_without_cost")
    assert found == {
        "repeated_lines": 7,
        "no_product": 9,
        "price_not_positive": 14,
        "no_exchange_rate": 4,
        "stock_without_cost": NO_COST,
    }
    assert sold_without_cost > 100
    assert [check.key for check in demo.info.checks if check.serious] == ["no_exchange_rate"]


def test_kept_lines_are_the_figures_by_an_independent_sum(demo: Rollup) -> None:
    """Region and channel of a month, summed from the lines by SQL, against the rollup's own sums."""
    lines = demo.lines
    assert lines is not None
    first = (date(2026, 10, 1) - demo.info.first_day).days
    rows = slice(int(lines.offsets[first]), int(lines.offsets[first + 31]))
    frame = {
        name: getattr(lines, name)[rows] for name in ("region", "channel", "returned", "units", "gross", "discount")
    }
    query = "SELECT region, channel, sum(if(returned, -1, 1) * units), sum(if(returned, -1, 1) * (gross - discount)) "
    with duckdb.connect() as connection:
        connection.register("kept", pa.table(frame))
        by_sql = {row[:2]: row[2:] for row in connection.execute(query + "FROM kept GROUP BY ALL").fetchall()}
    month = demo.months.index("2026-10")
    taken = demo.monthly.rows(month, month)
    value = {name: values[taken] for name, values in demo.monthly.values.items()}
    units = value["gross_units"] - value["returned_units"]
    net = value["gross_sales"] - value["discounts"] - value["returned_sales"]
    region, channel = demo.monthly.region[taken], demo.monthly.channel[taken]
    for key, sums in by_sql.items():
        cell = (region == key[0]) & (channel == key[1])
        assert (int(units[cell].sum()), int(net[cell].sum())) == sums
    assert len(by_sql) == 18
