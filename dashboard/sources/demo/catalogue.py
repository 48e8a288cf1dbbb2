"""What the demo company sells: names and prices from ``catalogue.toml``, and a life for each product."""

import tomllib
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dashboard.sources.demo.calendar import FIRST_DAY, LAST_DAY, Floats, Ints

FILE = Path(__file__).with_name("catalogue.toml")
SIZES = ("Small", "Medium", "Large", "Single", "Double", "King Size")
SIZE_STEP = 120
PRICE_YEARS = 4
RAISES = np.array([0, 2, 3, 4, 6])
CENTS_FOR_WHOLE_STEPS = 1000


class Part(IntEnum):
    """The part that a product plays; each part is there so that a page has it to show."""

    CORE = 0
    LAUNCHED = 1
    NEW = 2
    ENDED = 3
    LEAVING = 4
    SHORT = 5
    SLOW = 6
    SENT_BACK = 7
    DORMANT = 8
    NEVER_SOLD = 9


PARTS = {
    Part.LAUNCHED: 40,
    Part.NEW: 9,
    Part.ENDED: 30,
    Part.LEAVING: 8,
    Part.SHORT: 9,
    Part.SLOW: 32,
    Part.SENT_BACK: 6,
    Part.DORMANT: 8,
    Part.NEVER_SOLD: 6,
}


@dataclass(frozen=True, eq=False)
class Catalogue:
    """The product master; every array but those of categories runs over the products, sorted by code.

    Attributes:
        code, name: strings.
        category: position in ``categories``.
        price: int64[products, PRICE_YEARS], list price in EUR cents, revised each February.
        first_receipt, launch, end: datetime64[D]; ``end`` is the last sellable day, NaT while still sold.
        part: :class:`Part` of each product.
        popularity: sales lines on a mean day.
        categories, weights: name of each category, and its weight in the number of lines.
        season, regions: float64[categories, 12] and float64[categories, 6], in percent.
    """

    code: list[str]
    name: list[str]
    category: Ints
    price: Ints
    first_receipt: NDArray[np.datetime64]
    launch: NDArray[np.datetime64]
    end: NDArray[np.datetime64]
    part: Ints
    popularity: Floats
    categories: list[str]
    weights: Floats
    season: Floats
    regions: Floats

    def __len__(self) -> int:
        return len(self.code)


def make_catalogue(rng: np.random.Generator) -> Catalogue:
    """Read the names and give each product its prices, its life and its popularity."""
    tables = tomllib.loads(FILE.read_text(encoding="utf-8"))["category"]
    rows = sorted(row for position, table in enumerate(tables) for row in _products(position, table))
    codes, names, categories, cents = (list(column) for column in zip(*rows, strict=True))
    category = np.array(categories, dtype=np.int64)
    weights = np.array([table["weight"] for table in tables], dtype=np.float64)
    part = _parts(len(rows), rng)
    launch, end = _lives(part, rng)
    return Catalogue(
        code=codes,
        name=names,
        category=category,
        price=_prices(np.array(cents, dtype=np.int64), rng),
        first_receipt=launch - rng.integers(3, 11, len(rows)),
        launch=launch,
        end=end,
        part=part,
        popularity=_popularity(category, weights, part, rng),
        categories=[table["name"] for table in tables],
        weights=weights,
        season=np.array([table["season"] for table in tables], dtype=np.float64),
        regions=np.array([table["regions"] for table in tables], dtype=np.float64),
    )


def shop_price(cents: Ints) -> Ints:
    """Cents rounded to what stands on a price tag: 24.49, 24.99, 3.39."""
    step = np.where(cents >= CENTS_FOR_WHOLE_STEPS, 50, 10)
    tags: Ints = (cents + step // 2) // step * step - 1
    return tags


def _products(position: int, table: dict[str, Any]) -> list[tuple[str, str, int, int]]:
    rows: list[tuple[str, str, int, int]] = []
    for item, price, *variants in table["items"]:
        cents = round(price * 100)
        for step, variant in enumerate(variants):
            code = f"{table['prefix']}-{1010 + 7 * len(rows)}"
            rows.append((code, f"{item}, {variant}", position, cents))
            sized = step + 1 < len(variants) and (variant[0].isdigit() or variant in SIZES)
            cents = cents * SIZE_STEP // 100 if sized else cents
    return rows


def _prices(cents: Ints, rng: np.random.Generator) -> Ints:
    years = [cents]
    for _ in range(PRICE_YEARS - 1):
        years.append(years[-1] * (100 + rng.choice(RAISES, len(cents))) // 100)
    return shop_price(np.stack(years, axis=1))


def _parts(products: int, rng: np.random.Generator) -> Ints:
    part = np.full(products, Part.CORE, dtype=np.int64)
    cast = np.repeat(np.array(list(PARTS), dtype=np.int64), list(PARTS.values()))
    part[rng.permutation(products)[: len(cast)]] = cast
    return part


def _lives(part: Ints, rng: np.random.Generator) -> tuple[NDArray[np.datetime64], NDArray[np.datetime64]]:
    """Launch and end days; most products are older than the calendar and still sold."""

    def days(first: str, last: str) -> NDArray[np.datetime64]:
        start = np.datetime64(first, "D")
        span = int((np.datetime64(last, "D") - start).astype(int)) + 1
        return start + rng.integers(0, span, len(part))

    never = np.full(len(part), np.datetime64("NaT", "D"))
    launch, end = days("2019-02-01", "2023-10-31"), never
    for which, launches in (
        (Part.LAUNCHED, days("2024-01-15", "2026-07-31")),
        (Part.NEW, days("2026-10-05", "2026-11-12")),
        (Part.NEVER_SOLD, days("2026-03-01", "2026-08-31")),
    ):
        launch = np.where(part == which, launches, launch)
    for which, ends in (
        (Part.ENDED, days("2024-03-01", "2026-10-31")),
        (Part.LEAVING, days("2026-11-03", "2026-11-18")),
    ):
        end = np.where(part == which, ends, end)
    return launch, end


def _popularity(category: Ints, weights: Floats, part: Ints, rng: np.random.Generator) -> Floats:
    """Lines on a mean day: a long tail within each category; slow parts far below, products short of stock above."""
    drawn = rng.lognormal(0.0, 0.95, len(category))
    members = np.bincount(category, minlength=len(weights))
    lines: Floats = drawn * (weights / weights.sum() * len(category) / members)[category]
    slow = np.isin(part, (Part.SLOW, Part.SENT_BACK))
    lines = np.where(slow, rng.uniform(0.02, 0.35, len(lines)), lines)
    lines = np.where(part == Part.SHORT, rng.uniform(1.4, 2.8, len(lines)), lines)
    return np.where(part == Part.NEVER_SOLD, 0.0, lines)


def calendar_days(days: NDArray[np.datetime64], missing: np.datetime64) -> Ints:
    """int64: positions in the calendar, clipped to it; NaT counts as ``missing``."""
    known = np.where(np.isnat(days), missing, days)
    positions: Ints = (np.clip(known, FIRST_DAY - 1, LAST_DAY + 1) - FIRST_DAY).astype(np.int64)
    return positions
