"""Dialects for the text of statements. Drivers of engines that cannot run here are left out, and stood in for."""

import importlib
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Final

from sqlalchemy.dialects import mssql, mysql, oracle, postgresql, sqlite
from sqlalchemy.dialects.mysql import mariadb
from sqlalchemy.engine import Dialect
from sqlalchemy.sql import functions

# Where the class of a dialect is, and what its module imports that is not installed.
_ELSEWHERE: Final = {
    "duckdb": ("duckdb_sqlalchemy", "Dialect", ()),
    "clickhouse": ("clickhouse_sqlalchemy.drivers.native.base", "ClickHouseDialect_native", ("ciso8601",)),
    "trino": ("trino.sqlalchemy.dialect", "TrinoDialect", ()),
    "snowflake": ("snowflake.sqlalchemy.snowdialect", "SnowflakeDialect", ("snowflake.connector",)),
    "bigquery": ("sqlalchemy_bigquery.base", "BigQueryDialect", ("google",)),
    "databricks": ("databricks.sqlalchemy.base", "DatabricksDialect", ("databricks.sql",)),
    "hive": ("pyhive.sqlalchemy_hive", "HiveDialect", ("thrift",)),
}
NAMES: Final = (
    *("sqlite", "duckdb", "postgresql", "mariadb", "mysql", "mssql", "oracle-11.2", "oracle-19"),
    *("clickhouse", "trino", "snowflake", "bigquery", "databricks", "hive"),
)


def dialect(name: str) -> Dialect:
    """The dialect called ``name`` in ``NAMES``, with nothing to connect to."""
    if name.startswith("oracle-"):
        made = oracle.dialect()
        made.server_version_info = tuple(int(part) for part in name.removeprefix("oracle-").split("."))
        # As SQLAlchemy decides it when it has connected.
        made._supports_offset_fetch = made.server_version_info >= (12,)
        return made
    if name == "mariadb":
        return mariadb.MariaDBDialect()
    own = {"sqlite": sqlite, "postgresql": postgresql, "mysql": mysql, "mssql": mssql}
    return own[name].dialect() if name in own else _elsewhere(name)


def _elsewhere(name: str) -> Dialect:
    module, called, absent = _ELSEWHERE[name]
    with _stand_ins(absent), _own_functions(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of packages that are older than our SQLAlchemy
        return getattr(importlib.import_module(module), called)()


@contextmanager
def _own_functions() -> Iterator[None]:
    """BigQuery's package gives func.unnest another meaning, for every database of the process."""
    known = dict(functions._registry["_default"])
    yield
    functions._registry["_default"].clear()
    functions._registry["_default"].update(known)


class _Named(type):
    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Named(name, (Exception,), {})


class _StandIn(ModuleType):
    """A module in which every name is a class of its own, and in that one too."""

    __path__: tuple[str, ...] = ()
    __getattr__ = _Named.__getattr__


class _Finder(MetaPathFinder, Loader):
    def __init__(self, names: Sequence[str]) -> None:
        self._names = tuple(names)

    def stands_for(self, name: str) -> bool:
        return any(name == known or name.startswith(f"{known}.") for known in self._names)

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> ModuleSpec | None:
        return ModuleSpec(fullname, self, is_package=True) if self.stands_for(fullname) else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _StandIn(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing is in it."""


@contextmanager
def _stand_ins(names: Sequence[str]) -> Iterator[None]:
    """Modules of these names can be imported, whether they are installed or not."""
    finder = _Finder(names)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        for name in [name for name, module in sys.modules.items() if isinstance(module, _StandIn)]:
            del sys.modules[name]
