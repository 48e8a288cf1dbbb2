"""Drivers by name: which package brings them, and what else they need."""

from typing import Final

from sqlalchemy import Dialect, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from dashboard.settings.binds import Bind
from dashboard.sources.binds.errors import BindError

_ODBC: Final = "pip install pyodbc, and Microsoft's ODBC Driver 18 for SQL Server (package msodbcsql18) on this machine"
# By "dialect+driver" or by dialect.
_BROUGHT_BY: Final = {
    "oracle": "pip install oracledb",
    "mssql": _ODBC,
    "mssql+mssqlpython": "pip install mssql-python",
    "mssql+pymssql": "pip install pymssql",
    "postgresql": "pip install 'psycopg[binary]'",
    "postgresql+psycopg2": "pip install psycopg2-binary",
    "mysql": "pip install PyMySQL, and begin the URL with mysql+pymysql://",
    "mysql+pyodbc": "pip install pyodbc, and an ODBC driver (odbc-mariadb) on this machine",
    "mariadb": "pip install PyMySQL, and begin the URL with mariadb+pymysql://",
    "duckdb": "pip install duckdb-sqlalchemy",
    "clickhouse": "pip install clickhouse-connect, and begin the URL with clickhousedb://",
    "clickhouse+native": "pip install clickhouse-sqlalchemy clickhouse-driver",
    "clickhousedb": "pip install clickhouse-connect",
    "trino": "pip install 'trino[sqlalchemy]'",
    "snowflake": "pip install snowflake-sqlalchemy",
    "bigquery": "pip install sqlalchemy-bigquery",
    "databricks": "pip install databricks-sqlalchemy",
    "hive": "pip install 'PyHive[hive]'",
}


def dialect_class(name: str, bind: Bind) -> type[Dialect]:
    """The dialect of a bind's URL, with its driver imported.

    Raises:
        BindError: no such dialect, or its driver is not installed: what brings it.
    """
    drivername = bind.url.split(":", 1)[0]
    try:
        found = make_url(bind.url).get_dialect()
        found.import_dbapi()
    except (NoSuchModuleError, ImportError, ArgumentError) as error:
        raise _missing(name, drivername, error) from None
    return found


def _missing(name: str, drivername: str, error: Exception) -> BindError:
    brought = _BROUGHT_BY.get(drivername) or _BROUGHT_BY.get(drivername.split("+", maxsplit=1)[0])
    if brought is None:
        known = ", ".join(sorted({one.split("+")[0] for one in _BROUGHT_BY} | {"sqlite"}))
        todo = f"Known are {known}; for another one, install the package that brings its SQLAlchemy dialect"
        return BindError(f"Bind {name}: nothing here reads a URL that begins with {drivername}://. {todo}.", "driver")
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return BindError(f"Bind {name}: the driver of {drivername}:// is missing ({reason}). To do: {brought}.", "driver")
