"""Column types that mean the same on SQLite, PostgreSQL, SQL Server and Oracle, and the MetaData of all tables."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Dialect, MetaData, Unicode
from sqlalchemy.types import TypeDecorator

metadata = MetaData()

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970 UTC of an aware ``moment``."""
    return (moment - _EPOCH) // _MICROSECOND


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime, kept as microseconds since 1970: no database rounds it or reads it in another zone."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """To the number that is kept."""
        return None if value is None else microseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Back to a datetime in UTC."""
        return None if value is None else _EPOCH + timedelta(microseconds=value)


class Words(TypeDecorator[str]):
    """Optional text. Oracle keeps an empty text as NULL: so every database keeps NULL, and code reads ""."""

    impl = Unicode
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """To NULL where there is nothing to keep."""
        return value or None

    def process_result_value(self, value: Any, dialect: Dialect) -> str:  # noqa: ARG002
        """Back to a text in every case."""
        return value or ""
