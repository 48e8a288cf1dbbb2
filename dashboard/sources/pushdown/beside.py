"""The other statements of a refresh: bounds of the dates, the small tables, proofs of joins, and how far a load got."""

from typing import Any, Literal

from sqlalchemy import Select, func, select
from sqlalchemy.sql.elements import ColumnElement

from dashboard.sources.pushdown import conditions, numbers
from dashboard.sources.pushdown.elements import Count, DayOf, Whole, number
from dashboard.sources.pushdown.mapping import Join, Relation, Source
from dashboard.sources.pushdown.moments import FIRST, STOP, Moments
from dashboard.sources.pushdown.relations import Facts, relation_table
from dashboard.sources.pushdown.shapes import Shapes, part_columns

Part = Literal["master", "stock", "receipts", "rates"]
_SHOWN = 5


def bounds_statement(source: Source, shapes: Shapes) -> Select[Any]:
    """One row: ``first_day`` and ``last_day`` (business days of the source, NULL without lines) and ``outside_lines``
    and ``outside_units``: lines without a date, or with one outside 1970 to 2100.

    Four small questions instead of one scan: an index on the date answers each.
    """
    facts = Facts(source, shapes)
    moments = Moments(source, facts)
    start, stop = max(source.start or FIRST, FIRST), min(source.stop or STOP, STOP)
    own = (moments.within(start, stop), *conditions.belongs(source, facts))
    ends = [
        select(end(moments.column)).select_from(facts.relation).where(*own).scalar_subquery().label(name)
        for end, name in ((func.min, "first_moment"), (func.max, "last_moment"))
    ]
    outside = [
        _outside(moments, facts, source, total).scalar_subquery().label(name)
        for total, name in ((Count(), "outside_lines"), (_units(source, facts), "outside_units"))
    ]
    # One row in any case: without the limit, PostgreSQL asks again wherever a column of it is named.
    found = select(*ends, *outside).limit(1).subquery("found")
    days = (
        DayOf(moments.business(start, stop, column)).label(name)
        for column, name in ((found.c.first_moment, "first_day"), (found.c.last_moment, "last_day"))
    )
    units = func.coalesce(found.c.outside_units, number(0)).label("outside_units")
    return select(*days, found.c.outside_lines, units)


def _outside(moments: Moments, facts: Facts, source: Source, total: ColumnElement[Any]) -> Select[Any]:
    tests = (moments.outside(), *conditions.belongs(source, facts))
    return select(total).select_from(facts.relation).where(*tests)


def _units(source: Source, facts: Facts) -> ColumnElement[Any]:
    where = f"sources.{source.name}.lines.columns.quantity"
    return Whole(func.sum(numbers.units(numbers.quantity(facts, source.lines.columns.quantity, where))))


# Every statement is asked for in the same way, whether its text depends on the types or not.
def table_statement(source: Source, shapes: Shapes, part: Part) -> Select[Any] | None:  # noqa: ARG001
    """The mapped columns of a small table under their canonical names; None where it is not mapped."""
    relation: Relation | None = getattr(source, part)
    if relation is None:
        return None
    columns = part_columns(relation)
    found = relation_table(relation, sorted(set(columns.values())))
    return select(*(found.c[column].label(name) for name, column in columns.items()))


def duplicates_statement(source: Source, shapes: Shapes, join: Join) -> Select[Any]:  # noqa: ARG001
    """The first few keys that stand more than once in a joined table, with ``rows_found``; none, if it may be joined.

    Rows without a key are never joined, and not told.
    """
    found = relation_table(join, list(join.on.values()))
    keys = [found.c[column] for column in join.on.values()]
    count = func.count()
    return (
        select(*keys, count.label("rows_found"))
        .where(*(key.is_not(None) for key in keys))
        .group_by(*keys)
        .having(count > number(1))
        .order_by(*keys)
        .limit(_SHOWN)
    )


def loaded_statement(source: Source, shapes: Shapes) -> Select[Any] | None:  # noqa: ARG001
    """One row with ``loaded``: how far the load of the source got; None where that is not mapped."""
    if source.loaded is None:
        return None
    found = relation_table(source.loaded, [source.loaded.column])
    return select(func.max(found.c[source.loaded.column]).label("loaded"))
