"""What drivers say, recorded, and what people are told."""

from typing import Any

import oracledb
import pyodbc
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from dashboard.settings.binds import Bind
from dashboard.sources.binds import explain
from dashboard.sources.binds.explain import is_of_driver
from dashboard.sources.errors import ImportRefused

ERP = Bind(url="mssql+pyodbc://reader@db/erp")


class Failure(Exception):
    """What a driver raises."""


class WithState(Exception):
    """As psycopg and PyMySQL do it."""

    def __init__(self, state: str, *parts: object) -> None:
        super().__init__(*parts)
        self.sqlstate = state


ODBC = "[Microsoft][ODBC Driver 18 for SQL Server]"
RECORDED = [
    # Oracle
    (Failure("ORA-01017: invalid credential or not authorized; logon denied"), "refused", "refuses the login"),
    (Failure("ORA-28000: The account is locked."), "refused", "locked"),
    (Failure("ORA-01045: user READER lacks CREATE SESSION privilege"), "refused", "may not use this database"),
    (Failure('DPY-6001: Service "X" is not registered (similar to ORA-12514)'), "unreachable", "lsnrctl"),
    (Failure("ORA-12514: Cannot connect to database. Service ERP is not registered"), "unreachable", "service_name"),
    (Failure("DPY-6005: cannot connect\n[Errno 111] Connection refused"), "unreachable", "takes connections"),
    (Failure("DPY-6005: cannot connect\n[Errno -2] Name or service not known"), "unreachable", "no host of that name"),
    (Failure("DPY-3015: password verifier type 0x939 is not supported in thin mode"), "driver", "thick mode"),
    (Failure("DPY-4024: call timeout of 900000 ms exceeded"), "timeout", "statement_seconds"),
    (Failure("ORA-00942: table or view does not exist"), "statement", "Grant SELECT"),
    (Failure('ORA-00904: "QTY": invalid identifier'), "statement", "column is not there"),
    (Failure("ORA-01031: insufficient privileges"), "statement", "Grant SELECT"),
    (Failure("ORA-01555: snapshot too old"), "statement", "UNDO_RETENTION"),
    (Failure("DPY-4011: the database or network closed the connection"), "lost", "Try again"),
    (Failure("ORA-03113: end-of-file on communication channel"), "lost", "Try again"),
    # SQL Server
    (pyodbc.InterfaceError("28000", f"[28000] {ODBC}Login failed for user 'r'. (18456)"), "refused", "login"),
    (pyodbc.ProgrammingError("42000", f'[42000] {ODBC}Cannot open database "x". (4060)'), "refused", "of that name"),
    (pyodbc.OperationalError("08001", f"[08001] {ODBC}SSL Provider: [error:0A000086:certificate verify failed:"
        "self-signed certificate] (-1)"), "unreachable", "TrustServerCertificate=yes"),
    (pyodbc.OperationalError("HYT00", f"[HYT00] {ODBC}Login timeout expired (0)"), "unreachable", "firewall"),
    (pyodbc.OperationalError("HYT00", f"[HYT00] {ODBC}Query timeout expired (0)"), "timeout", "statement_seconds"),
    (pyodbc.InterfaceError("IM002", "[IM002] [unixODBC]Data source name not found"), "driver", "odbcinst"),
    (pyodbc.Error("01000", "[01000] Can't open lib 'ODBC Driver 18' : file not found"), "driver", "driver="),
    (pyodbc.ProgrammingError("42S02", f"[42S02] {ODBC}Invalid object name 'Lines'. (208)"), "statement", "schema"),
    (pyodbc.ProgrammingError("42000", f"[42000] {ODBC}The SELECT permission was denied (229)"), "statement", "Grant"),
    (pyodbc.OperationalError("08S01", f"[08S01] {ODBC}TCP Provider: Error code 0x2746 (10054)"), "lost", "Try again"),
    # Recorded from ports that were closed, and where something else answered
    (pyodbc.OperationalError("08S01", "[08S01] [FreeTDS][SQL Server]Unable to connect: Adaptive Server is unavailable "
        "or does not exist (20009) (SQLDriverConnect)"), "unreachable", "takes connections"),
    (Failure("Driver Error: Client unable to establish connection; DDBC Error: [Microsoft]Client unable to establish "
        "connection because an error was encountered during handshakes before login."), "unreachable", "firewall"),
    (Failure("Driver Error: General error; [Microsoft]Protocol error in TDS stream"), "unreachable", "port"),
    (Failure("Driver Error: Client unable to establish connection; DDBC Error: [Microsoft]SSL Provider: "
        "[error:0A000086:SSL routines::certificate verify failed:self-signed certificate]"), "unreachable", "trusted"),
    (Failure("DPI-1047: Cannot locate a 64-bit Oracle Client library"), "driver", "thick_mode"),
    # PostgreSQL
    (Failure('connection failed: FATAL:  password authentication failed for user "r"'), "refused", "login"),
    (Failure('FATAL:  no pg_hba.conf entry for host "10.0.0.7"'), "refused", "may not use this database"),
    (Failure('FATAL:  database "erp" does not exist'), "refused", "name"),
    (Failure("failed to resolve host 'db': [Errno -2] Name or service not known"), "unreachable", "no host"),
    (Failure('connection to server at "::1", port 1 failed: Connection refused'), "unreachable", "takes connections"),
    (WithState("42501", "permission denied for table lines"), "statement", "Grant SELECT"),
    (WithState("57014", "canceling statement due to statement timeout"), "timeout", "statement_seconds"),
    (WithState("57P01", "terminating connection due to administrator command"), "lost", "Try again"),
    (WithState("25006", "cannot execute INSERT in a read-only transaction"), "statement", "Salesgate writes nothing"),
    # MariaDB, MySQL
    (WithState("28000", 1045, "Access denied for user 'r'@'h' (using password: YES)"), "refused", "login"),
    (WithState("42000", 1044, "Access denied for user 'r'@'h' to database 'erp'"), "refused", "may not use"),
    (WithState("HY000", 2003, "Can't connect to MySQL server on '127.0.0.1'"), "unreachable", "takes connections"),
    (WithState("HY000", 2013, "Lost connection to MySQL server during query"), "lost", "Try again"),
    (WithState("HY000", 3024, "Query execution was interrupted, maximum statement execution time"), "timeout", "index"),
    (WithState("42000", 1142, "SELECT command denied to user 'r'@'h' for table 'lines'"), "statement", "Grant SELECT"),
    # A number that is no code says nothing.
    (WithState("22P02", 'invalid input syntax: "in the years 2013, 2006 and 1045"'), "statement", "doctor"),
    (Failure("something else"), "statement", "doctor"),
]  # fmt: skip


