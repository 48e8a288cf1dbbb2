"""Plain sums of one month, written apart from the rollup's statements: no groups, no rounding of lines.

Only the FROM clause and the comparison with lists of values are shared. The rules are those of
docs/how-to/sources.md, in the simplest SQL that says them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Numeric, and_, case, cast, func, literal, or_, select
from sqlalchemy.sql.elements import ColumnElement

from dashboard.sources.pushdown.conditions import belongs, listed
from dashboard.sources.pushdown.mapping import Source
from dashboard.sources.pushdown.relations import Facts
from dashboard.sources.pushdown.shapes import Shapes

# Where decimals cannot be cast or multiplied, sums are floats, and compared as such.
FLOATS: Final = frozenset({"sqlite", "clickhouse", "clickhousedb"})
_LARGEST_QUANTITY, _LARGEST_VALUE = 10**9, 10**13
_MINOR_DIGITS = 15
_WIDE, _AMOUNT, _UNITS = Numeric(38, 8), Numeric(24, 8), Numeric(14, 4)
Value = ColumnElement[Any]


@dataclass(frozen=True)
class Totals:
    """Sums over the lines of a month.

    Attributes:
        lines: all of them; counted: those that count, repeats included.
        sold, returned: units of these. gross, discount: money of these, in whole units of the currency.
    """

    lines: int
    counted: int
    sold: int
    returned: int
    gross: Decimal
    discount: Decimal


def plain_totals(connection: Connection, source: Source, shapes: Shapes, start: date, stop: date) -> Totals:
    """The sums of the business days ``start`` <= day < ``stop``."""
    row = connection.execute(plain_statement(source, shapes, start, stop)).one()
    *counts, gross, discount = (Decimal(str(value or 0)) for value in row)
    lines, counted, sold, returned = (round(count) for count in counts)
    return Totals(lines, counted, sold, returned, gross, discount)


def plain_statement(source: Source, shapes: Shapes, start: date, stop: date) -> Any:
    """One row: lines, counted lines, units sold, units returned, gross and discount."""
    facts = Facts(source, shapes)
    units = facts.column(source.lines.columns.quantity)
    returned = _is_return(source, facts)
    gross, discount = _money(source, facts, returned)
    counts = and_(*_counts(source, facts, returned, gross, discount))

    def total(value: Value, condition: Value = counts) -> Value:
        chosen = case((condition, value))
        return func.sum(chosen if shapes.dialect in FLOATS else cast(chosen, _WIDE))

    day = facts.column(source.lines.columns.date)
    first, last = (boundary(source, shapes, limit) for limit in (start, stop))
    return (
        select(
            func.count().label("lines_read"),
            total(literal(1)).label("lines_counted"),
            total(units, and_(counts, ~returned)).label("units_sold"),
            total(
                -units if source.returns.by == "negative_quantity" else func.abs(units), and_(counts, returned)
            ).label("units_returned"),
            total(gross).label("gross"),
            total(discount).label("discount"),
        )
        .select_from(facts.relation)
        .where(day >= first, day < last, *belongs(source, facts))
    )


def boundary(source: Source, shapes: Shapes, day: date) -> date | datetime | str:
    """The beginning of a business day as the date column has it."""
    family = shapes.line(source.lines.columns.date).family
    if family == "date":
        return day.isoformat() if shapes.dialect == "sqlite" else day
    midnight = datetime.combine(day, time())
    if family == "instant":
        return midnight.replace(tzinfo=ZoneInfo(source.time_zone)).astimezone(UTC)
    if source.timestamp_zone is not None:
        instant = midnight.replace(tzinfo=ZoneInfo(source.time_zone))
        midnight = instant.astimezone(ZoneInfo(source.timestamp_zone)).replace(tzinfo=None)
    if family == "text" or shapes.dialect == "sqlite":
        return midnight.isoformat(" ").removesuffix(" 00:00:00")
    return midnight


def _money(source: Source, facts: Facts, returned: Value) -> tuple[Value, Value]:
    """Value before the discount and the discount, of the line; of returns without their signs."""

    def unsigned(value: Value) -> Value:
        found = _within(facts, value, _LARGEST_VALUE, _AMOUNT)
        return case((returned, func.abs(found)), else_=found)

    columns = source.lines.columns
    gross: Value = unsigned(facts.column(columns.price or columns.amount or ""))
    if columns.tax:
        gross = gross - unsigned(func.coalesce(facts.column(columns.tax), 0))
    if columns.price:
        gross = gross * func.abs(_within(facts, facts.column(columns.quantity), _LARGEST_QUANTITY, _UNITS))
    if not columns.discount:
        return gross, literal(0)
    discount = unsigned(func.coalesce(facts.column(columns.discount), 0))
    return (gross + discount if source.lines.amount_is == "net" else gross), discount


def _within(facts: Facts, value: Value, largest: int, kind: Numeric[Any]) -> Value:
    """``value``, NULL if it is out of all bounds; in as many digits as products of it have room for."""
    inside = case((func.abs(value) < largest, value))
    return inside if facts.shapes.dialect in FLOATS else cast(inside, kind)


def _counts(source: Source, facts: Facts, returned: Value, gross: Value, discount: Value) -> Iterator[Value]:
    """Conditions that a counted line fulfils; an unknown one is not fulfilled."""
    columns = source.lines.columns
    units = facts.column(columns.quantity)
    for rule in source.lines.leave_out:
        yield case((listed(facts, rule.column, rule.by, rule.values, "leave_out"), 0), else_=1) == 1
    yield func.abs(units) < _LARGEST_QUANTITY
    if facts.shape(columns.quantity).family != "integer":
        whole = func.round(units) if facts.shapes.dialect == "sqlite" else func.floor(units)
        yield whole == units
    yield units != 0
    if source.returns.by != "negative_quantity":
        yield or_(returned, units > 0)
    largest = min(_LARGEST_VALUE, 10 ** (_MINOR_DIGITS - source.minor_digits))
    yield and_(gross > 0, gross < largest)
    yield and_(discount >= 0, discount <= gross)


def _is_return(source: Source, facts: Facts) -> Value:
    """Whether a line is a return; never unknown."""
    rule = source.returns
    if rule.by == "negative_quantity":
        test: Value = facts.column(source.lines.columns.quantity) < 0
    else:
        test = listed(facts, rule.column or "", rule.by, rule.values, "returns")
    return case((test, 1), else_=0) == 1
