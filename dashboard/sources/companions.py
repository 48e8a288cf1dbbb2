"""The files beside the sales file: exchange rates, product master, stock and receipts, as tables of the engine.

``tag`` is put behind the name of every table, so that several sources can have theirs in one engine.
"""

from pathlib import Path

import duckdb

from dashboard.sources import supply, values
from dashboard.sources.canonical import code as code_sql
from dashboard.sources.classify import RATES
from dashboard.sources.errors import ImportRefused
from dashboard.sources.mapping import Mapping
from dashboard.sources.reading import RawTable, open_table


class RowRefused(ImportRefused):
    """A row of a file beside the sales cannot be used.

    Attributes:
        what: the same without file and number of the row, for tables of a database have neither.
    """

    def __init__(self, message: str, what: str) -> None:
        super().__init__(message)
        self.what = what


def create_rates(
    connection: duckdb.DuckDBPyConnection, sales_file: Path, mapping: Mapping, work: Path, tag: str = ""
) -> None:
    """Create ``rates`` (day, code, rate); empty where the mapping names no file.

    Raises:
        ImportRefused: a row that cannot be read, a rate that is not above zero, or two rates for one day and currency.
    """
    connection.execute(f"CREATE TABLE {RATES}{tag} (day DATE, code VARCHAR, rate DECIMAL(16, 10))")
    if mapping.rates is None:
        return
    path = mapping.companion(mapping.rates.file, sales_file)
    table = open_table(connection, path, f"raw_rates{tag}", mapping, work)
    columns = mapping.rates.columns
    day = values.day(table, table.column(columns.date, "rates.columns.date"), mapping)
    code = f"upper({values.label(table.column(columns.currency, 'rates.columns.currency'))})"
    rate = values.decimal(table, table.column(columns.rate, "rates.columns.rate"), mapping, 10, 16)
    rows = f"rate_rows{tag}"
    connection.execute(
        f"CREATE TABLE {rows} AS SELECT row, {day} AS day, {code} AS code, {rate} AS rate FROM {table.relation}"
    )
    _refuse_first(connection, table, rows, "day IS NULL OR code IS NULL OR coalesce(rate, 0) <= 0", "no usable rate")
    _refuse_twice(connection, table, rows, "day, code")
    connection.execute(f"INSERT INTO {RATES}{tag} SELECT day, code, rate FROM {rows}")


def create_master(
    connection: duckdb.DuckDBPyConnection, sales_file: Path, mapping: Mapping, work: Path, tag: str = ""
) -> None:
    """Create ``master``; empty where the mapping names no file.

    Columns: row, code, name, category, launch, end_day, first_receipt, then those of ``supply.COLUMNS``.

    Raises:
        ImportRefused: a row without a code or with a very long one, one code twice, or a figure of buying that cannot
            be read.
    """
    connection.execute(
        f"CREATE TABLE master{tag} (row BIGINT, code VARCHAR, name VARCHAR, category VARCHAR, launch DATE, "
        "end_day DATE, first_receipt DATE, "
        f"{', '.join(f'{name} {column.type}' for name, column in supply.COLUMNS.items())})"
    )
    if mapping.products.file is None or mapping.products.columns is None:
        return
    path = mapping.companion(mapping.products.file, sales_file)
    table = open_table(connection, path, f"raw_master{tag}", mapping, work)
    columns, key = mapping.products.columns, "products.columns"
    code = code_sql(values.raw_text(table.column(columns.product, f"{key}.product")), mapping)
    texts = [_text(table, getattr(columns, name), f"{key}.{name}") for name in ("name", "category")]
    days = [
        _day(table, getattr(columns, name), f"{key}.{name}", mapping) for name in ("launch", "end", "first_receipt")
    ]
    figures = supply.selected(connection, table, mapping, columns)
    chosen = ", ".join([code, *texts, *days, *figures])
    connection.execute(f"INSERT INTO master{tag} SELECT row, {chosen} FROM {table.relation}")
    unusable = f"code IS NULL OR length(code) > {values.LONGEST_CODE}"
    told = f"(SELECT row, code, name, category FROM master{tag})"
    _refuse_first(connection, table, told, unusable, f"no product code of 1 to {values.LONGEST_CODE} characters")
    _refuse_twice(connection, table, f"master{tag}", "code")


