"""From judged lines in the engine to a whole :class:`dashboard.sales.rollup.Rollup`."""

from collections.abc import Mapping as Names
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from dashboard.sales.calendar import first_day, month_number, month_of, month_window, shift
from dashboard.sales.rollup import DataInfo, Rollup, StockDays
from dashboard.settings.sections import Sales
from dashboard.sources.account import Account
from dashboard.sources.completeness import complete_to
from dashboard.sources.errors import ImportRefused
from dashboard.sources.facts import build_facts, day_periods, month_periods
from dashboard.sources.inventory import read_receipts, read_stock_days
from dashboard.sources.mapping import Mapping
from dashboard.sources.order_lines import keep_lines
from dashboard.sources.products import read_products, read_stock
from dashboard.sources.query import fetch_rollup, sqlalchemy_connection
from dashboard.sources.supply import has_supply, read_supply

LARGEST_DIMENSION = 2**15


def assemble(
    connection: duckdb.DuckDBPyConnection, path: Path, mapping: Mapping, account: Account, keep: Sales, work: Path
) -> Rollup:
    """The rollup of the kept lines: all months, and of days, stock and lines what ``keep`` says; not yet a version.

    The arrays of the order lines are mapped files in ``work``.

    Raises:
        ImportRefused: more products, regions or groups than can be held, or a complete-to date before the first line.
    """
    first, last = connection.execute("SELECT min(business_date), max(business_date) FROM sales_lines").fetchall()[0]
    months = _months(first, last)
    window = month_window(months[0], months[-1])
    first_daily = max(first_day(shift(months[-1], 1 - keep.daily_months)), window.start)
    with sqlalchemy_connection(connection) as bind:
        monthly = fetch_rollup(bind, "month", window.start, window.stop)
        daily = fetch_rollup(bind, "day", first_daily, window.stop)
    products, categories = read_products(connection)
    regions, channels = (_values(monthly, name) for name in ("region", "channel"))
    _check_sizes(path, {"regions": regions, "categories": categories, "channels": channels})
    names = (products.code, regions, channels)
    days = (last - first_daily).days + 1
    info = _info(connection, path, mapping, account, (first, last))
    return Rollup(
        version="",
        info=info,
        months=months,
        first_daily=first_daily,
        regions=regions,
        categories=categories,
        channels=channels,
        products=products,
        monthly=build_facts(monthly, month_periods(monthly, months[0]), len(months), names),
        daily=build_facts(daily, day_periods(daily, first_daily), days, names),
        stock=read_stock(connection, products.code, months) if mapping.stock else None,
        stock_days=_stock_days(connection, products.code, info, keep.stock_days) if mapping.stock else None,
        receipts=read_receipts(connection, products.code) if mapping.receipts else None,
        supply=read_supply(connection, products.code, mapping) if has_supply(mapping) else None,
        lines=keep_lines(connection, names, (first, last), work) if keep.keep_lines else None,
    )


def _stock_days(
    connection: duckdb.DuckDBPyConnection, codes: tuple[str, ...], info: DataInfo, days: int
) -> StockDays | None:
    """A snapshot dated later than the figures must not push the others out."""
    return read_stock_days(connection, codes, max(info.last_day, info.complete_to), days)


def _months(first: date, last: date) -> tuple[str, ...]:
    count = month_number(month_of(last)) - month_number(month_of(first)) + 1
    return tuple(shift(month_of(first), step) for step in range(count))


def _values(rows: pa.Table, name: str) -> tuple[str, ...]:
    return tuple(sorted(rows.column(name).unique().to_pylist()))


def _check_sizes(path: Path, dimensions: Names[str, tuple[str, ...]]) -> None:
    for name, found in dimensions.items():
        if len(found) >= LARGEST_DIMENSION:
            raise ImportRefused(
                f"{path}: {len(found):,} {name}, more than {LARGEST_DIMENSION - 1:,}. Map a column with fewer values."
            )


def _info(
    connection: duckdb.DuckDBPyConnection, path: Path, mapping: Mapping, account: Account, span: tuple[date, date]
) -> DataInfo:
    until, reason = complete_to(connection, path, mapping, span)
    return DataInfo(
        source=mapping.source,
        imported_at=datetime.now(UTC).isoformat(timespec="seconds"),
        first_day=span[0],
        last_day=span[1],
        complete_to=until,
        complete_to_reason=reason,
        currency=mapping.currency,
        minor_digits=mapping.minor_digits,
        time_zone=mapping.time_zone,
        lines_read=account.read,
        lines_kept=account.kept,
        set_aside=account.set_aside,
        has_stock=mapping.stock is not None,
    )
