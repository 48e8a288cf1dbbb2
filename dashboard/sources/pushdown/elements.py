"""The few expressions that databases write differently, each as one SQL element with a rendering for who differs."""

from typing import Any

from sqlalchemy import BigInteger, Date, DateTime, Integer, Numeric, String, cast, func, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.functions import FunctionElement

Value = ColumnElement[Any]
MYSQL = ("mysql", "mariadb")
CLICKHOUSE = ("clickhouse", "clickhousedb")
# Wide enough for 10^13 with eight places, and narrow enough that a product with a quantity has room in 38 digits.
EXACT = Numeric(24, 8)


class _Element(FunctionElement[Any]):
    inherit_cache = True

    def argument(self, compiler: SQLCompiler, position: int = 0) -> str:
        """An argument as SQL; in brackets, if it is more than a name or a call."""
        return compiler.process(self.clauses.clauses[position].self_group())


class DayOf(_Element):
    """The calendar day of a timestamp."""

    name = "day_of"
    type = Date()
    inherit_cache = True


class MonthOf(_Element):
    """The first day of the month of a date or timestamp."""

    name = "month_of"
    type = Date()
    inherit_cache = True


class PlusMinutes(_Element):
    """A timestamp that many minutes later."""

    name = "plus_minutes"
    type = DateTime()
    inherit_cache = True


class InZone(_Element):
    """The wall clock, in a zone named by a literal, of an instant."""

    name = "in_zone"
    type = DateTime()
    inherit_cache = True


class InstantOf(_Element):
    """The instant of a wall clock in UTC."""

    name = "instant_of"
    type = DateTime(timezone=True)
    inherit_cache = True


class Count(_Element):
    """How many rows there are; SQL Server's own count ends at 2^31."""

    name = "rows_of_group"
    type = BigInteger()
    inherit_cache = True


class ByteLength(_Element):
    """Bytes of a text, blanks at its end too; of SQL Server alone."""

    name = "byte_length"
    type = Integer()
    inherit_cache = True


class ExactText(_Element):
    """A text that is equal to another only if every character is; the second argument is the literal longest length.

    SQL Server still takes texts for equal that differ in blanks at their end: see :class:`ByteLength`.
    """

    name = "exact_text"
    type = String()
    inherit_cache = True


class Trimmed(_Element):
    """A text without blanks around it."""

    name = "trimmed"
    type = String()
    inherit_cache = True


class ExactNumber(_Element):
    """A number with eight places, half up; where only floats can be multiplied and rounded, a float."""

    name = "exact_number"
    type = EXACT
    inherit_cache = True


class Whole(_Element):
    """A whole number of any type as a 64-bit integer."""

    name = "whole"
    type = BigInteger()
    inherit_cache = True


class Factor(_Element):
    """Units, below 10^9, as what a value is multiplied with: few digits, so that the product keeps its places."""

    name = "factor"
    type = Numeric(10, 0)
    inherit_cache = True


class MinorUnits(_Element):
    """A value of zero or more in minor units, rounded half up; the second argument is a literal number of digits."""

    name = "minor_units"
    type = BigInteger()
    inherit_cache = True


class MinorSum(_Element):
    """An exact sum in minor units; the second argument is a literal number of digits, no fewer than the sum has."""

    name = "minor_sum"
    type = BigInteger()
    inherit_cache = True


class OrNull(_Element):
    """The same value; in ClickHouse, of a type that can be NULL."""

    name = "or_null"
    inherit_cache = True


class NoText(_Element):
    """NULL, as a text."""

    name = "no_text"
    type = String()
    inherit_cache = True


class StartOf(_Element):
    """The first characters of a text; the second argument is the literal number of them."""

    name = "start_of"
    type = String()
    inherit_cache = True


def number(value: int | str) -> Value:
    """A literal number; never a bind."""
    return literal_column(str(value), Integer())


def text(value: str) -> Value:
    """A literal text of ours, such as the name of a zone; never a bind, never text of a user's."""
    return literal_column("'" + value.replace("'", "''") + "'", String())


