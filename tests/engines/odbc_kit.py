"""The way through ODBC to servers that run here: URLs for pyodbc, and a dialect for PostgreSQL behind it.

Oracle and SQL Server cannot run here; their users come by pyodbc, so that path is walked with other servers behind it.
"""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, make_url
from sqlalchemy.connectors.pyodbc import PyODBCConnector
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.base import PGDialect

_PLACES = ("*-linux-gnu/odbc", "odbc")
_ROWS_A_TRIP = 5000


class PostgresThroughOdbc(PyODBCConnector, PGDialect):
    """PostgreSQL's SQL, spoken through pyodbc."""

    supports_statement_cache = True
    default_paramstyle = "qmark"

    def _get_server_version_info(self, connection: Any) -> Any:
        return PGDialect._get_server_version_info(self, connection)


registry.register("postgresql.pyodbc", __name__, "PostgresThroughOdbc")


def postgres_through_odbc(url: str) -> str:
    """The URL through pyodbc of the database that ``Postgres.fresh`` has made."""
    known = make_url(url)
    options = str(known.query.get("options", "")).removeprefix("-csearch_path=")
    query = {
        "driver": driver("psqlodbcw.so"),
        "host": str(known.query["host"]),
        # Without it the driver takes the whole answer into memory.
        "UseDeclareFetch": "1",
        "Fetch": str(_ROWS_A_TRIP),
        "BoolsAsChar": "0",
        **({"ConnSettings": f"SET search_path TO {options}"} if options else {}),
    }
    made = URL.create("postgresql+pyodbc", known.username, database=known.database, query=query)
    return made.render_as_string(hide_password=False)


def mariadb_through_odbc(url: str) -> str:
    """The URL through pyodbc of the database, and with the account, of ``url``."""
    known = make_url(url)
    query = {"driver": driver("libmaodbc.so"), "port": str(known.port)}
    made = URL.create(
        "mariadb+pyodbc", known.username, known.password, known.host, database=known.database, query=query
    )
    return made.render_as_string(hide_password=False)


def driver(name: str) -> str:
    """The path of an ODBC driver: named so, it needs no odbcinst.ini."""
    for place in _PLACES:
        for found in Path("/usr/lib").glob(f"{place}/{name}"):
            return str(found)
    pytest.fail(f"The ODBC driver {name} is not installed. On Debian, as root: sh tests/install-debian.sh odbc")
