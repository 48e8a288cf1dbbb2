"""SQL that reads one raw column as text, number or time. What cannot be read is NULL."""

from dashboard.sources import engine
from dashboard.sources.errors import ImportRefused
from dashboard.sources.mapping import Mapping
from dashboard.sources.reading import Column, RawTable

NONE = "(none)"
LARGEST_QUANTITY = 10**9
LONGEST_NAME, LONGEST_CODE = 200, 100
_BREAKS = r"[\t-\r\x{85}\x{2028}\x{2029}]+"
_UNSEEN = r"[\p{Cc}\p{Cf}]+"
_ODD = r"[\p{Cc}\p{Cf}\x{2028}\x{2029}]"
_NUMBER = r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?"
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = _DATE + r"[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?"
_INSTANT = _TIME + r"(Z|[+-][0-9]{2}(:?[0-9]{2})?)"
_BINARY = frozenset({"FLOAT", "DOUBLE"})
_INTEGERS = frozenset(
    {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"}
)


def raw_text(column: Column) -> str:
    """The value as text, untouched; a whole number kept as a float (a column with gaps) loses its ``.0``."""
    text = f"CAST({column.sql} AS VARCHAR)"
    if column.type not in _BINARY:
        return text
    whole = f"CAST(TRY_CAST({column.sql} AS BIGINT) AS VARCHAR)"
    return f"CASE WHEN {column.sql} = trunc({column.sql}) THEN coalesce({whole}, {text}) ELSE {text} END"


def text(column: Column) -> str:
    """Trimmed text, NULL if empty."""
    return f"nullif(trim({raw_text(column)}), '')"


def plain(raw: str) -> str:
    """SQL of the text ``raw`` without what cannot be seen, but changes how the text looks; line breaks are blanks."""
    in_one_line = f"regexp_replace({raw}, {engine.literal(_BREAKS)}, ' ', 'g')"
    return f"regexp_replace({in_one_line}, {engine.literal(_UNSEEN)}, '', 'g')"


def is_odd(raw: str) -> str:
    """SQL of whether the text ``raw`` is not as :func:`plain` would make it; looking costs less than replacing."""
    return f"regexp_matches({raw}, {engine.literal(_ODD)})"


def label(column: Column) -> str:
    """Plain, trimmed text of at most ``LONGEST_NAME`` characters, NULL if empty: a name that people are shown."""
    whole = f"nullif(trim({plain(raw_text(column))}), '')"
    cut = f"left({whole}, {LONGEST_NAME - 1}) || '…'"
    return f"CASE WHEN length({whole}) > {LONGEST_NAME} THEN {cut} ELSE {whole} END"


def decimal(table: RawTable, column: Column, mapping: Mapping, places: int = 8, digits: int = 18) -> str:
    """A DECIMAL(digits, places) value."""
    return f"TRY_CAST({_number_source(table, column, mapping)} AS DECIMAL({digits}, {places}))"


def quantity(table: RawTable, column: Column, mapping: Mapping) -> str:
    """A whole number of units as BIGINT; fractions and absurd sizes are NULL."""
    value = f"TRY_CAST({_number_source(table, column, mapping)} AS DECIMAL(18, 6))"
    return f"CASE WHEN {value} = trunc({value}) AND abs({value}) < {LARGEST_QUANTITY} THEN CAST({value} AS BIGINT) END"


def sold_at(table: RawTable, column: Column, mapping: Mapping) -> str:
    """A TIMESTAMP in business time; years outside 1970 to 2100 are NULL. A date without a time stays that date."""
    when = _business_time(table, column, mapping)
    return f"CASE WHEN year({when}) BETWEEN 1970 AND 2100 THEN {when} END"


def day(table: RawTable, column: Column, mapping: Mapping) -> str:
    """The business date of :func:`sold_at`."""
    return f"CAST({sold_at(table, column, mapping)} AS DATE)"


def _number_source(table: RawTable, column: Column, mapping: Mapping) -> str:
    if column.type == "VARCHAR":
        return _number_text(table, column, mapping)
    if column.type in _INTEGERS | _BINARY or column.type.startswith("DECIMAL"):
        return column.sql
    raise ImportRefused(f"{table.path}: the column {_called(table, column)!r} holds {column.type}, no numbers.")


def _number_text(table: RawTable, column: Column, mapping: Mapping) -> str:
    value = f"trim({column.sql})"
    if table.kind == "csv" and mapping.csv.decimal == ",":
        # A point would be a thousands mark or a mistake: both are refused rather than guessed.
        value = f"CASE WHEN NOT contains({value}, '.') THEN replace({value}, ',', '.') END"
    return f"CASE WHEN {_matches(value, _NUMBER)} THEN {value} END"


def _matches(value: str, pattern: str) -> str:
    return f"regexp_full_match({value}, {engine.literal(pattern)})"


def _business_time(table: RawTable, column: Column, mapping: Mapping) -> str:
    if column.type == "DATE":
        return f"CAST({column.sql} AS TIMESTAMP)"
    if column.type == "TIMESTAMP WITH TIME ZONE":
        return _in_business_zone(column.sql, mapping)
    if column.type.startswith("TIMESTAMP"):
        return _from_zone(f"CAST({column.sql} AS TIMESTAMP)", mapping)
    if column.type == "VARCHAR" or (column.type in _INTEGERS and mapping.csv.date_format):
        return _time_text(table, column, mapping)
    raise ImportRefused(f"{table.path}: the column {_called(table, column)!r} holds {column.type}, no dates.")


def _time_text(table: RawTable, column: Column, mapping: Mapping) -> str:
    value = f"trim({raw_text(column)})"
    # The engine reads an offset only behind seconds.
    instant = f"regexp_replace({value}, '^(.{{11}}[0-9]{{2}}:[0-9]{{2}})([Z+-])', '\\1:00\\2')"
    iso = (
        f"CASE WHEN {_matches(value, _DATE)} THEN TRY_CAST({value} AS TIMESTAMP) "
        f"WHEN {_matches(value, _TIME)} THEN {_from_zone(f'TRY_CAST({value} AS TIMESTAMP)', mapping)} "
        f"WHEN {_matches(value, _INSTANT)} THEN {_in_business_zone(f'TRY_CAST({instant} AS TIMESTAMPTZ)', mapping)} END"
    )
    if not mapping.csv.date_format:
        return iso
    formatted = f"try_strptime({value}, {engine.literal(mapping.csv.date_format)})"
    if any(mark in mapping.csv.date_format for mark in ("%H", "%I", "%c")):
        formatted = _from_zone(formatted, mapping)
    return formatted if table.kind == "csv" else f"coalesce({iso}, {formatted})"


def _from_zone(timestamp: str, mapping: Mapping) -> str:
    zone = mapping.timestamp_zone
    return timestamp if zone is None else _in_business_zone(f"timezone({engine.literal(zone)}, {timestamp})", mapping)


def _in_business_zone(instant: str, mapping: Mapping) -> str:
    return f"timezone({engine.literal(mapping.time_zone)}, {instant})"


def _called(table: RawTable, column: Column) -> str:
    return next(name for name, other in table.columns.items() if other == column)
