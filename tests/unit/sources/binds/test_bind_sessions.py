"""What every new connection is asked for, dialect by dialect."""

from tempfile import gettempdir
from types import SimpleNamespace
from typing import Any

import pytest

from dashboard.settings.binds import Bind
from dashboard.sources.binds.arguments import connect_args, url_of, with_password
from dashboard.sources.binds.sessions import ACCOUNT_READONLY, milliseconds, prepare

BIND = Bind(url="x://", connect_seconds=2.5, statement_seconds=90.5)


class Session:
    """A DBAPI connection that notes what it is told, and fails where it is told to."""

    def __init__(self, account: str = "", failing: str = "\0") -> None:
        self.told: list[str] = []
        self.account, self.failing = account, failing
        self.transport = SimpleNamespace(settings={})
        self.call_timeout = 0

    def cursor(self) -> Any:
        return SimpleNamespace(execute=self.execute, fetchone=lambda: (self.account,), close=lambda: None)

    def execute(self, statement: str) -> None:
        self.told.append(statement)
        if self.failing in statement:
            raise RuntimeError(statement)

    def commit(self) -> None:
        self.told.append("commit")

    def rollback(self) -> None:
        self.told.append("rollback")


@pytest.mark.parametrize(
    ("dialect", "wanted"),
    [
        ("postgresql", {"SET default_transaction_read_only = on", "SET statement_timeout = 90500"}),
        (
            "mysql",
            {
                "SET SESSION TRANSACTION READ ONLY",
                "SET SESSION max_statement_time = 90.5",
                "SET SESSION max_execution_time = 90500",
            },
        ),
        ("mssql", {"SET LOCK_TIMEOUT 90500", "SET DATEFORMAT ymd"}),
        ("oracle", {"ALTER SESSION SET NLS_NUMERIC_CHARACTERS = '.,'"}),
        ("sqlite", {"PRAGMA query_only = ON"}),
        ("trino", set()),
    ],
)
def test_a_session_is_read_only_with_a_deadline(dialect: str, wanted: set[str]) -> None:
    session = Session()
    prepare(dialect, BIND, session, {})
    assert wanted <= set(session.told)
    assert session.told[-1:] in ([], ["commit"])
    assert session.call_timeout == (90500 if dialect == "oracle" else 0)


def test_a_server_that_knows_one_of_them_not_gets_the_others() -> None:
    session = Session(failing="max_statement_time")
    prepare("mysql", BIND, session, {})
    assert session.told.count("rollback") == 1
    assert "SET SESSION max_execution_time = 90500" in session.told


@pytest.mark.parametrize(
    ("account", "sent"),
    [("0", {"readonly": 2, "max_execution_time": 91}), ("1", {}), ("2", {"max_execution_time": 91})],
)
def test_clickhouse_is_sent_what_its_account_may_set(account: str, sent: dict[str, int]) -> None:
    session, info = Session(account), {}
    prepare("clickhouse", BIND, session, info)
    assert session.transport.settings == sent
    assert info == {ACCOUNT_READONLY: account}


def test_no_deadline_is_so_short_that_it_means_none() -> None:
    assert milliseconds(0.0001) == 1


def test_drivers_are_given_their_own_deadlines_too() -> None:
    assert connect_args("postgresql", "psycopg", BIND)["connect_timeout"] == 3
    assert connect_args("mariadb", "pymysql", BIND) == {"connect_timeout": 3, "read_timeout": 96, "write_timeout": 96}
    assert connect_args("oracle", "oracledb", BIND) == {"tcp_connect_timeout": 2.5}
    assert connect_args("mssql", "pyodbc", BIND) == {"timeout": 3}
    assert connect_args("mssql", "mssqlpython", BIND) == {"timeout": 2}
    assert connect_args("clickhousedb", "connect", BIND) == {"connect_timeout": 3, "send_receive_timeout": 96}
    duck = connect_args("duckdb", "duckdb_sqlalchemy", BIND)
    assert (duck["read_only"], duck["config"]["memory_limit"], duck["config"]["threads"] <= 4) == (True, "160MB", True)
    assert duck["config"]["temp_directory"] == gettempdir()
    assert connect_args("trino", "rest", BIND) == {}


def test_an_odbc_string_is_given_its_password_when_it_is_used() -> None:
    url = url_of("erp", Bind(url="mssql+pyodbc://?odbc_connect=DRIVER%3Dx%3BUID%3Dreader"), "p};PWD=x")
    assert "PWD" not in url.render_as_string(hide_password=False)
    assert with_password("DRIVER=x;UID=reader;", "p};PWD=x") == "DRIVER=x;UID=reader;PWD={p}};PWD=x}"
