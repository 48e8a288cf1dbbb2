"""The files beside the sales file: exchange rates, product master, stock and receipts, as tables of the engine."""

from pathlib import Path

import duckdb

from dashboard.sources import supply, values
from dashboard.sources.canonical import code as code_sql
from dashboard.sources.classify import RATES
from dashboard.sources.errors import ImportRefused
from dashboard.sources.mapping import Mapping
from dashboard.sources.reading import RawTable, open_table


def create_rates(connection: duckdb.DuckDBPyConnection, sales_file: Path, mapping: Mapping, work: Path) -> None:
    """Create ``rates`` (day, code, rate); empty where the mapping names no file.

    Raises:
        ImportRefused: a row that cannot be read, a rate that is not above zero, or two rates for one day and currency.
    """
    connection.execute(f"CREATE TABLE {RATES} (day DATE, code VARCHAR, rate DECIMAL(16, 10))")
    if mapping.rates is None:
        return
    table = open_table(connection, mapping.companion(mapping.rates.file, sales_file), "raw_rates", mapping, work)
    columns = mapping.rates.columns
    day = values.day(table, table.column(columns.date, "rates.columns.date"), mapping)
    code = f"upper({values.label(table.column(columns.currency, 'rates.columns.currency'))})"
    rate = values.decimal(table, table.column(columns.rate, "rates.columns.rate"), mapping, 10, 16)
    connection.execute(
        f"CREATE TABLE rate_rows AS SELECT row, {day} AS day, {code} AS code, {rate} AS rate FROM raw_rates"
    )
    _refuse_first(
        connection, table, "rate_rows", "day IS NULL OR code IS NULL OR coalesce(rate, 0) <= 0", "no usable rate"
    )
    _refuse_twice(connection, table, "rate_rows", "day, code")
    connection.execute(f"INSERT INTO {RATES} SELECT day, code, rate FROM rate_rows")


def create_master(connection: duckdb.DuckDBPyConnection, sales_file: Path, mapping: Mapping, work: Path) -> None:
    """Create ``master``; empty where the mapping names no file.

    Columns: row, code, name, category, launch, end_day, first_receipt, then those of ``supply.COLUMNS``.

    Raises:
        ImportRefused: a row without a code or with a very long one, one code twice, or a figure of buying that cannot
            be read.
    """
    connection.execute(
        "CREATE TABLE master (row BIGINT, code VARCHAR, name VARCHAR, category VARCHAR, launch DATE, end_day DATE, "
        f"first_receipt DATE, {', '.join(f'{name} {column.type}' for name, column in supply.COLUMNS.items())})"
    )
    if mapping.products.file is None or mapping.products.columns is None:
        return
    table = open_table(connection, mapping.companion(mapping.products.file, sales_file), "raw_master", mapping, work)
    columns, key = mapping.products.columns, "products.columns"
    code = code_sql(values.raw_text(table.column(columns.product, f"{key}.product")), mapping)
    texts = [_text(table, getattr(columns, name), f"{key}.{name}") for name in ("name", "category")]
    days = [
        _day(table, getattr(columns, name), f"{key}.{name}", mapping) for name in ("launch", "end", "first_receipt")
    ]
    figures = supply.selected(connection, table, mapping, columns)
    connection.execute(f"INSERT INTO master SELECT row, {', '.join([code, *texts, *days, *figures])} FROM raw_master")
    unusable = f"code IS NULL OR length(code) > {values.LONGEST_CODE}"
    told = "(SELECT row, code, name, category FROM master)"
    _refuse_first(connection, table, told, unusable, f"no product code of 1 to {values.LONGEST_CODE} characters")
    _refuse_twice(connection, table, "master", "code")


