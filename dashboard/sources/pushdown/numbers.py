"""Numbers of the lines: as they are where their type keeps them in bounds, behind a guard where it does not."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import and_, case, func, or_
from sqlalchemy.sql.elements import ColumnElement

from dashboard.sources.pushdown.elements import CLICKHOUSE, ExactNumber, Whole, number
from dashboard.sources.pushdown.kinds import Shape
from dashboard.sources.pushdown.relations import Facts
from dashboard.sources.pushdown.shapes import need_number

LARGEST_QUANTITY: Final = 10**9
QUANTITY_DIGITS: Final = 9
LARGEST_VALUE: Final = 10**13
_VALUE_DIGITS, _PLACES = 13, 8


@dataclass(frozen=True)
class Number:
    """A number of a line.

    Attributes:
        sql: of type integer or decimal; NULL where there is no number, or one that is out of all bounds.
        nullable: whether that can be.
        digits: before the point at most; whether a line has so many must still be judged.
        scale: places at most; None: of a float, or not declared. 0: whole for certain.
    """

    sql: ColumnElement[Any]
    nullable: bool
    digits: int
    scale: int | None

    @property
    def whole(self) -> bool:
        """Whether no value can have a fraction."""
        return self.scale == 0

    def named(self, sql: ColumnElement[Any]) -> "Number":
        """The same, read as a column of the statement around it."""
        return Number(sql, self.nullable, self.digits, self.scale)


def quantity(facts: Facts, reference: str, where: str) -> Number:
    """Units, as read."""
    shape = need_number(facts.shape(reference), where)
    column = facts.column(reference)
    if shape.family == "integer":
        return Number(column, shape.nullable, shape.digits or _VALUE_DIGITS, 0)
    if facts.shapes.dialect in CLICKHOUSE and shape.scale != 0:
        # It cannot round decimals.
        return _guarded(column, LARGEST_QUANTITY)
    return _number(column, shape, LARGEST_QUANTITY)


def value(facts: Facts, reference: str, where: str) -> Number:
    """Money of the line or of a unit, as read."""
    shape = need_number(facts.shape(reference), where)
    return _number(facts.column(reference), shape, LARGEST_VALUE)


def value_or_zero(facts: Facts, reference: str, where: str) -> Number:
    """The same, where nothing written means zero; what is written and no number stays NULL."""
    shape = need_number(facts.shape(reference), where)
    column = facts.column(reference)
    found = _number(column, shape, LARGEST_VALUE)
    if found.sql is column:
        sql = func.coalesce(column, number(0)) if shape.nullable else column
        return Number(sql, False, found.digits, found.scale)
    return Number(case((column.is_(None), number(0)), else_=found.sql), True, found.digits, found.scale)


def fits(found: Number, limit: int) -> bool:
    """Whether every value is below ``limit``."""
    return bool(10**found.digits <= limit)


def is_fraction(found: Number) -> ColumnElement[bool]:
    """Whether a value is not whole."""
    return found.sql != func.round(found.sql, number(0))


def is_units(found: Number) -> list[ColumnElement[bool]]:
    """Tests that hold where a quantity can be used: those that its type makes necessary."""
    tests: list[ColumnElement[bool]] = []
    if found.nullable or not fits(found, LARGEST_QUANTITY):
        tests += [found.sql > number(-LARGEST_QUANTITY), found.sql < number(LARGEST_QUANTITY)]
    return tests if found.whole else [*tests, ~is_fraction(found)]


def units(found: Number) -> ColumnElement[Any]:
    """BIGINT: absolute units, 0 where there are none that can be used."""
    absolute = func.abs(Whole(func.coalesce(found.sql, number(0)) if found.nullable else found.sql))
    tests = is_units(found)
    return case((and_(*tests), absolute), else_=number(0)) if tests else absolute


def is_outside(sql: ColumnElement[Any], bound: int) -> ColumnElement[bool]:
    """Whether a value is ``bound`` or more, or ``-bound`` or less."""
    return or_(sql >= number(bound), sql <= number(-bound))


def _number(column: ColumnElement[Any], shape: Shape, bound: int) -> Number:
    if _is_tight(shape):
        return Number(column, shape.nullable, shape.digits or 0, shape.scale)
    return _guarded(column, bound)


def _guarded(column: ColumnElement[Any], bound: int) -> Number:
    inside = case(((column > number(-bound)) & (column < number(bound)), ExactNumber(column)))
    return Number(inside, True, len(str(bound)) - 1, None)


def _is_tight(shape: Shape) -> bool:
    """Whether the type alone keeps values apart from infinity, overflows and endless places."""
    if shape.digits is None or shape.scale is None:
        return False
    return shape.digits <= _VALUE_DIGITS and shape.scale <= _PLACES
