"""The types of small raw tables: each column the narrowest type that holds every value of every batch."""

from collections.abc import Sequence

import pyarrow as pa

from dashboard.sources.errors import ImportRefused
from dashboard.sources.pushdown.normalise import Column, as_arrow, text

_DIGITS = 38
_INT_DIGITS = 19
_MOMENT, _INSTANT = pa.timestamp("us"), pa.timestamp("us", "UTC")


def simple(names: Sequence[str], columns: Sequence[Column], where: str) -> pa.RecordBatch:
    """A batch in the few types that are kept: integers, decimals, floats, text, days, times and times in UTC.

    Raises:
        ImportRefused: a column of another kind.
    """
    arrays = [_simple(as_arrow(column, False, what), what) for what, column in _called(names, columns, where)]
    return pa.RecordBatch.from_arrays(arrays, names=list(names))


def widened(one: pa.Schema, other: pa.Schema, where: str) -> pa.Schema:
    """The schema that holds the rows of both.

    Raises:
        ImportRefused: a column with numbers in one and text or dates in the other, or of more than 38 digits.
    """
    fields = zip(one, other, strict=True)
    return pa.schema([(a.name, _wider(a.type, b.type, f"The column {a.name!r} of {where}")) for a, b in fields])


def settled(schema: pa.Schema) -> pa.Schema:
    """A column without any value becomes text, which every reader can turn into anything."""
    return pa.schema([(f.name, pa.string() if pa.types.is_null(f.type) else f.type) for f in schema])


def recast(batch: pa.RecordBatch, schema: pa.Schema, where: str) -> pa.RecordBatch:
    """``batch`` in the types of a schema that is at least as wide.

    Raises:
        ImportRefused: whole numbers too large for the floats that other rows have.
    """
    arrays = []
    column: pa.Array
    for (what, column), kind in zip(_called(batch.schema.names, batch.columns, where), schema.types, strict=True):
        try:
            arrays.append(column.cast(kind))
        except pa.ArrowInvalid as error:
            raise ImportRefused(f"{what} holds {column.type}, which does not fit {kind}: {error}.") from None
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _called(names: Sequence[str], columns: Sequence[Column], where: str) -> list[tuple[str, Column]]:
    return [(f"The column {name!r} of {where}", column) for name, column in zip(names, columns, strict=True)]


def _simple(array: pa.Array, what: str) -> pa.Array:
    kind = array.type
    if pa.types.is_null(kind) or kind in {pa.int64(), pa.float64(), pa.date32(), _MOMENT, _INSTANT}:
        return array
    for is_kind, target in _PLAIN:
        if is_kind(kind):
            return _cast(array, target, what)
    if pa.types.is_decimal(kind):
        return _decimal(array, what)
    if pa.types.is_timestamp(kind):
        # Parts of a microsecond mean nothing here.
        return _cast(array, _MOMENT if kind.tz is None else _INSTANT, what, safe=kind.unit == "s")
    return text(array, what)


def _decimal(array: pa.Array, what: str) -> pa.Array:
    kind = array.type
    if kind.scale < 0 or kind.precision > _DIGITS:
        return _cast(array, pa.decimal128(_DIGITS, max(kind.scale, 0)), what)
    return array if pa.types.is_decimal128(kind) else _cast(array, pa.decimal128(kind.precision, kind.scale), what)


def _cast(array: pa.Array, target: pa.DataType, what: str, safe: bool = True) -> pa.Array:
    try:
        return array.cast(target, safe=safe)
    except pa.ArrowInvalid as error:
        raise ImportRefused(f"{what} holds {array.type}, which does not fit {target}: {error}.") from None


def _wider(one: pa.DataType, other: pa.DataType, what: str) -> pa.DataType:
    if one == other or pa.types.is_null(other):
        return one
    if pa.types.is_null(one):
        return other
    kinds = {one, other}
    if kinds == {pa.int64(), pa.float64()}:
        return pa.float64()
    if kinds == {pa.date32(), _MOMENT}:
        return _MOMENT
    if all(pa.types.is_integer(kind) or pa.types.is_decimal(kind) for kind in kinds):
        return _wider_decimal(one, other, what)
    raise ImportRefused(
        f"{what} holds {one} in some rows and {other} in others. Map a column, or a view, with one kind of value."
    )


def _wider_decimal(one: pa.DataType, other: pa.DataType, what: str) -> pa.DataType:
    """Arrow does not notice when a decimal outgrows its type: all digits before and after the point must fit."""
    parts = [(_INT_DIGITS, 0) if pa.types.is_integer(kind) else (kind.precision, kind.scale) for kind in (one, other)]
    before = max(precision - scale for precision, scale in parts)
    scale = max(scale for _, scale in parts)
    if before + scale > _DIGITS:
        raise ImportRefused(
            f"{what} needs {before} digits before the point and {scale} behind it: more than {_DIGITS}."
        )
    return pa.decimal128(before + scale, scale)


_PLAIN = (
    (pa.types.is_boolean, pa.int64()),
    (pa.types.is_integer, pa.int64()),
    (pa.types.is_floating, pa.float64()),
    (pa.types.is_date, pa.date32()),
)