def create_stock(connection: duckdb.DuckDBPyConnection, sales_file: Path, mapping: Mapping, work: Path) -> None:
    """Create ``stock`` (day, code, available): one row for each day and product, places added up. Only if mapped.

    Raises:
        ImportRefused: a row whose date, product or number of units cannot be read.
    """
    if mapping.stock is None:
        return
    table = open_table(connection, mapping.companion(mapping.stock.file, sales_file), "raw_stock", mapping, work)
    columns = mapping.stock.columns
    day = values.day(table, table.column(columns.date, "stock.columns.date"), mapping)
    code = code_sql(values.raw_text(table.column(columns.product, "stock.columns.product")), mapping)
    available = values.quantity(table, table.column(columns.available, "stock.columns.available"), mapping)
    connection.execute(
        f"CREATE VIEW stock_rows AS SELECT row, {day} AS day, {code} AS code, {available} AS available FROM raw_stock"
    )
    unusable = "day IS NULL OR code IS NULL OR available IS NULL"
    _refuse_first(connection, table, "stock_rows", unusable, "no usable stock snapshot")
    connection.execute(
        "CREATE TABLE stock AS SELECT day, code, CAST(sum(available) AS BIGINT) AS available FROM stock_rows "
        "GROUP BY day, code"
    )


def create_receipts(connection: duckdb.DuckDBPyConnection, sales_file: Path, mapping: Mapping, work: Path) -> None:
    """Create ``receipts`` (day, code, units); empty where the mapping names no file.

    Raises:
        ImportRefused: a row whose date or product cannot be read, or whose units are no whole number above zero.
    """
    connection.execute("CREATE TABLE receipts (day DATE, code VARCHAR, units BIGINT)")
    if mapping.receipts is None:
        return
    table = open_table(connection, mapping.companion(mapping.receipts.file, sales_file), "raw_receipts", mapping, work)
    columns = mapping.receipts.columns
    day = values.day(table, table.column(columns.date, "receipts.columns.date"), mapping)
    code = code_sql(values.raw_text(table.column(columns.product, "receipts.columns.product")), mapping)
    units = values.quantity(table, table.column(columns.units, "receipts.columns.units"), mapping)
    connection.execute(
        f"CREATE VIEW receipt_rows AS SELECT row, {day} AS day, {code} AS code, {units} AS units FROM raw_receipts"
    )
    unusable = "day IS NULL OR code IS NULL OR coalesce(units, 0) <= 0"
    _refuse_first(connection, table, "receipt_rows", unusable, "no usable receipt of one unit or more")
    connection.execute("INSERT INTO receipts SELECT day, code, units FROM receipt_rows")


def _text(table: RawTable, column: str | None, key: str) -> str:
    return values.label(table.column(column, key)) if column else "CAST(NULL AS VARCHAR)"


def _day(table: RawTable, column: str | None, key: str, mapping: Mapping) -> str:
    return values.day(table, table.column(column, key), mapping) if column else "CAST(NULL AS DATE)"


def _refuse_first(connection: duckdb.DuckDBPyConnection, table: RawTable, relation: str, bad: str, what: str) -> None:
    found = connection.execute(f"SELECT row, COLUMNS(* EXCLUDE row) FROM {relation} WHERE {bad} ORDER BY row LIMIT 1")
    row = found.fetchone()
    if row:
        shown = ", ".join(
            "unreadable or empty" if value is None else str(value)[: values.LONGEST_CODE] for value in row[1:]
        )
        raise ImportRefused(f"{table.path}: row {row[0]}: {what} ({shown}). Mend the row or leave it out.")


def _refuse_twice(connection: duckdb.DuckDBPyConnection, table: RawTable, relation: str, key: str) -> None:
    row = connection.execute(
        f"SELECT min(row), max(row) FROM {relation} GROUP BY {key} HAVING count(*) > 1 ORDER BY 1 LIMIT 1"
    ).fetchone()
    if row:
        raise ImportRefused(
            f"{table.path}: rows {row[0]} and {row[1]} say the same ({key}) twice. Leave one of them out."
        )
