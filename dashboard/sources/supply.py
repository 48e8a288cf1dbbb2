"""What the product master says of buying: cost, lead time, order sizes, what is under way. Unknown stays unknown."""

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import numpy as np

from dashboard.sales.rollup import Supply
from dashboard.sources import values
from dashboard.sources.errors import ImportRefused
from dashboard.sources.mapping import Mapping, ProductColumns
from dashboard.sources.positions import register
from dashboard.sources.reading import RawTable

_LONGEST_LEAD, _LONGEST_LIFE = 3650, 36_500


@dataclass(frozen=True)
class SupplyColumn:
    """How a figure is read.

    Attributes:
        type: of the engine; whole numbers are BIGINT.
        most: the largest that is believed.
        needs: for people: what it must be.
        zero_is_unknown: many systems write 0 where nothing was entered.
    """

    type: str
    most: int
    needs: str
    zero_is_unknown: bool = False


_UNITS = values.LARGEST_QUANTITY
COLUMNS = {
    "cost": SupplyColumn("DECIMAL(18, 8)", _UNITS, "the cost of one unit, zero or more", zero_is_unknown=True),
    "lead_days": SupplyColumn("DECIMAL(18, 8)", _LONGEST_LEAD, f"days from 0 to {_LONGEST_LEAD:,}"),
    "lead_sd": SupplyColumn("DECIMAL(18, 8)", _LONGEST_LEAD, f"days from 0 to {_LONGEST_LEAD:,}"),
    "minimum": SupplyColumn("BIGINT", _UNITS, "whole units, zero or more", zero_is_unknown=True),
    "pack": SupplyColumn("BIGINT", _UNITS, "whole units, zero or more", zero_is_unknown=True),
    "on_order": SupplyColumn("BIGINT", _UNITS, "whole units, zero or more"),
    "committed": SupplyColumn("BIGINT", _UNITS, "whole units, zero or more"),
    "shelf_life": SupplyColumn("BIGINT", _LONGEST_LIFE, f"whole days up to {_LONGEST_LIFE:,}", zero_is_unknown=True),
}
# Lines that a source added up have no number; of one day the dearest counts.
_NEWEST_COST = (
    "SELECT code, arg_max(line_cost, (sold_at, coalesce(row, 0), line_cost)) AS line_cost FROM lines "
    "WHERE verdict = '' AND line_cost > 0 "
    "GROUP BY code"
)


def has_supply(mapping: Mapping) -> bool:
    """Whether the mapping names anything of :data:`COLUMNS`, or a cost on the lines."""
    columns = mapping.products.columns
    return mapping.columns.cost is not None or any(getattr(columns, name, None) for name in COLUMNS)


def has_cost(mapping: Mapping) -> bool:
    """Whether the mapping names a cost, of the product or of the line."""
    columns = mapping.products.columns
    return mapping.columns.cost is not None or bool(columns and columns.cost)


def selected(
    connection: duckdb.DuckDBPyConnection, table: RawTable, mapping: Mapping, columns: ProductColumns
) -> list[str]:
    """SQL for each of :data:`COLUMNS` over the raw master; NULL where unknown.

    Raises:
        ImportRefused: a cell that is neither empty nor what its column needs.
    """
    return [_one(connection, table, mapping, name, getattr(columns, name)) for name in COLUMNS]


def _one(
    connection: duckdb.DuckDBPyConnection, table: RawTable, mapping: Mapping, name: str, mapped: str | None
) -> str:
    rule = COLUMNS[name]
    if mapped is None:
        return f"CAST(NULL AS {rule.type})"
    column = table.column(mapped, f"products.columns.{name}")
    read = values.quantity if rule.type == "BIGINT" else values.decimal
    value, text = read(table, column, mapping), values.text(column)
    bad = f"{text} IS NOT NULL AND NOT coalesce({value} BETWEEN 0 AND {rule.most}, false)"
    row = connection.execute(
        f"SELECT row, left({text}, 40) FROM {table.relation} WHERE {bad} ORDER BY row LIMIT 1"
    ).fetchone()
    if row:
        raise ImportRefused(
            f"{table.path}: row {row[0]}: {mapped!r} is {row[1]!r}, but {name} must be {rule.needs}. "
            "Mend the cell, or leave it empty where nothing is known."
        )
    return f"nullif({value}, 0)" if rule.zero_is_unknown else value


def read_supply(connection: duckdb.DuckDBPyConnection, codes: Sequence[str], mapping: Mapping) -> Supply:
    """What is known of the products ``codes``; a cost that only the lines have is that of the newest line."""
    register(connection, "supply_codes", codes)
    cost = f"round(CAST(coalesce(cost, line_cost) AS DECIMAL(38, 8)), {mapping.minor_digits})"
    rows = connection.execute(
        f"SELECT coalesce(TRY_CAST({cost} * {10**mapping.minor_digits} AS BIGINT), -1) AS cost, "
        "CAST(lead_days AS DOUBLE) AS lead_days, CAST(lead_sd AS DOUBLE) AS lead_sd, "
        "coalesce(minimum, -1) AS minimum, coalesce(pack, -1) AS pack, coalesce(on_order, 0) AS on_order, "
        "coalesce(committed, 0) AS committed, coalesce(shelf_life, -1) AS shelf_life FROM supply_codes "
        f"LEFT JOIN master ON master.code = text LEFT JOIN ({_NEWEST_COST}) AS newest ON newest.code = text "
        "ORDER BY position"
    ).to_arrow_table()
    columns = {name: rows.column(name).to_numpy() for name in COLUMNS}
    for name in ("lead_days", "lead_sd"):
        columns[name] = columns[name].astype(np.float64)
    return Supply(**columns)
