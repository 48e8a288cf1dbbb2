"""One set of sales with every nasty case, the same for each engine, and the mapping of it.

What must come out of it is computed in ``expectation.py``; ``loading.py`` brings it into an engine.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from random import Random
from typing import Any, Literal
from zoneinfo import ZoneInfo

from engines.nasty import COMMON_LINES, FIRST_DAY, MOMENTS, NASTY_LINES

Kind = Literal["whole", "text", "decimal", "float", "moment", "day"]
Row = tuple[Any, ...]
ZONE, CURRENCY = "Europe/Berlin", "EUR"
MONTHS = 30
# Codes that differ in case, in blanks around them, or hold what SQL and its drivers treat in their own way.
PRODUCTS = {
    "A100": "Hammer",
    "a100": "hammer, the small one",
    "A100 ": "Hammer",
    " D4": "Nail",
    'Ä-Ö "X"': "Öse 'groß' 12\"",
    "O'Brien": "Säge; DROP TABLE",
    "100%": "Half % of :all, ? and {more}",
    "B_2": "日本のドリル 😀",
    "C\\3": "back\\slash",
    "日本-1": "Dübel",
}
STORES = ("Nord", "Süd")


@dataclass(frozen=True)
class Column:
    """A column: how the rest of the tests calls it, what the database calls it, and what it holds."""

    key: str
    name: str
    kind: Kind
    filled: bool = False


@dataclass(frozen=True)
class Table:
    """A table with its rows in the order of ``columns``."""

    name: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    def named(self, key: str) -> str:
        """What the database calls the column ``key``."""
        return next(column.name for column in self.columns if column.key == key)

    def records(self) -> Iterator[dict[str, Any]]:
        """The rows, by key."""
        keys = [column.key for column in self.columns]
        return (dict(zip(keys, row, strict=True)) for row in self.rows)


@dataclass(frozen=True)
class Dataset:
    """All tables; ``empty`` has the columns of ``lines`` and no row."""

    lines: Table
    orders: Table
    products: Table
    stock: Table
    receipts: Table
    rates: Table
    empty: Table

    @property
    def tables(self) -> tuple[Table, ...]:
        """All of them."""
        return self.lines, self.orders, self.products, self.stock, self.receipts, self.rates, self.empty


@cache
def dataset(quotes: bool = True) -> Dataset:
    """The data; without ``quotes`` no name holds a quotation mark, which Oracle and old ClickHouse cannot have."""
    mark = '"' if quotes else ""
    columns = _line_columns(mark)
    orders, lines = _sales()
    products = [(code, name, "tools" if code > "B" else None, Decimal("1.25"), 14) for code, name in PRODUCTS.items()]
    received = [(FIRST_DAY + timedelta(number), code, 10 + number) for number, code in enumerate(PRODUCTS)]
    return Dataset(
        Table(f"Sales {mark}Lines{mark} Ö", columns, tuple(lines)),
        Table("Orders Ö", _ORDERS, tuple(orders)),
        Table("products", _PRODUCTS, tuple(products)),
        Table("stock", _STOCK, tuple(_stock())),
        Table("receipts", _RECEIPTS, tuple(received)),
        Table("rates", _RATES, tuple(_rates())),
        Table("No Sales", columns, ()),
    )


def mapping(found: Dataset, *, joined: bool = True, key: bool = True, **columns: str) -> dict[str, Any]:
    """The table ``[sources.<name>]`` of the data, without its bind.

    Args:
        found: the data, for the names.
        joined: date, region and channel come from the orders; else they stand in the lines as well.
        key: repeats are found by the key of a line, and set aside.
        columns: columns of the lines (canonical name -> key of the data) that are mapped beside or instead.
    """
    lines, orders = found.lines, found.orders
    chosen = {"product": "product", "quantity": "quantity", "price": "price", "discount": "discount", "cost": "cost"}
    chosen |= {"currency": "currency", "date": "moment", "region": "region", "channel": "channel"} | columns
    if "amount" in columns:
        del chosen["price"]
    mapped: dict[str, Any] = {name: lines.named(where) for name, where in chosen.items()}
    source: dict[str, Any] = {"table": lines.name, "columns": mapped, "only": {lines.named("store"): list(STORES)}}
    if joined:
        mapped |= {name: f"ord.{orders.named(name)}" for name in ("region", "channel")}
        mapped["date"] = f"ord.{orders.named('moment')}"
        on = {lines.named("order"): orders.named("order")}
        source["joins"] = [{"name": "ord", "table": orders.name, "on": on}]
    if key:
        mapped["key"] = [lines.named("order"), lines.named("line")]
    kind = lines.named("kind")
    source["leave_out"] = [
        {"column": kind, "by": "prefix", "values": ["POST", "10%_"], "why": "carriage"},
        {"column": kind, "by": "value", "values": ["FREE", "Übung"], "why": "gifts"},
    ]
    days = chosen["date"] == "day" and not joined
    times = {"time_zone": ZONE, "timestamps": "local" if days else "utc"}
    return {
        "label": "The shop",
        "currency": CURRENCY,
        "minor_digits": 2,
        **times,
        "lines": source,
        **_companions(found),
    }


def _companions(found: Dataset) -> dict[str, Any]:
    tables = {"master": found.products, "stock": found.stock, "receipts": found.receipts, "rates": found.rates}
    return {
        name: {"table": table.name, "columns": {column.key: column.name for column in table.columns}}
        for name, table in tables.items()
    }


def _line_columns(mark: str) -> tuple[Column, ...]:
    return (
        Column("order", "order_no", "whole", filled=True),
        Column("line", "line_no", "whole", filled=True),
        Column("product", f"Article {mark}No{mark} é", "text"),
        Column("quantity", "qty", "decimal"),
        Column("price", "Unit Price €", "decimal"),
        Column("price_float", "price_f", "float"),
        Column("amount", "AMOUNT", "decimal"),
        Column("discount", "Rabatt %", "decimal"),
        Column("cost", "cost", "decimal"),
        Column("currency", "Currency", "text", filled=True),
        Column("kind", "kind", "text"),
        Column("store", "store", "text", filled=True),
        Column("moment", "Sold At", "moment"),
        Column("day", "sold_day", "day"),
        Column("region", "region", "text"),
        Column("channel", "Channel", "text"),
    )


_ORDERS = (
    Column("order", "order_no", "whole", filled=True),
    Column("moment", "Order Date", "moment"),
    Column("region", "Region", "text"),
    Column("channel", "channel", "text"),
)
_PRODUCTS = (
    Column("product", "code", "text", filled=True),
    Column("name", "Name", "text"),
    Column("category", "category", "text"),
    Column("cost", "cost", "decimal"),
    Column("lead_days", "lead_days", "whole", filled=True),
)
_STOCK = (
    Column("date", "snap_day", "day", filled=True),
    Column("product", "product", "text", filled=True),
    Column("available", "available", "whole", filled=True),
)
_RECEIPTS = (
    Column("date", "received", "day", filled=True),
    Column("product", "product", "text", filled=True),
    Column("units", "units", "whole", filled=True),
)
_RATES = (
    Column("date", "rate_day", "day", filled=True),
    Column("currency", "currency", "text", filled=True),
    Column("rate", "rate", "decimal", filled=True),
)


def _sales() -> tuple[list[Row], list[Row]]:
    """Orders of one to five common lines, and the nasty ones at the end."""
    chance = Random(5)
    orders: list[Row] = []
    lines: list[Row] = []
    while len(lines) < COMMON_LINES:
        order = _order(len(orders) + 1, chance)
        orders.append(order)
        lines += [_common_line(order, number, chance) for number in range(1, chance.randint(1, 5) + 1)]
        if chance.random() < 0.02:
            lines.append(lines[-1])  # loaded twice
    for moment in MOMENTS:
        order = (len(orders) + 1, moment, "Nord", "Web")
        orders.append(order)
        lines.append(_line(order, 1, "A100", Decimal(1), Decimal("9.99")))
    order = (len(orders) + 1, datetime(2024, 5, 5, 12), "Süd", "Shop")
    lines += [_line(order, number, **line) for number, line in enumerate(NASTY_LINES, 1)]
    lines += lines[-1:]  # repeats that are not counted anyway keep the reason they have
    nowhere = (len(orders) + 2, None, None, None)
    lines.append(_line(nowhere, 1, "A100", Decimal(2), Decimal("9.99")))  # its order does not exist
    return [*orders, order], lines


def _order(number: int, chance: Random) -> Row:
    seconds = chance.randrange(912 * 24 * 3600)
    moment = datetime(2023, 1, 1) + timedelta(seconds=seconds, milliseconds=chance.choice((0, 0, 7, 999)))
    region = chance.choice(("Nord", "Nord", "Süd", "nord", "Nord ", None))
    return number, moment, region, chance.choice(("Shop", "Web"))


def _common_line(order: Row, number: int, chance: Random) -> Row:
    product = chance.choice((*PRODUCTS, "A100", "A100", "A100"))
    units = Decimal(chance.choice((1, 1, 1, 2, 3, 12, -1)))
    price = Decimal(chance.randrange(1, 500_000)) / 10_000
    discount = (abs(units) * price / 10).quantize(Decimal("0.0001")) if chance.random() < 0.3 else None
    cost = (price / 2).quantize(Decimal("0.0001")) if product > "B" else None
    currency = "USD" if order[2] == "Süd" else CURRENCY
    store = chance.choice((*STORES, *STORES, "nord", "West"))
    return _line(order, number, product, units, price, discount=discount, cost=cost, currency=currency, store=store)


def _line(
    order: Row,
    number: int,
    product: str | None,
    quantity: Decimal | None,
    price: Decimal | None,
    *,
    price_float: float | None = None,
    discount: Decimal | None = None,
    cost: Decimal | None = None,
    currency: str = CURRENCY,
    kind: str | None = "SALE",
    store: str = STORES[0],
) -> Row:
    amount = None if price is None or quantity is None else _fitting(price * quantity)
    floating = price_float if price_float is not None or price is None else float(price)
    _, moment, region, channel = order
    money = (price, floating, amount, discount, cost, currency)
    where = (kind, store, moment, _business_day(moment), region, channel)
    return (order[0], number, product, quantity, *money, *where)


def _fitting(amount: Decimal) -> Decimal:
    """A column of 18 digits holds no more than this."""
    most = Decimal("99999999999999.9999")
    return max(-most, min(most, amount)).quantize(Decimal("0.0001"))


def _business_day(moment: datetime | None) -> date | None:
    if moment is None or moment.year in {1900, 9999}:
        return None if moment is None else moment.date()
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(ZONE)).date()


def _stock() -> Iterator[Row]:
    """A year of daily snapshots of two places."""
    for number in range(365):
        for code in tuple(PRODUCTS)[:3]:
            yield FIRST_DAY + timedelta(number), code, 100 - number % 40
            yield FIRST_DAY + timedelta(number), code, number % 7


def _rates() -> Iterator[Row]:
    """A rate for the dollar on most days: some are missing."""
    for number in range(31 * MONTHS):
        if number % 50:
            yield FIRST_DAY + timedelta(number), "USD", Decimal("0.9") + Decimal(number % 100) / 10_000