def create_stock(
    connection: duckdb.DuckDBPyConnection, sales_file: Path, mapping: Mapping, work: Path, tag: str = ""
) -> None:
    """Create ``stock`` (day, code, available): one row for each day and product, places added up. Only if mapped.

    Raises:
        ImportRefused: a row whose date, product or number of units cannot be read.
    """
    if mapping.stock is None:
        return
    path = mapping.companion(mapping.stock.file, sales_file)
    table = open_table(connection, path, f"raw_stock{tag}", mapping, work)
    columns = mapping.stock.columns
    day = values.day(table, table.column(columns.date, "stock.columns.date"), mapping)
    code = code_sql(values.raw_text(table.column(columns.product, "stock.columns.product")), mapping)
    available = values.quantity(table, table.column(columns.available, "stock.columns.available"), mapping)
    rows = f"stock_rows{tag}"
    connection.execute(
        f"CREATE VIEW {rows} AS SELECT row, {day} AS day, {code} AS code, {available} AS available "
        f"FROM {table.relation}"
    )
    unusable = "day IS NULL OR code IS NULL OR available IS NULL"
    _refuse_first(connection, table, rows, unusable, "no usable stock snapshot")
    connection.execute(
        f"CREATE TABLE stock{tag} AS SELECT day, code, CAST(sum(available) AS BIGINT) AS available FROM {rows} "
        "GROUP BY day, code"
    )


def create_receipts(
    connection: duckdb.DuckDBPyConnection, sales_file: Path, mapping: Mapping, work: Path, tag: str = ""
) -> None:
    """Create ``receipts`` (day, code, units); empty where the mapping names no file.

    Raises:
        ImportRefused: a row whose date or product cannot be read, or whose units are no whole number above zero.
    """
    connection.execute(f"CREATE TABLE receipts{tag} (day DATE, code VARCHAR, units BIGINT)")
    if mapping.receipts is None:
        return
    path = mapping.companion(mapping.receipts.file, sales_file)
    table = open_table(connection, path, f"raw_receipts{tag}", mapping, work)
    columns = mapping.receipts.columns
    day = values.day(table, table.column(columns.date, "receipts.columns.date"), mapping)
    code = code_sql(values.raw_text(table.column(columns.product, "receipts.columns.product")), mapping)
    units = values.quantity(table, table.column(columns.units, "receipts.columns.units"), mapping)
    rows = f"receipt_rows{tag}"
    connection.execute(
        f"CREATE VIEW {rows} AS SELECT row, {day} AS day, {code} AS code, {units} AS units FROM {table.relation}"
    )
    unusable = "day IS NULL OR code IS NULL OR coalesce(units, 0) <= 0"
    _refuse_first(connection, table, rows, unusable, "no usable receipt of one unit or more")
    connection.execute(f"INSERT INTO receipts{tag} SELECT day, code, units FROM {rows}")


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
        found_row = f"{what} ({shown})"
        raise RowRefused(f"{table.path}: row {row[0]}: {found_row}. Mend the row or leave it out.", found_row)


def _refuse_twice(connection: duckdb.DuckDBPyConnection, table: RawTable, relation: str, key: str) -> None:
    row = connection.execute(
        f"SELECT min(row), max(row), {key} FROM {relation} GROUP BY {key} HAVING count(*) > 1 ORDER BY 1 LIMIT 1"
    ).fetchone()
    if row:
        named = ", ".join(str(value) for value in row[2:])
        raise RowRefused(
            f"{table.path}: rows {row[0]} and {row[1]} say the same ({key}: {named}) twice. Leave one of them out.",
            f"several rows for one {key}: {named}",
        )
