"""What a database calls itself."""

from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

_NAMES: Final = {
    "postgresql": "PostgreSQL",
    "mysql": "MySQL",
    "mariadb": "MariaDB",
    "oracle": "Oracle Database",
    "mssql": "SQL Server",
    "sqlite": "SQLite",
    "duckdb": "DuckDB",
    "clickhouse": "ClickHouse",
    "clickhousedb": "ClickHouse",
    "trino": "Trino",
    "snowflake": "Snowflake",
    "bigquery": "BigQuery",
    "databricks": "Databricks",
    "hive": "Hive",
}
_ASK: Final = {
    "clickhouse": "SELECT version()",
    "clickhousedb": "SELECT version()",
    "duckdb": "SELECT version()",
    "trino": "SELECT version()",
    "snowflake": "SELECT current_version()",
}


def product_of(connection: Connection) -> str:
    """Name and version, such as "PostgreSQL 15.8"."""
    dialect = connection.dialect
    name = _NAMES.get(dialect.name, dialect.name)
    if dialect.name == "mysql" and getattr(dialect, "is_mariadb", False):
        name = _NAMES["mariadb"]
    return f"{name} {_version(connection)}".strip()


def _version(connection: Connection) -> str:
    question = _ASK.get(connection.dialect.name)
    if question is None:
        known = getattr(connection.dialect, "server_version_info", None) or ()
        return ".".join(str(part) for part in known if isinstance(part, int))
    try:
        return str(connection.exec_driver_sql(question).scalar()).removeprefix("v")
    except DBAPIError:
        connection.rollback()
        return ""
