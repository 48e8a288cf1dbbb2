"""Columns from a database made exactly what a schema says; what does not fit is refused, never cut."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from dashboard.sources.errors import ImportRefused
from dashboard.sources.pushdown.columns import arrow_column

# A column of one batch: as the driver gave it, in Arrow or as Python values.
Column: TypeAlias = pa.Array | Sequence[Any]
# From here on neighbouring whole numbers are the same float.
_EXACT_FLOAT = float(2**53)
# Far longer than any name or code that is kept.
_LONGEST_TEXT = 4000
_WHOLE_TEXT = r"^[+-]?[0-9]+(\.0*)?$"
_DAY_TEXT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ]00:00(:00(\.0+)?)?)?$"
_MONTH = ("period_year", "period_month")


def as_arrow(column: Column, whole: bool, what: str) -> pa.Array:
    """The column in a type that Arrow can calculate with; ``whole``: whole numbers are wanted."""
    if not isinstance(column, pa.Array | pa.ChunkedArray):
        return arrow_column(column, whole, what)
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    return array.storage if isinstance(array, pa.ExtensionArray) else array


def conform(names: Sequence[str], columns: Sequence[Column], schema: pa.Schema, where: str) -> list[pa.Array]:
    """``columns`` in the order and the types of ``schema``; year and month columns become the first of the month.

    Raises:
        ImportRefused: other columns than wanted, a value that the type cannot hold exactly, text that is none.
    """
    names, columns = _joined_month([name.casefold() for name in names], list(columns), where)
    if names != schema.names or len(columns) != len(names):
        raise ImportRefused(f"{where} answered with the columns {', '.join(names)}, not {', '.join(schema.names)}.")
    return [_conform(column, field, where) for column, field in zip(columns, schema, strict=True)]


def text(array: pa.Array, what: str) -> pa.Array:
    """Text without empty ones, which Oracle does not tell from NULL; of a document, the beginning.

    Raises:
        ImportRefused: bytes that are no UTF-8, or no text at all.
    """
    kind = array.type
    if not (_is_text(kind) or _is_bytes(kind) or pa.types.is_integer(kind) or pa.types.is_null(kind)):
        raise ImportRefused(f"{what} holds {kind}, no text. Map a column of text, or a view that makes text of it.")
    try:
        found = array.cast(pa.string())
    except pa.ArrowInvalid:
        raise ImportRefused(
            f"{what} holds text that is not UTF-8. Mend it, or map a view that leaves it out."
        ) from None
    if (pc.max(pc.binary_length(found)).as_py() or 0) > _LONGEST_TEXT:
        found = pc.utf8_slice_codeunits(found, 0, _LONGEST_TEXT)
    return pc.if_else(pc.equal(found, ""), pa.scalar(None, pa.string()), found)


def _conform(column: Column, field: pa.Field, where: str) -> pa.Array:
    what = f"The column {field.name!r} of {where}"
    array = as_arrow(column, pa.types.is_integer(field.type), what)
    try:
        return _TARGETS[field.type.id](array, field.type, what)
    except pa.ArrowException as error:
        raise ImportRefused(f"{what} holds {array.type}, which does not fit {field.type}: {error}.") from None


def _whole(array: pa.Array, target: pa.DataType, what: str) -> pa.Array:
    if pa.types.is_floating(array.type) and pc.any(pc.greater_equal(pc.abs(array), _EXACT_FLOAT)).as_py():
        raise ImportRefused(
            f"{what} holds inexact numbers of {_EXACT_FLOAT:,.0f} or more. Map a column of exact numbers."
        )
    if _is_text(array.type):
        array = _number_of_text(array, what)
    elif pa.types.is_temporal(array.type):
        raise ImportRefused(f"{what} holds {array.type}, no numbers.")
    return array.cast(target)


def _number_of_text(array: pa.Array, what: str) -> pa.Array:
    trimmed = pc.utf8_trim_whitespace(array)
    if not _all(pc.match_substring_regex(trimmed, _WHOLE_TEXT)):
        raise ImportRefused(f"{what} holds text that is no whole number.")
    return pc.replace_substring_regex(pc.utf8_ltrim(trimmed, "+"), r"\.0*$", "")


def _day(array: pa.Array, target: pa.DataType, what: str) -> pa.Array:
    kind = array.type
    if _is_text(kind):
        if not _all(pc.match_substring_regex(array, _DAY_TEXT)):
            raise ImportRefused(f"{what} holds text that is no day such as 2026-11-20.")
        return pc.utf8_slice_codeunits(array, 0, 10).cast(target)
    if pa.types.is_timestamp(kind):
        if kind.tz is not None:
            raise ImportRefused(f"{what} holds times with a zone, no days.")
        days = array.cast(target)
        if not pc.all(pc.equal(days.cast(pa.timestamp("us")), array.cast(pa.timestamp("us")))).as_py():
            raise ImportRefused(f"{what} holds days with a time of day.")
        return days
    if pa.types.is_date(kind) or pa.types.is_null(kind):
        return array.cast(target)
    raise ImportRefused(f"{what} holds {kind}, no days.")


def _text(array: pa.Array, _target: pa.DataType, what: str) -> pa.Array:
    return text(array, what)


def _joined_month(names: list[str], columns: list[Column], where: str) -> tuple[list[str], list[Column]]:
    if tuple(names[:2]) != _MONTH:
        return names, columns
    year, month = (
        _conform(column, pa.field(name, pa.int64()), where) for name, column in zip(_MONTH, columns[:2], strict=True)
    )
    known = year.null_count + month.null_count == 0
    if not known or not _all(pc.and_(_between(year, 1, 9999), _between(month, 1, 12))):
        raise ImportRefused(f"{where} answered with a month that is none.")
    counted = (year.to_numpy() - 1970) * 12 + month.to_numpy() - 1
    first = pa.array(counted.astype("datetime64[M]").astype("datetime64[D]"))
    return ["period", *names[2:]], [first, *columns[2:]]


def _between(array: pa.Array, least: int, most: int) -> pa.Array:
    return pc.and_(pc.greater_equal(array, least), pc.less_equal(array, most))


def _all(flags: pa.Array) -> bool:
    """Whether none is false; NULL is neither."""
    return pc.all(flags, skip_nulls=True).as_py() is not False


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind))


_TARGETS: dict[int, Callable[[pa.Array, pa.DataType, str], pa.Array]] = {
    pa.int16().id: _whole,
    pa.int64().id: _whole,
    pa.date32().id: _day,
    pa.string().id: _text,
}
