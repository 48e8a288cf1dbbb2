"""Tests of a column against lists of the mapping: which lines belong here, which are left out, which are returns."""

from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from sqlalchemy import Unicode, and_, bindparam, case, or_
from sqlalchemy.sql.elements import ColumnElement

from dashboard.sources.errors import ImportRefused
from dashboard.sources.pushdown.elements import CLICKHOUSE, ExactText, StartOf, Trimmed, as_text, number
from dashboard.sources.pushdown.groups import LEFT_OUT
from dashboard.sources.pushdown.kinds import NUMBERS, Shape
from dashboard.sources.pushdown.mapping import Source
from dashboard.sources.pushdown.numbers import Number, is_units
from dashboard.sources.pushdown.relations import Facts

Test = ColumnElement[bool]
# Oracle takes 1,000 values in a list, SQL Server 2,100 binds in a statement, and one that asks for the bounds of the
# dates says each list four times: long lists are written out.
_A_LIST, _BOUND = 900, 25
# In standard SQL a backslash is a letter like any other. It is not here, and their dialects write texts as if it were.
_NEVER_WRITTEN_OUT = (*CLICKHOUSE, "hive")
_TRUTHS = {"true": True, "t": True, "1": True, "yes": True, "false": False, "f": False, "0": False, "no": False}


def belongs(source: Source, facts: Facts) -> Iterator[Test]:
    """One test for each column of ``only``."""
    for reference, values in source.lines.only.items():
        yield listed(facts, reference, "value", values, f"sources.{source.name}.lines.only")


def left_out(source: Source, facts: Facts) -> ColumnElement[Any] | None:
    """LEFT_OUT + position of the first rule that holds, NULL if none does; None without rules."""
    rules = source.lines.leave_out
    if not rules:
        return None
    where = f"sources.{source.name}.lines.leave_out"
    tests = [
        (listed(facts, rule.column, rule.by, rule.values, f"{where}.{position}"), number(LEFT_OUT + position))
        for position, rule in enumerate(rules)
    ]
    return case(*tests)


def is_return(source: Source, facts: Facts, quantity: Number) -> ColumnElement[Any]:
    """1 on returns, 0 on other lines."""
    rule = source.returns
    if rule.by == "negative_quantity":
        test: Test = and_(quantity.sql < number(0), *is_units(quantity))
    else:
        test = listed(facts, rule.column or "", rule.by, rule.values, f"sources.{source.name}.returns")
    return case((test, number(1)), else_=number(0))


def listed(facts: Facts, reference: str, by: Literal["prefix", "value"], values: Sequence[str], where: str) -> Test:
    """Whether a column has one of ``values`` (blanks around it do not count), or begins with one, capitals included.

    Raises:
        ImportRefused: a value that the column can never have.
    """
    column, shape = facts.column(reference), facts.shape(reference)
    if by == "prefix":
        whole = exact(column, shape)
        return or_(*(StartOf(whole, number(len(value))) == bindparam(None, value) for value in values))
    if shape.family in NUMBERS or shape.family == "boolean":
        return _any_of(column, [_typed(value, shape, reference, where) for value in values], facts.shapes.dialect)
    return _any_of(ExactText(Trimmed(_text(column, shape)), number(shape.length)), list(values), facts.shapes.dialect)


def exact(column: ColumnElement[Any], shape: Shape) -> ColumnElement[Any]:
    """The column as a text that is equal to another only if every character is."""
    return ExactText(_text(column, shape), number(shape.length))


def _text(column: ColumnElement[Any], shape: Shape) -> ColumnElement[Any]:
    return column if shape.is_plain_text else as_text(column)


def _any_of(column: ColumnElement[Any], values: list[Any], dialect: str) -> Test:
    written_out = len(values) > _BOUND and dialect not in _NEVER_WRITTEN_OUT
    # The first value alone would decide: after an ASCII one, SQL Server would lose the letters of the others.
    wide = any(isinstance(value, str) and not value.isascii() for value in values)
    kind = Unicode() if wide else None
    chunks = [values[start : start + _A_LIST] for start in range(0, len(values), _A_LIST)]
    return or_(
        *(column.in_(bindparam(None, chunk, kind, expanding=True, literal_execute=written_out)) for chunk in chunks)
    )


def _typed(value: str, shape: Shape, reference: str, where: str) -> Any:
    """``value`` as the column has it: numbers are compared as numbers, so that an index serves."""
    try:
        if shape.family == "boolean":
            return _TRUTHS[value.strip().lower()]
        found = Decimal(value)
        return int(found) if found == found.to_integral_value() else found
    except (KeyError, InvalidOperation, ValueError, OverflowError):
        raise ImportRefused(
            f"{where}: {value!r} can never stand in the column {reference!r}, which is of type {shape.type}. "
            "Write values as that column has them."
        ) from None
