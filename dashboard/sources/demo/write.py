"""The demo company as Parquet files, such as a company would export: decimals, local times and plain words."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from dashboard.sources.demo.buying import UNKNOWN, Buying
from dashboard.sources.demo.calendar import CHANNELS, DAYS, FIRST_DAY, Ints
from dashboard.sources.demo.catalogue import Catalogue
from dashboard.sources.demo.lines import KINDS, REGIONS, RETURN
from dashboard.sources.demo.oddities import NO_PRODUCT, SHIPPING
from dashboard.sources.demo.prices import CURRENCIES, GBP
from dashboard.sources.demo.world import World

LINES, PRODUCTS, STOCK, RATES = "lines.parquet", "products.parquet", "stock.parquet", "rates.parquet"
RECEIPTS = "receipts.parquet"


def write_world(world: World, folder: Path) -> None:
    """Write the five files into an existing folder."""
    for name, table in tables(world).items():
        pq.write_table(table, folder / name, compression="zstd", compression_level=1)


def tables(world: World) -> dict[str, pa.Table]:
    """The five tables by file name."""
    codes = pa.array(world.catalogue.code)
    stock, days = world.stock, pa.array(DAYS)
    return {
        LINES: _lines(world),
        PRODUCTS: _products(world.catalogue, world.buying),
        RECEIPTS: pa.table(
            {
                "date": pa.array(FIRST_DAY + world.received.day),
                "code": codes.take(pa.array(world.received.product)),
                "units": world.received.units,
            }
        ),
        STOCK: pa.table(
            {"date": days.take(stock.day), "code": codes.take(stock.product), "available": stock.available},
        ),
        RATES: pa.table(
            {
                "date": days,
                "currency": pa.array([CURRENCIES[GBP]] * len(DAYS)),
                "rate": _decimal(world.rates, 5),
            }
        ),
    }


def _lines(world: World) -> pa.Table:
    lines = world.lines
    product = lines["product"].to_numpy()
    codes = pa.array([*world.catalogue.code, "SHIPPING", None])
    position = np.select([product == SHIPPING, product == NO_PRODUCT], [len(codes) - 2, len(codes) - 1], product)
    kind = lines["kind"].to_numpy()
    number = pa.array(lines["order"].to_numpy() + 1_000_001).cast(pa.string())
    prefix = pa.array(np.where(kind == RETURN, "R", "S"))
    return pa.table(
        {
            "order": pc.binary_join_element_wise(prefix, number, ""),
            "sold_at": pa.array(FIRST_DAY.astype("datetime64[s]") + lines["second"].to_numpy()),
            "kind": _words(KINDS, kind),
            "product": codes.take(pa.array(position)),
            "quantity": pa.array(lines["quantity"].to_numpy()),
            "unit_price": _decimal(lines["price"].to_numpy(), 2),
            "discount": _decimal(lines["discount"].to_numpy(), 2),
            "currency": _words(CURRENCIES, lines["currency"].to_numpy()),
            "region": _words(REGIONS, lines["region"].to_numpy()),
            "channel": _words(CHANNELS, lines["channel"].to_numpy()),
        }
    )


def _products(catalogue: Catalogue, buying: Buying) -> pa.Table:
    return pa.table(
        {
            "code": catalogue.code,
            "name": catalogue.name,
            "category": _words(tuple(catalogue.categories), catalogue.category),
            "launch_date": catalogue.launch,
            "end_date": pa.array(catalogue.end, from_pandas=True),
            "first_receipt": catalogue.first_receipt,
            "unit_cost": _known(_decimal(buying.cost, 2), buying.cost),
            "lead_days": pa.array(buying.lead_days, from_pandas=True),
            "lead_spread_days": pa.array(buying.lead_spread, from_pandas=True),
            "minimum_order": _known(pa.array(buying.minimum), buying.minimum),
            "pack": _known(pa.array(buying.pack), buying.pack),
            "on_order": buying.on_order,
            "committed": buying.committed,
            "shelf_life_days": _known(pa.array(buying.shelf_life), buying.shelf_life),
        }
    )


def _known(values: pa.Array, entries: Ints) -> pa.Array:
    """``values``, empty where nothing is known."""
    return pc.if_else(pa.array(entries != UNKNOWN), values, pa.scalar(None, values.type))


def _words(names: tuple[str, ...], codes: NDArray[np.integer]) -> pa.Array:
    return pa.array(names).take(pa.array(codes))


def _decimal(scaled: Ints, digits: int) -> pa.Array:
    """Integers of 10**-digits as exact decimals: 128-bit little-endian words, the upper half is the sign."""
    words = np.stack([scaled, scaled >> 63], axis=1).astype("<i8")
    return pa.Array.from_buffers(pa.decimal128(18, digits), len(scaled), [None, pa.py_buffer(words.tobytes())])