@pytest.mark.parametrize(("error", "kind", "told"), RECORDED, ids=lambda value: str(value)[:40])
def test_a_driver_s_words_become_a_reason_and_what_to_do(error: Exception, kind: str, told: str) -> None:
    for raised in (error, DBAPIError("SELECT 1", {}, error)):
        found = explain(raised, "erp", ERP)
        assert (found.kind, told in str(found)) == (kind, True), str(found)
        assert str(found).startswith("Bind erp (mssql+pyodbc://reader@db/erp): ")
        assert isinstance(found, ImportRefused)


@pytest.mark.parametrize(
    ("given", "place"),
    [
        ({"password": "from the environment"}, "and the password in SALESGATE_BINDS__ERP__PASSWORD."),
        ({"password_file": "/run/secrets/erp"}, "and the password in /run/secrets/erp."),
        ({}, "and name a password_file: no password is given, by it or by SALESGATE_BINDS__ERP__PASSWORD."),
    ],
)
def test_a_refused_login_says_where_its_password_stands(given: dict[str, Any], place: str) -> None:
    bind = Bind(url="postgresql+psycopg://reader@db/erp", **given)
    told = str(explain(Failure('password authentication failed for user "reader"'), "erp", bind))
    assert f"the database refuses the login. Check the user in the url, {place}" in told
    assert "from the environment" not in told


def test_a_connection_that_sqlalchemy_gave_up_is_lost() -> None:
    error = OperationalError("SELECT 1", {}, Failure("odd"), connection_invalidated=True)
    assert explain(error, "erp", ERP).kind == "lost"
    assert explain(ConnectionResetError(104, "reset"), "erp", ERP).kind == "lost"
    assert explain(EOFError("end"), "erp", ERP).kind == "lost"
    assert "pool_size" in str(explain(PoolTimeout(), "erp", ERP))


def test_long_words_are_cut_and_stand_in_one_line() -> None:
    told = str(explain(Failure("one\n" + "word " * 200 + "Stack trace: 0. lib"), "erp", ERP))
    assert len(told) < 700
    assert "\n" not in told
    assert "Stack trace" not in told


def test_only_the_database_s_errors_are_its_own() -> None:
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        with pytest.raises(DBAPIError) as failed:
            connection.execute(text("SELECT nothing"))
        assert is_of_driver(failed.value, engine.dialect)
        assert failed.value.orig
        assert is_of_driver(failed.value.orig, engine.dialect)
    engine.dispose()
    assert is_of_driver(oracledb.DatabaseError("DPY"), engine.dialect)
    assert not any(
        is_of_driver(one, engine.dialect) for one in (OSError(28, "disk full"), KeyError("x"), ImportRefused())
    )
