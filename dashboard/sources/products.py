"""The product master of a rollup, and what the stock snapshots say, from the engine's tables."""

from collections.abc import Sequence

import duckdb
import numpy as np
import pyarrow as pa

from dashboard.sales.calendar import month_number, month_window
from dashboard.sales.rollup import Products, StockMonths
from dashboard.sources.facts import encode
from dashboard.sources.values import NONE

# Most frequent text of a product's kept lines; ties: the latest, then by alphabet.
_USUAL = (
    "SELECT code, {text} FROM (SELECT code, {text}, sum(lines) AS often, max(latest) AS latest FROM labels "
    "WHERE {text} IS NOT NULL GROUP BY code, {text}) "
    "QUALIFY row_number() OVER (PARTITION BY code ORDER BY often DESC, latest DESC, {text}) = 1"
)
_PRODUCTS = f"""
WITH sold AS (SELECT code, min(CAST(sold_at AS DATE)) FILTER (is_return = 0) AS first_sale
              FROM lines WHERE verdict = '' GROUP BY code),
     received AS (SELECT code, min(day) AS first_receipt FROM receipts GROUP BY code),
     names AS ({_USUAL.format(text="name")}), categories AS ({_USUAL.format(text="category")})
SELECT code, coalesce(master.name, names.name, code) AS name,
       coalesce(master.category, categories.category, '{NONE}') AS category,
       coalesce(master.launch, master.first_receipt, least(received.first_receipt, sold.first_sale)) AS first_day,
       master.end_day
FROM sold FULL JOIN master USING (code) LEFT JOIN received USING (code) LEFT JOIN names USING (code)
     LEFT JOIN categories USING (code)
ORDER BY code
"""


def read_products(connection: duckdb.DuckDBPyConnection) -> tuple[Products, tuple[str, ...]]:
    """All products that were sold or stand in the master, and the sorted names of their categories."""
    table = connection.execute(_PRODUCTS).to_arrow_table()
    categories = tuple(sorted(set(table.column("category").to_pylist())))
    first, end = (table.column(name).to_numpy().astype("datetime64[D]") for name in ("first_day", "end_day"))
    codes, names = (tuple(table.column(name).to_pylist()) for name in ("code", "name"))
    category = encode(table, "category", pa.array(categories, pa.string())).astype(np.int16)
    return Products(codes, names, category, first, end), categories


def read_stock(connection: duckdb.DuckDBPyConnection, codes: Sequence[str], months: Sequence[str]) -> StockMonths:
    """The table ``stock`` by month and product; ``codes`` are those that positions refer to, others are left out."""
    window = month_window(months[0], months[-1])
    table = connection.execute(
        f"SELECT year(day) * 12 + month(day) - 1 - {month_number(months[0])} AS period, code, count(*) AS observed, "
        "count(*) FILTER (available > 0) AS in_stock, arg_max(available, day) AS closing FROM stock "
        "WHERE day >= ? AND day < ? AND code IN (SELECT unnest(?)) GROUP BY 1, 2",
        [window.start, window.stop, list(codes)],
    ).to_arrow_table()
    period, observed, in_stock, closing = (
        table.column(name).to_numpy().astype(np.int64) for name in ("period", "observed", "in_stock", "closing")
    )
    product = encode(table, "code", pa.array(codes, pa.string()))
    order = np.lexsort((product, period))
    return StockMonths(
        offsets=np.searchsorted(period[order], np.arange(len(months) + 1)).astype(np.int64),
        product=product[order],
        observed_days=observed[order].astype(np.int16),
        in_stock_days=in_stock[order].astype(np.int16),
        closing_units=closing[order],
    )
