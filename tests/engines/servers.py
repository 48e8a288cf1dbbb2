"""Fixtures of database servers: started when the first test of a run asks, stopped at its end.

The drivers of these engines are imported no sooner: most runs need none of them.
"""

from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from engines.clickhouse_kit import ClickHouse
    from engines.mariadb_kit import MariaDB
    from engines.orafce_kit import Orafce
    from postgres_kit import Postgres


@pytest.fixture(scope="session")
def mariadb() -> "Iterator[MariaDB]":
    """A real MariaDB server with no database yet."""
    yield from import_module("engines.mariadb_kit").run_mariadb()


@pytest.fixture(scope="session")
def clickhouse() -> "Iterator[ClickHouse]":
    """Two real ClickHouse servers as one cluster, with no database yet."""
    yield from import_module("engines.clickhouse_kit").run_clickhouse()


@pytest.fixture(scope="session")
def orafce(postgres: "Postgres") -> "Orafce":
    """Oracle's stand-in: a PostgreSQL database with orafce, with no schema yet."""
    made: Orafce = import_module("engines.orafce_kit").Orafce(postgres)
    return made
