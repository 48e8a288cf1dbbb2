"""The parts of a rollup that not every source has, as Arrow tables: stock by day, receipts, supply and order lines."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from dashboard.sales.rollup import OrderLines, Receipts, Rollup, StockDays, Supply
from dashboard.sources.layout_tables import arrays, narrow, table
from dashboard.sources.texts import Texts

_SUPPLY = tuple(field.name for field in fields(Supply))
_LINES = ("product", "region", "channel", "returned", "units", "gross", "discount")


def part_tables(rollup: Rollup) -> dict[str, pa.Table]:
    """The tables of those parts that ``rollup`` has."""
    tables: dict[str, pa.Table] = {}
    if rollup.stock_days is not None:
        tables["stock_days"] = table({"available": rollup.stock_days.available.reshape(-1)})
    if rollup.receipts is not None:
        received = rollup.receipts
        days = received.day.astype("datetime64[D]").view(np.int64)
        tables["receipts"] = table({"product": received.product, "day": days, "units": received.units})
    if rollup.supply is not None:
        tables["supply"] = table({name: getattr(rollup.supply, name) for name in _SUPPLY})
    if rollup.lines is not None:
        tables |= _line_tables(rollup.lines)
    return tables


def part_facts(rollup: Rollup) -> dict[str, Any]:
    """What must be known of the parts beside their tables."""
    days = rollup.stock_days
    return {} if days is None else {"stock_days": {"first_day": days.first_day, "shape": days.available.shape}}


def read_parts(known: Mapping[str, Any], tables: Mapping[str, pa.Table]) -> dict[str, Any]:
    """The parts by name of the field of :class:`Rollup`; those without tables are left out."""
    parts: dict[str, Any] = {}
    if "stock_days" in tables:
        flat, facts = arrays(tables["stock_days"])["available"], known["stock_days"]
        parts["stock_days"] = StockDays(date.fromisoformat(facts["first_day"]), flat.reshape(facts["shape"]))
    if "receipts" in tables:
        received = arrays(tables["receipts"])
        parts["receipts"] = Receipts(received["product"], received["day"].view("datetime64[D]"), received["units"])
    if "supply" in tables:
        parts["supply"] = Supply(**arrays(tables["supply"]))
    if "lines" in tables:
        parts["lines"] = _lines(tables)
    return parts


def _line_tables(lines: OrderLines) -> dict[str, pa.Table]:
    columns = {name: getattr(lines, name) for name in _LINES}
    columns |= {name: narrow(columns[name]) for name in ("units", "gross", "discount")}
    # A byte each, not a bit, so that the mapped file can be viewed as an array.
    columns["returned"] = columns["returned"].view(np.uint8)
    orders = lines.order.column if isinstance(lines.order, Texts) else pa.array(lines.order, pa.string())
    return {
        "lines": table(columns),
        "lines_offsets": table({"offsets": lines.offsets}),
        "lines_orders": pa.table({"order": orders}),
    }


def _lines(tables: Mapping[str, pa.Table]) -> OrderLines:
    columns = arrays(tables["lines"])
    columns["returned"] = columns["returned"].view(np.bool_)
    offsets = arrays(tables["lines_offsets"])["offsets"]
    return OrderLines(offsets=offsets, order=Texts(tables["lines_orders"].column("order")), **columns)
