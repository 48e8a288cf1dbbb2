"""Statements as text for what SQLAlchemy does not run itself: drivers' own ways to Arrow or to streamed rows."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, literal_column
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import BindParameter
from sqlalchemy.sql.visitors import ExternallyTraversible

from dashboard.sources.pushdown.answer import Statement


def with_binds(connection: Connection, statement: Statement) -> tuple[str, dict[str, Any]]:
    """SQL for the driver of ``connection`` with named binds, and their values."""
    compiled = statement.compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
    return str(compiled), dict(compiled.params)


def with_literals(connection: Connection, statement: Statement) -> str:
    """SQL with every value written out, for a driver that takes no values but text."""
    plain: Any = visitors.replacement_traverse(statement, {}, _moment)
    return str(plain.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True}))


def _moment(element: ExternallyTraversible, **_: Any) -> ExternallyTraversible | None:
    """SQL Server reads these two spellings alike in every language; 2026-11-20 is the 11th of a month in French."""
    if not isinstance(element, BindParameter):
        return None
    if isinstance(element.value, datetime):
        return literal_column(f"'{element.value.isoformat(timespec='milliseconds')}'")
    if isinstance(element.value, date):
        return literal_column(f"'{element.value:%Y%m%d}'")
    return None
