"""Small rollups made in memory: what the importer would have written for the lines given."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from dashboard.sales.calendar import first_day, month_key, month_number, month_of
from dashboard.sales.rollup import VALUE_COLUMNS, DataInfo, Facts, Products, Rollup, StockMonths


@dataclass(frozen=True)
class Line:
    """One sales line; money in minor units."""

    day: date
    product: str
    gross_units: int = 0
    gross_sales: int = 0
    returned_units: int = 0
    returned_sales: int = 0
    discounts: int = 0
    costed_sales: int = 0
    cost_of_goods: int = 0
    fx: int = 0  # what exchange rates did to the net sales
    region: str = "North"
    channel: str = "Store"
    source: str = "Test data"

    @property
    def constant_sales(self) -> int:
        return self.gross_sales - self.discounts - self.returned_sales - self.fx


@dataclass(frozen=True)
class Item:
    """One product of the master."""

    code: str
    category: str = "Kitchen"
    name: str = ""
    first: date | None = None
    end: date | None = None


@dataclass(frozen=True)
class Stock:
    """Snapshots of one product in one month."""

    month: str
    product: str
    observed_days: int
    in_stock_days: int
    closing_units: int = 0


def make_info(**changes: object) -> DataInfo:
    info = DataInfo(
        source="Test data",
        imported_at="2026-11-20T20:00:00+00:00",
        first_day=date(2025, 1, 1),
        last_day=date(2026, 11, 20),
        complete_to=date(2026, 11, 20),
        complete_to_reason="said by the test",
        currency="EUR",
        minor_digits=2,
        time_zone="Europe/Berlin",
        lines_read=0,
        lines_kept=0,
        set_aside=(),
        has_stock=False,
    )
    return replace(info, **changes)


def make_rollup(
    lines: Sequence[Line],
    items: Sequence[Item] = (),
    stock: Sequence[Stock] = (),
    complete_to: date | None = None,
    version: str = "test",
    daily_months: int = 26,
) -> Rollup:
    days = [line.day for line in lines] or [date(2026, 11, 20)]
    months = _months(min(days), max(days))
    known = {item.code: item for item in items}
    for line in lines:
        known.setdefault(line.product, Item(line.product))
    codes = sorted(known)
    categories = sorted({item.category for item in known.values()})
    regions, channels = sorted({line.region for line in lines}), sorted({line.channel for line in lines})
    sources = sorted({line.source for line in lines})
    codings = (
        {c: i for i, c in enumerate(codes)},
        {r: i for i, r in enumerate(regions)},
        {c: i for i, c in enumerate(channels)},
        {s: i for i, s in enumerate(sources)},
    )
    firsts = _first_days(lines, known)
    first_daily = max(first_day(months[0]), first_day(month_key(month_number(months[-1]) - daily_months + 1)))
    info = make_info(
        first_day=min(days),
        last_day=max(days),
        complete_to=complete_to or max(days),
        has_stock=bool(stock),
        lines_read=len(lines),
        lines_kept=len(lines),
    )
    return Rollup(
        version=version,
        info=info,
        months=tuple(months),
        first_daily=first_daily,
        regions=tuple(regions),
        categories=tuple(categories),
        channels=tuple(channels),
        sources=tuple(sources),
        products=Products(
            code=tuple(codes),
            name=tuple(known[code].name or f"Product {code}" for code in codes),
            category=np.array([categories.index(known[code].category) for code in codes], dtype=np.int16),
            first_day=np.array([firsts.get(code, "NaT") for code in codes], dtype="datetime64[D]"),
            end_day=np.array([known[code].end or "NaT" for code in codes], dtype="datetime64[D]"),
        ),
        monthly=_facts(lines, codings, len(months), lambda day: month_number(month_of(day)) - month_number(months[0])),
        daily=_facts(
            [line for line in lines if line.day >= first_daily],
            codings,
            (max(days) - first_daily).days + 1,
            lambda day: (day - first_daily).days,
        ),
        stock=_stock(stock, codings[0], months) if stock else None,
    )


def _months(first: date, last: date) -> list[str]:
    low, high = month_number(month_of(first)), month_number(month_of(last))
    return [month_key(number) for number in range(low, high + 1)]


def _first_days(lines: Iterable[Line], known: Mapping[str, Item]) -> dict[str, date]:
    firsts = {code: item.first for code, item in known.items() if item.first}
    for line in sorted(lines, key=lambda line: line.day):
        if line.gross_units:
            firsts.setdefault(line.product, line.day)
    return firsts


def _facts(lines, codings, periods, period_of) -> Facts:
    sums: dict[tuple[int, ...], list[int]] = defaultdict(lambda: [0] * len(VALUE_COLUMNS))
    products, *places = codings
    for line in lines:
        where = (line.region, line.channel, line.source)
        key = (period_of(line.day), products[line.product], *(c[name] for c, name in zip(places, where, strict=True)))
        for i, column in enumerate(VALUE_COLUMNS):
            sums[key][i] += getattr(line, column)
    keys = sorted(sums)
    table = np.array([sums[key] for key in keys], dtype=np.int64).reshape(-1, len(VALUE_COLUMNS))
    period, product, region, channel, source = np.array(keys, dtype=np.int64).reshape(-1, 5).T
    return Facts(
        offsets=np.searchsorted(period, np.arange(periods + 1)).astype(np.int64),
        product=product.astype(np.int32),
        region=region.astype(np.int16),
        channel=channel.astype(np.int16),
        values={column: table[:, i].copy() for i, column in enumerate(VALUE_COLUMNS)},
        source=source.astype(np.int16),
    )


def _stock(stock: Sequence[Stock], products: Mapping[str, int], months: Sequence[str]) -> StockMonths:
    rows = sorted(stock, key=lambda s: (s.month, products[s.product]))
    period = [months.index(row.month) for row in rows]
    return StockMonths(
        offsets=np.searchsorted(period, np.arange(len(months) + 1)).astype(np.int64),
        product=np.array([products[row.product] for row in rows], dtype=np.int32),
        observed_days=np.array([row.observed_days for row in rows], dtype=np.int16),
        in_stock_days=np.array([row.in_stock_days for row in rows], dtype=np.int16),
        closing_units=np.array([row.closing_units for row in rows], dtype=np.int64),
    )


def every_day(first: date, last: date) -> list[date]:
    return [first + timedelta(days=i) for i in range((last - first).days + 1)]
