"""From Python values, as database drivers give them, to Arrow; nothing is rounded or guessed on the way."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from types import NoneType
from typing import Any
from uuid import UUID

import pyarrow as pa

from dashboard.sources.errors import ImportRefused

Kinds = frozenset[type]
Values = Sequence[Any]
# What is not mapped is the same in every row; to see that takes far less time than to read the column.
_REPEATED = frozenset({NoneType, int})


def arrow_column(values: Values, whole: bool, what: str) -> pa.Array:
    """``values`` of one column as Arrow, of the narrowest type that holds them all exactly.

    ``whole``: whole numbers are wanted, so that decimals may become integers at once. ``what`` names the column and
    the database.

    Raises:
        ImportRefused: values of several kinds, of a kind that no figure can be made of, or text that is none.
    """
    if len(values) > 1 and type(values[0]) in _REPEATED and values.count(values[0]) == len(values):
        return pa.repeat(arrow_column(values[:1], whole, what)[0], len(values))
    kinds = frozenset(map(type, values)) - {NoneType}
    if whole and kinds <= {int, Decimal} and Decimal in kinds:
        return _whole(values, what)
    for accepted, make in _MAKERS:
        if kinds <= accepted:
            try:
                return make(values)
            except (pa.ArrowException, ValueError, OverflowError) as error:
                raise ImportRefused(f"{what} holds a value that cannot be read: {error}.") from None
    names = " and ".join(sorted(kind.__name__ for kind in kinds))
    raise ImportRefused(f"{what} holds {names}. Map a column, or a view, with one kind of number, date or text.")


def _whole(values: Values, what: str) -> pa.Array:
    try:
        numbers = [None if value is None else int(value) for value in values]
        same = all(number == value for number, value in zip(numbers, values, strict=True))
        if same:
            return pa.array(numbers, pa.int64())
    except (ValueError, OverflowError):
        pass
    raise ImportRefused(f"{what} holds a number that is not whole or has more than 18 digits.")


def _nothing(values: Values) -> pa.Array:
    return pa.nulls(len(values))


def _integers(values: Values) -> pa.Array:
    try:
        return pa.array(values, pa.int64())
    except OverflowError:
        return pa.array([None if value is None else Decimal(value) for value in values])


def _flags(values: Values) -> pa.Array:
    return pa.array([None if value is None else int(value) for value in values], pa.int64())


def _floats(values: Values) -> pa.Array:
    return pa.array(values, pa.float64())


def _texts(values: Values) -> pa.Array:
    return pa.array(values, pa.string())


def _bytes(values: Values) -> pa.Array:
    decoded = (None if value is None else bytes(value).decode("utf-8") for value in values)
    return pa.array(decoded, pa.string())


def _identifiers(values: Values) -> pa.Array:
    return pa.array((None if value is None else str(value) for value in values), pa.string())


def _days(values: Values) -> pa.Array:
    return pa.array(values, pa.date32())


def _moments(values: Values) -> pa.Array:
    # Arrow takes a time without a zone for UTC when another one in the column has a zone.
    aware = {isinstance(value, datetime) and value.tzinfo is not None for value in values if value is not None}
    if len(aware) > 1:
        raise ValueError("times with and without a zone")
    if aware == {True}:
        return pa.array(values, pa.timestamp("us", "UTC"))
    moments = (
        value if value is None or isinstance(value, datetime) else datetime(value.year, value.month, value.day)
        for value in values
    )
    return pa.array(moments, pa.timestamp("us"))


_MAKERS: tuple[tuple[Kinds, Callable[[Values], pa.Array]], ...] = (
    (frozenset(), _nothing),
    (frozenset({int}), _integers),
    (frozenset({bool, int}), _flags),
    (frozenset({int, Decimal}), pa.array),
    (frozenset({int, float}), _floats),
    (frozenset({str}), _texts),
    (frozenset({bytes, bytearray, memoryview}), _bytes),
    (frozenset({date}), _days),
    (frozenset({date, datetime}), _moments),
    (frozenset({UUID}), _identifiers),
)
