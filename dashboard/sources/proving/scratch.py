"""Every rule on made-up lines, in a table of our own that is dropped again: only where the operator asks for it."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import Column, DateTime, Engine, Integer, MetaData, NullPool, Numeric, String, Table, create_engine
from sqlalchemy.schema import CreateTable, DropTable

from dashboard.sources.binds.arguments import connect_args
from dashboard.sources.binds.explain import explain
from dashboard.sources.binds.opening import OpenBind
from dashboard.sources.binds.secret import password_of
from dashboard.sources.doctor.trial import rows_of
from dashboard.sources.errors import ImportRefused
from dashboard.sources.pushdown.groups import GROUPS
from dashboard.sources.pushdown.load import load_source
from dashboard.sources.pushdown.shapes import read_shapes
from dashboard.sources.pushdown.statement import groups_statement

_SEP, _OCT = date(2026, 9, 1), date(2026, 10, 1)
# Product, units, time, amount, discount -> what they must come to. A half of a cent goes up, on each line.
LINES: Final[tuple[tuple[Any, ...], ...]] = (
    ("A", 2, datetime(2026, 9, 30, 23, 59, 59), Decimal("1.0050"), None),
    ("A", 1, datetime(2026, 10, 1), Decimal("0.1250"), Decimal("0.0000")),
    ("A", 1, datetime(2026, 10, 1), Decimal("0.1250"), Decimal("0.0250")),
    ("A", -1, datetime(2026, 10, 31, 23, 59, 59), Decimal("-10.0000"), None),
    ("a", 1, datetime(2026, 10, 5, 12), Decimal("99999999.9999"), None),
    ('Ä\'ö "x"', 3, datetime(2026, 10, 5, 12), Decimal("3.0000"), None),
    ("A", None, datetime(2026, 10, 6), Decimal("1.0000"), None),
    ("A", 1, datetime(2026, 10, 6), None, None),
    ("A", 1, datetime(2026, 10, 6), Decimal("0.0000"), None),
    ("A", 0, datetime(2026, 10, 6), Decimal("1.0000"), None),
    ("A", 1, datetime(2026, 10, 6), Decimal("1.0000"), Decimal("2.0000")),
    ("A", 1, datetime(9999, 12, 31), Decimal("1.0000"), None),
    ("A", 1, None, Decimal("1.0000"), None),
)
# Month, product, verdict, return -> lines, units, gross and discount in minor units.
EXPECTED: Final[dict[tuple[date, str, int, int], tuple[int, int, int, int]]] = {
    (_SEP, "A", 0, 0): (1, 2, 101, 0),
    (_OCT, "A", 0, 0): (2, 2, 26, 3),
    (_OCT, "A", 0, 1): (1, 1, 1000, 0),
    (_OCT, "a", 0, 0): (1, 1, 10_000_000_000, 0),
    (_OCT, 'Ä\'ö "x"', 0, 0): (1, 3, 300, 0),
    (_OCT, "A", 2, 0): (1, 0, 0, 0),
    (_OCT, "A", 3, 0): (1, 1, 0, 0),
    (_OCT, "A", 4, 0): (1, 1, 0, 0),
    (_OCT, "A", 5, 0): (1, 0, 0, 0),
    (_OCT, "A", 6, 0): (1, 1, 0, 0),
}


def try_scratch(opened: OpenBind, schema: str) -> str:
    """Make a table in ``schema``, add it up, compare, and drop it; what was done, in words.

    Raises:
        ImportRefused: the account may not, or the sums are not what they must be.
    """
    with _scratch(opened, schema) as table:
        source = load_source("scratch", _mapping(table, opened.name))
        with opened.connect() as connection:
            shapes = read_shapes(connection, source)
            statement = groups_statement(source, shapes, "month", date(2026, 1, 1), date(2027, 1, 1))
            found = _found(rows_of(connection, statement, GROUPS, opened.settings).to_pylist())
    wrong = [key for key in {**EXPECTED, **found} if EXPECTED.get(key) != found.get(key)]
    if wrong:
        shown = "; ".join(f"{key}: {found.get(key)}, expected {EXPECTED.get(key)}" for key in wrong[:3])
        raise ImportRefused(f"{len(wrong)} groups of made-up lines are wrong: {shown}")
    return f"{len(LINES)} made-up lines added up right in {schema}; the table was dropped"


@contextmanager
def _scratch(opened: OpenBind, schema: str) -> Iterator[Table]:
    """A table with LINES under a name that nobody else has; dropped whatever happens."""
    columns = (
        Column("product", String(40)),
        Column("units", Integer),
        Column("sold_at", DateTime),
        Column("amount", Numeric(14, 4)),
        Column("discount", Numeric(14, 4)),
    )
    table = Table(f"salesgate_{secrets.token_hex(6)}", MetaData(), *columns, schema=schema)
    engine = _writing_engine(opened)
    try:
        with engine.begin() as connection:
            connection.execute(CreateTable(table))
        try:
            with engine.begin() as connection:
                names = [column.name for column in table.columns]
                connection.execute(table.insert(), [dict(zip(names, line, strict=True)) for line in LINES])
            yield table
        finally:
            with engine.begin() as connection:
                connection.execute(DropTable(table))
    except ImportRefused:
        raise
    except Exception as error:
        raise explain(error, opened.name, opened.settings) from None
    finally:
        with suppress(Exception):
            engine.dispose()


def _writing_engine(opened: OpenBind) -> Engine:
    """Sessions of binds are read-only; this one is not. Files are not written to at all."""
    if opened.dialect in {"sqlite", "duckdb"}:
        raise ImportRefused("A database file is opened read-only: --scratch is for servers.")
    password = password_of(opened.name, opened.settings).text
    url = opened.engine.url.set(password=password) if password else opened.engine.url
    arguments = connect_args(opened.dialect, opened.engine.dialect.driver, opened.settings)
    return create_engine(url, poolclass=NullPool, hide_parameters=True, connect_args=arguments)


def _mapping(table: Table, bind: str) -> dict[str, Any]:
    columns = {"product": "product", "quantity": "units", "date": "sold_at", "amount": "amount", "discount": "discount"}
    lines = {"table": table.name, "schema": table.schema, "columns": columns}
    return {"bind": bind, "label": "Scratch", "currency": "EUR", "time_zone": "UTC", "lines": lines}


def _found(rows: list[dict[str, Any]]) -> dict[tuple[date, str, int, int], tuple[int, int, int, int]]:
    return {
        (row["period"], row["product"], row["verdict"], row["is_return"]): (
            row["lines"],
            row["units"],
            row["gross_minor"],
            row["discount_minor"],
        )
        for row in rows
    }
