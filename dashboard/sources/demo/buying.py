"""What the demo company knows of buying: cost, lead times, packs and orders under way; and goods received."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dashboard.sources.demo.calendar import FIRST_DAY, Floats, Ints
from dashboard.sources.demo.catalogue import Catalogue, Part
from dashboard.sources.demo.lines import CHEAP, MIDDLE
from dashboard.sources.demo.stock import RATE_DAYS, Snapshots

UNKNOWN = -1
COST_PERCENT = (36, 55)
LEAD_DAYS = (5, 41)
NO_COST, NO_LEAD, NO_SPREAD, PERISHABLE = 2, 9, 14, 6
MINIMUM_SHARE, COMMITTED_SHARE = 0.7, 0.15
# Buyers look once a week, keep this many standard deviations in hand, and order for four weeks more.
REVIEW_DAYS, SAFETY, CYCLE_DAYS = 7, 1.64, 28
# Of what should have been ordered they have ordered this share; less of what ran out.
ORDERED, ORDERED_SHORT = 0.86, 0.6
PERISHABLE_CATEGORY = "Candles & Scents"


@dataclass(frozen=True, eq=False)
class Buying:
    """One entry a product; :data:`UNKNOWN` (NaN for days) where nothing is known.

    Attributes:
        cost: EUR cents of one unit.
        lead_days, lead_spread: days.
        minimum, pack, on_order, committed: units.
        shelf_life: days.
    """

    cost: Ints
    lead_days: Floats
    lead_spread: Floats
    minimum: Ints
    pack: Ints
    on_order: Ints
    committed: Ints
    shelf_life: Ints


@dataclass(frozen=True, eq=False)
class Received:
    """Goods received, one row a receipt; days before the calendar are negative."""

    day: Ints
    product: Ints
    units: Ints


def make_buying(catalogue: Catalogue, stock: Snapshots, sold: Ints, rng: np.random.Generator) -> Buying:
    """Terms that fit prices and demand; a few products lack a cost, a lead time or its spread.

    Args:
        sold: int64[products, days], units sold.
    """
    size = len(catalogue)
    cost = catalogue.price[:, -1] * rng.integers(*COST_PERCENT, size) // 100
    lead = np.rint(
        rng.integers(*LEAD_DAYS, len(catalogue.categories))[catalogue.category] * rng.uniform(0.8, 1.2, size)
    )
    spread = (lead * rng.uniform(0.08, 0.35, size)).round(1)
    pack = _packs(catalogue, rng)
    minimum = np.where(rng.random(size) < MINIMUM_SHARE, pack * rng.choice([1, 2, 4, 8], size), UNKNOWN)
    steady = rng.permutation(np.flatnonzero(catalogue.part == Part.CORE))
    cuts = np.cumsum([NO_COST, NO_LEAD, NO_SPREAD])
    cost[steady[: cuts[0]]] = UNKNOWN
    lead[steady[cuts[0] : cuts[1]]] = np.nan
    spread[steady[cuts[0] : cuts[2]]] = np.nan
    committed = np.where(rng.random(size) < COMMITTED_SHARE, np.minimum(stock.closing, rng.integers(1, 13, size)), 0)
    missing = _missing(stock, committed, sold, lead, spread)
    return Buying(
        cost=cost,
        lead_days=lead,
        lead_spread=spread,
        minimum=minimum,
        pack=pack,
        on_order=_on_order(catalogue, missing, minimum, pack, rng),
        committed=committed,
        shelf_life=_shelf_lives(catalogue, rng),
    )


def receipts(catalogue: Catalogue, stock: Snapshots, sold: Ints, rng: np.random.Generator) -> Received:
    """What must have come in, so that receipts less sales are the stock of every day; returned goods are not restocked.

    Stock from before the calendar came in one delivery in the weeks before it.
    """
    size, length = sold.shape
    level = np.zeros((size, length + 1), dtype=np.int64)
    level[stock.product, stock.day + 1] = stock.available
    came = level[:, 1:] - level[:, :-1] + sold
    # Where the snapshots of a product end, what is left is written off.
    product, day = np.nonzero(came > 0)
    units, day = came[product, day], day.astype(np.int64)
    known = (catalogue.first_receipt - FIRST_DAY).astype(np.int64)
    opening = np.maximum(known, -rng.integers(3, 60, size))
    return Received(np.where(day == 0, np.minimum(opening, 0)[product], day), product, units)


def _packs(catalogue: Catalogue, rng: np.random.Generator) -> NDArray[np.int64]:
    price, size = catalogue.price[:, -1], len(catalogue)
    small, middle, large = (rng.choice(sizes, size) for sizes in ([12, 24], [6, 12], [1, 2, 4]))
    return np.select([price < CHEAP, price < MIDDLE], [small, middle], large)


def _missing(stock: Snapshots, committed: Ints, sold: Ints, lead: Floats, spread: Floats) -> Floats:
    """float64[products]: units that should be under way; 0 of products with enough, or without a lead time.

    Demand is that of the newest days with stock.
    """
    seen = (stock.available > 0) & (stock.day >= sold.shape[1] - RATE_DAYS)
    days = np.maximum(np.bincount(stock.product[seen], minlength=len(sold)), 1)
    recent = sold[:, -RATE_DAYS:].astype(np.float64)
    a_day = recent.sum(axis=1) / days
    variance = np.maximum((recent**2).sum(axis=1) / days - a_day**2, 0)
    horizon = lead + REVIEW_DAYS
    safety = SAFETY * np.sqrt(horizon * variance + (a_day * np.nan_to_num(spread)) ** 2)
    short = a_day * horizon + safety - (stock.closing - committed)
    return np.where(short >= 0, short + a_day * CYCLE_DAYS, 0.0)


def _on_order(catalogue: Catalogue, missing: Floats, minimum: Ints, pack: Ints, rng: np.random.Generator) -> Ints:
    """Most of what is missing, in whole packs, of products that still sell; the rest is still to be ordered."""
    packs = np.ceil(np.maximum(missing, minimum) / pack).astype(np.int64)
    ordered = rng.random(len(pack)) < np.where(catalogue.part == Part.SHORT, ORDERED_SHORT, ORDERED)
    buys = np.isin(catalogue.part, (Part.CORE, Part.LAUNCHED, Part.NEW, Part.SHORT)) & np.isnat(catalogue.end)
    return np.where(ordered & buys & (missing > 0), packs * pack, 0)


def _shelf_lives(catalogue: Catalogue, rng: np.random.Generator) -> Ints:
    category = catalogue.categories.index(PERISHABLE_CATEGORY)
    found = np.full(len(catalogue), UNKNOWN, dtype=np.int64)
    found[rng.permutation(np.flatnonzero(catalogue.category == category))[:PERISHABLE]] = 365
    return found
