"""A URL that nothing here can open: what brings the driver."""

import sys

import pytest

from dashboard.settings.binds import Bind
from dashboard.sources.binds import BindError, open_bind


def refusal(url: str) -> BindError:
    with pytest.raises(BindError) as found:
        open_bind("erp", Bind(url=url))
    return found.value


def test_an_unknown_database_says_which_are_known() -> None:
    error = refusal("dbase://reader@db/erp")
    assert error.kind == "driver"
    assert "Bind erp: nothing here reads a URL that begins with dbase://. Known are bigquery, clickhouse," in str(error)


@pytest.mark.parametrize(
    ("url", "module", "package"),
    [
        ("oracle+oracledb://r@db/?service_name=ERP", "oracledb", "pip install oracledb"),
        ("mssql+pyodbc://r@db/erp", "pyodbc", "msodbcsql18"),
        ("mssql+mssqlpython://r@db/erp", "mssql_python", "pip install mssql-python"),
        ("postgresql+psycopg://r@db/erp", "psycopg", "psycopg[binary]"),
        ("mariadb+pymysql://r@db/erp", "pymysql", "PyMySQL"),
        ("clickhousedb://r@db/erp", "clickhouse_connect.cc_sqlalchemy.dialect", "pip install clickhouse-connect"),
        ("mysql+mysqlconnector://r@db/erp", "mysql", "mysql+pymysql://"),
        ("hive://r@db/erp", "pyhive", "PyHive"),
    ],
)
def test_a_missing_driver_is_named_with_what_brings_it(
    monkeypatch: pytest.MonkeyPatch, url: str, module: str, package: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    error = refusal(url)
    assert error.kind == "driver"
    assert package in str(error)
    assert url.partition(":")[0] in str(error)


def test_an_option_that_the_driver_does_not_know_is_refused() -> None:
    error = refusal("oracle+oracledb://reader@db/x?service_name=ERP")
    assert (error.kind, "Bind erp: its url cannot be used: " in str(error)) == ("settings", True)