def _render(element: type[_Element], template: str, *dialects: str) -> None:
    """Render ``element`` as ``template`` (with ``{0}`` for its argument) on ``dialects``; on all, if none is named."""

    def rendered(found: _Element, compiler: SQLCompiler, **_: Any) -> str:
        count = len(found.clauses.clauses)
        return template.format(*(found.argument(compiler, position) for position in range(count)))

    compiles(element, *dialects)(rendered)


_render(DayOf, "CAST({0} AS DATE)")
_render(DayOf, "TRUNC({0})", "oracle")
_render(DayOf, "date({0})", "sqlite")
_render(DayOf, "toDate({0})", *CLICKHOUSE)
_render(MonthOf, "CAST(date_trunc('month', {0}) AS DATE)")
_render(MonthOf, "CAST(date_trunc('month', CAST({0} AS TIMESTAMP)) AS DATE)", "postgresql")
_render(MonthOf, "toStartOfMonth({0})", *CLICKHOUSE)
_render(PlusMinutes, "{0} + INTERVAL {1} MINUTE")
_render(PlusMinutes, "{0} + {1} * INTERVAL '1 minute'", "postgresql", "duckdb", "databricks", "hive")
_render(PlusMinutes, "{0} + NUMTODSINTERVAL({1}, 'MINUTE')", "oracle")
_render(PlusMinutes, "DATEADD(minute, {1}, {0})", "mssql", "snowflake")
_render(PlusMinutes, "datetime({0}, {1} || ' minutes')", "sqlite")
_render(PlusMinutes, "addMinutes({0}, {1})", *CLICKHOUSE)
_render(PlusMinutes, "date_add('minute', {1}, {0})", "trino")
_render(PlusMinutes, "DATETIME_ADD({0}, INTERVAL {1} MINUTE)", "bigquery")
_render(InZone, "timezone({1}, {0})")
_render(InZone, "CAST({0} AT TIME ZONE {1} AS TIMESTAMP)", "oracle", "trino")
# SQL Server knows zones by names of Windows: UTC is the one that is the same everywhere.
_render(InZone, "CAST(SWITCHOFFSET({0}, '+00:00') AS DATETIME2)", "mssql")
_render(InZone, "CAST(CONVERT_TIMEZONE({1}, {0}) AS TIMESTAMP_NTZ)", "snowflake")
_render(InZone, "DATETIME({0}, {1})", "bigquery")
_render(InstantOf, "timezone('UTC', CAST({0} AS TIMESTAMP))")
_render(InstantOf, "FROM_TZ(CAST({0} AS TIMESTAMP), 'UTC')", "oracle")
_render(InstantOf, "with_timezone(CAST({0} AS TIMESTAMP), 'UTC')", "trino")
_render(InstantOf, "TODATETIMEOFFSET(CAST({0} AS DATETIME2), '+00:00')", "mssql")
_render(InstantOf, "CONVERT_TIMEZONE('UTC', 'UTC', CAST({0} AS TIMESTAMP_NTZ))::TIMESTAMP_TZ", "snowflake")
_render(InstantOf, "TIMESTAMP({0}, 'UTC')", "bigquery")
_render(ExactText, "{0}")
_render(ExactText, "CONVERT({0} USING utf8mb4) COLLATE utf8mb4_0900_bin", "mysql")
_render(ExactText, "CONVERT({0} USING utf8mb4) COLLATE utf8mb4_nopad_bin", "mariadb")
# First of all Unicode: another collation alone may have another code page, which knows fewer letters. The length is
# that of the column, for the server sets memory aside by it.
_render(ExactText, "CAST({0} AS NVARCHAR({1})) COLLATE Latin1_General_100_BIN2", "mssql")
_render(ExactText, "{0} COLLATE BINARY", "sqlite")
_render(Count, "count(*)")
_render(Count, "COUNT_BIG(*)", "mssql")
_render(ByteLength, "DATALENGTH({0})", "mssql")
_render(Trimmed, "TRIM({0})")
_render(Trimmed, "LTRIM(RTRIM({0}))", "mssql")
_render(Trimmed, "replaceRegexpAll({0}, '^ +| +$', '')", *CLICKHOUSE)
_render(ExactNumber, "CAST({0} AS DECIMAL(24, 8))")
_render(ExactNumber, "{0}", "sqlite")
_render(ExactNumber, "toFloat64({0})", *CLICKHOUSE)
_render(Whole, "CAST({0} AS BIGINT)")
_render(Whole, "CAST({0} AS NUMBER(19))", "oracle")
_render(Whole, "CAST({0} AS SIGNED)", *MYSQL)
_render(Whole, "CAST({0} AS INTEGER)", "sqlite")
_render(Whole, "CAST({0} AS INT64)", "bigquery")
_render(Whole, "toInt64({0})", *CLICKHOUSE)
_render(StartOf, "SUBSTR({0}, 1, {1})")
_render(StartOf, "SUBSTRING({0}, 1, {1})", "mssql")
_render(StartOf, "substringUTF8({0}, 1, {1})", *CLICKHOUSE)
_render(Factor, "CAST({0} AS DECIMAL(10, 0))")
_render(Factor, "{0}", "sqlite", *CLICKHOUSE)
_render(OrNull, "toNullable({0})")
_render(NoText, "CAST(NULL AS VARCHAR(1))")
_render(NoText, "CAST(NULL AS CHAR(1))", *MYSQL)
_render(NoText, "CAST(NULL AS STRING)", "bigquery", "databricks", "hive")
_render(NoText, "CAST(NULL AS VARCHAR2(1))", "oracle")
_render(NoText, "NULL", *CLICKHOUSE)


