"""The generated company itself: the same every time, and no two of its parts contradict each other."""

import hashlib
import re
from decimal import Decimal
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from dashboard.sources.demo.calendar import DAYS, LAST_DAY, STORE, WHOLESALE
from dashboard.sources.demo.catalogue import PARTS, Part
from dashboard.sources.demo.lines import RETURN, SALE, units_sold
from dashboard.sources.demo.stock import sellable
from dashboard.sources.demo.world import SEED, World, make_world
from dashboard.sources.demo.write import tables, write_world


def digest(world: World) -> str:
    """One digest over every column of every file."""
    total = hashlib.sha256()
    for name, table in sorted(tables(world).items()):
        for column in table.column_names:
            values = table[column].combine_chunks().dictionary_encode()
            total.update(f"{name} {column} {values.type} {values.dictionary.to_pylist()}".encode())
            total.update(values.indices.fill_null(-1).to_numpy().tobytes())
    return total.hexdigest()


@pytest.fixture(scope="module")
def regular(world: World) -> pd.DataFrame:
    """The lines with nothing wrong."""
    lines = world.lines
    return lines[(lines["product"] >= 0) & (lines["kind"] <= RETURN) & (lines["price"] > 0)]


@pytest.fixture(scope="module")
def sold(world: World, regular: pd.DataFrame) -> np.ndarray:
    return units_sold(regular[regular["kind"] == SALE], len(world.catalogue))


@pytest.fixture(scope="module")
def levels(world: World) -> np.ndarray:
    """float64[products, days]: available units at close, NaN without a snapshot."""
    grid = np.full((len(world.catalogue), len(DAYS)), np.nan)
    grid[world.stock.product, world.stock.day] = world.stock.available
    return grid


def test_same_seed_makes_the_same_files_and_another_seed_others(world: World) -> None:
    first = digest(world)
    assert first == digest(make_world())
    assert first != digest(make_world(SEED + 1))


def test_size_and_calendar(world: World) -> None:
    assert 250_000 <= len(world.lines) <= 500_000
    assert world.lines["day"].min() == 0
    assert world.lines["day"].max() == len(DAYS) - 1
    assert str(DAYS[0]) == "2023-12-01"
    assert str(LAST_DAY) == str(DAYS[-1]) == "2026-11-20"


