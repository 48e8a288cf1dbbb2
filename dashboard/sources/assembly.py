"""From judged lines in the engine to a whole :class:`dashboard.sales.rollup.Rollup`."""

from collections.abc import Callable, Sequence
from collections.abc import Mapping as Names
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import duckdb

from dashboard.sales.calendar import first_day, month_number, month_of, month_window, shift
from dashboard.sales.rollup import DataInfo, Rollup, StockDays
from dashboard.settings.sections import Sales
from dashboard.sources.account import Account
from dashboard.sources.completeness import complete_to
from dashboard.sources.errors import ImportRefused
from dashboard.sources.facts import build_facts, day_periods, month_periods
from dashboard.sources.grain import days_from
from dashboard.sources.inventory import read_receipts, read_stock_days
from dashboard.sources.mapping import Mapping
from dashboard.sources.order_lines import keep_lines
from dashboard.sources.products import read_products, read_stock
from dashboard.sources.query import fetch_rollup, sqlalchemy_connection, stretches
from dashboard.sources.supply import has_supply, read_supply

LARGEST_DIMENSION = 2**15
Span = tuple[date, date]


@dataclass(frozen=True)
class Origin:
    """Where the lines in the engine came from.

    Attributes:
        where: file or sources, for messages.
        mappings: of the file, or of every source: what one of them brings, the rollup has.
        labels: what ``source`` of a line says -> what people call it.
        info: what is told of them, given the first and last day with counted lines.
    """

    where: str
    mappings: Sequence[Mapping]
    labels: Names[str, str]
    info: Callable[[Span], DataInfo]


def assemble(
    connection: duckdb.DuckDBPyConnection, path: Path, mapping: Mapping, account: Account, keep: Sales, work: Path
) -> Rollup:
    """The rollup of the kept lines of a file; the order lines as well, if ``keep`` says so.

    Raises:
        ImportRefused: as :func:`roll_up`, or a complete-to date before the first line.
    """
    labels = {"": mapping.source}
    origin = Origin(str(path), (mapping,), labels, lambda span: _info(connection, path, mapping, account, span))
    return roll_up(connection, origin, keep, work, with_lines=keep.keep_lines)


def roll_up(
    connection: duckdb.DuckDBPyConnection, origin: Origin, keep: Sales, work: Path, *, with_lines: bool
) -> Rollup:
    """The rollup of the kept lines: all months, and of days, stock and lines what ``keep`` says; not yet a version.

    The arrays of facts and of order lines are mapped files in ``work``; order lines come if ``with_lines`` says so.

    Raises:
        ImportRefused: more products, regions or groups than can be held.
    """
    first, last = connection.execute("SELECT min(business_date), max(business_date) FROM sales_lines").fetchall()[0]
    months = _months(first, last)
    window = month_window(months[0], months[-1])
    known = days_from(connection) or window.start
    first_daily = max(first_day(shift(months[-1], 1 - keep.daily_months)), window.start, known)
    products, categories = read_products(connection)
    regions, channels = (_values(connection, name) for name in ("region", "channel"))
    _check_sizes(origin.where, {"regions": regions, "categories": categories, "channels": channels})
    names, sources = (products.code, regions, channels), _sources(connection, origin.labels)
    fetched = partial(fetch_rollup, by_source=len(sources) > 1)
    with sqlalchemy_connection(connection) as bind:
        parts = stretches(connection, "month", window.start, window.stop)
        in_month = partial(month_periods, first_month=months[0])
        monthly = build_facts(fetched(bind, "month", parts), in_month, len(months), names, tuple(sources), work)
        parts = stretches(connection, "day", first_daily, window.stop)
        on_day, days = partial(day_periods, first_day=first_daily), max(0, (last - first_daily).days + 1)
        daily = build_facts(fetched(bind, "day", parts), on_day, days, names, tuple(sources), work)
    info = origin.info((first, last))
    return Rollup(
        version="",
        info=info,
        months=months,
        first_daily=first_daily,
        regions=regions,
        categories=categories,
        channels=channels,
        sources=tuple(sources.values()),
        products=products,
        monthly=monthly,
        daily=daily,
        stock=read_stock(connection, products.code, months) if info.has_stock else None,
        stock_days=_stock_days(connection, products.code, info, keep.stock_days) if info.has_stock else None,
        receipts=read_receipts(connection, products.code) if _any(origin, lambda one: bool(one.receipts)) else None,
        supply=read_supply(connection, products.code, origin.mappings[0]) if _any(origin, has_supply) else None,
        lines=keep_lines(connection, names, (first, last), work) if with_lines else None,
    )


def _any(origin: Origin, test: Callable[[Mapping], bool]) -> bool:
    return any(test(mapping) for mapping in origin.mappings)


def _stock_days(
    connection: duckdb.DuckDBPyConnection, codes: tuple[str, ...], info: DataInfo, days: int
) -> StockDays | None:
    """A snapshot dated later than the figures must not push the others out."""
    return read_stock_days(connection, codes, max(info.last_day, info.complete_to), days)


def _months(first: date, last: date) -> tuple[str, ...]:
    count = month_number(month_of(last)) - month_number(month_of(first)) + 1
    return tuple(shift(month_of(first), step) for step in range(count))


def _values(connection: duckdb.DuckDBPyConnection, name: str) -> tuple[str, ...]:
    return tuple(sorted(row[0] for row in connection.execute(f"SELECT DISTINCT {name} FROM sales_lines").fetchall()))


def _sources(connection: duckdb.DuckDBPyConnection, labels: Names[str, str]) -> dict[str, str]:
    """Those of ``labels`` that have a counted line, by their labels."""
    counted = set(_values(connection, "source")) if len(labels) > 1 else set(labels)
    return dict(sorted(((key, label) for key, label in labels.items() if key in counted), key=lambda one: one[1]))


def _check_sizes(where: str, dimensions: Names[str, tuple[str, ...]]) -> None:
    for name, found in dimensions.items():
        if len(found) >= LARGEST_DIMENSION:
            raise ImportRefused(
                f"{where}: {len(found):,} {name}, more than {LARGEST_DIMENSION - 1:,}. Map a column with fewer values."
            )


def _info(
    connection: duckdb.DuckDBPyConnection, path: Path, mapping: Mapping, account: Account, span: Span
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