@compiles(ExactText, "mysql")
def _exact_text_mysql(element: ExactText, compiler: SQLCompiler, **_: Any) -> str:
    """A URL that says MySQL may lead to MariaDB, which is known once connected."""
    collation = "utf8mb4_nopad_bin" if getattr(compiler.dialect, "is_mariadb", False) else "utf8mb4_0900_bin"
    return f"CONVERT({element.argument(compiler)} USING utf8mb4) COLLATE {collation}"


@compiles(MinorUnits)
def _minor_units(element: MinorUnits, compiler: SQLCompiler, **_: Any) -> str:
    """Rounded before it is multiplied: the scale that SQL Server takes away from a wide product is then empty."""
    value, digits = element.clauses.clauses
    return compiler.process(Whole(func.round(value, digits) * number(_factor(element))))


@compiles(MinorUnits, "sqlite")
def _minor_units_sqlite(element: MinorUnits, compiler: SQLCompiler, **_: Any) -> str:
    """Floats: what is a half in decimals is nearly one in binary, so the sixth place decides first."""
    return f"CAST(ROUND(ROUND({element.argument(compiler)} * {_factor(element)}, 6)) AS INTEGER)"


@compiles(MinorUnits, "clickhouse", "clickhousedb")
def _minor_units_clickhouse(element: MinorUnits, compiler: SQLCompiler, **_: Any) -> str:
    """Floats, and a round that goes to even numbers."""
    return f"toInt64(floor(round(toFloat64({element.argument(compiler)}) * {_factor(element)}, 6) + 0.5))"


@compiles(MinorSum)
def _minor_sum(element: MinorSum, compiler: SQLCompiler, **_: Any) -> str:
    total = element.clauses.clauses[0]
    return compiler.process(Whole(total * number(_factor(element))))


@compiles(MinorSum, "duckdb")
def _minor_sum_duckdb(element: MinorSum, compiler: SQLCompiler, **_: Any) -> str:
    """A sum has 38 digits there, which are multiplied and cut at great cost; 18 are one machine word."""
    digits = element.clauses.clauses[1]
    return f"CAST(CAST({element.argument(compiler)} AS DECIMAL(18, {digits})) * {_factor(element)} AS BIGINT)"


def _factor(element: MinorUnits | MinorSum) -> int:
    digits = int(str(element.clauses.clauses[1]))
    return int(10**digits)


def as_text(value: Value) -> Value:
    """A value that is no text as one."""
    return cast(value, String(100))
