"""Oracle's stand-in: statements compiled for Oracle, run unchanged but for bind syntax on PostgreSQL with orafce.

What it shows: that the text of a statement is Oracle's, and what it adds up. What it does not: login, fetching, NLS,
and an empty text that is NULL, which whoever loads the data must see to.
"""

from collections.abc import Callable
from decimal import Decimal
from itertools import count
from typing import Any
from urllib.parse import quote

import psycopg
from postgres_kit import Postgres
from psycopg.adapt import Loader
from psycopg.types import TypeInfo
from sqlalchemy import Connection, exc, make_url, types
from sqlalchemy.dialects import oracle, registry
from sqlalchemy.dialects.oracle.base import OracleDialect

_DATABASE = "orafce"
_PATH = "oracle,public,pg_catalog"
# PostgreSQL's numeric under Oracle's name, with its precision and scale.
_NUMBER = (
    "CREATE TYPE public.number",
    "CREATE FUNCTION public.number_in(cstring, oid, integer) RETURNS public.number "
    "LANGUAGE internal IMMUTABLE STRICT AS 'numeric_in'",
    "CREATE FUNCTION public.number_out(public.number) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT "
    "AS 'numeric_out'",
    "CREATE TYPE public.number (INPUT = public.number_in, OUTPUT = public.number_out, "
    "TYPMOD_IN = numerictypmodin, TYPMOD_OUT = numerictypmodout, LIKE = numeric, CATEGORY = 'N')",
    "CREATE FUNCTION public.number_of(public.number, integer) RETURNS public.number "
    "LANGUAGE internal IMMUTABLE STRICT AS 'numeric'",
    "CREATE CAST (numeric AS public.number) WITHOUT FUNCTION AS IMPLICIT",
    "CREATE CAST (public.number AS numeric) WITHOUT FUNCTION AS IMPLICIT",
    "CREATE CAST (public.number AS public.number) WITH FUNCTION public.number_of(public.number, integer) AS IMPLICIT",
    *(f"CREATE CAST ({kind} AS public.number) WITH INOUT AS IMPLICIT" for kind in ("smallint", "integer", "bigint")),
    *(f"CREATE CAST ({kind} AS public.number) WITH INOUT AS ASSIGNMENT" for kind in ("double precision", "text")),
)
_COLUMNS = (
    "SELECT a.attname, format_type(a.atttypid, NULL), information_schema._pg_numeric_precision(1700, a.atttypmod), "
    "information_schema._pg_numeric_scale(1700, a.atttypmod), a.attnotnull FROM pg_attribute a "
    "JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE c.relname = %(table)s AND n.nspname = %(schema)s AND a.attnum > 0 ORDER BY a.attnum"
)


class Orafce:
    """A database with orafce in a PostgreSQL server; its databases for tests are schemas of it."""

    def __init__(self, postgres: Postgres) -> None:
        self._folder = str(make_url(postgres.fresh()).query["host"])
        self._numbers = count(1)
        self._do("postgres", f"CREATE DATABASE {_DATABASE} TEMPLATE template0")
        self._do(_DATABASE, "CREATE EXTENSION orafce", *_NUMBER)

    def fresh(self, version: str = "19") -> str:
        """The SQLAlchemy URL of a new, empty schema that takes itself for an Oracle of ``version``."""
        name = f"test_{next(self._numbers)}"
        self._do(_DATABASE, f"CREATE SCHEMA {name}")
        host, path = quote(self._folder, safe=""), quote(f"-csearch_path={name},{_PATH}", safe="")
        return f"oracle+orafce://salesgate@/{_DATABASE}?host={host}&options={path}&oracle_version={version}"

    def _do(self, database: str, *statements: str) -> None:
        address = f"host={self._folder} user=salesgate dbname={database}"
        with psycopg.connect(address, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)


class _Number(Loader):
    """A NUMBER as oracledb gives it: an int where there is nothing behind the point."""

    def load(self, data: Any) -> int | Decimal:
        text = bytes(data).decode()
        return int(text) if text.removeprefix("-").isdigit() else Decimal(text)


class OracleOnPostgres(OracleDialect):
    """Oracle's SQL, spoken to PostgreSQL."""

    driver = "orafce"
    default_paramstyle = "pyformat"
    supports_statement_cache = True
    # Names are looked up in PostgreSQL's own catalogue, which folds down.
    requires_name_normalize = False
    _version: tuple[int, ...] = (19,)

    def __init__(self, arraysize: int = 0, **options: Any) -> None:
        """Takes, and forgets, what oracledb would be told."""
        super().__init__(**options)

    @classmethod
    def import_dbapi(cls) -> Any:
        return psycopg

    def create_connect_args(self, url: Any) -> Any:
        self._version = tuple(int(part) for part in str(url.query["oracle_version"]).split("."))
        where = {"host": url.query["host"], "options": url.query["options"]}
        return [], {"user": url.username, "dbname": url.database, **where}

    def on_connect(self) -> Callable[[psycopg.Connection[Any]], None]:
        def know_numbers(connection: psycopg.Connection[Any]) -> None:
            known = TypeInfo.fetch(connection, "public.number")
            connection.adapters.register_loader(known.oid, _Number)
            connection.rollback()

        return know_numbers

    def _get_server_version_info(self, connection: Connection) -> tuple[int, ...]:
        return self._version

    def _get_effective_compat_server_version_info(self, connection: Connection) -> tuple[int, ...]:
        return self._version

    def _get_default_schema_name(self, connection: Connection) -> str:
        return str(connection.exec_driver_sql("SELECT current_schema()").scalar())

    def is_disconnect(self, e: Any, connection: Any, cursor: Any) -> bool:
        return isinstance(e, psycopg.Error) and connection is not None and (connection.closed or connection.broken)

    def get_columns(self, connection: Connection, table_name: str, schema: str | None = None, **kw: Any) -> Any:
        named = {"table": table_name, "schema": schema or self.default_schema_name}
        found = connection.exec_driver_sql(_COLUMNS, named).all()
        if not found:
            raise exc.NoSuchTableError(table_name)
        return [
            {"name": name, "type": _type(kind, precision, scale), "nullable": not filled, "default": None}
            for name, kind, precision, scale, filled in found
        ]

    def has_table(self, connection: Connection, table_name: str, schema: str | None = None, **kw: Any) -> bool:
        named = {"table": table_name, "schema": schema or self.default_schema_name}
        return bool(connection.exec_driver_sql(_COLUMNS, named).all())


registry.register("oracle.orafce", __name__, "OracleOnPostgres")


def _type(kind: str, precision: int | None, scale: int | None) -> types.TypeEngine[Any]:
    """What Oracle's own catalogue would say of a column that PostgreSQL calls ``kind``."""
    if kind in {"numeric", "number", "public.number"}:
        return oracle.NUMBER(precision, scale)
    known: dict[str, types.TypeEngine[Any]] = {
        "oracle.date": oracle.DATE(),
        "date": oracle.DATE(),
        "timestamp without time zone": oracle.TIMESTAMP(),
        "timestamp with time zone": oracle.TIMESTAMP(timezone=True),
        "integer": oracle.NUMBER(38, 0),
        "bigint": oracle.NUMBER(38, 0),
        "double precision": oracle.BINARY_DOUBLE(),
    }
    return known.get(kind, oracle.VARCHAR2(4000))
