"""What a database's type of a column means for adding up: its family, its digits and whether it may be empty."""

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import types
from sqlalchemy.dialects import mssql, oracle, postgresql

Family = Literal["integer", "decimal", "float", "text", "date", "timestamp", "instant", "boolean", "other"]
NUMBERS: frozenset[Family] = frozenset({"integer", "decimal", "float"})

_INTEGER_DIGITS, _SMALL_DIGITS, _BIG_DIGITS = 10, 5, 20
_ORACLE_INTEGER_DIGITS = 38
# Of SQL Server's longest text that can be compared, and of what is no text but is read as one.
_LONGEST_TEXT, _SHORT_TEXT = 4000, 100
_FAMILIES: tuple[tuple[type[Any], Family], ...] = (
    (types.Boolean, "boolean"),
    (mssql.BIT, "boolean"),
    (types.Date, "date"),
    (types.DateTime, "timestamp"),
    (types.String, "text"),
    (types.Uuid, "text"),
    (types.Enum, "text"),
    (mssql.UNIQUEIDENTIFIER, "text"),
    (postgresql.CITEXT, "text"),
    (oracle.ROWID, "text"),
)


@dataclass(frozen=True)
class Shape:
    """A column as its database declares it.

    Attributes:
        family: what it holds. "timestamp" has no zone, "instant" has one.
        type: the SQLAlchemy type, as reflected.
        nullable: whether a line may have no value.
        digits: before the point at most; None: not declared.
        scale: digits behind the point at most; None: not declared.
    """

    family: Family
    type: types.TypeEngine[Any]
    nullable: bool = True
    digits: int | None = None
    scale: int | None = None

    @property
    def is_plain_text(self) -> bool:
        """Whether it can be cut and trimmed as it is: not an identifier or one of a list, which only look like text."""
        return isinstance(self.type, types.String) and not isinstance(self.type, types.Enum)

    @property
    def length(self) -> int:
        """Characters at most, as far as texts are told apart."""
        declared = self.type.length if isinstance(self.type, types.String) else _SHORT_TEXT
        return min(declared or _LONGEST_TEXT, _LONGEST_TEXT)


def shape_of(reflected: Any, nullable: bool, dialect: str) -> Shape:
    """The shape of a column of type ``reflected``: an instance, or a class as some dialects give."""
    found: types.TypeEngine[Any] = types.to_instance(reflected)
    # ClickHouse wraps the type of what may be empty, or is kept as positions in a list.
    while hasattr(found, "nested_type"):
        found, nullable = found.nested_type, True
    if isinstance(found, types.DateTime | mssql.DATETIMEOFFSET) and not isinstance(found, types.Date):
        return Shape("instant" if _has_zone(found) else "timestamp", found, nullable)
    if dialect == "sqlite":
        # A declared type is a wish there: any column may hold a float, or a text.
        return _loose(found)
    if dialect == "oracle" and isinstance(found, types.Integer) and not isinstance(found, types.Numeric):
        return Shape("integer", found, nullable, _ORACLE_INTEGER_DIGITS, 0)
    return _number(found, nullable) or Shape(_family(found), found, nullable)


def _loose(found: types.TypeEngine[Any]) -> Shape:
    numeric = isinstance(found, types.Integer | types.Numeric | types.Float)
    return Shape("float" if numeric else _family(found), found)


def _number(found: types.TypeEngine[Any], nullable: bool) -> Shape | None:
    if isinstance(found, types.Float):
        return Shape("float", found, nullable)
    # Oracle's NUMBER says that it is an Integer as well.
    if isinstance(found, types.Numeric):
        if found.precision is None or found.scale is None:
            return Shape("decimal", found, nullable)
        return Shape("decimal", found, nullable, found.precision - found.scale, found.scale)
    if isinstance(found, types.Integer):
        return Shape("integer", found, nullable, _integer_digits(found), 0)
    # Products and sums of money overflow where those of decimals do not: without digits it is cast to a decimal.
    return Shape("decimal", found, nullable) if isinstance(found, mssql.MONEY | mssql.SMALLMONEY) else None


def _integer_digits(found: types.Integer) -> int:
    if isinstance(found, types.SmallInteger):
        return _SMALL_DIGITS
    # A type that SQLAlchemy knows no plain name for may be wider than it looks.
    return _INTEGER_DIGITS if type(found) in {types.Integer, types.INTEGER, mssql.TINYINT} else _BIG_DIGITS


def _family(found: types.TypeEngine[Any]) -> Family:
    return next((family for kind, family in _FAMILIES if isinstance(found, kind)), "other")


def _has_zone(found: types.TypeEngine[Any]) -> bool:
    if isinstance(found, mssql.DATETIMEOFFSET) or getattr(found, "local_timezone", False):
        return True
    # Snowflake, BigQuery and Databricks tell instants by the name of the type.
    name = type(found).__name__.upper()
    return bool(getattr(found, "timezone", False)) or name in {"TIMESTAMP_TZ", "TIMESTAMP_LTZ"}
