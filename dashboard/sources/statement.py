"""The rollup as one portable SQLAlchemy Core statement over canonical sales lines; runs inside any database."""

from datetime import date
from typing import Any, Literal

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    MetaData,
    Select,
    SmallInteger,
    String,
    Table,
    case,
    cast,
    extract,
    func,
    literal_column,
    select,
)
from sqlalchemy.sql.elements import ColumnElement

from dashboard.sales.rollup import VALUE_COLUMNS

Grain = Literal["day", "month"]

# is_return is 0 or 1: not every database has a boolean. Amounts are minor units of the reporting currency, >= 0 also on
# returns; constant_minor is the net of the line at the fixed rate of its currency, cost_minor NULL where not known.
LINES = Table(
    "sales_lines",
    MetaData(),
    Column("business_date", Date, nullable=False),
    Column("product", String(200), nullable=False),
    Column("region", String(200), nullable=False),
    Column("channel", String(200), nullable=False),
    Column("is_return", SmallInteger, nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("gross_minor", BigInteger, nullable=False),
    Column("discount_minor", BigInteger, nullable=False),
    Column("constant_minor", BigInteger, nullable=False),
    Column("cost_minor", BigInteger),
    # Its key in settings.toml; asked for only where there are several.
    Column("source", String(200)),
)


def rollup_statement(grain: Grain, start: date, stop: date, *, by_source: bool = False) -> Select[Any]:
    """Sums by period, product, region and channel for ``start <= business_date < stop``; and by source if asked for.

    Columns: ``period_year, period_month`` (or ``business_date`` for the day grain), ``product, region, channel`` (and
    ``source``), then one per name of ``VALUE_COLUMNS``. No bind stands in the column list, so that SELECT and
    GROUP BY agree on every database.
    """
    lines = LINES.c
    period = _period(grain)
    keys = [*period, lines.product, lines.region, lines.channel, *([lines.source] if by_source else ())]
    sums = [value.label(name) for name, value in _sums().items()]
    return (
        select(*_labelled(grain, period), *keys[len(period) :], *sums)
        .where(lines.business_date >= start, lines.business_date < stop)
        .group_by(*keys)
    )


def count_statement(grain: Grain, start: date, stop: date, *, by_source: bool = False) -> Select[Any]:
    """How many rows :func:`rollup_statement` would bring."""
    return select(func.count()).select_from(
        rollup_statement(grain, start, stop, by_source=by_source).subquery("groups_found")
    )


def _period(grain: Grain) -> list[ColumnElement[Any]]:
    day = LINES.c.business_date
    return [day] if grain == "day" else [extract("year", day), extract("month", day)]


def _labelled(grain: Grain, period: list[ColumnElement[Any]]) -> list[ColumnElement[Any]]:
    names = ["business_date"] if grain == "day" else ["period_year", "period_month"]
    return [column.label(name) for column, name in zip(period, names, strict=True)]


def _sums() -> dict[str, ColumnElement[Any]]:
    lines = LINES.c
    zero: ColumnElement[Any] = literal_column("0")
    returned = lines.is_return == literal_column("1")
    net = lines.gross_minor - lines.discount_minor
    no_cost = lines.cost_minor.is_(None)
    terms: dict[str, ColumnElement[Any]] = {
        "gross_units": case((returned, zero), else_=lines.quantity),
        "returned_units": case((returned, lines.quantity), else_=zero),
        "gross_sales": case((returned, zero), else_=lines.gross_minor),
        "discounts": case((returned, zero), else_=lines.discount_minor),
        "returned_sales": case((returned, net), else_=zero),
        "costed_sales": case((no_cost, zero), (returned, lines.discount_minor - lines.gross_minor), else_=net),
        "cost_of_goods": case((no_cost, zero), (returned, -lines.cost_minor), else_=lines.cost_minor),
        "constant_sales": case((returned, -lines.constant_minor), else_=lines.constant_minor),
    }
    return {name: cast(func.sum(terms[name]), BigInteger) for name in VALUE_COLUMNS}