def test_lines_are_in_the_order_of_their_time(world: World) -> None:
    assert world.lines["second"].is_monotonic_increasing
    assert (world.lines["second"] // 86_400 == world.lines["day"]).all()


def test_names_are_unique_and_codes_tell_the_category(world: World) -> None:
    catalogue = world.catalogue
    assert 380 <= len(catalogue) <= 420
    assert 10 <= len(catalogue.categories) <= 12
    assert len(set(catalogue.name)) == len(set(catalogue.code)) == len(catalogue)
    assert list(catalogue.code) == sorted(catalogue.code)
    assert all(re.fullmatch(r"[A-Z]{2}-[0-9]{4}", code) for code in catalogue.code)
    prefixes = {(code[:2], category) for code, category in zip(catalogue.code, catalogue.category, strict=True)}
    assert len(prefixes) == len(catalogue.categories)


def test_every_part_is_cast(world: World) -> None:
    counts = np.bincount(world.catalogue.part, minlength=len(Part))
    assert {part: counts[part] for part in PARTS} == PARTS
    assert counts[Part.CORE] > len(world.catalogue) / 2


def test_no_product_stands_twice_in_an_order_but_for_the_repeats_made_on_purpose(regular: pd.DataFrame) -> None:
    keys = ["kind", "order", "product"]
    twice = regular[regular.duplicated(keys, keep=False)]
    assert len(twice) == 14
    assert len(twice.drop_duplicates()) == 7


def test_an_order_has_one_time_region_and_channel(regular: pd.DataFrame) -> None:
    sales = regular[regular["kind"] == SALE]
    assert (sales.groupby("order")[["second", "region", "channel", "currency"]].nunique() == 1).all(axis=None)


def test_products_sell_only_while_they_are_sellable(world: World, sold: np.ndarray) -> None:
    assert not sold[~sellable(world.catalogue)].any()


def test_wholesale_rests_at_the_weekend_and_shops_on_holidays(regular: pd.DataFrame) -> None:
    sales = regular[regular["kind"] == SALE]
    days = pd.DatetimeIndex(DAYS[sales["day"]])
    wholesale = (sales["channel"] == WHOLESALE).to_numpy()
    holiday = ((days.month == 12) & np.isin(days.day, (25, 26))) | ((days.month == 1) & (days.day == 1))
    assert not (wholesale & (days.day_of_week >= 5)).any()
    assert not (holiday & (sales["channel"] == STORE).to_numpy()).any()
    assert holiday.any()


def test_prices_rise_over_the_years_and_vary_by_region_and_channel(world: World, regular: pd.DataFrame) -> None:
    price = world.catalogue.price
    assert (np.diff(price, axis=1) >= 0).all()
    assert ((np.diff(price, axis=1) > 0).any(axis=1)).mean() > 0.9
    sales = regular[regular["kind"] == SALE]
    assert (sales.groupby("product")["price"].nunique() > 1).mean() > 0.9


def test_discounts_are_below_the_line_value_and_on_some_lines_only(regular: pd.DataFrame) -> None:
    value = regular["quantity"] * regular["price"]
    assert (regular["discount"] >= 0).all()
    assert (regular["discount"] < value / 2).all()
    assert 0.04 < (regular["discount"] > 0).mean() < 0.25


def test_stock_is_known_on_every_sellable_day_and_never_negative(world: World, levels: np.ndarray) -> None:
    assert not np.isnan(levels[sellable(world.catalogue)]).any()
    assert (world.stock.available >= 0).all()


def test_stock_goes_down_by_what_was_sold_and_up_by_deliveries_only(sold: np.ndarray, levels: np.ndarray) -> None:
    received = levels[:, 1:] - (levels[:, :-1] - sold[:, 1:])
    assert (received[~np.isnan(received)] >= 0).all()
    assert (received > 0).sum() > len(levels)


def test_next_to_nothing_is_sold_on_days_that_start_and_end_without_stock(sold: np.ndarray, levels: np.ndarray) -> None:
    """A delivery may sell out on the day it comes; otherwise no stock means no sale."""
    empty = (levels[:, 1:] == 0) & (levels[:, :-1] == 0)
    assert empty.sum() > 1000
    assert (sold[:, 1:][empty] > 0).mean() < 0.005


def test_returns_come_after_their_sale_and_never_exceed_it(regular: pd.DataFrame) -> None:
    columns = ["order", "product", "day", "quantity", "price", "discount"]
    sales = regular.loc[regular["kind"] == SALE, columns].drop_duplicates(["order", "product"])
    returns = regular.loc[regular["kind"] == RETURN, columns]
    pairs = returns.merge(sales, on=["order", "product"], suffixes=("", "_sold"), validate="one_to_one")
    assert len(pairs) == len(returns) > 10_000
    assert (pairs["day"] > pairs["day_sold"]).all()
    assert (pairs["quantity"] <= pairs["quantity_sold"]).all()
    paid = pairs["quantity_sold"] * pairs["price_sold"] - pairs["discount_sold"]
    assert (pairs["quantity"] * pairs["price"] <= paid).all()


def test_rates_of_the_second_currency_are_daily_and_keep_still_at_weekends(world: World) -> None:
    weekend = np.isin(pd.DatetimeIndex(DAYS).day_of_week, (5, 6))
    change = np.diff(world.rates, prepend=world.rates[0])
    assert len(world.rates) == len(DAYS)
    assert (change[weekend] == 0).all()
    assert (change[~weekend] != 0).mean() > 0.95
    assert ((world.rates > 105_000) & (world.rates < 130_000)).all()


def test_files_hold_exact_decimals(world: World, tmp_path: Path) -> None:
    write_world(world, tmp_path)
    path = str(tmp_path / "lines.parquet")
    row = duckdb.execute("SELECT sum(unit_price), sum(discount), count(*) FROM read_parquet(?)", [path]).fetchone()
    lines = world.lines
    cents = (Decimal(int(lines[name].sum())) / 100 for name in ("price", "discount"))
    assert row == (*cents, len(lines))
