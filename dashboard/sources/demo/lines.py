"""Sales and return lines; a frame has one row a line and integer codes for everything.

Columns: ``order`` number, ``second`` since the first day, ``day``, ``kind`` (position in KINDS), ``product``,
``quantity``, ``price`` and ``discount`` in cents of ``currency``, ``region``, ``channel``.
"""

import numpy as np
import pandas as pd

from dashboard.sources.demo.calendar import (
    CHANNELS,
    DAYS,
    ONLINE,
    STORE,
    WHOLESALE,
    YEAR_DAYS,
    Floats,
    Ints,
    channel_weights,
)
from dashboard.sources.demo.catalogue import Catalogue, Part
from dashboard.sources.demo.prices import currency, discount_percent, unit_price

SALE, RETURN, CANCELLED = range(3)
KINDS = ("sale", "return", "cancelled")
REGIONS = ("North", "South", "East", "West", "Central", "Islands")
REGION_SHARE = np.array([0.23, 0.20, 0.14, 0.16, 0.19, 0.08])
REGION_GROWTH = np.array([0.02, 0.03, 0.0, -0.07, 0.10, 0.04])
LINES_AN_ORDER = 2.6
DAY_SECONDS = 86_400
OPENING = np.array([9, 0, 8]) * 3600
OPEN_SECONDS = np.array([11, 24, 9]) * 3600
RETURN_SHARE = np.array([0.030, 0.075, 0.012])
RETURN_DAYS = (2, 36)
CHEAP, MIDDLE = 1500, 4000


def sales_lines(catalogue: Catalogue, expected: Floats, rng: np.random.Generator) -> pd.DataFrame:
    """Draw the sales lines of every day. A Store line is a shop's day total of a product, so it can hold many units."""
    counts = rng.poisson(expected.T)
    cell = np.repeat(np.arange(counts.size), counts.ravel())
    day, product = cell // len(catalogue), cell % len(catalogue)
    channel = _channel(catalogue, day, product, rng)
    region = _region(catalogue, day, product, rng)
    price = unit_price(catalogue, day, product, region, channel)
    quantity = _quantity(catalogue, product, channel, price, rng)
    percent = discount_percent(catalogue, day, product, channel, rng)
    frame = pd.DataFrame(
        {
            "day": day,
            "kind": SALE,
            "product": product,
            "quantity": quantity,
            "price": price,
            "discount": (quantity * price * percent + 50) // 100,
            "currency": currency(region),
            "region": region,
            "channel": channel,
        }
    )
    return _in_orders(frame, rng)


def return_lines(sales: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Some sales come back days or weeks later, in part or in full, at the price paid, until the last day."""
    back = sales[rng.random(len(sales)) < RETURN_SHARE[sales["channel"]]].copy()
    sold = back["quantity"].to_numpy()
    quantity = 1 + (rng.random(len(back)) ** 2 * sold).astype(np.int64)
    back["price"] -= (back["discount"] + sold - 1) // sold
    back["day"] += rng.integers(*RETURN_DAYS, len(back))
    back["second"] = back["day"] * DAY_SECONDS + OPENING[STORE] + rng.integers(0, OPEN_SECONDS[STORE], len(back))
    back = back.assign(kind=RETURN, quantity=quantity, discount=0)
    return back[back["day"] < len(DAYS)]


def units_sold(sales: pd.DataFrame, products: int) -> Ints:
    """int64[products, days]: units on sales lines."""
    cell = sales["product"].to_numpy() * len(DAYS) + sales["day"].to_numpy()
    units = np.bincount(cell, weights=sales["quantity"], minlength=products * len(DAYS))
    return units.reshape(products, len(DAYS)).astype(np.int64)


def _channel(catalogue: Catalogue, day: Ints, product: Ints, rng: np.random.Generator) -> Ints:
    channel = _pick(channel_weights()[day], rng)
    retail_only = np.isin(catalogue.part, (Part.SLOW, Part.SENT_BACK))[product]
    return np.where(retail_only & (channel == WHOLESALE), ONLINE, channel)


def _region(catalogue: Catalogue, day: Ints, product: Ints, rng: np.random.Generator) -> Ints:
    growing = REGION_SHARE * (1 + day[:, None] / YEAR_DAYS * REGION_GROWTH)
    return _pick(growing * catalogue.regions[catalogue.category[product]], rng)


def _pick(weights: Floats, rng: np.random.Generator) -> Ints:
    """int64[rows]: one column of each row, as likely as its weight."""
    bounds = weights.cumsum(axis=1)
    chosen: Ints = (rng.random(len(weights))[:, None] * bounds[:, -1:] >= bounds[:, :-1]).sum(axis=1)
    return chosen


def _quantity(catalogue: Catalogue, product: Ints, channel: Ints, price: Ints, rng: np.random.Generator) -> Ints:
    """Cheap and popular products sell more units a line; wholesale customers buy cases."""
    cheap = np.clip(np.sqrt(2000 / price), 0.4, 2.0)
    popular = np.sqrt(np.minimum(catalogue.popularity[product], 4.0))
    slow = np.isin(catalogue.part, (Part.SLOW, Part.SENT_BACK))[product]
    mean = np.where(channel == STORE, 4.4 * cheap * popular, 2.2 * cheap)
    single = 1 + rng.poisson(np.where(slow, 0.12, mean))
    case = np.select([price < CHEAP, price < MIDDLE], [12, 6], 2)
    return np.where(channel == WHOLESALE, case * (1 + rng.poisson(1.6, len(product))), single)


def _in_orders(frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Put lines of the same day, region and channel into orders; no product stands twice in an order."""
    cell = (frame["day"].to_numpy() * len(REGIONS) + frame["region"].to_numpy()) * len(CHANNELS) + frame["channel"]
    frame = frame.iloc[np.lexsort((rng.random(len(frame)), cell))]
    cell = cell.to_numpy()[frame.index]
    starts = (rng.random(len(frame)) < 1 / LINES_AN_ORDER) | (np.diff(cell, prepend=-1) != 0)
    keys = starts.cumsum() * (frame["product"].max() + 1) + frame["product"].to_numpy()
    again = np.ones(len(frame), dtype=np.bool_)
    again[np.unique(keys, return_index=True)[1]] = False
    order = (starts | again).cumsum() - 1
    first = np.flatnonzero(starts | again)
    channel = frame["channel"].to_numpy()[first]
    clock = OPENING[channel] + (rng.random(len(first)) * OPEN_SECONDS[channel]).astype(np.int64)
    second = frame["day"].to_numpy() * DAY_SECONDS + clock[order]
    return frame.assign(order=order, second=second).reset_index(drop=True)
