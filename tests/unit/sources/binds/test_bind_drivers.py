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
    for loaded in [name for name in sys.modules if name.startswith(f"{module}.")]:
        monkeypatch.setitem(sys.modules, loaded, None)
    monkeypatch.setitem(sys.modules, module, None)
    error = refusal(url)
    assert error.kind == "driver"
    assert package in str(error)
    assert url.partition(":")[0] in str(error)


def test_an_option_that_the_driver_does_not_know_is_refused() -> None:
    error = refusal("oracle+oracledb://reader@db/x?service_name=ERP")
    assert (error.kind, "Bind erp: its url cannot be used: " in str(error)) == ("settings", True)


@pytest.mark.parametrize("option", ["true", "/no/such/folder"])
def test_oracle_s_client_is_loaded_where_the_url_says_so(option: str) -> None:
    url = f"oracle+oracledb://reader@db:1521/?service_name=ERP&thick_mode={option}"
    with pytest.raises(BindError, match=r"client library is not installed.*DPI-1047") as failed:
        open_bind("erp", Bind(url=url))
    assert failed.value.kind == "driver"


def test_oracle_s_line_is_encrypted_where_the_url_says_so() -> None:
    """SQLAlchemy's own reading of such a url is an address without TLS, which wins."""
    url = "oracle+oracledb://reader@db:2484/?service_name=ERP&protocol=tcps&wallet_location=/etc/wallet"
    with open_bind("erp", Bind(url=url)) as opened:
        _, arguments = opened.engine.dialect.create_connect_args(opened.engine.url)
    assert arguments == {"dsn": "tcps://db:2484/ERP", "user": "reader", "wallet_location": "/etc/wallet"}
